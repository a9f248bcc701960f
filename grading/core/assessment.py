"""Assessment: what every grader returns, offline or model."""

from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What was found for one criterion. For a misconception *met* never occurs: claiming it is *contradicted*,
    not claiming it is *unmet*.
    """

    MET = "met"
    PARTIAL = "partial"
    UNMET = "unmet"
    CONTRADICTED = "contradicted"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Span:
    """A quote: answer[start:end] == text, offsets in code points of the answer exactly as submitted."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class CriterionAssessment:
    """The verdict on one criterion.

    credit is 0..1, the share of the criterion's points that was earned (for a misconception: that is taken away).
    confidence is 0..1, the grader's own estimate that a person would give the same verdict.
    rationale is one or two sentences to the candidate.
    """

    criterion_id: str
    verdict: Verdict
    credit: float
    evidence: tuple[Span, ...] = ()
    rationale: str = ""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Assessment:
    """One grader's verdict on one answer.

    score is in points, 0..max_score, or None when the answer could not be graded: never a made-up zero.
    flags name signals for a person ("injection", "stuffing", …); they never change the score.
    grader is "offline" or "model"; version names the exact grader ("lexical-1"), level the offline level.
    """

    criteria: tuple[CriterionAssessment, ...]
    score: float | None
    max_score: float
    flags: tuple[str, ...] = field(default=())
    grader: str = "offline"
    version: str = ""
    level: str = ""
