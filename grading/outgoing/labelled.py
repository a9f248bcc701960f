"""Labelled examples: answers with verdicts that people stand for, in the form that `evaluate_grader` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from grading.models import CriterionScore, Grade, Grader
from grading.models_review import Appeal, HumanAct
from sessions.states import Mode, Route


def labelled_examples(*, only_appeals: bool = False) -> Iterator[dict[str, Any]]:
    """Each answer that a person has judged, without a name; decided appeals are marked.

    criteria are those that somebody has judged. Confirming a machine's mark judges none of them: it would teach the
    machine its own opinion. A decision for a group or on an appeal is about one, and its grade takes over the others;
    those are a person's only where an earlier grade was made by hand. score is the share of the points, 0..1, None
    where some criteria are the machine's.

    Practice is never in it, nor an answer that its author wanted to be marked by people only: a grader that is measured
    reads it.
    """
    by_people = Grade.objects.standing().filter(grader=Grader.HUMAN).select_related("human")
    grades = (
        Grade.objects.effective()
        .filter(grader=Grader.HUMAN, answer__interview_session__mode=Mode.ASSESSMENT, score__isnull=False)
        .exclude(answer__interview_session__route=Route.HUMAN_ONLY)
        .select_related("answer__question_version__question", "human")
        .prefetch_related(
            Prefetch("criterion_scores", CriterionScore.objects.order_by("position")),
            Prefetch("answer__appeals", Appeal.objects.decided()),
            Prefetch("answer__grades", by_people),
        )
        .order_by("pk")
    )
    for grade in grades.iterator(chunk_size=500):
        appeals = {appeal.criterion_id: appeal for appeal in grade.answer.appeals.all()}
        if (only_appeals and not appeals) or not grade.max_score:
            continue
        scores = list(grade.criterion_scores.all())
        judged = [score for score in scores if _is_judged(score, grade)]
        if not judged:
            continue
        version = grade.answer.question_version
        human = getattr(grade, "human", None)
        yield {
            "question": version.prompt,
            "slug": version.question.slug,
            "reference_answers": [version.reference_answer],
            "answer": grade.answer.final_text,
            "score": _share(grade) if len(judged) == len(scores) else None,
            "kind": "appeal" if appeals else "review",
            "unanchored": bool(human and human.is_unanchored),
            "criteria": [
                {
                    "text": score.text,
                    "kind": score.kind,
                    "verdict": score.verdict,
                    "reason": appeals[score.criterion_id].decision
                    if score.criterion_id in appeals
                    else score.rationale,
                    "appeal": appeals[score.criterion_id].state if score.criterion_id in appeals else None,
                }
                for score in judged
            ],
        }


def _is_judged(score: CriterionScore, grade: Grade) -> bool:
    """Whether a person has judged the criterion, in this grade or in one that this one takes it over from."""
    decided = {appeal.criterion_id for appeal in grade.answer.appeals.all()}
    acts = [human for one in grade.answer.grades.all() if (human := getattr(one, "human", None))]
    return score.criterion_id in decided or any(
        one.act == HumanAct.GRADED or (score.criterion_id and one.criterion_id == score.criterion_id)
        for one in acts
    )


def _share(grade: Grade) -> float | None:
    return round(float(grade.score / grade.max_score), 4) if grade.score is not None else None
