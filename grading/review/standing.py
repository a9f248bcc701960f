"""Where whole interviews stand, by their effective grades: one or two queries for any number of interviews."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, ExpressionWrapper, F, FloatField, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Abs

from grading.models import CriterionScore, Grade, Grader, Verdict
from sessions.models import Answer

# Two graders' marks on one answer differ when they are this share of its points apart, or more.
DIFFERENCE = 0.25


@dataclass(frozen=True, slots=True)
class Standing:
    """points and max_points over the graded answers; the rest counts answers, asked all of them."""

    points: Decimal | None = None
    max_points: Decimal | None = None
    asked: int = 0
    graded: int = 0
    by_people: int = 0
    unscored: int = 0
    unsure: int = 0
    flagged: int = 0
    differing: int = 0

    @property
    def share(self) -> float | None:
        """Points of those that could be had, 0..1; None until every answer has a mark: four of four points on the first
        of ten answers are not all that can be had.
        """
        if not self.is_complete or self.points is None or not self.max_points:
            return None
        return float(self.points / self.max_points)

    @property
    def is_complete(self) -> bool:
        """Every answer has a mark."""
        return self.graded == self.asked and not self.unscored

    @property
    def is_confirmed(self) -> bool:
        """A named person stands for every mark, and there is one for every answer."""
        return self.is_complete and 0 < self.graded == self.by_people


def effective_with_signs(grades: QuerySet[Grade]) -> QuerySet[Grade]:
    """Adds to effective grades: is_unsure, is_flagged, is_differing."""
    others = Grade.objects.standing().filter(answer=OuterRef("answer")).exclude(pk=OuterRef("pk"))
    apart = ExpressionWrapper(
        Abs(F("score") - OuterRef("score")) - DIFFERENCE * OuterRef("max_score"), output_field=FloatField()
    )
    unsure = CriterionScore.objects.filter(grade=OuterRef("pk"), verdict=Verdict.UNSURE)
    flagged = Grade.objects.filter(answer=OuterRef("answer")).exclude(flags=[])
    return grades.annotate(
        is_unsure=Exists(unsure),
        is_flagged=Exists(flagged),
        is_differing=Exists(others.annotate(apart=apart).filter(apart__gte=0)),
    )


def standings(
    session_ids: QuerySet[Any] | Iterable[uuid.UUID], asked: Mapping[uuid.UUID, int] | None = None
) -> dict[uuid.UUID, Standing]:
    """One query, and one more for whoever does not know how many answers each interview has. Those of which nothing is
    graded are left out.
    """
    if asked is None:
        answers = Answer.objects.filter(interview_session__in=session_ids).order_by()
        asked = dict(answers.values_list("interview_session").annotate(n=Count("pk")))
    effective = effective_with_signs(
        Grade.objects.effective().filter(answer__interview_session__in=session_ids)
    )
    rows = (
        effective.order_by()
        .values("answer__interview_session")
        .annotate(
            points=Sum("score"),
            out_of=Sum("max_score"),
            graded=Count("pk"),
            by_people=Count("pk", filter=Q(grader=Grader.HUMAN)),
            unscored=Count("pk", filter=Q(score=None)),
            unsure=Count("pk", filter=Q(is_unsure=True)),
            flagged=Count("pk", filter=Q(is_flagged=True)),
            differing=Count("pk", filter=Q(is_differing=True)),
        )
        .values_list(
            "answer__interview_session", "points", "out_of", "graded", "by_people", "unscored", "unsure",
            "flagged", "differing",
        )
    )  # fmt: skip
    return {
        session_id: Standing(points, out_of, asked.get(session_id, 0), *counts)
        for session_id, points, out_of, *counts in rows
    }
