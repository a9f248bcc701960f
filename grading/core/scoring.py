"""Verdicts to points to score: the only place in which a number is computed, or withheld."""

import math
from collections.abc import Iterable

from grading.core.assessment import CriterionAssessment, Verdict
from grading.core.rubric import Criterion, Kind, Rubric

_PLACES = 6  # hides float noise such as 0.30000000000000004, far below any step in which people give points


def score(rubric: Rubric, assessments: Iterable[CriterionAssessment]) -> float | None:
    """The score in points, 0..rubric.max_points, or None when nothing was judged.

    Core credit adds up, bonus credit fills up to the maximum, claimed misconceptions take their points away from
    what that gives, and the result is clamped. An *unsure* core criterion, or one without an assessment, earns
    nothing for now: the score is then a lower bound (see is_provisional, bounds) that waits for a person. When
    that holds for every core criterion, or there is none, there is no score: a failure is not a zero.

    Raises ValueError for an assessment of an unknown criterion, two of the same, or a credit outside 0..1.
    """
    judged = _by_criterion(rubric, assessments)
    if not any(_is_settled(judged.get(c.id)) for c in rubric.criteria if c.kind is Kind.CORE):
        return None
    return _total(rubric, judged, unsettled_credit=0.0)


def bounds(rubric: Rubric, assessments: Iterable[CriterionAssessment]) -> tuple[float, float]:
    """The lowest and the highest score, in points, that settling the unsure criteria can lead to.

    They are equal exactly when nothing is left that could change the score. Raises as score does.
    """
    judged = _by_criterion(rubric, assessments)
    return (
        _total(rubric, judged, unsettled_credit=0.0, unsettled_claim=1.0),
        _total(rubric, judged, unsettled_credit=1.0, unsettled_claim=0.0),
    )


def is_provisional(rubric: Rubric, assessments: Iterable[CriterionAssessment]) -> bool:
    """Whether a person has to look before the score can stand: some criterion is unsure, or a core criterion was
    never judged, and settling it could change the score.
    """
    low, high = bounds(rubric, assessments)
    return low != high or rubric.max_points == 0


def points_for(criterion: Criterion, assessment: CriterionAssessment | None) -> float:
    """What one criterion contributes, in points: 0..points, for a misconception -points..0."""
    if assessment is None:
        return 0.0
    if criterion.kind is Kind.MISCONCEPTION:
        claimed = assessment.verdict is Verdict.CONTRADICTED
        return -round(assessment.credit * criterion.points, _PLACES) if claimed and assessment.credit else 0.0
    if assessment.verdict in _EARNING:
        return round(assessment.credit * criterion.points, _PLACES)
    return 0.0


# Unmet may carry a little credit (a grader's calibrated shade of "hardly"); contradicted and unsure never do.
_EARNING = frozenset({Verdict.MET, Verdict.PARTIAL, Verdict.UNMET})


def _is_settled(assessment: CriterionAssessment | None) -> bool:
    return assessment is not None and assessment.verdict is not Verdict.UNSURE


def _by_criterion(
    rubric: Rubric, assessments: Iterable[CriterionAssessment]
) -> dict[str, CriterionAssessment]:
    known = {c.id for c in rubric.criteria}
    judged: dict[str, CriterionAssessment] = {}
    for assessment in assessments:
        if assessment.criterion_id not in known:
            raise ValueError(f"criterion {assessment.criterion_id} is not in the rubric")
        if assessment.criterion_id in judged:
            raise ValueError(f"criterion {assessment.criterion_id} is assessed twice")
        if not 0.0 <= assessment.credit <= 1.0:  # also catches NaN
            raise ValueError(
                f"credit {assessment.credit} of criterion {assessment.criterion_id} is not in 0..1"
            )
        judged[assessment.criterion_id] = assessment
    return judged


def _total(
    rubric: Rubric,
    judged: dict[str, CriterionAssessment],
    *,
    unsettled_credit: float,
    unsettled_claim: float = 0.0,
) -> float:
    """The clamped sum, with these credits (0..1) where nothing was settled."""
    earned: list[float] = []
    taken: list[float] = []
    for criterion in rubric.criteria:
        assessment = judged.get(criterion.id)
        if criterion.kind is Kind.MISCONCEPTION:
            # Never judged means never claimed, as far as anybody knows; only a grader's doubt is a doubt.
            doubted = assessment is not None and assessment.verdict is Verdict.UNSURE
            taken.append(
                unsettled_claim * criterion.points if doubted else -points_for(criterion, assessment)
            )
        elif _is_settled(assessment):
            earned.append(points_for(criterion, assessment))
        elif criterion.kind is Kind.CORE or assessment is not None:
            earned.append(unsettled_credit * criterion.points)
    capped = min(math.fsum(earned), rubric.max_points)
    return round(min(max(capped - math.fsum(taken), 0.0), rubric.max_points), _PLACES)
