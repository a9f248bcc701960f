"""What people do with grades: Review, lease, drafts, HumanGrade, Appeal, judged signals. See grading/review/."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from grading.models import AppendOnly, Criterion, CriterionScore, Grade, Verdict
from sessions.models import Answer, InterviewSession


class Recommendation(models.TextChoices):
    STRONG_YES = "strong_yes", "Strong yes"
    YES = "yes", "Yes"
    NO = "no", "No"
    STRONG_NO = "strong_no", "Strong no"
    NO_DECISION = "no_decision", "No decision"


class ReviewStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"


class ReviewQuerySet(models.QuerySet["Review"]):
    def submitted(self) -> ReviewQuerySet:
        return self.filter(status=ReviewStatus.SUBMITTED)


class Review(models.Model):
    """One reviewer's scorecard for one interview. Submitting it is the person's decision; nothing decides by itself.

    version counts the saves: who saves on an older one is shown both. Once submitted it does not change.
    """

    interview_session = models.ForeignKey(InterviewSession, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews")
    status = models.CharField(max_length=10, choices=ReviewStatus.choices, default=ReviewStatus.DRAFT)
    recommendation = models.CharField(max_length=20, choices=Recommendation.choices, blank=True)
    notes = models.TextField(blank=True, help_text="For the hiring team only.")
    message = models.TextField(
        blank=True,
        help_text="For the candidate, shown once the result is released. Leave empty to say nothing.",
    )
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["submitted_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["interview_session", "reviewer"], name="review_one_per_reviewer_and_session"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reviewer}: {self.get_recommendation_display() or 'no recommendation yet'}"

    @property
    def is_submitted(self) -> bool:
        return self.status == ReviewStatus.SUBMITTED


class ReviewLease(models.Model):
    """Who is grading this interview just now. It expires by itself, so nobody can block a queue by leaving."""

    interview_session = models.OneToOneField(
        InterviewSession, on_delete=models.CASCADE, related_name="review_lease"
    )
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    taken_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.reviewer} until {self.expires_at:%H:%M}"

    def holds_at(self, now: dt.datetime) -> bool:
        return self.expires_at > now


class GradeDraft(models.Model):
    """One reviewer's verdicts on one answer before they are submitted.

    verdicts maps criterion id → {"verdict", "reason"}; version counts the saves, as in Review.
    """

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="grade_drafts")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    verdicts = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["answer", "reviewer"], name="grade_draft_one_per_reviewer")
        ]

    def __str__(self) -> str:
        return f"{self.reviewer}: {self.answer}"


class HumanAct(models.TextChoices):
    """By which act a person's grade came to be."""

    GRADED = "graded", "Graded criterion by criterion"
    CONFIRMED = "confirmed", "Confirmed as the machine had it"
    GROUP = "group", "Decided for a group of answers"
    APPEAL = "appeal", "Decided on an appeal"


class HumanGrade(AppendOnly):
    """Beside a Grade by a person: by which act it came to be, and whether the machine's verdicts were hidden."""

    grade = models.OneToOneField(Grade, on_delete=models.CASCADE, related_name="human")
    act = models.CharField(max_length=10, choices=HumanAct.choices)
    is_unanchored = models.BooleanField(default=False, help_text="The machine's verdicts were hidden.")
    batch = models.UUIDField(null=True, blank=True, db_index=True, help_text="One decision for a group.")
    criterion = models.ForeignKey(
        Criterion,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The one that a decision for a group, or on an appeal, is about.",
    )

    def __str__(self) -> str:
        return f"{self.get_act_display()}: {self.grade_id}"


class GradeWithdrawal(AppendOnly):
    """A person's grade that does not count any more: the undo of a decision for a group. The grade's row stays."""

    grade = models.OneToOneField(Grade, on_delete=models.CASCADE, related_name="withdrawal")
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    why = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"Withdrawn by {self.withdrawn_by}"


class AppealState(models.TextChoices):
    OPEN = "open", "Open"
    CHANGED = "changed", "The mark was changed"
    KEPT = "kept", "The mark was kept"


DECIDED_APPEAL_STATES = frozenset({AppealState.CHANGED, AppealState.KEPT})


class AppealQuerySet(models.QuerySet["Appeal"]):
    def open(self) -> AppealQuerySet:
        return self.filter(state=AppealState.OPEN)

    def decided(self) -> AppealQuerySet:
        return self.filter(state__in=DECIDED_APPEAL_STATES)


class Appeal(models.Model):
    """A candidate contests one criterion; a person who has not graded the answer before decides.

    A decided appeal is a labelled example: answer, criterion, a verdict that two people looked at, and why.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="appeals")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="appeals")
    contested = models.ForeignKey(
        CriterionScore, on_delete=models.CASCADE, related_name="+", help_text="The verdict as it was shown."
    )
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=AppealState.choices, default=AppealState.OPEN)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=20, choices=Verdict.choices, blank=True)
    decision = models.TextField(
        blank=True, help_text="The reason, for the candidate and for the first reviewer."
    )
    grade = models.OneToOneField(
        Grade,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="appeal",
        help_text="What came of it.",
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "criterion"], name="appeal_once_per_criterion"),
        ]
        indexes = [models.Index(fields=["opened_at"], condition=Q(state="open"), name="appeal_open")]

    def __str__(self) -> str:
        return f"Appeal on {self.answer_id}: {self.get_state_display()}"

    @property
    def is_decided(self) -> bool:
        return self.state in DECIDED_APPEAL_STATES


class SignalJudgement(AppendOnly):
    """What a person made of a signal (pasted, left_tab, flag:injection…) on one answer. It never changes a score.

    The newest of one answer and signal counts.
    """

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="signal_judgements")
    signal = models.CharField(max_length=60)
    is_relevant = models.BooleanField()
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["judged_at", "pk"]

    def __str__(self) -> str:
        return f"{self.signal}: {'relevant' if self.is_relevant else 'not relevant'}"


class Sex(models.TextChoices):
    FEMALE = "female", "Female"
    MALE = "male", "Male"


class Ethnicity(models.TextChoices):
    """The categories of the EEO-1 report, which Local Law 144's figures are asked for."""

    HISPANIC = "hispanic", "Hispanic or Latino"
    WHITE = "white", "White"
    BLACK = "black", "Black or African American"
    ASIAN = "asian", "Asian"
    PACIFIC = "pacific", "Native Hawaiian or other Pacific Islander"
    NATIVE = "native", "American Indian or Alaska Native"
    TWO_OR_MORE = "two_or_more", "Two or more"


class SelfIdentification(models.Model):
    """What a candidate chose to say about themselves. No page, file or API shows it beside a person, but for the
    person's own page: it leaves the house only as counts per category (see grading/outgoing/impact.py).
    """

    interview_session = models.OneToOneField(
        InterviewSession, on_delete=models.CASCADE, related_name="self_identification"
    )
    sex = models.CharField(max_length=10, choices=Sex.choices, blank=True)
    ethnicity = models.CharField(max_length=20, choices=Ethnicity.choices, blank=True)

    def __str__(self) -> str:
        return "A self-identification"


def open_appeals_of_session() -> Exists:
    """Annotates an InterviewSession: whether an appeal waits for a decision."""
    return Exists(Appeal.objects.open().filter(answer__interview_session=OuterRef("pk")))
