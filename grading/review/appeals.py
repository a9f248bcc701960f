"""Appeals: a candidate contests one criterion, somebody who has not graded the answer before decides."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import cast

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, QuerySet

from grading import announcing
from grading.models import Criterion, CriterionKind, CriterionScore, Grade, Grader, Verdict
from grading.models_review import Appeal, AppealState, HumanAct, Review
from grading.review.human_grading import CREDIT, VERDICTS_FOR, Judgement, copy_of
from interview_site.accounts import audit
from interview_site.accounts.models import User
from sessions.models import Answer, InterviewSession
from sessions.states import Mode

REASON_MAX_CHARACTERS = 4000


class AppealClosedError(Exception):
    """The deadline has passed, the marks are not released, or this is practice."""


class AppealedBeforeError(Exception):
    """Every criterion of an answer can be contested once."""


class NotIndependentError(Exception):
    """Somebody else has to decide: this person graded the answer, reviewed the interview first, or is the candidate."""


class DecidedError(Exception):
    """Another reviewer has decided meanwhile."""


def appeal_deadline(interview_session: InterviewSession) -> dt.datetime | None:
    """Until when marks can be contested; None where they cannot be (practice, not shown yet, no such right).

    A mark that comes later than the others has its time, too, and the others have it with them. To confirm marks, or
    to decide an appeal, gives no new ones.
    """
    if interview_session.mode != Mode.ASSESSMENT or not interview_session.candidate_may_see_marks:
        return None
    shown_at = interview_session.released_at or interview_session.submitted_at
    if shown_at is None or not interview_session.appeal_days:
        return None
    marks = Grade.objects.standing().filter(answer__interview_session=interview_session)
    marks = marks.exclude(human__act__in=[HumanAct.CONFIRMED, HumanAct.APPEAL])
    newest = marks.aggregate(at=Max("created_at"))["at"] or shown_at
    return max(shown_at, newest) + dt.timedelta(days=interview_session.appeal_days)


def is_open(deadline: dt.datetime | None, now: dt.datetime) -> bool:
    return deadline is not None and now <= deadline


def contestable(answer: Answer) -> QuerySet[CriterionScore]:
    """The verdicts on the answer that count now and cost points: nothing can be won by contesting the others."""
    effective = Grade.objects.effective().filter(answer=answer)
    claimed = Q(kind=CriterionKind.MISCONCEPTION, points__lt=0)
    missed = ~Q(kind=CriterionKind.MISCONCEPTION) & Q(points__lt=F("points_possible"))
    counting = CriterionScore.objects.filter(grade__in=effective.values("pk"), criterion__isnull=False)
    return counting.filter(claimed | missed)


@transaction.atomic
def open_appeal(answer: Answer, contested: CriterionScore, reason: str, now: dt.datetime) -> Appeal:
    """Raises AppealClosedError, AppealedBeforeError."""
    interview_session = InterviewSession.objects.select_related("candidate").get(
        pk=answer.interview_session_id
    )
    if not is_open(appeal_deadline(interview_session), now):
        raise AppealClosedError
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                answer=answer,
                criterion=cast(Criterion, contested.criterion),
                contested=contested,
                reason=reason,
                opened_at=now,
            )
    except IntegrityError as error:
        raise AppealedBeforeError from error
    announcing.appeal_opened(appeal, interview_session)
    audit.record(interview_session.candidate, "appeal.opened", appeal, after={"verdict": contested.verdict})
    return appeal


def decisions_for(appeal: Appeal) -> tuple[Verdict, ...]:
    """What can be decided. Not unsure: it would stand for ever, and help nobody. And nothing that gives fewer points
    than what counts by now: whoever has to fear that does not ask.
    """
    counting = appeal.answer.grades.by_effect().first()
    score = _score_on(counting, appeal) or appeal.contested
    kind = CriterionKind(score.kind)
    if kind == CriterionKind.MISCONCEPTION:
        is_claimed = score.verdict == Verdict.CONTRADICTED
        return (Verdict.UNMET, Verdict.CONTRADICTED) if is_claimed else (Verdict.UNMET,)
    before = CREDIT.get(Verdict(score.verdict), 0.0)
    return tuple(
        verdict
        for verdict in VERDICTS_FOR[kind]
        if verdict != Verdict.UNSURE and CREDIT.get(verdict, 0.0) >= before
    )


def first_reviewers(appeal: Appeal) -> set[int]:
    """Ids of the people who had a hand in the contested mark: they graded this answer, or reviewed the interview,
    before the appeal was opened. Whoever decided an appeal on another criterion had none.
    """
    before = {"created_at__lte": appeal.opened_at}
    graded = Grade.objects.filter(answer=appeal.answer_id, grader=Grader.HUMAN, **before)
    reviewed = Review.objects.submitted().filter(
        interview_session__answers=appeal.answer_id, submitted_at__lte=appeal.opened_at
    )
    graded = graded.exclude(human__act=HumanAct.APPEAL)
    people = {*graded.values_list("graded_by_id", flat=True), *reviewed.values_list("reviewer_id", flat=True)}
    return {person for person in people if person is not None}


@transaction.atomic
def decide(appeal: Appeal, by: User, verdict: Verdict, reason: str, now: dt.datetime) -> Appeal:
    """The verdict of the second person, and why. It appends a grade, also where the verdict stays: what was decided
    then stands by itself, whatever becomes of the grade before it. Met gives all of the points, also where the
    contested mark was met with less: otherwise nobody could grant that appeal.

    Raises NotIndependentError, DecidedError, ValueError (a verdict that the criterion cannot have, no reason).
    """
    if not reason.strip():
        raise ValueError("Say why: the candidate and the first reviewer read it.")
    if by.pk in {*first_reviewers(appeal), appeal.answer.interview_session.candidate_id}:
        raise NotIndependentError
    answer = Answer.objects.select_for_update(of=("self",)).get(pk=appeal.answer_id)
    counting = answer.grades.by_effect().select_related("rubric", "answer").first()
    now_counts = _score_on(counting, appeal)
    is_whole = verdict == Verdict.MET
    falls_short = is_whole and now_counts is not None and now_counts.credit < 1
    is_kept = verdict == appeal.contested.verdict and not falls_short
    state = AppealState.KEPT if is_kept else AppealState.CHANGED
    taken = Appeal.objects.filter(pk=appeal.pk, state=AppealState.OPEN).update(
        state=state, decided_by=by, decided_at=now, verdict=verdict, decision=reason.strip()
    )
    if not taken:
        raise DecidedError
    if verdict not in decisions_for(appeal):
        raise ValueError(f"This criterion cannot be {verdict.label}: an appeal does not lower a mark.")
    if counting is not None and now_counts is not None:
        judged = Judgement(verdict, reason.strip(), is_whole=is_whole)
        grade = copy_of(
            counting,
            by,
            act=HumanAct.APPEAL,
            now=now,
            criterion_id=str(appeal.criterion_id),
            judged=judged,
        )
        Appeal.objects.filter(pk=appeal.pk).update(grade=grade)
    appeal.refresh_from_db()
    announcing.appeal_decided(appeal)
    audit.record(
        by,
        "appeal.decided",
        appeal,
        before={"verdict": appeal.contested.verdict},
        after={"verdict": verdict.value, "state": state.value},
    )
    transaction.on_commit(partial(_tell, appeal), robust=True)
    return appeal


def _score_on(grade: Grade | None, appeal: Appeal) -> CriterionScore | None:
    """What counts now for the criterion; None where it is not judged by that rubric any more."""
    return None if grade is None else grade.criterion_scores.filter(criterion=appeal.criterion_id).first()


def _tell(appeal: Appeal) -> None:
    """Outcome and reason by mail to the candidate, and to those of the first reviewers who may still read the
    interview. The pages say it, too.
    """
    answer = appeal.answer
    text = (
        f"An appeal on question {answer.position} of “{answer.interview_session.title}” has been decided.\n\n"
        f"Criterion: {appeal.contested.text}\n"
        f"Outcome: {appeal.get_state_display()} ({appeal.get_verdict_display()}).\n"
        f"Reason: {appeal.decision}\n"
    )
    reviewers = [
        reviewer.email
        for reviewer in User.objects.filter(pk__in=first_reviewers(appeal), is_active=True)
        if InterviewSession.objects.readable_by_hiring(reviewer)
        .filter(pk=answer.interview_session_id)
        .exists()
    ]
    for address in [answer.interview_session.candidate.email, *reviewers]:
        send_mail(
            "Your appeal has been decided"
            if address == answer.interview_session.candidate.email
            else "An appeal has been decided",
            text,
            settings.DEFAULT_FROM_EMAIL,
            [address],
            fail_silently=True,
        )
