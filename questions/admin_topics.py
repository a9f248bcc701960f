"""Topics in Django admin: their own page, and how other pages list, choose and filter by them as a tree."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, F, OrderBy, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from interview_site.accounts.admin_audit import AuditedAdmin
from questions.models import TOO_DEEP, Topic


def tree_order(topic: str = "") -> list[OrderBy]:
    """What rows are ordered by so that topics stand as in the bank; topic is the way there ("question__topic__")."""
    return [
        Coalesce(f"{topic}parent__position", f"{topic}position").asc(),
        Coalesce(f"{topic}parent__title", f"{topic}title").asc(),
        F(f"{topic}parent").asc(nulls_first=True),
        F(f"{topic}position").asc(),
        F(f"{topic}title").asc(),
    ]


def topics_in_order() -> QuerySet[Topic]:
    return Topic.objects.select_related("parent").order_by(*tree_order())


def topic_path(topic: Topic) -> str:
    """Its title, behind that of the topic above it."""
    return f"{topic.parent} › {topic}" if topic.parent else str(topic)


class TopicField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return topic_path(obj)


class TopicFilter(admin.SimpleListFilter):
    """By topic; one with topics below it means those as well."""

    title = "topic"
    parameter_name = "topic"
    way = "topic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(topic.pk), topic_path(topic)) for topic in topics_in_order()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value not in {known for known, _ in self.lookup_choices}:
            return queryset
        return queryset.filter(Q(**{self.way: value}) | Q(**{f"{self.way}__parent": value}))


class TopicOfQuestionFilter(TopicFilter):
    way = "question__topic"


@admin.register(Topic)
class TopicAdmin(AuditedAdmin):
    audited_as = "topic"
    list_display = ("path", "position", "question_count")
    list_display_links = ("path",)
    list_editable = ("position",)
    search_fields = ("title",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "parent":
            kwargs["queryset"] = Topic.objects.filter(parent=None)
            kwargs["error_messages"] = {"invalid_choice": TOO_DEEP}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        topics = super().get_queryset(request).select_related("parent")
        return topics.annotate(question_count=Count("questions"))

    def get_ordering(self, request: HttpRequest) -> Any:
        return tree_order()

    @admin.display(description="Topic")
    def path(self, topic: Topic) -> str:
        return topic_path(topic)

    @admin.display(ordering="question_count", description="Questions")
    def question_count(self, topic: Topic) -> int:
        return topic.question_count  # type: ignore[attr-defined]
