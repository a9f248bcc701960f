"""Rubrics, jobs and grades in Django admin. A published rubric is read-only: an edit makes the next version."""

from __future__ import annotations

import re
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from grading.models import (
    Criterion,
    CriterionKind,
    CriterionScore,
    Grade,
    GradingJob,
    JobState,
    Rubric,
    RubricStatus,
)
from grading.rubrics import NothingToScoreError, copy_as_draft, ensure_published, publish
from interview_site.accounts import audit
from interview_site.accounts.access import confirm_identity
from interview_site.accounts.models import User
from questions.admin_versions import VersionedAdmin
from questions.bank.fitting import criterion_misfits
from questions.models import QuestionVersion, VersionStatus
from sessions.states import Mode


class GroupsField(forms.CharField):
    """Concept groups as people type them: a line per group, its alternatives parted by |."""

    widget = forms.Textarea(attrs={"rows": 5, "cols": 70})

    def prepare_value(self, value: Any) -> str:
        return "\n".join(" | ".join(group) for group in value) if isinstance(value, list) else value or ""

    def to_python(self, value: Any) -> Any:
        groups = (
            [cue.strip() for cue in line.split("|") if cue.strip()] for line in (value or "").splitlines()
        )
        return [group for group in groups if group]


class LinesField(forms.CharField):
    """A list, one entry a line."""

    widget = forms.Textarea(attrs={"rows": 5, "cols": 70})

    def prepare_value(self, value: Any) -> str:
        return "\n".join(value) if isinstance(value, list) else value or ""

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class CriterionForm(forms.ModelForm):
    cues = GroupsField(
        required=False, help_text="A line per concept, alternatives parted by |. Every concept is wanted."
    )
    examples = LinesField(required=False, help_text="Ways to say it, one a line.")

    class Meta:
        model = Criterion
        fields = ("position", "kind", "points", "text", "cues", "examples", "correction")
        widgets = {
            "text": forms.Textarea(attrs={"rows": 2, "cols": 70}),
            "correction": forms.Textarea(attrs={"rows": 2, "cols": 70}),
        }

    def clean(self) -> dict[str, Any]:
        """One sentence is one line; and the bank format has to be able to hold what was typed."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("text", "correction"):
            if name in cleaned:
                cleaned[name] = " ".join(cleaned[name].split())
        typed = {name: cleaned[name] for name in ("text", "correction") if cleaned.get(name)}
        lists = {name: cleaned[name] for name in ("cues", "examples") if cleaned.get(name)}
        if "cues" in lists:
            lists["cues"] = tuple(tuple(group) for group in lists["cues"])
        if "examples" in lists:
            lists["examples"] = tuple(lists["examples"])
        for name, why in criterion_misfits(cleaned.get("kind", "core"), **typed, **lists).items():
            self.add_error(name, why)
        return cleaned


class CriterionInline(admin.StackedInline):
    model = Criterion
    form = CriterionForm
    extra = 0
    fields = (("position", "kind", "points"), "text", "cues", "examples", "correction", "source")
    readonly_fields = ("source", "cues_shown", "examples_shown")
    frozen_fields = (
        ("position", "kind", "points"),
        "text",
        "cues_shown",
        "examples_shown",
        "correction",
        "source",
    )

    def get_fields(self, request: HttpRequest, obj: Rubric | None = None) -> Any:
        return self.fields if _is_editable(obj) else self.frozen_fields

    @admin.display(description="Cues")
    def cues_shown(self, criterion: Criterion) -> SafeString:
        return format_html_join(
            "", "<div>any of: {}</div>", ((" | ".join(group),) for group in criterion.cues)
        )

    @admin.display(description="Examples")
    def examples_shown(self, criterion: Criterion) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((example,) for example in criterion.examples))

    def has_change_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        return _is_editable(obj) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        return _is_editable(obj) and super().has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        return _is_editable(obj) and super().has_delete_permission(request, obj)


def _is_editable(rubric: Rubric | None) -> bool:
    return rubric is None or rubric.status == RubricStatus.DRAFT


OF_VERSION = "question_version__id__exact"  # the filter in questions.admin's link to a version's rubrics


@admin.register(Rubric)
class RubricAdmin(VersionedAdmin):
    noun = "rubric"
    until_published = "nothing is graded by it"
    list_display = ("question", "number", "status", "origin", "maximum", "created_at")
    list_filter = ("status", "origin", "question_version__question__topic")
    search_fields = ("question_version__question__slug", "question_version__prompt", "criteria__text")
    list_select_related = ("question_version__question",)
    inlines = (CriterionInline,)
    actions = ("publish_rubrics",)
    fields = (
        "question_version",
        "number",
        "status",
        "origin",
        "maximum",
        "created_by",
        "created_at",
        "published_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rubric]:
        return (
            super()
            .get_queryset(request)
            .annotate(maximum=Sum("criteria__points", filter=Q(criteria__kind=CriterionKind.CORE)))
        )

    def has_change_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        return _is_editable(obj) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A rubric is derived, imported, or made as the next version of another.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        return obj is not None and _is_editable(obj) and super().has_delete_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        make_first = self.admin_site.admin_view(require_POST(self.make_first))
        return [path("first/<int:version_pk>/", make_first, name="grading_rubric_first"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where the rubrics of one version are asked for and there are none, a way to get one."""
        pk = request.GET.get(OF_VERSION, "")
        asked = QuestionVersion.objects.filter(pk=int(pk)) if re.fullmatch("[0-9]{1,18}", pk) else None
        without = asked.filter(rubrics=None).select_related("question").first() if asked else None
        return super().changelist_view(request, {**(extra_context or {}), "without_rubric": without})

    def make_first(self, request: HttpRequest, version_pk: int) -> HttpResponse:
        """The rubric that the first grade would make. Not of a draft, whose reference answer may still change."""
        published = QuestionVersion.objects.exclude(status=VersionStatus.DRAFT)
        version = get_object_or_404(published, pk=version_pk)
        confirm_identity(request)
        try:
            with transaction.atomic():
                rubric, is_new = ensure_published(version)
                if is_new:
                    audit.record(cast(User, request.user), "rubric.published", rubric)
        except NothingToScoreError:
            why = (
                "Nothing to mark is found in the reference answer: make the next version, and say more in it."
            )
            self.message_user(request, why, messages.ERROR)
            address = reverse("admin:questions_questionversion_change", args=[version.pk])
            return HttpResponseRedirect(address)
        return self._to(rubric)

    @admin.display(description="Question", ordering="question_version__question__slug")
    def question(self, rubric: Rubric) -> str:
        return str(rubric.question_version)

    @admin.display(description="Maximum", ordering="maximum")
    def maximum(self, rubric: Rubric) -> Any:
        return rubric.maximum  # type: ignore[attr-defined]

    @admin.action(description="Publish")
    def publish_rubrics(self, request: HttpRequest, rubrics: QuerySet[Rubric]) -> None:
        for rubric in rubrics:
            self.publish_now(request, rubric)

    def make_next(self, request: HttpRequest, obj: Rubric) -> Rubric:
        return copy_as_draft(obj, cast(User, request.user))

    def publish_now(self, request: HttpRequest, obj: Rubric) -> None:
        confirm_identity(request)
        try:
            with transaction.atomic():
                if publish(obj):
                    audit.record(cast(User, request.user), "rubric.published", obj)
        except NothingToScoreError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(
                request,
                f"{obj} is published: new answers are graded by it. Old grades stay.",
                messages.SUCCESS,
            )


