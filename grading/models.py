"""Rubric, Criterion, GradingJob, Grade, CriterionScore, Evidence: what is judged, by what, and how."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from grading.core import assessment
from grading.core import rubric as core
from questions.models import FrozenError, QuestionVersion
from sessions.models import Answer, AppendOnlyError


class RubricStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


class RubricOrigin(models.TextChoices):
    DERIVED = "derived", "Derived from the reference answer"
    BANK = "bank", "Imported with the bank"
    EDITED = "edited", "Edited by a person"


class Rubric(models.Model):
    """The criteria for one version of a question. Published rubrics never change: an edit makes the next version."""

    question_version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="rubrics")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=RubricStatus.choices, default=RubricStatus.DRAFT)
    origin = models.CharField(max_length=10, choices=RubricOrigin.choices, default=RubricOrigin.EDITED)
    truths = models.JSONField(
        default=list, blank=True, editable=False
    )  # beside which misconceptions are lent
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["question_version", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["question_version", "number"], name="rubric_number_unique"),
            models.UniqueConstraint(
                fields=["question_version"], condition=Q(status="published"), name="rubric_one_published"
            ),
        ]

    def __str__(self) -> str:
        return f"Rubric {self.number} for {self.question_version}"

    def to_core(self) -> core.Rubric:
        """The frozen form that graders take."""
        return core.Rubric(tuple(c.to_core() for c in self.criteria.all()), tuple(self.truths))


class CriterionKind(models.TextChoices):
    CORE = "core", "Core"
    BONUS = "bonus", "Bonus"
    MISCONCEPTION = "misconception", "Misconception"


class Criterion(models.Model):
    """One thing to look for. Frozen together with its rubric."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="criteria")
    position = models.PositiveIntegerField(default=0)
    text = models.TextField(help_text="One sentence that a candidate can read.")
    points = models.DecimalField(
        max_digits=5, decimal_places=2, default=1, validators=[MinValueValidator(0.25)]
    )
    kind = models.CharField(max_length=20, choices=CriterionKind.choices, default=CriterionKind.CORE)
    cues = models.JSONField(
        default=list, blank=True, help_text="Concept groups: all wanted, each in any alternative."
    )
    examples = models.JSONField(default=list, blank=True, help_text="Ways to say it.")
    correction = models.TextField(blank=True, help_text="The truth behind a misconception.")
    source = models.TextField(blank=True, help_text="The place in the reference answer.")
    enough = models.PositiveIntegerField(default=0, help_text="How many cue groups are enough; 0 means all.")
    contrasts = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "criteria"

    def __str__(self) -> str:
        return self.text

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises FrozenError where the rubric is published."""
        if Rubric.objects.filter(pk=self.rubric_id).exclude(status=RubricStatus.DRAFT).exists():
            raise FrozenError("This rubric is published: make its next version.")
        super().save(*args, **kwargs)

    def to_core(self) -> core.Criterion:
        return core.Criterion(
            id=str(self.pk),
            text=self.text,
            points=float(self.points),
            kind=core.Kind(self.kind),
            cues=tuple(tuple(group) for group in self.cues),
            examples=tuple(self.examples),
            correction=self.correction,
            source=self.source,
            enough=self.enough,
            contrasts=tuple(tuple((term, what) for term, what in contrast) for contrast in self.contrasts),
        )


class Grader(models.TextChoices):
    """Who or what graded. A job's method is one of the first two."""

    KEYWORD = "keyword", "Offline grader"
    LLM = "llm", "Language model"
    HUMAN = "human", "Person"


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    DEAD = "dead", "Needs a person"


ACTIVE_JOB_STATES = frozenset({JobState.QUEUED, JobState.RUNNING})


class GradingJobQuerySet(models.QuerySet["GradingJob"]):
    def due(self, now: dt.datetime) -> GradingJobQuerySet:
        """Queued and past not_before, or running with an expired lease; oldest first."""
        return self.filter(
            Q(state=JobState.QUEUED, not_before__lte=now)
            | Q(state=JobState.RUNNING, lease_expires_at__lt=now)
        ).order_by("not_before", "pk")


