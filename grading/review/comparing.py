"""Candidates side by side: the grid of a template, one question across candidates, answers by verdict pattern."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch

from grading.models import CriterionKind, CriterionScore, Grade, Grader
from grading.models_review import Review, open_appeals_of_session
from grading.review.blinding import in_blind_share
from grading.review.standing import Standing, effective_with_signs, standings
from interview_site.accounts.models import User
from sessions.models import Answer, InterviewSession, InterviewTemplate
from sessions.states import SessionStatus

SORTS = ("submitted", "-submitted", "name", "-name", "score", "-score")
KINDS = {
    CriterionKind.CORE: "Criteria",
    CriterionKind.BONUS: "Bonus",
    CriterionKind.MISCONCEPTION: "Misconceptions: claiming one costs points",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of the grid before its cells are loaded."""

    session_id: uuid.UUID
    name: str
    submitted_at: dt.datetime
    is_released: bool
    is_reviewed: bool
    has_appeal: bool
    is_hidden: bool
    standing: Standing


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer in the grid. score is None where nothing is scored or where it is hidden from this reader."""

    position: int
    is_blank: bool
    is_hidden: bool
    score: Decimal | None
    max_score: Decimal | None
    by_person: bool
    is_unsure: bool
    is_flagged: bool
    needs_person: bool


def hidden_sessions(template: InterviewTemplate, user: User) -> set[uuid.UUID]:
    """Interviews of the template of which this reader has to judge first, and their own: one query."""
    own = Review.objects.submitted().filter(interview_session=OuterRef("pk"), reviewer=user)
    rows = _submitted(template).filter(~Exists(own)).values_list("pk", "blind_first", "candidate")
    return {
        pk for pk, blind_first, candidate in rows if blind_first or in_blind_share(pk) or candidate == user.pk
    }


def candidates_of(template: InterviewTemplate, user: User, sort: str) -> list[Candidate]:
    """Everybody who has finished, in order: two queries. What is hidden from the reader sorts last by score."""
    own = Review.objects.submitted().filter(interview_session=OuterRef("pk"))
    rows = _submitted(template).annotate(
        is_reviewed=Exists(own),
        is_reviewed_by_me=Exists(own.filter(reviewer=user)),
        has_appeal=open_appeals_of_session(),
        asked=Count("answers"),
    )
    columns = (
        "pk", "candidate__name", "candidate__email", "submitted_at", "released_at", "is_reviewed",
        "is_reviewed_by_me", "has_appeal", "blind_first", "candidate", "asked",
    )  # fmt: skip
    listed = list(rows.values_list(*columns))
    found = standings(_submitted(template).values("pk"), {row[0]: row[-1] for row in listed})
    people = [
        Candidate(
            pk,
            name or email,
            submitted_at,
            released_at is not None,
            is_reviewed,
            has_appeal,
            sat == user.pk or ((blind_first or in_blind_share(pk)) and not by_me),
            found.get(pk, Standing()),
        )
        for pk, name, email, submitted_at, released_at, is_reviewed, by_me, has_appeal, blind_first, sat, _ in listed
    ]
    return ordered(people, sort)


def ordered(people: Iterable[Candidate], sort: str) -> list[Candidate]:
    """Pure. By when they finished, by name, or by share of the points; those without a score come last."""
    key = sort.removeprefix("-")
    down = sort.startswith("-")
    listed = sorted(people, key=lambda one: (one.submitted_at, str(one.session_id)))
    if key == "name":
        return sorted(listed, key=lambda one: one.name.casefold(), reverse=down)
    if key == "score":
        scored = [one for one in listed if one.standing.share is not None and not one.is_hidden]
        rest = [one for one in listed if one.standing.share is None or one.is_hidden]
        return [*sorted(scored, key=lambda one: one.standing.share or 0.0, reverse=down), *rest]
    return listed[::-1] if down else listed


def cells_for(page: Sequence[Candidate], user: User) -> dict[uuid.UUID, dict[int, Cell]]:
    """The cells of one page by interview and question: two queries. What I have graded myself is not hidden."""
    ids = [one.session_id for one in page]
    hidden = {one.session_id for one in page if one.is_hidden}
    grades: dict[int, Any] = {
        grade.answer_id: grade
        for grade in effective_with_signs(
            Grade.objects.effective().filter(answer__interview_session__in=ids)
        ).only("answer_id", "score", "max_score", "grader", "graded_by_id")
    }
    answers = Answer.objects.filter(interview_session__in=ids, parent=None).values_list(
        "pk", "interview_session_id", "position", "question_version__question_id", "final_text"
    )
    cells: defaultdict[uuid.UUID, dict[int, Cell]] = defaultdict(dict)
    for pk, session_id, position, question_id, text in answers:
        grade = grades.get(pk)
        is_hidden = session_id in hidden and not (grade and grade.graded_by_id == user.pk)
        shown = None if is_hidden else grade
        cells[session_id][question_id] = Cell(
            position=position,
            is_blank=not text,
            is_hidden=is_hidden,
            score=shown.score if shown else None,
            max_score=shown.max_score if shown else None,
            by_person=bool(shown and shown.grader == Grader.HUMAN),
            is_unsure=bool(shown and shown.is_unsure),
            is_flagged=bool(shown and shown.is_flagged),
            needs_person=not is_hidden and (grade is None or grade.score is None),
        )
    return cells


def shuffled(template_id: int, question_id: int, answer_ids: Iterable[int]) -> list[int]:
    """An order that is the same every time and for everybody, and that says nothing about who wrote what when."""

    def key(answer_id: int) -> bytes:
        return hashlib.sha256(f"{template_id}:{question_id}:{answer_id}".encode()).digest()

    return sorted(answer_ids, key=key)


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that got the same verdicts on the same rubric. verdicts are in the order of the criteria."""

    key: str
    rubric_id: int
    verdicts: tuple[str, ...]
    members: tuple[Grade, ...]

    @property
    def scores(self) -> tuple[CriterionScore, ...]:
        """The first member's criteria, to be read as the group's."""
        return tuple(self.members[0].criterion_scores.all())

    @property
    def by_kind(self) -> list[tuple[str, list[CriterionScore]]]:
        """The criteria to choose from, under the name of their kind."""
        named = [(kind, [score for score in self.scores if score.kind == kind]) for kind in KINDS]
        return [(KINDS[kind], scores) for kind, scores in named if scores]

    @property
    def points(self) -> tuple[Decimal, Decimal] | None:
        """The fewest and the most points in the group: same verdicts need not mean same points. None if ungraded."""
        points = [grade.score for grade in self.members if grade.score is not None]
        return (min(points), max(points)) if points else None


