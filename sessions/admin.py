"""Interview templates, invitations and sessions in Django admin."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from interview_site.accounts.admin_audit import AuditedAdmin
from interview_site.accounts.models import User
from sessions.models import (
    Answer,
    InterviewSession,
    InterviewTemplate,
    Invitation,
    TemplateDraw,
    TemplateNotice,
    TemplateQuestion,
)
from sessions.states import Mode


class TemplateQuestionInline(admin.TabularInline):
    model = TemplateQuestion
    autocomplete_fields = ("question",)
    extra = 0


class TemplateNoticeInline(admin.TabularInline):
    """What candidates have agreed to: to read."""

    model = TemplateNotice
    fields = readonly_fields = ("number", "text", "created_at")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TemplateDrawInline(admin.TabularInline):
    model = TemplateDraw
    extra = 0


@admin.register(InterviewTemplate)
class InterviewTemplateAdmin(AuditedAdmin):
    audited_as = "template"
    list_display = ("title", "role", "mode", "time_limit_minutes", "feedback_policy", "created_at")
    list_filter = ("mode",)
    search_fields = ("title",)
    filter_horizontal = ("hiring_team",)
    inlines = (TemplateQuestionInline, TemplateDrawInline, TemplateNoticeInline)


@admin.register(Invitation)
class InvitationAdmin(AuditedAdmin):
    audited_as = "invitation"
    list_display = ("addressee", "template", "created_at", "expires_at", "revoked_at")
    list_filter = ("template",)
    list_select_related = ("candidate", "template")
    search_fields = ("email", "candidate__email")
    autocomplete_fields = ("candidate", "template")
    exclude = ("invited_by",)

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        if not change:
            obj.invited_by = cast(User, request.user)
        super().save_model(request, obj, form, change)


class AnswerInline(admin.TabularInline):
    model = Answer
    fields = readonly_fields = ("position", "question_version", "status", "first_shown_at", "submitted_at")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(InterviewSession)
class InterviewSessionAdmin(admin.ModelAdmin):
    """To look at: what a candidate did is not edited, and marks are released on the interview's own page. Practice is
    not shown: an admin may be on a hiring team, and none of these sees it.
    """

    list_display = (
        "title",
        "candidate",
        "status",
        "question_count",
        "started_at",
        "submitted_at",
        "ended_by",
    )
    list_filter = ("status", "ended_by")
    list_select_related = ("candidate",)
    search_fields = ("title", "candidate__email")
    inlines = (AnswerInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[InterviewSession]:
        assessments = super().get_queryset(request).exclude(mode=Mode.PRACTICE)
        return assessments.annotate(question_count=Count("answers"))

    @admin.display(description="Questions", ordering="question_count")
    def question_count(self, interview_session: InterviewSession) -> int:
        return interview_session.question_count  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
