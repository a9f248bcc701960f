"""Grades by people: drafts, submitting, confirming, withdrawing. Each appends a Grade; no row ever changes."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F

from grading import announcing
from grading.core.assessment import CriterionAssessment
from grading.core.assessment import Verdict as CoreVerdict
from grading.core.scoring import points_for, score
from grading.models import (
    Criterion,
    CriterionKind,
    CriterionScore,
    Evidence,
    Grade,
    Grader,
    Rubric,
    Verdict,
    label_of,
)
from grading.models_review import Appeal, GradeDraft, GradeWithdrawal, HumanAct, HumanGrade
from grading.rubrics import ensure_published
from interview_site.accounts import audit
from interview_site.accounts.models import User
from sessions.models import Answer

NOTHING_WRITTEN = "Nothing was written here."
CREDIT = {Verdict.MET: 1.0, Verdict.PARTIAL: 0.5}
VERDICTS_FOR = {
    CriterionKind.CORE: tuple(Verdict),
    CriterionKind.BONUS: (Verdict.MET, Verdict.PARTIAL, Verdict.UNMET, Verdict.UNSURE),
    CriterionKind.MISCONCEPTION: (Verdict.UNMET, Verdict.CONTRADICTED, Verdict.UNSURE),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's verdict on one criterion, None where a draft has none yet. The reason is for the candidate, too.

    is_whole says that met means all of the points, whatever the grade before gave for met.
    """

    verdict: Verdict | None
    reason: str = ""
    is_whole: bool = False


class StaleDraftError(Exception):
    """The draft was saved from another window since; stored is what stands there."""

    def __init__(self, stored: GradeDraft) -> None:
        super().__init__("The draft was changed in another window.")
        self.stored = stored


class GradeConflictError(Exception):
    """Somebody else has graded the answer since the page was made; theirs counts now (None: nothing does)."""

    def __init__(self, theirs: Grade | None) -> None:
        super().__init__("Somebody else has graded this answer meanwhile.")
        self.theirs = theirs


class BuiltOnError(Exception):
    """What was decided since took the grade's verdicts over, so withdrawing it would change nothing."""


class IncompleteError(ValueError):
    """What is missing, by criterion id: a verdict, one that its kind can have, or a reason."""

    def __init__(self, complaints: Mapping[str, str]) -> None:
        super().__init__("; ".join(complaints.values()))
        self.complaints = dict(complaints)


def rubric_to_grade_by(answer: Answer) -> Rubric:
    """That of the grade that counts, so that people and machine answer the same criteria; else the published one."""
    counting = answer.grades.by_effect().select_related("rubric").first()
    return counting.rubric if counting else ensure_published(answer.question_version)[0]


def newest_by_machine(answer: Answer) -> Grade | None:
    """The machine's grade that would count without people."""
    return answer.grades.by_effect().exclude(grader=Grader.HUMAN).first()


def newest_by_person(answer: Answer) -> Grade | None:
    return answer.grades.by_effect().filter(grader=Grader.HUMAN).select_related("graded_by").first()


def save_draft(
    answer: Answer, reviewer: User, verdicts: Mapping[str, Judgement], version: int, now: dt.datetime
) -> int:
    """Keep a reviewer's unfinished verdicts; the new version. Raises StaleDraftError."""
    stored = {key: {"verdict": one.verdict or "", "reason": one.reason} for key, one in verdicts.items()}
    drafts = GradeDraft.objects.filter(answer=answer, reviewer=reviewer)
    if drafts.filter(version=version).update(verdicts=stored, version=F("version") + 1, updated_at=now):
        return version + 1
    if version == 0 and not drafts.exists():
        try:
            with transaction.atomic():
                GradeDraft.objects.create(
                    answer=answer, reviewer=reviewer, verdicts=stored, version=1, updated_at=now
                )
        except IntegrityError:
            pass  # The other window was first.
        else:
            return 1
    current = drafts.first()
    if current is None:
        # Submitted meanwhile: what came later is kept as a new draft.
        return save_draft(answer, reviewer, verdicts, 0, now)
    raise StaleDraftError(current)


