"""Made-up rows. Ana is a candidate, Bob another one; Mia hires, Ned hires for another team; Ada is the admin."""

from __future__ import annotations

import datetime as dt
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from grading.models import Criterion, Rubric
from grading.rubrics import publish as publish_rubric
from grading.submission import submit_session
from interview_site.accounts.models import Role, User
from questions.models import Question, QuestionVersion, Topic
from sessions.models import Answer, InterviewSession, InterviewTemplate, Invitation
from sessions.sittings import create_practice, open_invitation, start
from sessions.states import EndedBy

PASSWORD = "a made-up passphrase"

REFERENCE = """\
A generator is a function whose body runs step by step:

- **Lazy values**: values are computed one at a time, when `next()` asks for them.
- **Kept state**: local variables survive between two calls of `next()`.
- **Memory**: only the current value is held, so endless sequences are possible.
"""


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttribute(lambda user: f"{user.name.lower().replace(' ', '.')}@example.com")
    role = Role.CANDIDATE

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return User.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = Topic

    title = factory.Sequence(lambda n: f"Topic {n}")
    position = factory.Sequence(lambda n: n)


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = Question

    slug = factory.Sequence(lambda n: f"question-{n}")
    topic = factory.SubFactory(TopicFactory)


class QuestionVersionFactory(DjangoModelFactory):
    """A ready version, unless status says otherwise."""

    class Meta:
        model = QuestionVersion

    question = factory.SubFactory(QuestionFactory)
    number = 1
    status = "ready"
    prompt = factory.LazyAttribute(lambda version: f"What is a generator ({version.question.slug})?")
    reference_answer = REFERENCE


class RubricFactory(DjangoModelFactory):
    """A published rubric with two core criteria of 2 points and a misconception."""

    class Meta:
        model = Rubric
        skip_postgeneration_save = True

    question_version = factory.SubFactory(QuestionVersionFactory)
    number = 1

    @factory.post_generation
    def criteria(self, _create: Any, extracted: Any, **_kwargs: Any) -> None:
        rows = extracted or [
            (
                "Values are computed one at a time, on demand.",
                2,
                "core",
                [["one at a time", "lazily", "on demand"]],
            ),
            ("Local variables survive between two calls.", 2, "core", [["local variables", "state"]]),
            ("All values are computed up front.", 1, "misconception", [["up front", "all at once"]]),
        ]
        for position, (text, points, kind, cues) in enumerate(rows, start=1):
            Criterion.objects.create(
                rubric=self, position=position, text=text, points=points, kind=kind, cues=cues
            )
        publish_rubric(self)


def ready_questions(count: int, topic: Topic | None = None, **fields: Any) -> list[QuestionVersion]:
    """So many ready versions, each with a published rubric, in one topic."""
    topic = topic or TopicFactory.create()
    versions = [QuestionVersionFactory.create(question__topic=topic, **fields) for _ in range(count)]
    for version in versions:
        RubricFactory.create(question_version=version)
    return versions


def practice_session(
    candidate: User,
    count: int = 3,
    *,
    started: bool = True,
    minutes: int | None = None,
    at: dt.datetime | None = None,
) -> InterviewSession:
    """A practice interview of count questions."""
    interview_session = create_practice(
        candidate, ready_questions(count), title="Practice", time_limit_minutes=minutes
    )
    if started:
        start(interview_session, at or timezone.now())
    return interview_session


def interview_template(hiring_team: list[User], *, count: int = 2, **fields: Any) -> InterviewTemplate:
    """A template with so many fixed questions."""
    template = InterviewTemplate.objects.create(**{"title": "Backend engineer", **fields})
    template.hiring_team.set(hiring_team)
    for position, version in enumerate(ready_questions(count), start=1):
        template.fixed_questions.create(question=version.question, position=position)
    return template


def assessment_session(
    candidate: User,
    *,
    hiring_team: list[User],
    count: int = 2,
    submitted: bool = True,
    **template_fields: Any,
) -> InterviewSession:
    """An assessment made from an invitation by a template with that team."""
    template = InterviewTemplate.objects.create(title="Backend engineer", **template_fields)
    template.hiring_team.set(hiring_team)
    for version in ready_questions(count):
        template.fixed_questions.create(question=version.question)
    invitation = Invitation.objects.create(template=template, candidate=candidate)
    interview_session = open_invitation(invitation, timezone.now())
    start(interview_session, timezone.now())
    if submitted:
        submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    return interview_session


def answer_at(interview_session: InterviewSession, position: int) -> Answer:
    return interview_session.answers.select_related("interview_session", "question_version").get(
        position=position
    )
