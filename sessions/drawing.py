"""Which questions a new session gets: no repeats, balanced over the chosen topics."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest
from typing import TypeVar

from questions.models import QuestionVersion, Topic
from sessions.models import Answer, InterviewTemplate, TemplateDraw

Item = TypeVar("Item")


class NotEnoughQuestionsError(Exception):
    """Fewer ready questions match than were asked for. available says how many do."""

    def __init__(self, wanted: int, available: int) -> None:
        super().__init__(f"{wanted} questions were asked for, and {available} match.")
        self.wanted = wanted
        self.available = available


def balanced(groups: Sequence[Sequence[Item]], count: int) -> list[Item]:
    """The first count items, taken from the groups in turn.

    How many come from two groups differs by more than one only where the smaller one has no more.
    """
    rounds = zip_longest(*groups)
    return [item for one_round in rounds for item in one_round if item is not None][:count]


def subtree(topic_ids: Collection[int]) -> dict[int, int]:
    """Every topic at or below the given ones, with the given one that it belongs to (the nearest)."""
    parents = dict(Topic.objects.values_list("pk", "parent_id"))
    belongs: dict[int, int] = {}
    for topic_id in parents:
        step: int | None = topic_id
        while step is not None and step not in topic_ids:
            step = parents[step]
        if step is not None:
            belongs[topic_id] = step
    return belongs


def draw(
    *,
    topic_ids: Collection[int],
    difficulties: Collection[str],
    count: int,
    rng: random.Random,
    asked_before: Counter[int] | None = None,
    without: Collection[int] = (),
) -> list[QuestionVersion]:
    """count ready versions, balanced over the topics; empty topic_ids or difficulties mean any.

    asked_before counts, per question, how often this candidate had it: the least asked come first.
    without holds ids of questions that are not to be drawn. Raises NotEnoughQuestionsError.
    """
    versions = QuestionVersion.objects.ready().select_related("question__topic").exclude(question__in=without)
    if difficulties:
        versions = versions.filter(difficulty__in=difficulties)
    belongs = subtree(topic_ids) if topic_ids else None
    groups: defaultdict[int, list[QuestionVersion]] = defaultdict(list)
    for version in versions.order_by("pk"):
        topic_id = version.question.topic_id
        if belongs is None:
            groups[topic_id].append(version)
        elif topic_id in belongs:
            groups[belongs[topic_id]].append(version)
    seen = asked_before or Counter()
    shuffled = list(groups.values())
    rng.shuffle(shuffled)
    for group in shuffled:
        rng.shuffle(group)
        group.sort(key=lambda v: seen[v.question_id])
    drawn = balanced(shuffled, count)
    if len(drawn) < count:
        raise NotEnoughQuestionsError(count, len(drawn))
    return drawn


def draw_for_template(template: InterviewTemplate, rng: random.Random) -> list[QuestionVersion]:
    """The template's fixed questions in their order, then its draws. Raises NotEnoughQuestionsError."""
    fixed_ids = list(template.fixed_questions.values_list("question_id", flat=True))
    return draw_plan(fixed_ids, template.draws.all(), rng)


def draw_plan(
    fixed_ids: Sequence[int], draws: Iterable[TemplateDraw], rng: random.Random
) -> list[QuestionVersion]:
    """What a template with these questions and draws, saved or not, asks. Raises NotEnoughQuestionsError."""
    versions = QuestionVersion.objects.ready().select_related("question__topic")
    ready = {version.question_id: version for version in versions.filter(question__in=fixed_ids)}
    chosen = [ready[pk] for pk in fixed_ids if pk in ready]
    if len(chosen) < len(fixed_ids):
        raise NotEnoughQuestionsError(len(fixed_ids), len(chosen))
    for one in draws:
        chosen += draw(
            topic_ids=[one.topic_id] if one.topic_id else [],
            difficulties=[one.difficulty] if one.difficulty else [],
            count=one.count,
            rng=rng,
            without=[v.question_id for v in chosen],
        )
    if not chosen:
        raise NotEnoughQuestionsError(1, 0)
    return chosen


def asked_before(candidate_id: int) -> Counter[int]:
    """How often the candidate has been asked each question."""
    answers = Answer.objects.filter(interview_session__candidate=candidate_id)
    return Counter(answers.values_list("question_version__question_id", flat=True))
