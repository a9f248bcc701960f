"""InterviewSession, Answer, SessionEvent: what the candidate does. What is set up before: models_setup."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, F, Min, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from questions.models import QuestionVersion
from sessions.models_setup import (
    MAX_EXTRA_TIME_PERCENT,
    InterviewTemplate,
    Invitation,
    TemplateDraw,
    TemplateNotice,
    TemplateQuestion,
    with_extra_time,
)
from sessions.states import (
    EDITABLE_ANSWER_STATES,
    AnswerStatus,
    EndedBy,
    EventKind,
    FeedbackPolicy,
    Mode,
    Route,
    SessionStatus,
)

if TYPE_CHECKING:
    from interview_site.accounts.models import User

__all__ = [
    "Answer",
    "AppendOnlyError",
    "InterviewSession",
    "InterviewTemplate",
    "Invitation",
    "SessionEvent",
    "TemplateDraw",
    "TemplateNotice",
    "TemplateQuestion",
]


class InterviewSessionQuerySet(models.QuerySet["InterviewSession"]):
    def owned_by(self, user: User) -> InterviewSessionQuerySet:
        """The user's own interviews."""
        return self.filter(candidate=user)

    def readable_by_hiring(self, user: User) -> InterviewSessionQuerySet:
        """Submitted assessments of the user's hiring teams; every one for an admin. Never practice, never one's own."""
        assessments = self.filter(mode=Mode.ASSESSMENT, status=SessionStatus.SUBMITTED).exclude(
            candidate=user
        )
        if user.is_admin:
            return assessments
        return assessments.filter(template__hiring_team=user)

    def not_begun_practice(self, user: User) -> InterviewSessionQuerySet:
        """Prepared by the user for practice, without a first question shown."""
        return self.owned_by(user).filter(
            mode=Mode.PRACTICE, status=SessionStatus.NOT_STARTED, invitation=None
        )

    def discardable(self, user: User) -> InterviewSessionQuerySet:
        """The user's own practice of which nothing is submitted: there is nothing to grade and nothing to keep."""
        submitted = Answer.objects.filter(interview_session=OuterRef("pk"), status=AnswerStatus.SUBMITTED)
        own = self.owned_by(user).filter(mode=Mode.PRACTICE, invitation=None)
        return own.exclude(status=SessionStatus.SUBMITTED).filter(~Exists(submitted))

    def under_way(self, now: dt.datetime) -> InterviewSessionQuerySet:
        """Begun, or still to be begun: not where the invitation has been withdrawn or has expired before the start."""
        closed = Q(invitation__revoked_at__isnull=False) | Q(invitation__expires_at__lte=now)
        return self.exclude(status=SessionStatus.SUBMITTED).exclude(
            closed, status=SessionStatus.NOT_STARTED, invitation__isnull=False
        )

    def past_deadline(self, now: dt.datetime) -> InterviewSessionQuerySet:
        """In progress although the deadline has passed."""
        return self.filter(status=SessionStatus.IN_PROGRESS, deadline_at__lt=now)

    def fully_answered(self) -> InterviewSessionQuerySet:
        """In progress although every answer is submitted."""
        editable = Answer.objects.filter(interview_session=OuterRef("pk"), status__in=EDITABLE_ANSWER_STATES)
        return self.filter(~Exists(editable), status=SessionStatus.IN_PROGRESS)


