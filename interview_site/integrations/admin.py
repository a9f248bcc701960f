"""Webhook endpoints, the delivery log and API tokens in Django admin."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.decorators import method_decorator

from interview_site.accounts import audit
from interview_site.accounts.access import confirmed_to_act, confirmed_to_look
from interview_site.accounts.models import User
from interview_site.integrations.models import ApiToken, Attempt, Delivery, Endpoint, EventKind
from interview_site.integrations.outbound import is_allowed
from interview_site.integrations.outbox import send_again


class EndpointForm(forms.ModelForm):
    kinds = forms.MultipleChoiceField(
        label="Events",
        choices=EventKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: all of them.",
    )

    class Meta:
        model = Endpoint
        fields = ("name", "url", "kinds", "template", "is_active", "secret")

    def clean_url(self) -> str:
        """Says at once what every delivery would be refused for. (A name is looked up when it is used.)"""
        url = str(self.cleaned_data["url"])
        host = urlsplit(url).hostname or ""
        try:
            allowed = is_allowed("127.0.0.1" if host == "localhost" else host)
        except ValueError:
            allowed = True
        if not allowed:
            raise forms.ValidationError(
                "This address is inside the server's own network. WEBHOOK_PRIVATE_ADDRESSES allows such."
            )
        return url


@admin.register(Endpoint)
@method_decorator(confirmed_to_look, name="changeform_view")
@method_decorator(confirmed_to_act, name="delete_view")
@method_decorator(confirmed_to_act, name="changelist_view")
class EndpointAdmin(admin.ModelAdmin):
    form = EndpointForm
    list_display = ("name", "url", "template", "is_active")
    list_select_related = ("template",)

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        audit.record(
            cast(User, request.user),
            "webhook.changed" if change else "webhook.added",
            obj,
            after={"url": obj.url, "kinds": obj.kinds, "is_active": obj.is_active},
        )

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], Any, set[Any], list[Any]]:
        """Its deliveries go with it, though none of them can be deleted by itself."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, missing - {Delivery._meta.verbose_name}, protected

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        Endpoint.objects.filter(pk=obj.pk).delete()
        audit.record(cast(User, request.user), "webhook.removed", obj, before={"url": obj.url})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        for endpoint in queryset:
            self.delete_model(request, endpoint)


class AttemptInline(admin.TabularInline):
    model = Attempt
    fields = readonly_fields = ("number", "tried_at", "status", "error", "milliseconds")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):
    """The delivery log. An event can be sent again; nothing can be changed."""

    list_display = ("event", "endpoint", "state", "attempts", "not_before", "delivered_at", "is_replay")
    list_filter = ("state", "endpoint", "event__kind", "is_replay")
    list_select_related = ("event", "endpoint")
    inlines = (AttemptInline,)
    actions = ("replay",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Send again", permissions=["view"])
    def replay(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        count = 0
        for delivery in deliveries.select_related("event", "endpoint"):
            new = send_again(delivery)
            audit.record(cast(User, request.user), "webhook.replayed", new, after={"of": delivery.pk})
            count += 1
        self.message_user(request, f"{count} will be sent again.")


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Who has tokens. They are made and revoked by their owners; an admin can delete one."""

    list_display = ("name", "owner", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("owner",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        ApiToken.objects.filter(pk=obj.pk).delete()
        audit.record(cast(User, request.user), "token.removed", obj, before={"owner": obj.owner_id})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            self.delete_model(request, token)
