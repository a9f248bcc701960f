"""Django admin pages whose acts stand in the audit log: adding, changing and deleting, one or many."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from interview_site.accounts import audit
from interview_site.accounts.models import User


class AuditedAdmin(admin.ModelAdmin):
    """What an admin does past the site's own pages stands in the log, too: "template.changed_in_admin"."""

    audited_as: ClassVar[str]
    # Of these fields the log keeps what they were and what they are; of the others only that they were changed.
    audited_fields: ClassVar[tuple[str, ...]] = ()

    def audit(
        self, request: HttpRequest, obj: Model, act: str, *, before: Any = None, after: Any = None
    ) -> None:
        action = f"{self.audited_as}.{act}_in_admin"
        audit.record(cast(User, request.user), action, obj, before=before, after=after)

    def _kept(self, obj: Model) -> dict[str, Any]:
        return {name: getattr(obj, name) for name in self.audited_fields}

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        changed = sorted({*form.changed_data, *(type(one).__name__ for one in formsets if one.has_changed())})
        before = {name: form.initial.get(name) for name in self.audited_fields} if change else None
        after = {"fields": changed, **self._kept(form.instance)}
        self.audit(request, form.instance, "changed" if change else "created", before=before, after=after)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        pk = obj.pk
        super().delete_model(request, obj)
        obj.pk = pk  # Django takes it away from what is gone.
        self.audit(request, obj, "deleted", before=self._kept(obj))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        gone = list(queryset)
        super().delete_queryset(request, queryset)
        for obj in gone:
            self.audit(request, obj, "deleted", before=self._kept(obj))
