"""What people see of grades: cards, marked answers, strips. Rows in, plain data for templates out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.utils.safestring import SafeString

from grading.core.integrity import in_words
from grading.marking import Segment, marked
from grading.models import (
    ACTIVE_JOB_STATES,
    CriterionKind,
    CriterionScore,
    Grade,
    Grader,
    GradingJob,
    JobState,
    Verdict,
)
from grading.models_review import Appeal
from grading.rationales import Said, beyond, said_by_machine
from grading.review.blinding import Sight
from questions.rendering import inline_html, to_html
from sessions.models import Answer, InterviewSession

STRIP_WIDTH = 1296
STRIP_GAP = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One criterion in the strip: its place, its width by points, and the filled part by points earned."""

    x: int
    width: int
    fill: int
    verdict: str


@dataclass(frozen=True, slots=True)
class CriterionCard:
    number: int
    text_html: SafeString
    text: str
    kind: str
    verdict: str
    verdict_label: str
    points: Decimal
    points_possible: Decimal
    rationale_html: SafeString
    quotes: tuple[str, ...]
    confidence: float
    score_id: int | None = None
    appeal: Appeal | None = None
    is_machines_word: bool = False

    @property
    def has_lost(self) -> bool:
        """Whether a person could have given more."""
        return self.points < (0 if self.kind == CriterionKind.MISCONCEPTION else self.points_possible)

    @property
    def points_label(self) -> str:
        if self.kind == CriterionKind.MISCONCEPTION:
            return f"−{abs(self.points).normalize():f}"
        if self.kind == CriterionKind.BONUS:
            return f"+{self.points.normalize():f}"
        return f"{self.points.normalize():f} / {self.points_possible.normalize():f}"


@dataclass(frozen=True, slots=True)
class AnswerCard:
    """One answer with its effective grade. state is "graded", "grading", "needs_person", "blank" or "hidden"."""

    answer: Answer
    state: str
    title_html: SafeString
    prompt_rest_html: SafeString
    segments: tuple[Segment, ...]
    criteria: tuple[CriterionCard, ...]
    grade: Grade | None
    max_score: Decimal
    reference_html: SafeString
    explanation_html: SafeString
    flags: tuple[str, ...] = ()
    probe: str = ""

    @property
    def position(self) -> int:
        return self.answer.position

    @property
    def score(self) -> Decimal | None:
        return self.grade.score if self.grade else None

    @property
    def grader_label(self) -> str:
        if self.grade is None:
            return ""
        if self.grade.graded_by:
            return str(self.grade.graded_by)
        return self.grade.get_grader_display()

    @property
    def grader_detail(self) -> str:
        """Which exact grader it was; a machine's mark is provisional until a person confirms it."""
        grade = self.grade
        if grade is None or grade.grader == Grader.HUMAN:
            return ""
        if grade.is_fallback:
            return (
                "offline, provisional: the model could not be reached; the answer is graded again when it can"
            )
        prompt = f"prompt {grade.prompt_version}" if grade.prompt_version else ""
        return ", ".join(
            filter(None, [grade.level, grade.model, prompt, grade.grader_version, "provisional"])
        )

    @property
    def sureness(self) -> str:
        """How sure the machine is, in words: made from the criteria's confidence, weighed by points."""
        if self.grade is None or self.grade.grader == Grader.HUMAN or not self.criteria:
            return ""
        weight = sum(float(c.points_possible) for c in self.criteria)
        mean = sum(c.confidence * float(c.points_possible) for c in self.criteria) / weight if weight else 0.0
        return "sure of it" if mean >= 0.8 else "fairly sure of it" if mean >= 0.6 else "not very sure of it"

    @property
    def feedback(self) -> dict[str, Any]:
        """strengths, study: texts of a model, to be escaped like any other."""
        return self.grade.feedback if self.grade else {}

    @property
    def unsure_count(self) -> int:
        return sum(c.verdict == Verdict.UNSURE for c in self.criteria)

    @property
    def strip(self) -> tuple[Bar, ...]:
        return strip_of(self.criteria)


