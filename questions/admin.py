"""Questions and their versions in Django admin. What is ready is read-only: an edit makes the next version."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from interview_site.accounts import audit
from interview_site.accounts.admin_audit import AuditedAdmin
from interview_site.accounts.models import User
from questions.admin_topics import (
    TopicField,
    TopicFilter,
    TopicOfQuestionFilter,
    topic_path,
    topics_in_order,
    tree_order,
)
from questions.admin_versions import VersionedAdmin
from questions.forms import VersionForm
from questions.models import Difficulty, Question, QuestionVersion, VersionStatus
from questions.publishing import AUTHORED_FIELDS, add_version, copy_as_draft, publish, retire
from questions.rendering import inline_html, to_html


class VersionInline(admin.TabularInline):
    """The history of a question, newest first."""

    model = QuestionVersion
    fields = ("version_link", "status", "difficulty", "created_at", "ready_at", "rubric_link")
    readonly_fields = fields
    ordering = ("-number",)
    extra = 0
    can_delete = False
    verbose_name_plural = "Version history"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Version")
    def version_link(self, version: QuestionVersion) -> SafeString:
        return format_html(
            '<a href="{}">Version {}</a>',
            reverse("admin:questions_questionversion_change", args=[version.pk]),
            version.number,
        )

    @admin.display(description="Rubric")
    def rubric_link(self, version: QuestionVersion) -> SafeString:
        return rubric_link(version)


def rubric_link(version: QuestionVersion) -> SafeString:
    """To the rubrics of a version. By address: this app knows nothing of grading."""
    return format_html(
        '<a href="{}?question_version__id__exact={}">Rubrics</a>', "/admin/grading/rubric/", version.pk
    )


def preview_of(markdown: str) -> SafeString | str:
    """What candidates or graders see of it."""
    return format_html('<div class="markdown-preview">{}</div>', to_html(markdown)) if markdown else "–"


class NewestFilter(admin.SimpleListFilter):
    """Questions by what is true of their newest version."""

    choices_shown: list[tuple[str, str]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return self.choices_shown

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        value = self.value()
        return queryset.filter(**{f"newest_{self.parameter_name}": value}) if value else queryset


class StatusFilter(NewestFilter):
    title = parameter_name = "status"
    choices_shown = VersionStatus.choices


class DifficultyFilter(NewestFilter):
    title = parameter_name = "difficulty"
    choices_shown = Difficulty.choices


def recorded(
    request: HttpRequest,
    act: Callable[[QuestionVersion], bool],
    name: str,
    versions: Iterable[QuestionVersion],
) -> int:
    """Publish or retire each, with its entry in the audit log; how many were not so before."""
    changed = 0
    for version in versions:
        with transaction.atomic():
            if act(version):
                audit.record(cast(User, request.user), f"question.{name}", version)
                changed += 1
    return changed


@admin.register(Question)
class QuestionAdmin(AuditedAdmin):
    audited_as = "question"
    list_display = ("slug", "title", "topic_path", "current_status", "version_count")
    list_filter = (TopicFilter, StatusFilter, DifficultyFilter)
    search_fields = ("slug", "versions__prompt", "versions__reference_answer")
    list_select_related = ("topic__parent",)
    inlines = (VersionInline,)
    actions = ("publish_newest", "retire_ready")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        newest = QuestionVersion.objects.filter(question=OuterRef("pk")).order_by("-number")
        asked = newest.filter(status=VersionStatus.READY)
        return (
            super()
            .get_queryset(request)
            .annotate(
                newest_prompt=Subquery(newest.values("prompt")[:1]),
                newest_status=Subquery(newest.values("status")[:1]),
                newest_difficulty=Subquery(newest.values("difficulty")[:1]),
                asked_number=Subquery(asked.values("number")[:1]),
                version_count=Count("versions", distinct=True),
            )
        )

    def get_ordering(self, request: HttpRequest) -> Any:
        return [*tree_order("topic__"), "position", "slug"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "topic":
            kwargs |= {"queryset": topics_in_order(), "form_class": TopicField}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def response_add(self, request: HttpRequest, obj: Question, *args: Any, **kwargs: Any) -> HttpResponse:
        """A question says nothing before its first version: that comes next."""
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, *args, **kwargs)
        self.message_user(request, f"“{obj}” has been added. Now write its first version.", messages.SUCCESS)
        return HttpResponseRedirect(f"{reverse('admin:questions_questionversion_add')}?question={obj.pk}")

    @admin.display(description="Question")
    def title(self, question: Question) -> SafeString:
        return inline_html((question.newest_prompt or "").split("\n", 1)[0])  # type: ignore[attr-defined]

    @admin.display(description="Topic", ordering="topic__title")
    def topic_path(self, question: Question) -> str:
        return topic_path(question.topic)

    @admin.display(description="Status", ordering="newest_status")
    def current_status(self, question: Question) -> str:
        status, asked = question.newest_status, question.asked_number  # type: ignore[attr-defined]
        label = VersionStatus(status).label if status else "–"
        is_older = asked and status != VersionStatus.READY
        return f"{label}; version {asked} is asked" if is_older else label

    @admin.display(description="Versions", ordering="version_count")
    def version_count(self, question: Question) -> int:
        return question.version_count  # type: ignore[attr-defined]

    @admin.action(description="Publish the newest version")
    def publish_newest(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        newest = [question.versions.order_by("-number").first() for question in questions]
        changed = recorded(request, publish, "published", [version for version in newest if version])
        self.message_user(request, f"{changed} published, {len(newest) - changed} left as they were.")

    @admin.action(description="Retire: no new interview asks it")
    def retire_ready(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        ready = QuestionVersion.objects.ready().filter(question__in=questions)
        changed = recorded(request, retire, "retired", ready)
        self.message_user(request, f"{changed} retired. Interviews that hold them keep them.")


@admin.register(QuestionVersion)
class QuestionVersionAdmin(VersionedAdmin):
    form = VersionForm
    noun = "version"
    until_published = "nobody is asked it"
    list_display = ("title_shown", "number", "status", "difficulty", "topic", "created_at")
    list_filter = ("status", "difficulty", TopicOfQuestionFilter)
    search_fields = ("prompt", "reference_answer", "question__slug")
    list_select_related = ("question__topic__parent",)
    autocomplete_fields = ("question",)
    actions = ("publish_versions", "retire_versions")
    fields = ("question", *AUTHORED_FIELDS, "number", "status", "created_at", "ready_at", "rubric")
    history_fields = ("number", "status", "created_at", "ready_at", "rubric")

    class Media:
        js = ("js/admin-preview.js",)

    def get_ordering(self, request: HttpRequest) -> Any:
        return [*tree_order("question__topic__"), "question__position", "question__slug", "-number"]

    @admin.display(description="Question", ordering="prompt")
    def title_shown(self, version: QuestionVersion) -> SafeString:
        return inline_html(version.title)

    @admin.display(description="Topic", ordering="question__topic__title")
    def topic(self, version: QuestionVersion) -> str:
        return topic_path(version.question.topic)

    @admin.display(description="Rubric")
    def rubric(self, version: QuestionVersion) -> str:
        return rubric_link(version) if version.pk else "–"

    def is_frozen(self, version: QuestionVersion | None) -> bool:
        return version is not None and version.status != VersionStatus.DRAFT

    def get_readonly_fields(
        self, request: HttpRequest, obj: QuestionVersion | None = None
    ) -> tuple[str, ...]:
        if not self.is_frozen(obj):
            return self.history_fields if obj is None else ("question", *self.history_fields)
        return (
            "question",
            "prompt_preview",
            "reference_preview",
            "difficulty",
            "tags_shown",
            "explanation_preview",
            "note_preview",
            *self.history_fields,
        )

    def get_fields(self, request: HttpRequest, obj: QuestionVersion | None = None) -> tuple[str, ...]:
        return self.get_readonly_fields(request, obj) if self.is_frozen(obj) else self.fields

    def has_change_permission(self, request: HttpRequest, obj: QuestionVersion | None = None) -> bool:
        return not self.is_frozen(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: QuestionVersion | None = None) -> bool:
        return not self.is_frozen(obj) and super().has_delete_permission(request, obj)

    @admin.display(description="Tags")
    def tags_shown(self, version: QuestionVersion) -> str:
        return ", ".join(version.tags)

    @admin.display(description="Prompt")
    def prompt_preview(self, version: QuestionVersion) -> SafeString | str:
        return preview_of(version.prompt)

    @admin.display(description="Reference answer")
    def reference_preview(self, version: QuestionVersion) -> SafeString | str:
        return preview_of(version.reference_answer)

    @admin.display(description="Explanation")
    def explanation_preview(self, version: QuestionVersion) -> SafeString | str:
        return preview_of(version.explanation)

    @admin.display(description="Grader note")
    def note_preview(self, version: QuestionVersion) -> SafeString | str:
        return preview_of(version.grader_note)

    def save_model(self, request: HttpRequest, obj: QuestionVersion, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        # A new one is numbered after the versions that are there.
        created = add_version(obj.question, {name: getattr(obj, name) for name in AUTHORED_FIELDS})
        obj.pk, obj.number, obj.status = created.pk, created.number, created.status
        obj._state.adding = False

    def make_next(self, request: HttpRequest, obj: QuestionVersion) -> QuestionVersion:
        return copy_as_draft(obj)

    def publish_now(self, request: HttpRequest, obj: QuestionVersion) -> None:
        recorded(request, publish, "published", [obj])
        self.message_user(request, f"Version {obj.number} is ready: new interviews ask it.", messages.SUCCESS)

    @admin.action(description="Publish")
    def publish_versions(self, request: HttpRequest, versions: QuerySet[QuestionVersion]) -> None:
        changed = recorded(request, publish, "published", versions)
        self.message_user(request, f"{changed} published; the versions before them are retired.")

    @admin.action(description="Retire")
    def retire_versions(self, request: HttpRequest, versions: QuerySet[QuestionVersion]) -> None:
        changed = recorded(request, retire, "retired", versions)
        self.message_user(request, f"{changed} retired. Interviews that hold them keep them.")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("preview/", self.admin_site.admin_view(require_POST(self.preview)), name="markdown_preview"),
        ]
        return own + super().get_urls()

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Markdown in, the HTML that candidates will see out."""
        return HttpResponse(to_html(request.POST.get("markdown", "")[:100_000]))