class InterviewSession(models.Model):
    """One sitting. Whether it is graded is derived from its answers, never stored.

    What it took from its template stays as it was then, whatever becomes of the template.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="interview_sessions"
    )
    template = models.ForeignKey(
        InterviewTemplate, null=True, blank=True, on_delete=models.PROTECT, related_name="interview_sessions"
    )
    invitation = models.OneToOneField(
        Invitation, null=True, blank=True, on_delete=models.PROTECT, related_name="interview_session"
    )
    title = models.CharField(max_length=200)
    mode = models.CharField(max_length=20, choices=Mode.choices)
    status = models.CharField(max_length=20, choices=SessionStatus.choices, default=SessionStatus.NOT_STARTED)
    time_limit_minutes = models.PositiveIntegerField(null=True, blank=True)
    extra_time_percent = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MAX_EXTRA_TIME_PERCENT)]
    )
    route = models.CharField(max_length=20, choices=Route.choices, default=Route.MACHINE_FIRST)
    blind_first = models.BooleanField(default=False)
    probes_enabled = models.BooleanField(default=False)
    appeal_days = models.PositiveSmallIntegerField(default=0)
    feedback_policy = models.CharField(
        max_length=20, choices=FeedbackPolicy.choices, default=FeedbackPolicy.AT_END
    )
    notice = models.TextField(blank=True)
    notice_version = models.PositiveIntegerField(default=0, help_text="0: there was none.")
    notice_accepted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=20, choices=EndedBy.choices, blank=True)

    objects = InterviewSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["candidate", "-created_at"]),
            models.Index(
                fields=["deadline_at"], condition=Q(status="in_progress"), name="session_in_progress_deadline"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.candidate})"

    @property
    def is_practice(self) -> bool:
        return self.mode == Mode.PRACTICE

    @property
    def candidate_may_see_marks(self) -> bool:
        """By the feedback policy, once the interview is over."""
        if self.status != SessionStatus.SUBMITTED:
            return False
        return self.feedback_policy != FeedbackPolicy.WHEN_RELEASED or self.released_at is not None

    @property
    def shows_marks_after_each(self) -> bool:
        """By the feedback policy, of every answer as soon as it is submitted."""
        return self.feedback_policy == FeedbackPolicy.AFTER_EACH

    @property
    def is_human_only(self) -> bool:
        """The candidate chose that no machine marks the answers."""
        return self.route == Route.HUMAN_ONLY

    @property
    def minutes_allowed(self) -> int | None:
        """The time limit with the extra time; None where there is no limit."""
        return with_extra_time(self.time_limit_minutes, self.extra_time_percent)

    def can_start_at(self, now: dt.datetime) -> bool:
        """Not begun, and its invitation (if it has one) still holds. Needs the invitation."""
        if self.status != SessionStatus.NOT_STARTED:
            return False
        return self.invitation is None or self.invitation.is_open_at(now)

    def accepts_answers_at(self, now: dt.datetime) -> bool:
        """In progress, and the deadline (with a grace for slow networks) has not passed."""
        if self.status != SessionStatus.IN_PROGRESS:
            return False
        grace = dt.timedelta(seconds=settings.DEADLINE_GRACE_SECONDS)
        return self.deadline_at is None or now <= self.deadline_at + grace


class AnswerQuerySet(models.QuerySet["Answer"]):
    def owned_by(self, user: User) -> AnswerQuerySet:
        return self.filter(interview_session__candidate=user)

    def editable_at(self, now: dt.datetime) -> AnswerQuerySet:
        """Not yet submitted, in a session that is in progress and within its deadline and grace.

        The session's conditions stand in a subquery and the answer's own in the WHERE: PostgreSQL checks the latter
        again when an UPDATE has waited for another one, so that of two submits only one changes the row. A join
        would become `id IN (SELECT …)`, which is not checked again.
        """
        grace = dt.timedelta(seconds=settings.DEADLINE_GRACE_SECONDS)
        in_time = Q(deadline_at=None) | Q(deadline_at__gte=now - grace)
        accepting = InterviewSession.objects.filter(in_time, status=SessionStatus.IN_PROGRESS)
        return self.filter(status__in=EDITABLE_ANSWER_STATES, interview_session__in=accepting)

    def with_next_position(self) -> AnswerQuerySet:
        """Adds next_position: where the candidate goes on from here, None where no other answer is left to give.

        The same order as sittings.following, in the one query that loads the answer.
        """
        position = "interview_session__answers__position"
        others = ~Q(interview_session__answers__pk=F("pk"))
        is_open = others & Q(interview_session__answers__status=AnswerStatus.OPEN)
        is_skipped = others & Q(interview_session__answers__status=AnswerStatus.SKIPPED)
        is_later = Q(**{f"{position}__gt": F("position")})
        choices = (is_open & is_later, is_open, is_skipped & is_later, is_skipped)
        return self.annotate(next_position=Coalesce(*(Min(position, filter=choice) for choice in choices)))


class Answer(models.Model):
    """The answer to one asked question. Made at start with the question's version; its text freezes at submit."""

    interview_session = models.ForeignKey(InterviewSession, on_delete=models.CASCADE, related_name="answers")
    position = models.PositiveIntegerField(help_text="1 for the first question.")
    question_version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="answers")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="probes")
    status = models.CharField(max_length=20, choices=AnswerStatus.choices, default=AnswerStatus.OPEN)
    draft_text = models.TextField(blank=True)
    draft_revision = models.PositiveIntegerField(default=0)
    draft_saved_at = models.DateTimeField(null=True, blank=True)
    final_text = models.TextField(blank=True)
    first_shown_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["interview_session", "position"]
        constraints = [
            models.UniqueConstraint(fields=["interview_session", "position"], name="answer_position_unique")
        ]

    def __str__(self) -> str:
        return f"{self.interview_session_id} · {self.position}"

    @property
    def is_submitted(self) -> bool:
        return self.status == AnswerStatus.SUBMITTED

    @property
    def is_blank(self) -> bool:
        """Submitted without a word: the deadline or the end came first."""
        return self.is_submitted and not self.final_text


class AppendOnlyError(Exception):
    """Somebody tried to change or delete a row of a log."""


class SessionEvent(models.Model):
    """What happened when: append-only. Signals for people; they never change a score."""

    interview_session = models.ForeignKey(InterviewSession, on_delete=models.CASCADE, related_name="events")
    answer = models.ForeignKey(Answer, null=True, blank=True, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    detail = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.created_at:%H:%M:%S} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise AppendOnlyError("A session event never changes.")
        super().save(*args, **kwargs)
