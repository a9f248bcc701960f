"""Everything that a reviewer reads of one interview, in a fixed number of queries, less what is still hidden."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from grading.models import CriterionScore, Grade, GradeQuerySet, Grader
from grading.models_review import Appeal, GradeDraft, Review, ReviewLease, ReviewStatus, SignalJudgement
from grading.presenting import AnswerCard, Result, result_of
from grading.review.blinding import Sight, sight_of
from grading.review.signals import Facts, facts_of
from interview_site.accounts.models import User
from sessions.models import InterviewSession, SessionEvent


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer: its card, how it came to be, every grade that it got (oldest first), appeals, my draft."""

    card: AnswerCard
    facts: Facts
    history: tuple[Grade, ...]
    appeals: tuple[Appeal, ...]
    has_draft: bool
    is_mine: bool

    @property
    def is_confirmable(self) -> bool:
        """A machine's mark that I see, and that nobody stands for yet."""
        grade = self.card.grade
        return grade is not None and grade.grader != Grader.HUMAN and grade.score is not None

    @property
    def other_appeals(self) -> tuple[Appeal, ...]:
        """Those that no criterion on the card shows: it is hidden, or not on the list any more."""
        shown = {criterion.appeal.pk for criterion in self.card.criteria if criterion.appeal}
        return tuple(appeal for appeal in self.appeals if appeal.pk not in shown)

    @property
    def people_differ(self) -> bool:
        """Two people's newest verdicts are not the same; the newest of all counts."""
        newest = {
            grade.graded_by_id: tuple(score.verdict for score in grade.criterion_scores.all())
            for grade in self.history
            if grade.grader == Grader.HUMAN and not hasattr(grade, "withdrawal")
        }
        return len(set(newest.values())) > 1


@dataclass(frozen=True, slots=True)
class Transcript:
    result: Result
    readings: tuple[Reading, ...]
    sight: Sight
    own: Review | None
    others: tuple[Review, ...]
    lease: ReviewLease | None

    @property
    def confirmable(self) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.readings if reading.is_confirmable)

    @property
    def hidden_count(self) -> int:
        return sum(reading.card.state == "hidden" for reading in self.readings)


def transcript_of(interview_session: InterviewSession, reviewer: User, now: dt.datetime) -> Transcript:
    """What this reviewer may see at this moment."""
    sight = sight_of(interview_session, reviewer)
    result = result_of(interview_session, for_staff=True, sight=sight)
    ids = [card.answer.pk for card in result.cards]
    events = _by_answer(
        SessionEvent.objects.filter(interview_session=interview_session, answer__isnull=False)
    )
    history = _by_answer(every_grade().filter(answer__in=ids))
    judgements = _by_answer(SignalJudgement.objects.filter(answer__in=ids).select_related("judged_by"))
    appeals = _by_answer(Appeal.objects.filter(answer__in=ids).select_related("contested", "decided_by"))
    drafts = set(
        GradeDraft.objects.filter(answer__in=ids, reviewer=reviewer).values_list("answer_id", flat=True)
    )
    readings = []
    for card in result.cards:
        pk = card.answer.pk
        is_open = sight.sees_others_on(pk)
        readings.append(
            Reading(
                card=card,
                facts=facts_of(card.answer, events[pk], history[pk], judgements[pk], with_flags=is_open),
                history=tuple(history[pk]) if is_open else (),
                appeals=tuple(appeals[pk]),
                has_draft=pk in drafts,
                is_mine=pk in sight.judged,
            )
        )
    reviews = list(Review.objects.filter(interview_session=interview_session).select_related("reviewer"))
    lease = ReviewLease.objects.filter(interview_session=interview_session, expires_at__gt=now)
    return Transcript(
        result=result,
        readings=tuple(readings),
        sight=sight,
        own=next((one for one in reviews if one.reviewer_id == reviewer.pk), None),
        others=tuple(
            one
            for one in reviews
            if one.reviewer_id != reviewer.pk and one.status == ReviewStatus.SUBMITTED and sight.sees_all
        ),
        lease=lease.select_related("reviewer").first(),
    )


def every_grade() -> GradeQuerySet:
    """All grades, oldest first, with who gave them, whether they still count, and their criteria."""
    scores = CriterionScore.objects.order_by("position")
    return (
        Grade.objects.select_related("graded_by", "human", "withdrawal__withdrawn_by", "rubric")
        .prefetch_related(Prefetch("criterion_scores", queryset=scores))
        .order_by("created_at", "pk")
    )


def _by_answer(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    grouped: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.answer_id].append(row)
    return grouped