def groups_of(template: InterviewTemplate, question_id: int, hidden: set[uuid.UUID]) -> list[Group]:
    """The biggest first; answers that are hidden from the reader are in none."""
    grades = (
        Grade.objects.effective()
        .filter(
            answer__interview_session__template=template,
            answer__interview_session__status=SessionStatus.SUBMITTED,
            answer__question_version__question=question_id,
        )
        .select_related("answer__interview_session", "graded_by")
        .prefetch_related(Prefetch("criterion_scores", queryset=CriterionScore.objects.order_by("position")))
        .order_by("answer_id")
    )
    gathered: defaultdict[tuple[int, tuple[str, ...]], list[Grade]] = defaultdict(list)
    for grade in grades:
        if grade.answer.interview_session_id not in hidden:
            pattern = tuple(score.verdict for score in grade.criterion_scores.all())
            gathered[grade.rubric_id, pattern].append(grade)
    groups = [
        Group(_key(rubric_id, pattern), rubric_id, pattern, tuple(members))
        for (rubric_id, pattern), members in gathered.items()
    ]
    return sorted(groups, key=lambda group: (-len(group.members), group.key))


def _key(rubric_id: int, pattern: tuple[str, ...]) -> str:
    return hashlib.sha256(f"{rubric_id}:{','.join(pattern)}".encode()).hexdigest()[:12]


def _submitted(template: InterviewTemplate) -> Any:
    return InterviewSession.objects.filter(
        template=template, mode="assessment", status=SessionStatus.SUBMITTED
    )
