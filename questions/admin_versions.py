"""What admin pages of versioned things share: drafts are saved and published, the rest gets a next version."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST


class VersionedAdmin(admin.ModelAdmin):
    """For models with a number and a status of which "draft" alone may be edited."""

    change_form_template = "admin/versioned_change_form.html"
    noun: ClassVar[str]
    until_published: ClassVar[str]  # what does not happen before

    def make_next(self, request: HttpRequest, obj: Any) -> Any:
        """A draft with the same content."""
        raise NotImplementedError

    def publish_now(self, request: HttpRequest, obj: Any) -> None:
        """Publish it, and tell the person so or why not."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path(
                f"<int:pk>/{address}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"{name}_{suffix}",
            )
            for address, view, suffix in (
                ("next-version", self.next_version, "next"),
                ("publish", self.publish_one, "publish"),
            )
        ]
        return own + super().get_urls()

    def next_version(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A draft with the same content, opened for editing."""
        draft = self.make_next(request, get_object_or_404(self.model, pk=pk))
        self.message_user(request, f"Version {draft.number} is a draft: edit it, then publish it.")
        return self._to(draft)

    def publish_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publish it; the one before it retires."""
        obj = get_object_or_404(self.model, pk=pk)
        self.publish_now(request, obj)
        return self._to(obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if "_publish" not in request.POST:
            return super().response_change(request, obj)
        self.publish_now(request, obj)
        return self._to(obj)

    def _to(self, obj: Model) -> HttpResponse:
        address = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(address, args=[obj.pk]))