def draft_of(answer: Answer, reviewer: User) -> GradeDraft | None:
    return GradeDraft.objects.filter(answer=answer, reviewer=reviewer).first()


def complaints_about(
    criteria: list[Criterion], verdicts: Mapping[str, Judgement], machine: Mapping[str, str]
) -> dict[str, str]:
    """What is missing, by criterion id. machine holds the verdicts that the person had before their eyes."""
    complaints = {}
    for criterion in criteria:
        key, judged = str(criterion.pk), verdicts.get(str(criterion.pk))
        if judged is None or judged.verdict is None:
            # A bonus or a misconception that nobody mentions is not there; the core has to be judged.
            if criterion.kind == CriterionKind.CORE:
                complaints[key] = "Choose a verdict."
        elif judged.verdict not in VERDICTS_FOR[CriterionKind(criterion.kind)]:
            complaints[key] = f"A {criterion.get_kind_display().lower()} cannot be {judged.verdict.label}."
        elif machine.get(key, judged.verdict) != judged.verdict and not judged.reason.strip():
            complaints[key] = "Say why: your verdict differs from the machine's."
    return complaints


def nothing_met(criteria: list[Criterion]) -> dict[str, Judgement]:
    """The verdicts on a blank answer, for a person to give at once."""
    return {
        str(criterion.pk): Judgement(Verdict.UNMET, NOTHING_WRITTEN)
        for criterion in criteria
        if criterion.kind == CriterionKind.CORE
    }


@transaction.atomic
def grade_by_hand(
    answer: Answer,
    reviewer: User,
    verdicts: Mapping[str, Judgement],
    *,
    base: int | None,
    sees_machine: bool,
    now: dt.datetime,
    act: HumanAct = HumanAct.GRADED,
    batch: uuid.UUID | None = None,
) -> Grade:
    """Append the person's grade. The reviewer's draft is used up with it.

    base is the id of the newest grade by a person that the page showed, None for none. Raises GradeConflictError
    where another one has come since, and IncompleteError where a verdict or a reason is missing or where an appeal
    was decided otherwise. Whoever grades blind gets no conflict: two independent grades are wanted then, and both
    are shown afterwards.
    """
    locked = _lock(answer)
    newest = newest_by_person(locked)
    is_other = newest is not None and newest.pk != base and newest.graded_by_id != reviewer.pk
    if newest is not None and is_other and sees_machine:
        raise GradeConflictError(newest)
    rubric = rubric_to_grade_by(locked)
    criteria = list(rubric.criteria.all())
    machine = _scores_by_criterion(newest_by_machine(locked)) if sees_machine else {}
    shown = {key: one.verdict for key, one in machine.items()}
    if complaints := complaints_about(criteria, verdicts, shown):
        raise IncompleteError(complaints)
    judged = {str(c.pk): _settled(verdicts.get(str(c.pk))) for c in criteria}
    settled = {key: one for key, one in _settled_by_appeal(locked).items() if key in judged}
    if overruled := {
        key: f"An appeal settled this: {label_of(Verdict(verdict), kind)}. That stands."
        for key, (verdict, kind) in settled.items()
        if judged[key].verdict != verdict
    }:
        raise IncompleteError(overruled)
    judged |= {
        key: replace(judged[key], is_whole=verdict == Verdict.MET) for key, (verdict, _) in settled.items()
    }
    grade = _append(locked, reviewer, rubric, criteria, judged, machine, now)
    HumanGrade.objects.create(grade=grade, act=act, is_unanchored=not sees_machine, batch=batch)
    GradeDraft.objects.filter(answer=locked, reviewer=reviewer).delete()
    _audit(reviewer, f"grade.{act}", grade, newest)
    return grade


