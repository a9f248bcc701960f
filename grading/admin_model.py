"""The model grader in Django admin: its switch, what it used, its breaker, its exchanges."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from grading.admin import ReadOnlyAdmin
from grading.models_exchange import Breaker, Exchange, ModelSwitch, ModelUsage
from interview_site.accounts.admin_audit import AuditedAdmin
from interview_site.accounts.models import User
from sessions.states import Mode


@admin.register(ModelSwitch)
class ModelSwitchAdmin(AuditedAdmin, ReadOnlyAdmin):
    """Turning the switch adds a row: who, when and why. The newest one counts, for everybody and at once."""

    audited_as = "model_switch"
    audited_fields = ("is_on",)
    list_display = ("turned_at", "is_on", "turned_by", "why")
    list_select_related = ("turned_by",)
    fields = ("is_on", "why")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(cast(User, request.user).is_superuser)

    def save_model(
        self,
        request: HttpRequest,
        obj: ModelSwitch,
        form: Any,
        change: bool,
    ) -> None:
        obj.turned_by = cast(User, request.user)
        super().save_model(request, obj, form, change)


@admin.register(ModelUsage)
class ModelUsageAdmin(ReadOnlyAdmin):
    list_display = ("day", "calls", "input_tokens", "output_tokens", "cost")


@admin.register(Breaker)
class BreakerAdmin(ReadOnlyAdmin):
    list_display = ("endpoint", "opened_at", "kind", "probe_at", "reason")


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    """Of assessments. Without the raw texts: those stand on the grade's own page, where access to the interview is
    checked.
    """

    list_display = (
        "created_at",
        "purpose",
        "model",
        "endpoint",
        "prompt_version",
        "input_tokens",
        "output_tokens",
        "cost",
        "latency_ms",
        "error",
    )
    list_filter = ("purpose", "model", "prompt_version")
    exclude = ("raw_request", "raw_response")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exchange]:
        exchanges = super().get_queryset(request).exclude(job__answer__interview_session__mode=Mode.PRACTICE)
        return exchanges.exclude(grade__answer__interview_session__mode=Mode.PRACTICE)
