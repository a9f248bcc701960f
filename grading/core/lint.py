"""Rubric lint: what is wrong with a rubric before anybody is graded by it."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from grading.core.assessment import Assessment, CriterionAssessment
from grading.core.rubric import Criterion, Kind, Rubric
from grading.core.text import content, tokenise

Grade = Callable[[str, Rubric, str], Assessment]


class Problem(StrEnum):
    UNGROUNDED = "ungrounded"
    OVERLAPPING = "overlapping"
    UNTESTABLE = "untestable"
    CUELESS = "cue-less"
    DOMINANT = "dominant"
    POINTS = "points"
    INCOMPLETE = "incomplete"
    REFERENCE_FAILS = "reference fails"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. criterion_ids names the criteria it is about, none when it is about the whole rubric."""

    problem: Problem
    message: str
    criterion_ids: tuple[str, ...] = ()


REFERENCE_SHARE = 0.95  # of the maximum, that the reference answer itself has to get
_GROUNDED = 0.5  # share of a criterion's telling words that the reference answer has to hold
_OVERLAP = 0.75  # share of the shorter criterion's telling words from which two criteria ask the same
_DOMINANT = 0.5  # share of the maximum that one criterion may be worth
_LONGEST = 60  # words; beyond that it is not one claim

# What a person feels and what cannot be pointed at in an answer.
_VAGUE = re.compile(
    r"""^(?:(?:the\ |a\ )?(?:candidate|answer|student|person)\ )?(?:clearly\ |correctly\ |fully\ )?
        (?:understands?|knows?|is\ aware\ of|appreciates?|demonstrates?|shows|mentions|explains)\b
      | \b(?:good|deep|solid|clear)\ understanding\b | \bwell[- ](?:written|explained)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def lint(
    rubric: Rubric,
    reference_answer: str,
    *,
    question: str = "",
    grade: Grade | None = None,
    maximum: float | None = None,
) -> tuple[Finding, ...]:
    """All findings, those on the whole rubric last.

    maximum is what the core criteria should add up to, in points, where somebody has fixed that. With a grade
    function the reference answer is graded by its own rubric, and has to get 95 % of the maximum.
    """
    return (
        *(
            finding
            for criterion in rubric.criteria
            for finding in _one(criterion, reference_answer, question)
        ),
        *_overlapping(rubric, question),
        *_points(rubric, maximum),
        *(_reference(rubric, reference_answer, question, grade) if grade else ()),
    )


def _one(criterion: Criterion, reference: str, question: str) -> Iterator[Finding]:
    def finding(problem: Problem, message: str) -> Finding:
        return Finding(problem, f"“{_shortened(criterion.text)}”: {message}", (criterion.id,))

    telling = _telling(criterion.text, question)
    if not telling:
        yield finding(Problem.UNTESTABLE, "says nothing that the question does not say")
    elif vague := _VAGUE.search(criterion.text):
        yield finding(
            Problem.UNTESTABLE, f"“{vague.group()}” cannot be pointed at in an answer; state the fact"
        )
    elif criterion.text.rstrip().endswith("?"):
        yield finding(Problem.UNTESTABLE, "is a question; state the fact")
    elif len(criterion.text.split()) > _LONGEST:
        yield finding(Problem.UNTESTABLE, f"is longer than {_LONGEST} words; make it several criteria")
    if not any(alternative.strip() for group in criterion.cues for alternative in group):
        yield finding(Problem.CUELESS, "has no cues for the offline grader")
    elif criterion.enough > len(criterion.cues):
        yield finding(Problem.CUELESS, f"wants {criterion.enough} cue groups and has {len(criterion.cues)}")
    if criterion.kind is Kind.MISCONCEPTION:
        if not criterion.correction.strip():
            yield finding(Problem.INCOMPLETE, "does not say what is true instead")
    elif telling and _grounded(criterion, reference, question) < _GROUNDED:
        yield finding(Problem.UNGROUNDED, "the reference answer hardly says this")


def _grounded(criterion: Criterion, reference: str, question: str) -> float:
    """The share of the telling words, of the wording that fits best, that the reference answer holds."""
    held = _stems(reference)
    wordings = [_telling(wording, question) for wording in (criterion.text, *criterion.examples)]
    return max((len(wanted & held) / len(wanted) for wanted in wordings if wanted), default=0.0)


def _overlapping(rubric: Rubric, question: str) -> Iterator[Finding]:
    """Pairs of the same kind that ask the same; a misconception resembles the truth that it gets wrong."""
    scored = [criterion for criterion in rubric.criteria if criterion.kind is not Kind.MISCONCEPTION]
    false = [criterion for criterion in rubric.criteria if criterion.kind is Kind.MISCONCEPTION]
    for pair in (*combinations(scored, 2), *combinations(false, 2)):
        mine, theirs = (_telling(criterion.text, question) for criterion in pair)
        smaller = min(len(mine), len(theirs))
        if smaller and len(mine & theirs) >= max(min(2, smaller), _OVERLAP * smaller) and not _opposed(*pair):
            first, second = (_shortened(criterion.text) for criterion in pair)
            ids = (pair[0].id, pair[1].id)
            yield Finding(Problem.OVERLAPPING, f"“{first}” and “{second}” ask nearly the same", ids)


_CODE = re.compile(r"`[^`]+`")


def _opposed(one: Criterion, other: Criterion) -> bool:
    """Whether two criteria are the two sides of a contrast, or are about different code: these share their words."""
    code = set(_CODE.findall(one.text)), set(_CODE.findall(other.text))
    if code[0] - code[1] and code[1] - code[0]:
        return True
    terms = {pairs[0][0] for pairs in one.contrasts}, {pairs[0][0] for pairs in other.contrasts}
    return bool(terms[0] and terms[1]) and not terms[0] & terms[1]


def _points(rubric: Rubric, maximum: float | None) -> Iterator[Finding]:
    for criterion in rubric.criteria:
        if not (math.isfinite(criterion.points) and criterion.points > 0):
            message = f"“{_shortened(criterion.text)}”: {criterion.points:g} points are not more than 0"
            yield Finding(Problem.POINTS, message, (criterion.id,))
    total = rubric.max_points
    core = [criterion for criterion in rubric.criteria if criterion.kind is Kind.CORE]
    if not core:
        yield Finding(Problem.POINTS, "there is no core criterion, so nothing could be scored")
    elif maximum is not None and not math.isclose(total, maximum):
        yield Finding(Problem.POINTS, f"the core criteria add up to {total:g} points, not to {maximum:g}")
    for criterion in core:
        if len(core) > 1 and criterion.points > _DOMINANT * total:
            message = (
                f"“{_shortened(criterion.text)}” alone is worth {criterion.points:g} of {total:g} points"
            )
            yield Finding(Problem.DOMINANT, message, (criterion.id,))


def _reference(rubric: Rubric, reference: str, question: str, grade: Grade) -> Iterator[Finding]:
    assessment = grade(question, rubric, reference)
    if assessment.score is None:
        yield Finding(Problem.REFERENCE_FAILS, "the reference answer itself could not be graded")
    elif assessment.score < REFERENCE_SHARE * assessment.max_score:
        texts = {criterion.id: criterion for criterion in rubric.criteria}
        short = [
            judged.criterion_id
            for judged in assessment.criteria
            if _costs(judged, texts[judged.criterion_id])
        ]
        named = "; ".join(f"“{_shortened(texts[criterion_id].text)}”" for criterion_id in short)
        share = assessment.score / assessment.max_score if assessment.max_score else 0.0
        yield Finding(
            Problem.REFERENCE_FAILS,
            f"the reference answer itself gets only {share:.0%} of the points: {named}",
            tuple(short),
        )


def _costs(judged: CriterionAssessment, criterion: Criterion) -> bool:
    """Whether a verdict on the reference answer is one that it should not have got."""
    if criterion.kind is Kind.MISCONCEPTION:
        return judged.credit > 0
    return criterion.kind is Kind.CORE and judged.credit < REFERENCE_SHARE


def _stems(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in content(tokenise(text)))


def _telling(text: str, question: str) -> frozenset[str]:
    return _stems(text) - _stems(question)


def _shortened(text: str) -> str:
    return text if len(text) <= 70 else f"{text[:67].rstrip()}…"