class GradingJob(models.Model):
    """The work to grade one answer by one method. This row is the queue; see grading/queue.py."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="grading_jobs")
    rubric = models.ForeignKey(
        Rubric, null=True, blank=True, on_delete=models.PROTECT, related_name="grading_jobs"
    )
    method = models.CharField(max_length=10, choices=Grader.choices, default=Grader.KEYWORD)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    reason = models.CharField(max_length=40, default="submitted", help_text="What asked for it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = GradingJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "method"],
                condition=Q(state__in=["queued", "running"]),
                name="grading_job_one_active_per_method",
            )
        ]
        indexes = [
            models.Index(
                fields=["state", "not_before"],
                condition=Q(state__in=["queued", "running"]),
                name="grading_job_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} job {self.pk} ({self.state})"


class AppendOnly(models.Model):
    """A row that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises AppendOnlyError where the row exists already."""
        if not self._state.adding:
            raise AppendOnlyError(f"A {self._meta.verbose_name} never changes: write a new one.")
        super().save(*args, **kwargs)


ABOVE_ALL = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


class GradeQuerySet(models.QuerySet["Grade"]):
    # Which grader counts: a person before the model before the offline grader, the newest of each. Among machines the
    # rubric that was published last comes first: what is graded anew has its new mark also from the lesser of the two.
    PRIORITY: ClassVar[dict[str, int]] = {Grader.HUMAN: 0, Grader.LLM: 1, Grader.KEYWORD: 2}

    def standing(self) -> GradeQuerySet:
        """Those that nobody has withdrawn."""
        return self.filter(withdrawal=None)

    def ranked(self) -> GradeQuerySet:
        """Adds rank: 0 for a person's grade, then the model's, then the offline grader's; and edition: when the rubric
        of a machine's grade was published, and a time after all of these for people's.
        """
        whens = [models.When(grader=name, then=rank) for name, rank in self.PRIORITY.items()]
        is_human = models.When(grader=Grader.HUMAN, then=models.Value(ABOVE_ALL))
        published = Coalesce("rubric__published_at", "rubric__created_at")
        return self.annotate(
            rank=models.Case(*whens, default=9, output_field=models.IntegerField()),
            edition=models.Case(is_human, default=published, output_field=models.DateTimeField()),
        )

    def by_effect(self) -> GradeQuerySet:
        """The effective grade of an answer comes first; withdrawn ones are left out."""
        ranked: Any = self.standing().ranked()
        return ranked.order_by("answer_id", "-edition", "rank", "-pk")

    def effective(self) -> GradeQuerySet:
        """The one grade of each answer that counts: the first of by_effect."""
        edition, rank = OuterRef("edition"), OuterRef("rank")
        others: Any = Grade.objects.standing().ranked().filter(answer=OuterRef("answer"))
        better = others.filter(
            Q(edition__gt=edition)
            | Q(edition=edition, rank__lt=rank)
            | Q(edition=edition, rank=rank, pk__gt=OuterRef("pk"))
        )
        return self.standing().ranked().filter(~Exists(better))


class Grade(AppendOnly):
    """The verdict of one grader on one answer against one rubric version. It never changes."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="grades")
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="grades")
    job = models.OneToOneField(
        GradingJob, null=True, blank=True, on_delete=models.SET_NULL, related_name="grade"
    )
    grader = models.CharField(max_length=10, choices=Grader.choices)
    graded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    grader_version = models.CharField(max_length=60, blank=True)
    level = models.CharField(max_length=20, blank=True)
    model = models.CharField(max_length=100, blank=True)
    prompt_version = models.CharField(max_length=20, blank=True)
    rubric_hash = models.CharField(max_length=64)
    answer_hash = models.CharField(max_length=64)
    score = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, help_text="Empty: not gradable."
    )
    max_score = models.DecimalField(max_digits=6, decimal_places=2)
    flags = models.JSONField(default=list, blank=True)
    is_fallback = models.BooleanField(
        default=False, help_text="Stands in for the model's grade until the model is back."
    )
    feedback = models.JSONField(
        default=dict, blank=True, help_text="Strengths, what to study, a question to go on with."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = GradeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.get_grader_display()}: {self.score} / {self.max_score}"


class Verdict(models.TextChoices):
    MET = assessment.Verdict.MET.value, "met"
    PARTIAL = assessment.Verdict.PARTIAL.value, "partly met"
    UNMET = assessment.Verdict.UNMET.value, "not met"
    CONTRADICTED = assessment.Verdict.CONTRADICTED.value, "contradicted"
    UNSURE = assessment.Verdict.UNSURE.value, "unsure"


# A misconception is not met or missed: it is claimed or not.
MISCONCEPTION_LABELS = {Verdict.UNMET: "not claimed", Verdict.CONTRADICTED: "claimed"}


def label_of(verdict: Verdict, kind: str) -> str:
    """The verdict in words that fit the kind of the criterion."""
    special = MISCONCEPTION_LABELS if kind == CriterionKind.MISCONCEPTION else {}
    return str(special.get(verdict, verdict.label))


class CriterionScore(AppendOnly):
    """One criterion's verdict within a grade; text, kind and points are snapshots."""

    grade = models.ForeignKey(Grade, on_delete=models.CASCADE, related_name="criterion_scores")
    criterion = models.ForeignKey(Criterion, null=True, on_delete=models.SET_NULL, related_name="scores")
    position = models.PositiveIntegerField()
    text = models.TextField()
    kind = models.CharField(max_length=20, choices=CriterionKind.choices)
    points_possible = models.DecimalField(max_digits=5, decimal_places=2)
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    credit = models.FloatField(help_text="0..1")
    points = models.DecimalField(max_digits=6, decimal_places=2, help_text="Negative for a misconception.")
    rationale = models.TextField(blank=True)
    confidence = models.FloatField(default=1.0, help_text="0..1")

    class Meta:
        ordering = ["position"]
        # Two graders' verdicts on one criterion of one answer are compared by the thousand.
        indexes = [models.Index(fields=["grade", "criterion"], name="criterion_score_of_grade")]

    def __str__(self) -> str:
        return f"{self.text}: {self.verdict}"

    @property
    def label(self) -> str:
        """The verdict in words."""
        return label_of(Verdict(self.verdict), self.kind)


class Evidence(AppendOnly):
    """A quote from the answer: final_text[start:end] == text."""

    criterion_score = models.ForeignKey(CriterionScore, on_delete=models.CASCADE, related_name="evidence")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ["start"]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return self.text


# Django finds an app's models through this module. Last, since those build on the ones above.
import grading.models_exchange  # noqa: E402
import grading.models_review  # noqa: E402, F401
