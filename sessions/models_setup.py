"""What is set up before a sitting: InterviewTemplate and its parts, its notices by version, Invitation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Case, Count, Q, Value, When
from django.utils import timezone

from interview_site.accounts.names import plain_name
from questions.models import Difficulty, Question, Topic
from sessions.states import (
    DEAD_INVITATION_STATES,
    RENEWABLE_INVITATION_STATES,
    FeedbackPolicy,
    InvitationState,
    Mode,
    SessionStatus,
)

if TYPE_CHECKING:
    from interview_site.accounts.models import User

MAX_EXTRA_TIME_PERCENT = 300


def with_extra_time(minutes: int | None, percent: int) -> int | None:
    """A time limit with so many percent more, in whole minutes, rounded up; None where there is no limit."""
    return None if minutes is None else -(-minutes * (100 + percent) // 100)


class InterviewTemplateQuerySet(models.QuerySet["InterviewTemplate"]):
    def managed_by(self, user: User) -> InterviewTemplateQuerySet:
        """The assessments of the user's hiring teams; every one for an admin."""
        assessments = self.filter(mode=Mode.ASSESSMENT)
        return assessments if user.is_admin else assessments.filter(hiring_team=user)


class InterviewTemplate(models.Model):
    """What an interview asks, and how. A change never touches sessions that have been made from it.

    notice and notice_version are the newest TemplateNotice: saving a changed notice makes the next one.
    """

    title = models.CharField(max_length=200)
    role = models.CharField(max_length=200, blank=True, help_text="The position that it is for.")
    mode = models.CharField(max_length=20, choices=Mode.choices, default=Mode.ASSESSMENT)
    time_limit_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(480)],
        help_text="Empty: no limit.",
    )
    feedback_policy = models.CharField(
        max_length=20, choices=FeedbackPolicy.choices, default=FeedbackPolicy.WHEN_RELEASED
    )
    blind_first = models.BooleanField(
        default=False, help_text="Machine verdicts stay hidden from reviewers until their own are in."
    )
    probes_enabled = models.BooleanField(
        default=False,
        help_text="The model grader, if there is one, proposes one follow-up question on the weightiest criterion that "
        "was missed. Reviewers can ask it in the next conversation, candidates see it with their marks. It changes no "
        "mark.",
    )
    appeal_days = models.PositiveSmallIntegerField(
        default=14,
        validators=[MaxValueValidator(365)],
        help_text="So many days after the marks are shown a candidate may contest them. 0: not at all.",
    )
    notice = models.TextField(blank=True, help_text="Markdown. What the candidate reads before the start.")
    notice_version = models.PositiveIntegerField(default=0, editable=False)
    hiring_team = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="hiring_templates"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = InterviewTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps every notice that candidates may have been shown."""
        newest = self.notices.order_by("-number").first() if self.pk else None
        changed = newest is None or newest.text != self.notice
        if changed:
            self.notice_version = (newest.number if newest else 0) + 1
            if (update_fields := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*update_fields, "notice_version"}
        super().save(*args, **kwargs)
        if changed:
            TemplateNotice.objects.create(template=self, number=self.notice_version, text=self.notice)

    def clean(self) -> None:
        """Django admin's form cleans by this, as the hiring team's does by itself."""
        self.title, self.role = plain_name(self.title), plain_name(self.role)


class TemplateNotice(models.Model):
    """One version of a template's notice. It never changes: people have agreed to it."""

    template = models.ForeignKey(InterviewTemplate, on_delete=models.CASCADE, related_name="notices")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["template", "-number"]
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="template_notice_number")]

    def __str__(self) -> str:
        return f"Notice {self.number}"


class TemplateQuestion(models.Model):
    """A question that every session of the template gets, before the drawn ones."""

    template = models.ForeignKey(InterviewTemplate, on_delete=models.CASCADE, related_name="fixed_questions")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["template", "question"], name="template_question_once")
        ]

    def __str__(self) -> str:
        return str(self.question)


