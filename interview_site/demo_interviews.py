"""Demo interviews: what a first look shows before anybody has typed an answer.

Cleo has an invitation and a practice interview behind her. Five candidates have sat the assessment that Max's team
reads: Noor well, Ravi fairly, Wanda poorly; Umar, who is to be read blind first, ran out of time; Felix wrote for the
grader. Ada has reviewed and released Ravi's, and he contests a mark, which is for Max to decide. The answers go the way
of every answer, submitted and queued, apart from Ravi's, which are marked at once, so that there is something to
contest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from grading.graders import assess_offline
from grading.models import CriterionKind, Grader, GradingJob, JobState, Verdict
from grading.models_review import Recommendation
from grading.outgoing.people import erase
from grading.pipeline import Outcome, rubric_of, write
from grading.review import appeals, scorecards
from grading.review.blinding import in_blind_share
from grading.review.human_grading import confirm
from grading.review.releasing import release
from grading.submission import submit_answer, submit_session
from interview_site import demo_answers as said
from interview_site.accounts.models import Role, User
from questions.models import QuestionVersion
from sessions import inviting
from sessions.invitees import Invitee
from sessions.models import Answer, InterviewSession, InterviewTemplate, Invitation
from sessions.sittings import create_practice, note_first_shown, open_invitation, record, save_draft, start
from sessions.states import EndedBy, EventKind, FeedbackPolicy, Mode

SLUGS = ("is-versus-equals", "generators", "global-interpreter-lock")
TEMPLATE_TITLE = "Backend engineer, round 1"
# Who sat the assessment, and who has not come: without passwords, so nobody has ever been them.
SITTERS = ("Noor Nasser", "Ravi Rao", "Wanda Weiss", "Umar Usman", "Felix Falk")
READ_BLIND = "Umar Usman"
CANDIDATE = "candidate@example.com"
INVITED = ("ines@example.com", "lev@example.com", "tove@example.com")


@transaction.atomic
def make_interviews(manager: User, candidate: User, admin: User) -> None:
    """Made once, with the demo accounts. Does nothing where the shipped questions are not there."""
    ready = {v.question.slug: v for v in QuestionVersion.objects.ready().filter(question__slug__in=SLUGS)}
    if len(ready) < len(SLUGS) or InterviewSession.objects.exists():
        return
    now = timezone.now()
    versions = [ready[slug] for slug in SLUGS]
    practice = create_practice(
        candidate, versions, title="Core language, Data structures", time_limit_minutes=30
    )
    _sit(practice, [said.IDENTITY, said.GENERATORS, said.HAZY_GIL], now - dt.timedelta(days=2))
    template = _template([manager, admin], versions)
    Invitation.objects.create(
        template=template, candidate=candidate, invited_by=manager, expires_at=now + dt.timedelta(days=14)
    )
    _invite(template, manager, now)

    def sitting(name: str) -> InterviewSession:
        person = User.objects.create_user(_address(name), name=name)
        invitation = Invitation.objects.create(
            template=template, candidate=person, invited_by=manager, created_at=now - dt.timedelta(days=6)
        )
        interview_session = open_invitation(invitation, now, notice_accepted=template.notice_version)
        # Chance says which interviews are read blind first; here it is to be seen on one, and not on all.
        for _ in range(50):
            if in_blind_share(interview_session.pk) == (name == READ_BLIND):
                break
            interview_session.delete()
            interview_session = open_invitation(invitation, now, notice_accepted=template.notice_version)
        return interview_session

    noor, ravi, wanda, umar, felix = map(sitting, SITTERS)
    _sit(ravi, [said.FAIR_IDENTITY, "", said.GIL], now - dt.timedelta(days=4))
    _sit(
        noor,
        [said.THOROUGH_IDENTITY, said.THOROUGH_GENERATORS, said.THOROUGH_GIL],
        now - dt.timedelta(days=3),
    )
    _sit(
        wanda,
        [said.VAGUE_IDENTITY, said.VAGUE_GENERATORS, said.VAGUE_GIL],
        now - dt.timedelta(days=2, hours=5),
    )
    _sit_too_long(umar, [said.SHORT_IDENTITY, said.HALF_A_DRAFT], now - dt.timedelta(days=2))
    _sit(
        felix,
        [said.FOR_THE_GRADER, said.FAIR_GENERATORS, said.FAIR_GIL],
        now - dt.timedelta(days=1),
        pasted={1, 3},
    )
    _contest(ravi, admin, now)


@transaction.atomic
def remove_interviews() -> int:
    """Remove what make_interviews made, with what was judged of it; how many interviews that were.

    What people made stays: their own interviews, whom they invited, and the template where they did.
    """
    candidates = User.objects.filter(email__in=map(_address, SITTERS), role=Role.CANDIDATE)
    # Whoever has a password by now is a person.
    sitters = candidates.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    practice = InterviewSession.objects.filter(
        candidate__email=CANDIDATE, mode=Mode.PRACTICE, answers__final_text=_one_line(said.IDENTITY)
    )
    ours = InterviewSession.objects.filter(Q(candidate__in=sitters) | Q(pk__in=practice.values("pk")))
    templates = list(InterviewTemplate.objects.filter(interview_sessions__candidate__in=sitters).distinct())
    count = ours.count()
    for person in sitters:
        erase(person, None)
    practice.delete()
    unopened = Invitation.objects.filter(template__in=templates, interview_session=None)
    unopened.filter(Q(candidate__email=CANDIDATE) | Q(email__in=INVITED)).delete()
    for template in templates:
        if template.title == TEMPLATE_TITLE and not (
            template.invitations.exists() or template.interview_sessions.exists()
        ):
            template.delete()
    return count


def _address(name: str) -> str:
    return f"{name.split()[0].lower()}@example.com"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _template(hiring_team: Sequence[User], versions: Sequence[QuestionVersion]) -> InterviewTemplate:
    template = InterviewTemplate.objects.create(
        title=TEMPLATE_TITLE,
        role="Backend engineer",
        mode=Mode.ASSESSMENT,
        time_limit_minutes=30,
        feedback_policy=FeedbackPolicy.WHEN_RELEASED,
        notice=" ".join(said.NOTICE.split()),
    )
    template.hiring_team.set(hiring_team)
    for position, version in enumerate(versions, start=1):
        template.fixed_questions.create(question=version.question, position=position)
    return template


def _invite(template: InterviewTemplate, manager: User, now: dt.datetime) -> None:
    """Three who have not come yet: one in time, with extra time; one too late; one withdrawn. Their links are lost."""
    inviting.invite(template, [Invitee("ines@example.com", "Ines Ivarsson", 25)], manager, now, days=14)
    long_ago = now - dt.timedelta(days=20)
    inviting.invite(template, [Invitee("lev@example.com", "Lev Late")], manager, long_ago, days=14)
    (link,) = inviting.invite(template, [Invitee("tove@example.com", "Tove Thorn")], manager, now, days=14)
    inviting.revoke(link.invitation, manager, now)


def _sit(
    interview_session: InterviewSession,
    texts: Sequence[str],
    began_at: dt.datetime,
    pasted: frozenset[int] | set[int] = frozenset(),
) -> None:
    """Answer in order, five minutes each; an empty text is a question left alone, pasted names positions."""
    start(interview_session, began_at)
    at = began_at
    for answer, wrapped in zip(interview_session.answers.order_by("position"), texts, strict=True):
        note_first_shown(answer, at)
        at += dt.timedelta(minutes=5)
        if text := _one_line(wrapped):
            if answer.position in pasted:
                record(answer, EventKind.PASTED, characters=len(text))
            _draft(answer, text, at)
            submit_answer(answer, text, None, at)
    submit_session(interview_session, EndedBy.CANDIDATE, at)
    _make_due(interview_session)


def _sit_too_long(interview_session: InterviewSession, texts: Sequence[str], began_at: dt.datetime) -> None:
    """All but the last text are submitted; the last is a draft when the time is up, and nothing comes after it."""
    start(interview_session, began_at)
    interview_session.refresh_from_db()
    *submitted, draft = texts
    answers = iter(interview_session.answers.order_by("position"))
    at = began_at
    for text, answer in zip(submitted, answers, strict=False):
        note_first_shown(answer, at)
        at += dt.timedelta(minutes=12)
        _draft(answer, text, at)
        submit_answer(answer, _one_line(text), None, at)
    last = interview_session.answers.get(position=len(texts))
    note_first_shown(last, at)
    _draft(last, draft, at + dt.timedelta(minutes=5))
    submit_session(interview_session, EndedBy.DEADLINE, interview_session.deadline_at or at)
    _make_due(interview_session)


def _draft(answer: Answer, text: str, at: dt.datetime) -> None:
    save_draft(answer, _one_line(text), 0, at)


def _make_due(interview_session: InterviewSession) -> None:
    """Written as if days ago, and due now: no job of the demo has really waited."""
    GradingJob.objects.filter(answer__interview_session=interview_session).update(not_before=timezone.now())


def _contest(interview_session: InterviewSession, reviewer: User, now: dt.datetime) -> None:
    """The reviewer stands for the marks and releases them; the candidate contests the first point that was lost."""
    for job in GradingJob.objects.filter(answer__interview_session=interview_session).select_related(
        "answer__question_version", "rubric"
    ):
        rubric = rubric_of(job)
        assessment = assess_offline(
            job.answer.question_version.prompt, rubric.to_core(), job.answer.final_text
        )
        grade = write(job, rubric, Outcome(assessment, Grader.KEYWORD))
        GradingJob.objects.filter(pk=job.pk).update(state=JobState.DONE, finished_at=now)
        if grade.score is not None:
            confirm(job.answer, reviewer, shown=grade.pk, now=now)
    card = scorecards.Card(
        recommendation=Recommendation.YES,
        notes="Solid on identity and the GIL. Ask about generators in the next round: left blank.",
        message="Thank you for your answers. We would like to talk about iterators with you.",
    )
    scorecards.submit(interview_session, reviewer, card, 0, now)
    release(interview_session, reviewer, now)
    for answer in interview_session.answers.exclude(final_text="").order_by("position"):
        lost = appeals.contestable(answer).filter(kind=CriterionKind.CORE).exclude(verdict=Verdict.MET)
        if contested := lost.order_by("position").first():
            appeals.open_appeal(answer, contested, _one_line(said.APPEAL), now)
            return
