"""Labelled examples: answers with verdicts that people stand for, in the form that `evaluate_grader` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from grading.models import CriterionScore, Grade, Grader
from grading.models_review import Appeal, HumanAct
from sessions.states import Mode, Route


def labelled_examples(*, only_appeals: bool = False) -> Iterator[dict[str, Any]]:
    """Each answer that a person's grade counts for, without a name; decided appeals are marked.

    Marks that somebody only confirmed are left out: they would teach the machine its own opinion. Practice is never in
    it, nor an answer that its author wanted to be marked by people only: a grader that is measured reads it. score is
    the share of the points, 0..1.
    """
    grades = (
        Grade.objects.effective()
        .filter(grader=Grader.HUMAN, answer__interview_session__mode=Mode.ASSESSMENT, score__isnull=False)
        .exclude(human__act=HumanAct.CONFIRMED)
        .exclude(answer__interview_session__route=Route.HUMAN_ONLY)
        .select_related("answer__question_version__question", "human")
        .prefetch_related(
            Prefetch("criterion_scores", CriterionScore.objects.order_by("position")),
            Prefetch("answer__appeals", Appeal.objects.decided()),
        )
        .order_by("pk")
    )
    for grade in grades.iterator(chunk_size=500):
        appeals = {appeal.criterion_id: appeal for appeal in grade.answer.appeals.all()}
        if (only_appeals and not appeals) or not grade.max_score:
            continue
        version = grade.answer.question_version
        human = getattr(grade, "human", None)
        yield {
            "question": version.prompt,
            "slug": version.question.slug,
            "reference_answers": [version.reference_answer],
            "answer": grade.answer.final_text,
            "score": round(float(grade.score / grade.max_score), 4) if grade.score is not None else None,
            "kind": "appeal" if appeals else "review",
            "unanchored": bool(human and human.is_unanchored),
            "criteria": [
                {
                    "text": score.text,
                    "kind": score.kind,
                    "verdict": score.verdict,
                    "reason": score.rationale,
                    "appeal": appeals[score.criterion_id].state if score.criterion_id in appeals else None,
                }
                for score in grade.criterion_scores.all()
            ],
        }
