"""Writing interview templates: what one holds, as plain data; saving it, copying it, saying what a candidate gets."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from interview_site.accounts import audit
from interview_site.accounts.models import User
from interview_site.integrations.models import Endpoint
from questions.models import QuestionVersion
from sessions.drawing import NotEnoughQuestionsError, draw_plan
from sessions.models import InterviewTemplate, TemplateDraw, TemplateQuestion
from sessions.states import Mode

# What a form writes, besides the questions, the draws and the team.
FIELDS = (
    "title",
    "role",
    "time_limit_minutes",
    "feedback_policy",
    "blind_first",
    "probes_enabled",
    "appeal_days",
    "notice",
)
MAX_QUESTIONS = 60


@dataclass(frozen=True, slots=True)
class Draw:
    """So many questions of a topic and a difficulty; None and "" mean any."""

    topic_id: int | None
    difficulty: str
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Which questions an interview asks: fixed ones in order, then draws."""

    fixed_ids: tuple[int, ...] = ()
    draws: tuple[Draw, ...] = ()

    @property
    def size(self) -> int:
        return len(self.fixed_ids) + sum(draw.count for draw in self.draws)


@dataclass(frozen=True, slots=True)
class Preview:
    """What one candidate would be asked. Where the plan cannot be carried out, trouble says why."""

    versions: tuple[QuestionVersion, ...] = ()
    fixed_count: int = 0
    trouble: str = ""


class ChangedMeanwhileError(Exception):
    """Somebody else has saved the template since the form was opened."""


@dataclass(frozen=True, slots=True)
class Content:
    """All that the form of a template holds."""

    fields: dict[str, Any]
    team_ids: tuple[int, ...]
    plan: Plan = field(default_factory=Plan)


def content_of(template: InterviewTemplate) -> Content:
    """What is stored now; three queries."""
    return Content(
        fields={name: getattr(template, name) for name in FIELDS},
        team_ids=tuple(sorted(template.hiring_team.values_list("pk", flat=True))),
        plan=Plan(
            tuple(template.fixed_questions.values_list("question_id", flat=True)),
            tuple(Draw(draw.topic_id, draw.difficulty, draw.count) for draw in template.draws.order_by("pk")),
        ),
    )


def revision_of(content: Content) -> str:
    """Differs whenever the content does: a form carries the one that it was made from."""
    return hashlib.sha256(json.dumps(_plain(content), sort_keys=True).encode()).hexdigest()[:16]


@transaction.atomic
def create(content: Content, author: User) -> InterviewTemplate:
    """A new assessment template."""
    template = InterviewTemplate(mode=Mode.ASSESSMENT, **content.fields)
    template.save()
    _write_parts(template, content)
    audit.record(author, "template.created", template, after=_plain(content))
    return template


@transaction.atomic
def change(template: InterviewTemplate, content: Content, author: User, *, revision: str) -> None:
    """Write the content; sessions that have been made stay as they are. Raises ChangedMeanwhileError."""
    locked = InterviewTemplate.objects.select_for_update().get(pk=template.pk)
    stored = content_of(locked)
    if revision_of(stored) != revision:
        raise ChangedMeanwhileError
    if stored == content:
        return
    for name, value in content.fields.items():
        setattr(locked, name, value)
    locked.save()
    _write_parts(locked, content)
    audit.record(author, "template.changed", locked, before=_plain(stored), after=_plain(content))


@transaction.atomic
def copy(template: InterviewTemplate, author: User) -> InterviewTemplate:
    """Another template that asks the same in the same way, for the same team and whoever copies it."""
    content = content_of(template)
    title = f"{content.fields['title'][:190]} (copy)"
    copied = Content(
        {**content.fields, "title": title}, tuple(sorted({*content.team_ids, author.pk})), content.plan
    )
    made = InterviewTemplate(mode=Mode.ASSESSMENT, **copied.fields)
    made.save()
    _write_parts(made, copied)
    audit.record(author, "template.copied", made, before={"from": template.pk}, after=_plain(copied))
    return made


def is_unused(template: InterviewTemplate) -> bool:
    """Nobody was invited to it, nothing was asked by it, and no webhook is about it."""
    return not (
        template.invitations.exists()
        or template.interview_sessions.exists()
        or Endpoint.objects.filter(template=template).exists()
    )


@transaction.atomic
def delete(template: InterviewTemplate, actor: User) -> bool:
    """Remove a template that is unused; False: it is in use, and stays."""
    locked = InterviewTemplate.objects.select_for_update().get(pk=template.pk)
    if not is_unused(locked):
        return False
    stored = content_of(locked)
    InterviewTemplate.objects.filter(pk=locked.pk).delete()
    audit.record(actor, "template.deleted", locked, before=_plain(stored))
    return True


def preview(plan: Plan, rng: random.Random) -> Preview:
    """One drawing of the plan. Nothing is stored."""
    if not plan.size:
        return Preview(trouble="Nothing is asked yet: name a question, or draw some.")
    if plan.size > MAX_QUESTIONS:
        return Preview(trouble=f"{plan.size} questions are too many: {MAX_QUESTIONS} are the most.")
    draws = [
        TemplateDraw(topic_id=draw.topic_id, difficulty=draw.difficulty, count=draw.count)
        for draw in plan.draws
    ]
    try:
        versions = draw_plan(plan.fixed_ids, draws, rng)
    except NotEnoughQuestionsError as error:
        return Preview(
            trouble=f"A draw asks for {error.wanted} question{'s' * (error.wanted != 1)}, and {error.available} "
            "that nothing else asks match it. Ask for fewer, or draw from more."
        )
    return Preview(tuple(versions), len(plan.fixed_ids))


def _write_parts(template: InterviewTemplate, content: Content) -> None:
    template.hiring_team.set(content.team_ids)
    template.fixed_questions.all().delete()
    TemplateQuestion.objects.bulk_create(
        TemplateQuestion(template=template, question_id=question_id, position=position)
        for position, question_id in enumerate(content.plan.fixed_ids, start=1)
    )
    template.draws.all().delete()
    TemplateDraw.objects.bulk_create(
        TemplateDraw(template=template, topic_id=draw.topic_id, difficulty=draw.difficulty, count=draw.count)
        for draw in content.plan.draws
    )


def _plain(content: Content) -> dict[str, Any]:
    draws: Sequence[Draw] = content.plan.draws
    return {
        **content.fields,
        "team": list(content.team_ids),
        "questions": list(content.plan.fixed_ids),
        "draws": [[draw.topic_id, draw.difficulty, draw.count] for draw in draws],
    }