@transaction.atomic
def confirm(answer: Answer, reviewer: User, *, shown: int, now: dt.datetime) -> Grade:
    """A person stands for the grade as it is: the same verdicts, with a name below them.

    shown is the id of the grade that the person had before them. Raises GradeConflictError where another one counts
    by now, ValueError where it has no score: what nobody could judge cannot be confirmed.
    """
    locked = _lock(answer)
    counting = locked.grades.by_effect().select_related("rubric").first()
    if counting is None or counting.score is None:
        raise ValueError("There is no mark to confirm.")
    if counting.pk != shown:
        raise GradeConflictError(counting)
    return copy_of(counting, reviewer, act=HumanAct.CONFIRMED, now=now)


def copy_of(
    grade: Grade,
    reviewer: User,
    *,
    act: HumanAct,
    now: dt.datetime,
    criterion_id: str | None = None,
    judged: Judgement | None = None,
    batch: uuid.UUID | None = None,
) -> Grade:
    """A person's grade with the verdicts of another one, but for the criterion that is judged, if one is. Inside a
    transaction.
    """
    criteria = list(grade.rubric.criteria.all())
    before = _scores_by_criterion(grade)
    verdicts = {str(c.pk): Judgement(Verdict.UNMET) for c in criteria}
    verdicts |= {key: Judgement(Verdict(one.verdict), one.rationale) for key, one in before.items()}
    if criterion_id and judged:
        verdicts[criterion_id] = judged
    new = _append(grade.answer, reviewer, grade.rubric, criteria, verdicts, before, now)
    HumanGrade.objects.create(grade=new, act=act, criterion_id=criterion_id, batch=batch)
    _audit(reviewer, f"grade.{act}", new, grade)
    return new


@transaction.atomic
def decide_in_group(
    answer: Answer,
    reviewer: User,
    *,
    shown: int,
    criterion_id: str,
    judged: Judgement,
    batch: uuid.UUID,
    now: dt.datetime,
) -> Grade:
    """One member of a group: the grade that counts, with one verdict changed.

    Raises GradeConflictError as confirm, and where an appeal has settled the criterion otherwise.
    """
    locked = _lock(answer)
    counting = locked.grades.by_effect().select_related("rubric").first()
    if counting is None or counting.pk != shown:
        raise GradeConflictError(counting)
    if _settled_by_appeal(locked).get(criterion_id, (judged.verdict,))[0] != judged.verdict:
        raise GradeConflictError(counting)
    return copy_of(
        counting,
        reviewer,
        act=HumanAct.GROUP,
        now=now,
        criterion_id=criterion_id,
        judged=judged,
        batch=batch,
    )


@transaction.atomic
def withdraw(grade: Grade, reviewer: User, now: dt.datetime, why: str = "") -> bool:
    """The grade does not count any more: what was effective before it is again. False: it was withdrawn already.

    Raises BuiltOnError where a person's grade has come on top of it.
    """
    if grade.grader != Grader.HUMAN:
        raise ValueError("Only a person's grade can be withdrawn.")
    _lock(grade.answer)
    if GradeWithdrawal.objects.filter(grade=grade).exists():
        return False
    if newest_by_person(grade.answer) != grade:
        raise BuiltOnError
    GradeWithdrawal.objects.create(grade=grade, withdrawn_by=reviewer, why=why, withdrawn_at=now)
    audit.record(reviewer, "grade.withdrawn", grade, before=_summary(grade))
    return True


def _lock(answer: Answer) -> Answer:
    """One person's grade at a time on one answer. (SQLite has one writer at a time anyway.)"""
    return Answer.objects.select_for_update(of=("self",)).select_related("question_version").get(pk=answer.pk)


