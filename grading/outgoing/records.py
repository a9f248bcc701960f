"""Interviews as plain data, the same for JSON files, CSV files and the API. Less what its reader may not see yet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from grading.models import CriterionScore, Grade, GradeQuerySet, Grader
from grading.models_review import Appeal, Review
from grading.review.blinding import reads_blind
from interview_site.accounts.models import User
from sessions.models import Answer, InterviewSession

CHUNK = 200
Record = dict[str, Any]

CSV_COLUMNS = (
    "interview", "template", "candidate", "email", "finished_at", "released_at", "route", "recommendations",
    "position", "question", "question_version", "answer", "words", "marks_hidden", "score", "max_score", "grader",
    "graded_by", "confirmed_by_a_person", "flags", "verdicts",
)  # fmt: skip


def session_records(sessions: Any, reader: User, *, with_answers: bool = True) -> Iterator[Record]:
    """sessions is a queryset of interviews that the reader may read, ordered; a fixed number of queries per CHUNK.

    Interviews that the reader is to read blind first come without grades and scorecards, and say so.
    """
    ids = list(sessions.values_list("pk", flat=True))
    for first in range(0, len(ids), CHUNK):
        yield from _chunk(ids[first : first + CHUNK], reader, with_answers=with_answers)


def _chunk(ids: Sequence[Any], reader: User, *, with_answers: bool) -> Iterator[Record]:
    sessions = {
        one.pk: one
        for one in InterviewSession.objects.filter(pk__in=ids).select_related("candidate", "template")
    }
    reviews: defaultdict[Any, list[Review]] = defaultdict(list)
    for review in Review.objects.submitted().filter(interview_session__in=ids).select_related("reviewer"):
        reviews[review.interview_session_id].append(review)
    answers: defaultdict[Any, list[Answer]] = defaultdict(list)
    for answer in _answers(ids, with_criteria=with_answers):
        answers[answer.interview_session_id].append(answer)
    for pk in ids:
        interview_session = sessions[pk]
        is_reviewed = any(review.reviewer_id == reader.pk for review in reviews[pk])
        is_hidden = reads_blind(interview_session) and not is_reviewed
        yield _session(
            interview_session, reviews[pk], answers[pk], is_hidden=is_hidden, with_answers=with_answers
        )


def _answers(ids: Sequence[Any], *, with_criteria: bool) -> Any:
    grades: GradeQuerySet = Grade.objects.by_effect().select_related("graded_by", "rubric", "human")
    if with_criteria:
        scores = CriterionScore.objects.order_by("position").prefetch_related("evidence")
        grades = grades.prefetch_related(Prefetch("criterion_scores", scores))
    appeals = Appeal.objects.select_related("decided_by", "contested")
    return (
        Answer.objects.filter(interview_session__in=ids)
        .select_related("question_version__question")
        .prefetch_related(Prefetch("grades", grades), Prefetch("appeals", appeals))
        .order_by("interview_session", "position")
    )


def _session(
    interview_session: InterviewSession,
    reviews: Sequence[Review],
    answers: Sequence[Answer],
    *,
    is_hidden: bool,
    with_answers: bool,
) -> Record:
    counting = [next(iter(answer.grades.all()), None) for answer in answers]
    scores = [grade.score for grade in counting if grade and grade.score is not None]
    record: Record = {
        "id": str(interview_session.pk),
        "template": {"id": interview_session.template_id, "title": interview_session.title},
        "candidate": {
            "id": interview_session.candidate_id,
            "name": interview_session.candidate.name,
            "email": interview_session.candidate.email,
        },
        "route": interview_session.route,
        "started_at": interview_session.started_at,
        "submitted_at": interview_session.submitted_at,
        "ended_by": interview_session.ended_by,
        "released_at": interview_session.released_at,
        "marks_hidden": is_hidden,
        "score": None if is_hidden or not scores else _number(sum(scores, Decimal(0))),
        "max_score": None if is_hidden else _number(sum((g.max_score for g in counting if g), Decimal(0))),
        "confirmed_by_people": not is_hidden
        and bool(counting)
        and all(grade is not None and grade.grader == Grader.HUMAN for grade in counting),
        "reviews": [] if is_hidden else [_review(review) for review in reviews],
    }
    if with_answers:
        record["answers"] = [_answer(answer, is_hidden=is_hidden) for answer in answers]
    return record


def _review(review: Review) -> Record:
    return {
        "reviewer": str(review.reviewer),
        "recommendation": review.recommendation,
        "notes": review.notes,
        "message": review.message,
        "submitted_at": review.submitted_at,
    }


def _answer(answer: Answer, *, is_hidden: bool) -> Record:
    grades = [] if is_hidden else list(answer.grades.all())
    return {
        "position": answer.position,
        "question": answer.question_version.question.slug,
        "question_version": answer.question_version.number,
        "title": answer.question_version.title,
        "text": answer.final_text,
        "first_shown_at": answer.first_shown_at,
        "submitted_at": answer.submitted_at,
        # The first one counts.
        "grades": [_grade(grade) for grade in grades],
        "appeals": [] if is_hidden else [_appeal(appeal) for appeal in answer.appeals.all()],
    }


def _grade(grade: Grade) -> Record:
    human = getattr(grade, "human", None)
    return {
        "id": grade.pk,
        "grader": grade.grader,
        "graded_by": str(grade.graded_by) if grade.graded_by else None,
        "act": human.act if human else None,
        "unanchored": human.is_unanchored if human else None,
        "grader_version": grade.grader_version,
        "level": grade.level,
        "model": grade.model,
        "prompt_version": grade.prompt_version,
        "rubric": grade.rubric.number,
        "rubric_hash": grade.rubric_hash,
        "score": _number(grade.score),
        "max_score": _number(grade.max_score),
        "flags": list(grade.flags),
        "created_at": grade.created_at,
        "criteria": [
            {
                "text": score.text,
                "kind": score.kind,
                "verdict": score.verdict,
                "points": _number(score.points),
                "points_possible": _number(score.points_possible),
                "rationale": score.rationale,
                "evidence": [
                    {"start": quote.start, "end": quote.end, "text": quote.text}
                    for quote in score.evidence.all()
                ],
            }
            for score in grade.criterion_scores.all()
        ],
    }


def _appeal(appeal: Appeal) -> Record:
    return {
        "id": str(appeal.pk),
        "criterion": appeal.contested.text,
        "contested_verdict": appeal.contested.verdict,
        "reason": appeal.reason,
        "state": appeal.state,
        "opened_at": appeal.opened_at,
        "verdict": appeal.verdict or None,
        "decision": appeal.decision or None,
        "decided_by": str(appeal.decided_by) if appeal.decided_by else None,
        "decided_at": appeal.decided_at,
    }


def csv_rows(record: Record) -> Iterator[list[Any]]:
    """One row per answer, in the order of CSV_COLUMNS."""
    for answer in record["answers"]:
        grade = answer["grades"][0] if answer["grades"] else None
        yield [
            record["id"],
            record["template"]["title"],
            record["candidate"]["name"],
            record["candidate"]["email"],
            record["submitted_at"].isoformat() if record["submitted_at"] else "",
            record["released_at"].isoformat() if record["released_at"] else "",
            record["route"],
            " ".join(review["recommendation"] for review in record["reviews"]),
            answer["position"],
            answer["title"],
            f"{answer['question']} v{answer['question_version']}",
            answer["text"],
            len(answer["text"].split()),
            "yes" if record["marks_hidden"] else "no",
            grade["score"] if grade and grade["score"] is not None else "",
            grade["max_score"] if grade else "",
            grade["grader"] if grade else "",
            (grade["graded_by"] or "") if grade else "",
            "yes" if grade and grade["grader"] == Grader.HUMAN else "no",
            # Of every grade: a person who grades after the machine does not repeat what it noticed.
            " ".join(dict.fromkeys(flag for one in answer["grades"] for flag in one["flags"])),
            " ".join(criterion["verdict"] for criterion in grade["criteria"]) if grade else "",
        ]


FORMULA_STARTS = "=+-@＝＋－＠"
# Where a spreadsheet that splits at semicolons or tabs begins a cell: our quotes mean nothing to it then, so a line's
# end does, too. What may stand before the formula has no separator in it, so that long runs of them cost nothing.
INNER_FORMULA = re.compile(rf'([;\t\r\n](?:[^\S\t\r\n]|["\ufeff])*)(?=[{re.escape(FORMULA_STARTS)}])')


def formula_safe(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.

    Leading spaces do not protect (a spreadsheet may trim them), so the first character after them counts. The same
    within the text after a semicolon, a tab or a line's end: where the comma is for decimals, cells may begin there.
    """
    if not isinstance(cell, str):
        return cell
    start = cell.lstrip(" \u00a0\ufeff")
    inside = INNER_FORMULA.sub(r"\1'", cell)
    return f"'{inside}" if start.startswith((*FORMULA_STARTS, "\t", "\r", "\n")) else inside


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