class TemplateDraw(models.Model):
    """So many questions, drawn from a topic (and the topics below it) and a difficulty."""

    template = models.ForeignKey(InterviewTemplate, on_delete=models.CASCADE, related_name="draws")
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    difficulty = models.CharField(max_length=10, choices=Difficulty.choices, blank=True)
    count = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(40)])

    def __str__(self) -> str:
        return f"{self.count} × {self.topic or 'any topic'}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def managed_by(self, user: User) -> InvitationQuerySet:
        """Invitations to the assessments of the user's hiring teams; every one for an admin."""
        assessments = self.filter(template__mode=Mode.ASSESSMENT)
        return assessments if user.is_admin else assessments.filter(template__hiring_team=user)

    def in_states(self, states: Collection[InvitationState], now: dt.datetime) -> InvitationQuerySet:
        return self.with_state(now).filter(state__in=states)  # type: ignore[misc]

    def state_counts(self, now: dt.datetime) -> dict[str, int]:
        """How many are in each state; states that none is in are left out."""
        rows = self.with_state(now).order_by().values_list("state")  # type: ignore[misc]
        return dict(rows.annotate(number=Count("pk")))

    def with_state(self, now: dt.datetime) -> InvitationQuerySet:
        """Adds state, an InvitationState. It is stored nowhere: this is the one place that derives it.

        An invitation that was used in time stays used; one that was only opened can still expire or be revoked.
        """
        status = "interview_session__status"
        return self.annotate(
            state=Case(
                When(Q(**{status: SessionStatus.SUBMITTED}), then=Value(InvitationState.SUBMITTED)),
                When(Q(**{status: SessionStatus.IN_PROGRESS}), then=Value(InvitationState.STARTED)),
                When(revoked_at__isnull=False, then=Value(InvitationState.REVOKED)),
                When(expires_at__lte=now, then=Value(InvitationState.EXPIRED)),
                When(Q(**{status: SessionStatus.NOT_STARTED}), then=Value(InvitationState.OPENED)),
                default=Value(InvitationState.INVITED),
                output_field=models.CharField(),
            )
        )


class Invitation(models.Model):
    """One candidate, one template. Looking at it changes nothing; accepting makes the one session.

    The candidate is known by account, by e-mail address, or both; the address alone until the invitation is
    accepted. Of the link's token only the SHA-256 is kept. How far it has come: InvitationQuerySet.with_state.
    """

    template = models.ForeignKey(InterviewTemplate, on_delete=models.PROTECT, related_name="invitations")
    candidate = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invitations",
    )
    email = models.EmailField("e-mail", blank=True)
    name = models.CharField(max_length=100, blank=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    extra_time_percent = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MAX_EXTRA_TIME_PERCENT)]
    )
    token_hash = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    # An InvitationState, set by with_state.
    state: str

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(candidate__isnull=False) | ~Q(email=""), name="invitation_is_for_somebody"
            )
        ]
        indexes = [models.Index(fields=["template", "-created_at"], name="invitation_by_template")]

    def __str__(self) -> str:
        return f"{self.addressee}: {self.template}"

    @property
    def addressee(self) -> str:
        """What to call the candidate."""
        return str(self.candidate) if self.candidate else self.name or self.email

    @property
    def address(self) -> str:
        """Where mail goes."""
        return self.email or (self.candidate.email if self.candidate else "")

    @property
    def state_label(self) -> str:
        return InvitationState(self.state).label

    @property
    def is_renewable(self) -> bool:
        """Not used and not withdrawn: a new link, extra time or a withdrawal still make a difference."""
        return self.state in RENEWABLE_INVITATION_STATES

    @property
    def is_erasable(self) -> bool:
        """Dead, and never accepted: no interview hangs on it, begun or not."""
        return self.state in DEAD_INVITATION_STATES and not hasattr(self, "interview_session")

    @property
    def minutes_allowed(self) -> int | None:
        """What the template's time limit comes to now for this candidate. Needs the template."""
        return with_extra_time(self.template.time_limit_minutes, self.extra_time_percent)

    def is_open_at(self, now: dt.datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)