def _settled_by_appeal(answer: Answer) -> dict[str, tuple[str, str]]:
    """(verdict, kind) by criterion id, where a second person has decided. Nobody overrules that by grading again."""
    rows = (
        Appeal.objects.decided().filter(answer=answer).values_list("criterion", "verdict", "criterion__kind")
    )
    return {str(criterion): (verdict, kind) for criterion, verdict, kind in rows}


def _scores_by_criterion(grade: Grade | None) -> dict[str, CriterionScore]:
    if grade is None:
        return {}
    rows = grade.criterion_scores.prefetch_related("evidence")
    return {str(row.criterion_id): row for row in rows if row.criterion_id}


def _append(
    answer: Answer,
    reviewer: User,
    rubric: Rubric,
    criteria: list[Criterion],
    judged: Mapping[str, Judgement],
    machine: Mapping[str, CriterionScore],
    now: dt.datetime,
) -> Grade:
    """The rows of one grade. Where the person agrees with a verdict, its credit and its quotes are taken over."""
    core = rubric.to_core()
    assessed = {}
    for criterion in core.criteria:
        verdict = judged[criterion.id].verdict or Verdict.UNMET
        agreed = None if judged[criterion.id].is_whole else machine.get(criterion.id)
        credit = agreed.credit if agreed and agreed.verdict == verdict else _credit(verdict, criterion.kind)
        assessed[criterion.id] = CriterionAssessment(criterion.id, CoreVerdict(verdict.value), credit)
    points = score(core, assessed.values())
    grade = Grade.objects.create(
        answer=answer,
        rubric=rubric,
        grader=Grader.HUMAN,
        graded_by=reviewer,
        rubric_hash=rubric.content_hash or core.content_hash,
        answer_hash=hashlib.sha256(answer.final_text.encode()).hexdigest(),
        score=None if points is None else _decimal(points),
        max_score=_decimal(core.max_points),
        created_at=now,
    )
    by_id = {criterion.id: criterion for criterion in core.criteria}
    rows = [
        CriterionScore(
            grade=grade,
            criterion=criterion,
            position=position,
            text=criterion.text,
            kind=criterion.kind,
            points_possible=criterion.points,
            verdict=judged[str(criterion.pk)].verdict or Verdict.UNMET,
            credit=assessed[str(criterion.pk)].credit,
            points=_decimal(points_for(by_id[str(criterion.pk)], assessed[str(criterion.pk)])),
            rationale=judged[str(criterion.pk)].reason.strip(),
        )
        for position, criterion in enumerate(criteria, start=1)
    ]
    CriterionScore.objects.bulk_create(rows)
    Evidence.objects.bulk_create(
        Evidence(criterion_score=row, start=quote.start, end=quote.end, text=quote.text)
        for row in rows
        if (agreed := machine.get(str(row.criterion_id))) and agreed.verdict == row.verdict
        for quote in agreed.evidence.all()
    )
    announcing.tell_when_graded([grade])
    return grade


def _settled(judged: Judgement | None) -> Judgement:
    """Not mentioned means not there: complaints_about has seen to it that this is no core criterion."""
    return judged if judged and judged.verdict else Judgement(Verdict.UNMET, judged.reason if judged else "")


def _credit(verdict: Verdict, kind: str) -> float:
    if kind == CriterionKind.MISCONCEPTION:
        return 1.0 if verdict == Verdict.CONTRADICTED else 0.0
    return CREDIT.get(verdict, 0.0)


def _decimal(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def _summary(grade: Grade | None) -> dict[str, object] | None:
    """What the audit chain keeps of a grade: verdicts and marks, no texts, so that it need not be erased."""
    if grade is None:
        return None
    return {
        "grade": grade.pk,
        "grader": grade.grader,
        "score": None if grade.score is None else str(grade.score),
        "verdicts": {str(row.position): row.verdict for row in grade.criterion_scores.all()},
    }


def _audit(reviewer: User, action: str, grade: Grade, before: Grade | None) -> None:
    audit.record(reviewer, action, grade.answer, before=_summary(before), after=_summary(grade))