@dataclass(frozen=True, slots=True)
class Result:
    """A whole interview. points are None until something is graded."""

    cards: tuple[AnswerCard, ...]
    points: Decimal | None
    max_points: Decimal
    strip: tuple[Bar, ...] = field(default=())

    @property
    def total(self) -> int:
        return len(self.cards)

    @property
    def graded_count(self) -> int:
        return sum(card.state != "grading" for card in self.cards)

    @property
    def is_complete(self) -> bool:
        return self.graded_count == self.total

    @property
    def needs_person_count(self) -> int:
        return sum(card.state == "needs_person" or card.unsure_count > 0 for card in self.cards)

    @property
    def unread_count(self) -> int:
        """Answers that nobody has judged and no machine will: people mark them."""
        return sum(card.state == "needs_person" and card.grade is None for card in self.cards)

    @property
    def has_contestable(self) -> bool:
        """Whether some criterion cost points and has not been contested."""
        return any(c.has_lost and c.appeal is None for card in self.cards for c in card.criteria)

    @property
    def provisional(self) -> bool:
        return any(card.grade and card.grade.grader != Grader.HUMAN for card in self.cards)

    @property
    def strengths(self) -> list[SafeString]:
        """The two weightiest criteria that were met."""
        met = [c for card in self.cards for c in card.criteria if c.verdict == Verdict.MET]
        return [c.text_html for c in sorted(met, key=lambda c: -c.points_possible)[:2]]

    @property
    def next_up(self) -> list[tuple[int, SafeString]]:
        """(position, text) of up to three criteria where the most points were missed."""
        missed = [
            (c.points_possible - c.points, card.position, c.text_html)
            for card in self.cards
            for c in card.criteria
            if c.kind == CriterionKind.CORE
            and c.verdict in {Verdict.UNMET, Verdict.PARTIAL, Verdict.CONTRADICTED}
        ]
        return [(position, text) for _, position, text in sorted(missed, key=lambda m: -m[0])[:3]]


def strip_of(criteria: Iterable[CriterionCard]) -> tuple[Bar, ...]:
    """Bars for the core criteria, side by side in a box STRIP_WIDTH wide, widths by points."""
    core = [c for c in criteria if c.kind == CriterionKind.CORE]
    total = sum((c.points_possible for c in core), Decimal(0))
    if not total:
        return ()
    room = STRIP_WIDTH - STRIP_GAP * (len(core) - 1)
    bars, before = [], Decimal(0)
    for index, criterion in enumerate(core):
        left = round(before / total * room)
        before += criterion.points_possible
        width = max(2, round(before / total * room) - left)
        share = max(Decimal(0), criterion.points) / criterion.points_possible
        bars.append(Bar(left + index * STRIP_GAP, width, round(width * share), criterion.verdict))
    return tuple(bars)


def result_of(
    interview_session: InterviewSession,
    *,
    for_staff: bool = False,
    sight: Sight | None = None,
    position: int | None = None,
) -> Result:
    """The result of a submitted session, in a fixed number of queries. Flags are shown to staff only.

    With a position, that of one submitted answer, while the interview goes on.
    sight is what a reviewer may see: an answer of which the grades are hidden comes without any.
    """
    scores = CriterionScore.objects.prefetch_related("evidence")
    grades = (
        Grade.objects.by_effect()
        .select_related("graded_by")
        .prefetch_related(Prefetch("criterion_scores", queryset=scores))
    )
    answers = (
        interview_session.answers.select_related("question_version")
        .prefetch_related(Prefetch("grades", queryset=grades), "grading_jobs")
        .order_by("position")
    )
    if position is not None:
        answers = answers.filter(position=position)
    has_appeals = not interview_session.is_practice
    if has_appeals:
        answers = answers.prefetch_related("appeals")
    cards = tuple(
        _card(
            answer,
            for_staff=for_staff,
            is_hidden=sight is not None and not sight.sees_others_on(answer.pk),
            appeals=answer.appeals.all() if has_appeals else (),
            has_probes=interview_session.is_practice or interview_session.probes_enabled,
        )
        for answer in answers
    )
    graded = [card.score for card in cards if card.score is not None]
    return Result(
        cards=cards,
        points=sum(graded, Decimal(0)) if graded else None,
        max_points=sum((card.max_score for card in cards), Decimal(0)),
        strip=strip_of(c for card in cards for c in card.criteria),
    )


