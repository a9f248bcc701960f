"""Topic, Question, QuestionVersion: what is authored."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from questions.bank.fitting import field_misfits

TOO_DEEP = "Topics nest two deep, as in the bank format."


class FrozenError(Exception):
    """Somebody tried to change what has been published."""


class Topic(models.Model):
    """A heading of the bank; topics nest."""

    title = models.CharField(max_length=200)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "title"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "title"],
                name="topic_title_unique_below_parent",
                violation_error_message="There is a topic with this title below the same parent.",
            ),
            models.UniqueConstraint(
                fields=["title"],
                condition=models.Q(parent=None),
                name="topic_title_unique_at_top",
                violation_error_message="There is a topic with this title.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Raises ValidationError for a title that the bank format cannot hold, and for a third level of topics."""
        if wrong := field_misfits(topics=(self.title,)):
            raise ValidationError({"title": wrong["topics"]})
        if self.parent is None:
            return
        if self.parent_id == self.pk or (self.parent.parent_id == self.pk and self.pk is not None):
            raise ValidationError({"parent": "A topic cannot stand below itself."})
        if self.parent.parent_id is not None or (self.pk and self.children.exists()):
            raise ValidationError({"parent": TOO_DEEP})


class Difficulty(models.TextChoices):
    EASY = "easy", "Easy"
    MEDIUM = "medium", "Medium"
    HARD = "hard", "Hard"


class Question(models.Model):
    """A bank entry. What it asks stands in its versions."""

    slug = models.SlugField(max_length=100, unique=True)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="questions")
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # What the last import said: hashes of "content" and "rubric", "topics", "position". A file wins only where it
    # says something else than the last time, so that importing it again takes nothing back that people changed.
    imported = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        ordering = ["topic__position", "position", "slug"]

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        """Raises ValidationError for a slug that the bank format does not take."""
        if self.slug and (wrong := field_misfits(slug=self.slug)):
            raise ValidationError({"slug": wrong["slug"]})


class VersionStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    READY = "ready", "Ready"
    RETIRED = "retired", "Retired"


class QuestionVersionQuerySet(models.QuerySet["QuestionVersion"]):
    def ready(self) -> QuestionVersionQuerySet:
        return self.filter(status=VersionStatus.READY)


class QuestionVersion(models.Model):
    """A numbered version of a question. Once ready it never changes: an edit makes the next version."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    prompt = models.TextField(help_text="Markdown. The first line is the question.")
    reference_answer = models.TextField(help_text="Markdown. Shown to the candidate after the attempt.")
    difficulty = models.CharField(max_length=10, choices=Difficulty.choices, default=Difficulty.MEDIUM)
    tags = models.JSONField(default=list, blank=True)
    explanation = models.TextField(
        blank=True, help_text="Markdown. Public, shown below the reference answer."
    )
    grader_note = models.TextField(blank=True, help_text="Markdown. Private, for graders only.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ready_at = models.DateTimeField(null=True, blank=True, editable=False)

    FROZEN_FIELDS: ClassVar[tuple[str, ...]] = (
        "question_id",
        "number",
        "prompt",
        "reference_answer",
        "difficulty",
        "tags",
        "explanation",
        "grader_note",
    )

    objects = QuestionVersionQuerySet.as_manager()

    class Meta:
        ordering = ["question", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="question_version_number_unique"),
            models.UniqueConstraint(
                fields=["question"], condition=models.Q(status="ready"), name="question_one_ready_version"
            ),
        ]

    def __str__(self) -> str:
        # Headings and lists of Django admin set no code: the signs for it would only be read.
        return f"{self.title.replace('`', '')} (v{self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises FrozenError where a version that is or was ready would change."""
        if self.pk:
            stored = QuestionVersion.objects.filter(pk=self.pk).exclude(status=VersionStatus.DRAFT).first()
            if stored and any(getattr(stored, f) != getattr(self, f) for f in self.FROZEN_FIELDS):
                raise FrozenError(f"Version {self.number} is {stored.status}: make the next version.")
        super().save(*args, **kwargs)

    @property
    def title(self) -> str:
        """The first line of the prompt: the question in short."""
        return self.prompt.strip().split("\n", 1)[0]

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) over what is authored; the number and the status do not count."""
        parts = [
            self.prompt,
            self.reference_answer,
            self.difficulty,
            *self.tags,
            self.explanation,
            self.grader_note,
        ]
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()