class ReadOnlyAdmin(admin.ModelAdmin):
    """For rows that people may look at and never touch."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(GradingJob)
class GradingJobAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "answer",
        "method",
        "state",
        "attempts",
        "not_before",
        "lease_expires_at",
        "last_error",
    )
    list_filter = ("state", "method", "reason")
    list_select_related = ("answer",)
    actions = ("try_again",)

    @admin.action(description="Try dead jobs again", permissions=["view"])
    def try_again(self, request: HttpRequest, jobs: QuerySet[GradingJob]) -> None:
        with transaction.atomic():
            dead = list(jobs.filter(state=JobState.DEAD).select_for_update(of=("self",)))
            GradingJob.objects.filter(pk__in=[job.pk for job in dead]).update(
                state=JobState.QUEUED,
                attempts=0,
                not_before=timezone.now(),
                finished_at=None,
                lease_token=None,
            )
            for job in dead:
                audit.record(
                    cast(User, request.user), "job.tried_again", job, before={"attempts": job.attempts}
                )
        self.message_user(request, f"{len(dead)} queued again.")


class CriterionScoreInline(admin.TabularInline):
    model = CriterionScore
    fields = readonly_fields = (
        "position",
        "text",
        "kind",
        "verdict",
        "points",
        "points_possible",
        "rationale",
    )
    extra = 0
    can_delete = False


@admin.register(Grade)
class GradeAdmin(ReadOnlyAdmin):
    """Of assessments. Practice is not shown: an admin may be on a hiring team, and none of these sees it."""

    list_display = (
        "answer",
        "grader",
        "level",
        "grader_version",
        "score",
        "max_score",
        "flags",
        "created_at",
    )
    list_filter = ("grader", "level", "grader_version")
    list_select_related = ("answer",)
    inlines = (CriterionScoreInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grade]:
        return super().get_queryset(request).exclude(answer__interview_session__mode=Mode.PRACTICE)


# Django finds an app's admin pages through this module. Last, since those build on the ones above.
import grading.admin_model  # noqa: E402, F401
