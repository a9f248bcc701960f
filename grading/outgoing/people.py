"""One person's data: everything that is kept about a candidate, to be handed out or erased."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Prefetch, Q
from django.db.models.functions import Lower
from django.urls import reverse

from grading.models import CriterionScore, Grade, GradingJob
from grading.models_exchange import Exchange
from grading.models_review import Appeal, Review
from interview_site.accounts import audit
from interview_site.accounts.models import User
from sessions.models import Answer, InterviewSession, Invitation, SessionEvent

# An admin makes the file, and may be one of those who decide.
SELF_IDENTIFICATION = (
    "What you said about your sex and ethnicity, if you did, is not in this file, since others make it. "
    "You read it when you are signed in, at {}"
)


class NotACandidateError(Exception):
    """Only a candidate's data can be erased here: what managers and admins did belongs to others' records."""


def data_of(person: User) -> dict[str, Any]:
    """Everything about the person, as plain data. What reviewers wrote about them belongs to it, drafts included; who
    these were does not, nor do the logs of what others did.
    """
    sessions = InterviewSession.objects.filter(candidate=person).order_by("created_at")
    return {
        "account": {
            "email": person.email,
            "name": person.name,
            "role": person.role,
            "joined_at": person.date_joined,
            "last_login_at": person.last_login,
            "addresses": list(
                EmailAddress.objects.filter(user=person).order_by("pk").values("email", "verified", "primary")
            ),
        },
        "invitations": list(
            _invitations(person).values(
                "template__title", "email", "name", "extra_time_percent", "created_at", "mailed_at", "expires_at",
                "revoked_at",
            )
        ),
        "interviews": [_interview(one) for one in sessions],
    }  # fmt: skip


def _interview(interview_session: InterviewSession) -> dict[str, Any]:
    answers = Answer.objects.filter(interview_session=interview_session).order_by("position")
    return {
        "id": str(interview_session.pk),
        "title": interview_session.title,
        "mode": interview_session.mode,
        "status": interview_session.status,
        "ended_by": interview_session.ended_by,
        "route": interview_session.route,
        "time_limit_minutes": interview_session.time_limit_minutes,
        "extra_time_percent": interview_session.extra_time_percent,
        "notice": interview_session.notice,
        "notice_version": interview_session.notice_version,
        "notice_accepted_at": interview_session.notice_accepted_at,
        "created_at": interview_session.created_at,
        "started_at": interview_session.started_at,
        "deadline_at": interview_session.deadline_at,
        "submitted_at": interview_session.submitted_at,
        "released_at": interview_session.released_at,
        "self_identification": None
        if interview_session.is_practice
        else SELF_IDENTIFICATION.format(reverse("about-me", args=[interview_session.pk])),
        "events": list(
            SessionEvent.objects.filter(interview_session=interview_session).values(
                "kind", "answer__position", "detail", "created_at"
            )
        ),
        "reviews": list(
            Review.objects.filter(interview_session=interview_session).values(
                "status", "recommendation", "notes", "message", "created_at", "updated_at", "submitted_at"
            )
        ),
        "answers": [_answer(answer) for answer in answers.select_related("question_version", "parent")],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    grades = answer.grades.order_by("created_at", "pk").select_related("rubric", "human", "withdrawal")
    scores = CriterionScore.objects.prefetch_related("evidence")
    exchanges = Exchange.objects.filter(Q(job__answer=answer) | Q(grade__answer=answer)).order_by("pk")
    return {
        "position": answer.position,
        "question": answer.question_version.title,
        "question_version": answer.question_version.number,
        "follows_up_on": answer.parent.position if answer.parent else None,
        "status": answer.status,
        "draft": answer.draft_text,
        "draft_saved_at": answer.draft_saved_at,
        "text": answer.final_text,
        "first_shown_at": answer.first_shown_at,
        "submitted_at": answer.submitted_at,
        "grades": [_grade(grade) for grade in grades.prefetch_related(Prefetch("criterion_scores", scores))],
        "grade_drafts": list(answer.grade_drafts.order_by("pk").values("verdicts", "updated_at")),
        "grading_jobs": list(
            answer.grading_jobs.order_by("pk").values(
                "method", "reason", "state", "attempts", "last_error", "created_at", "finished_at"
            )
        ),
        "model_exchanges": list(
            exchanges.values(
                "purpose", "endpoint", "model", "prompt_version", "raw_request", "raw_response", "raw_purged_at",
                "error", "created_at",
            )
        ),
        "appeals": list(
            Appeal.objects.filter(answer=answer).values(
                "contested__text", "contested__verdict", "reason", "state", "verdict", "decision", "opened_at",
                "decided_at",
            )
        ),
        "signals": list(answer.signal_judgements.values("signal", "is_relevant", "judged_at")),
    }  # fmt: skip


def _grade(grade: Grade) -> dict[str, Any]:
    human, withdrawal = getattr(grade, "human", None), getattr(grade, "withdrawal", None)
    return {
        "grader": grade.grader,
        "grader_version": grade.grader_version,
        "level": grade.level,
        "model": grade.model,
        "prompt_version": grade.prompt_version,
        "is_fallback": grade.is_fallback,
        "act": human.act if human else None,
        "rubric": grade.rubric.number,
        "rubric_hash": grade.rubric_hash,
        "score": grade.score,
        "max_score": grade.max_score,
        "flags": grade.flags,
        "feedback": grade.feedback,
        "created_at": grade.created_at,
        "withdrawn_at": withdrawal.withdrawn_at if withdrawal else None,
        "withdrawn_why": withdrawal.why if withdrawal else None,
        "criteria": [
            {
                "text": score.text,
                "kind": score.kind,
                "verdict": score.verdict,
                "points": score.points,
                "points_possible": score.points_possible,
                "rationale": score.rationale,
                "confidence": score.confidence,
                "evidence": [
                    {"start": one.start, "end": one.end, "text": one.text} for one in score.evidence.all()
                ],
            }
            for score in grade.criterion_scores.all()
        ],
    }


@transaction.atomic
def erase(person: User, by: User | None) -> None:
    """Remove the person and everything that hangs on them, for good. The audit log keeps that it was done, and by whom
    (None: Mockingbird itself).

    Raises NotACandidateError.
    """
    if not person.is_candidate:
        raise NotACandidateError
    sessions = InterviewSession.objects.filter(candidate=person)
    invitations = _invitations(person)
    answers = Answer.objects.filter(interview_session__in=sessions)
    # Whoever grades one of them at this moment ends first, so that their grade goes, too.
    list(answers.select_for_update(of=("self",)).values_list("pk"))
    targets: list[models.Model] = [
        person,
        *EmailAddress.objects.filter(user=person),
        *sessions,
        *invitations,
        *answers,
        *Review.objects.filter(interview_session__in=sessions),
        *Appeal.objects.filter(answer__in=answers),
    ]
    targets += [grade for answer in answers for grade in answer.grades.all()]
    audit.erase_traces(targets)
    _sign_out(person)
    jobs = GradingJob.objects.filter(answer__in=answers)
    Exchange.objects.filter(Q(job__in=jobs) | Q(grade__answer__in=answers)).delete()
    interviews = sessions.count()
    sessions.delete()
    invitations.delete()
    User.objects.filter(pk=person.pk).delete()
    audit.record(by, "person.erased", person, after={"interviews": interviews})


def _invitations(person: User) -> models.QuerySet[Invitation]:
    """Accepted by the person, or by nobody and sent to an address of theirs. An address can change hands: what somebody
    else has accepted is that one's, wherever it was sent.
    """
    pending = Q(candidate=None, sent_to__in=_addresses(person))
    return Invitation.objects.annotate(sent_to=Lower("email")).filter(Q(candidate=person) | pending)


def _addresses(person: User) -> set[str]:
    """In lower case: the one of the account, and those that the person has shown to be theirs, not merely claimed."""
    proven = EmailAddress.objects.filter(user=person, verified=True).values_list(Lower("email"), flat=True)
    return {person.email.lower(), *proven}


def _sign_out(person: User) -> None:
    """Browser sessions are opaque to the database, so each is read."""
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()
