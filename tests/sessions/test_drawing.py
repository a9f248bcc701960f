"""Which questions a session gets."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.models import Topic
from sessions.drawing import NotEnoughQuestionsError, balanced, draw, draw_for_template
from sessions.models import InterviewTemplate
from tests.factories import QuestionVersionFactory, TopicFactory, ready_questions

pytestmark = pytest.mark.django_db


def drawn(count, *, topics=(), difficulties=(), seed=1, **more):
    return draw(
        topic_ids=[t.pk for t in topics],
        difficulties=difficulties,
        count=count,
        rng=random.Random(seed),
        **more,
    )


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(0, 40))
def test_the_groups_take_turns(sizes, count):
    groups = [[(number, item) for item in range(size)] for number, size in enumerate(sizes)]
    chosen = balanced(groups, count)
    assert len(chosen) == len(set(chosen)) == min(count, sum(sizes))
    taken = Counter(number for number, _ in chosen)
    not_exhausted = [taken[number] for number, size in enumerate(sizes) if taken[number] < size]
    assert max(taken.values(), default=0) - min(not_exhausted, default=0) <= 1 or not not_exhausted


def test_no_question_comes_twice_and_topics_are_balanced():
    topics = TopicFactory.create_batch(3)
    for topic in topics:
        ready_questions(5, topic)
    chosen = drawn(7, topics=topics)
    assert len({v.question_id for v in chosen}) == 7
    assert sorted(Counter(v.question.topic_id for v in chosen).values()) == [2, 2, 3]


def test_a_topic_means_the_topics_below_it_too():
    parent = TopicFactory.create()
    child = Topic.objects.create(title="Child", parent=Topic.objects.create(title="Middle", parent=parent))
    (version,) = ready_questions(1, child)
    ready_questions(1)
    assert drawn(1, topics=[parent]) == [version]


def test_without_a_choice_every_topic_takes_part():
    for _ in range(3):
        ready_questions(2)
    assert len({v.question.topic_id for v in drawn(3)}) == 3


def test_only_ready_versions_of_the_chosen_difficulty_are_drawn():
    topic = TopicFactory.create()
    (hard,) = ready_questions(1, topic, difficulty="hard")
    ready_questions(1, topic, difficulty="easy")
    QuestionVersionFactory.create(question__topic=topic, difficulty="hard", status="draft")
    QuestionVersionFactory.create(question__topic=topic, difficulty="hard", status="retired")
    assert drawn(1, difficulties=["hard"]) == [hard]
    with pytest.raises(NotEnoughQuestionsError) as caught:
        drawn(2, difficulties=["hard"])
    assert (caught.value.wanted, caught.value.available) == (2, 1)


def test_what_a_candidate_has_been_asked_least_comes_first():
    topic = TopicFactory.create()
    versions = ready_questions(4, topic)
    seen = Counter({versions[0].question_id: 2, versions[1].question_id: 1})
    for seed in range(5):
        assert set(drawn(2, topics=[topic], seed=seed, asked_before=seen)) == set(versions[2:])


def test_a_template_asks_its_fixed_questions_first_then_draws_others():
    topic = TopicFactory.create()
    versions = ready_questions(4, topic)
    template = InterviewTemplate.objects.create(title="T")
    template.fixed_questions.create(question=versions[2].question, position=1)
    template.fixed_questions.create(question=versions[0].question, position=2)
    template.draws.create(topic=topic, count=2)
    chosen = draw_for_template(template, random.Random(1))
    assert chosen[:2] == [versions[2], versions[0]]
    assert set(chosen[2:]) == {versions[1], versions[3]}


def test_a_template_with_a_question_that_is_not_ready_draws_nothing():
    template = InterviewTemplate.objects.create(title="T")
    draft = QuestionVersionFactory.create(status="draft")
    template.fixed_questions.create(question=draft.question)
    with pytest.raises(NotEnoughQuestionsError):
        draw_for_template(template, random.Random(1))