def _card(
    answer: Answer, *, for_staff: bool, is_hidden: bool, appeals: Iterable[Appeal], has_probes: bool
) -> AnswerCard:
    grade = None if is_hidden else next(iter(answer.grades.all()), None)
    said = said_by_machine(answer.grades.all()) if grade else frozenset()
    criteria, spans = shown_criteria(grade, appeals, said) if grade else ((), [])
    version = answer.question_version
    title, _, rest = version.prompt.strip().partition("\n")
    return AnswerCard(
        answer=answer,
        state="hidden" if is_hidden else _state(answer, grade, list(answer.grading_jobs.all())),
        title_html=inline_html(title),
        prompt_rest_html=to_html(rest) if rest.strip() else SafeString(""),
        segments=marked(answer.final_text, verdicts_of(criteria), spans),
        criteria=criteria,
        grade=grade,
        max_score=grade.max_score if grade else Decimal(0),
        reference_html=to_html(version.reference_answer),
        explanation_html=to_html(version.explanation),
        flags=tuple(map(in_words, grade.flags)) if grade and for_staff else (),
        probe=_probe(grade, answer.grades.all()) if grade and has_probes else "",
    )


def _probe(counting: Grade, grades: Iterable[Grade]) -> str:
    """The follow-up question that a model proposed last; none where its criterion is met by the grade that counts."""
    found = next((grade.feedback["probe"] for grade in grades if grade.feedback.get("probe")), None)
    if found is None:
        return ""
    met = {score.text for score in counting.criterion_scores.all() if score.verdict == Verdict.MET}
    return "" if found.get("criterion") in met else str(found["question"])


def _state(answer: Answer, grade: Grade | None, jobs: Sequence[GradingJob]) -> str:
    if grade is None:
        # Without a job nothing is on its way: the candidate chose to be read by people only.
        is_waiting = any(job.state in ACTIVE_JOB_STATES or job.state == JobState.DONE for job in jobs)
        is_open = not answer.is_submitted
        return "grading" if is_waiting or is_open else "needs_person"
    if grade.score is None:
        return "needs_person"
    return "blank" if answer.is_blank else "graded"


def shown_criteria(
    grade: Grade,
    appeals: Iterable[Appeal] = (),
    said: Said = frozenset(),
    *,
    as_in_rubric: bool = False,
) -> tuple[tuple[CriterionCard, ...], list[tuple[int, int, int]]]:
    """The criteria that a reader sees, numbered, and where their evidence lies.

    said is what machines said of it. as_in_rubric keeps the rubric's numbers, where what is not shown leaves gaps.
    """
    appealed = {appeal.criterion_id: appeal for appeal in appeals}
    shown = [score for score in grade.criterion_scores.all() if _is_shown(score)]
    cards, spans = [], []
    for count, score in enumerate(shown, start=1):
        number = score.position if as_in_rubric else count
        quotes = list(score.evidence.all())
        spans += [(quote.start, quote.end, number) for quote in quotes]
        cards.append(
            CriterionCard(
                number=number,
                text_html=inline_html(score.text),
                text=score.text,
                kind=score.kind,
                verdict=score.verdict,
                verdict_label=score.label,
                points=score.points,
                points_possible=score.points_possible,
                rationale_html=inline_html(beyond(score.rationale, score.text)),
                quotes=tuple(quote.text for quote in quotes),
                confidence=score.confidence,
                score_id=score.pk,
                appeal=appealed.get(score.criterion_id) if score.criterion_id else None,
                is_machines_word=grade.grader != Grader.HUMAN
                or (score.criterion_id, score.rationale) in said,
            )
        )
    return tuple(cards), spans


def verdicts_of(criteria: Iterable[CriterionCard]) -> dict[int, str]:
    """By their numbers, for marking the answer."""
    return {criterion.number: criterion.verdict for criterion in criteria}


def _is_shown(score: CriterionScore) -> bool:
    """A misconception only where it was claimed, a bonus only where it was earned."""
    if score.kind == CriterionKind.MISCONCEPTION:
        return score.verdict in {Verdict.CONTRADICTED, Verdict.UNSURE}
    if score.kind == CriterionKind.BONUS:
        return score.verdict in {Verdict.MET, Verdict.PARTIAL}
    return True
