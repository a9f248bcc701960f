"""What is found wrong with a rubric, and what is left in peace."""

from dataclasses import replace

import pytest

from grading.core.assessment import Assessment, CriterionAssessment, Verdict
from grading.core.lint import Problem, lint
from grading.core.rubric import Criterion, Kind, Rubric

QUESTION = "What is a queue?"
REFERENCE = """A queue hands out elements in the order in which they came: first in, first out. Both ends work in
constant time with `collections.deque`. A full queue makes the producer wait."""
ORDER = Criterion(
    id="order", text="Elements come out first in, first out.", points=2, cues=(("first in", "FIFO"),)
)
TIME = Criterion(
    id="time",
    text="`collections.deque` works in constant time at both ends.",
    points=1,
    cues=(("constant",),),
)
FULL = Criterion(id="full", text="A full queue makes the producer wait.", points=1, cues=(("producer",),))
STACK = Criterion(
    id="stack",
    text="A queue takes the newest element first.",
    points=1,
    kind=Kind.MISCONCEPTION,
    cues=(("newest",),),
    correction="That is a stack.",
)
GOOD = Rubric((ORDER, TIME, FULL, STACK))


def problems(*criteria: Criterion, **options) -> list[tuple[Problem, tuple[str, ...]]]:
    return [
        (f.problem, f.criterion_ids) for f in lint(Rubric(criteria), REFERENCE, question=QUESTION, **options)
    ]


def test_a_good_rubric_has_no_findings():
    assert problems(*GOOD.criteria, maximum=4) == []


def test_a_criterion_that_the_reference_does_not_say_is_ungrounded():
    invented = replace(TIME, id="invented", text="Priority queues keep a binary heap internally.")
    assert problems(ORDER, FULL, invented) == [(Problem.UNGROUNDED, ("invented",))]


def test_an_example_from_the_reference_grounds_a_criterion_in_other_words():
    reworded = replace(ORDER, text="Oldest goes before newest.", examples=("first in, first out",))
    assert problems(reworded, TIME, FULL) == []


def test_a_misconception_need_not_stand_in_the_reference():
    assert (Problem.UNGROUNDED, ("stack",)) not in problems(*GOOD.criteria)


def test_a_misconception_has_to_say_what_is_true():
    assert problems(ORDER, TIME, FULL, replace(STACK, correction=" ")) == [(Problem.INCOMPLETE, ("stack",))]


def test_two_criteria_that_ask_the_same_are_found():
    twin = replace(ORDER, id="twin", text="What is first in is first out.")
    assert (Problem.OVERLAPPING, ("order", "twin")) in problems(ORDER, twin, TIME, FULL)


def test_the_two_sides_of_a_contrast_do_not_overlap():
    pairs = ("queue", "first in, first out"), ("stack", "last in, first out")
    queue = replace(ORDER, contrasts=(pairs,))
    stack = replace(ORDER, id="other", text="A stack is not first in, first out.", contrasts=(pairs[::-1],))
    assert (Problem.OVERLAPPING, ("order", "other")) not in problems(queue, stack, TIME)


def test_a_misconception_may_resemble_the_truth():
    wrong = replace(STACK, text="Elements come out first in, last out.")
    assert problems(ORDER, TIME, FULL, wrong) == []


@pytest.mark.parametrize(
    "text",
    [
        "Understands queues and constant time.",
        "The candidate knows constant time deque.",
        "A good understanding of constant time.",
        "What about constant time?",
        "What is a queue.",
        "Constant time " * 40,
    ],
    ids=["understands", "knows", "understanding", "a_question", "only_the_question's_words", "too_long"],
)
def test_what_cannot_be_pointed_at_is_untestable(text):
    assert (Problem.UNTESTABLE, ("time",)) in problems(ORDER, replace(TIME, text=text), FULL)


@pytest.mark.parametrize(("cues", "enough"), [((), 0), (((" ",),), 0), ((("constant",),), 2)])
def test_a_criterion_without_enough_cues_is_found(cues, enough):
    assert problems(ORDER, replace(TIME, cues=cues, enough=enough), FULL) == [(Problem.CUELESS, ("time",))]


def test_a_criterion_worth_more_than_half_dominates():
    assert problems(replace(ORDER, points=3), TIME, FULL) == [(Problem.DOMINANT, ("order",))]


def test_a_rubric_of_one_criterion_is_not_dominated_by_it():
    assert problems(ORDER) == []


def test_points_that_do_not_add_up_are_found():
    found = lint(GOOD, REFERENCE, question=QUESTION, maximum=10)
    assert [(f.problem, f.message) for f in found] == [
        (Problem.POINTS, "the core criteria add up to 4 points, not to 10")
    ]


@pytest.mark.parametrize("points", [0, -1, float("nan")])
def test_points_must_be_more_than_nothing(points):
    assert (Problem.POINTS, ("time",)) in problems(ORDER, replace(TIME, points=points), FULL)


def test_a_rubric_without_a_core_criterion_scores_nothing():
    assert problems(STACK) == [(Problem.POINTS, ())]


def graded(*credits_: float, score: float | None) -> Assessment:
    criteria = tuple(
        CriterionAssessment(c.id, Verdict.PARTIAL, credit)
        for c, credit in zip(GOOD.criteria, credits_, strict=True)
    )
    return Assessment(criteria, score, GOOD.max_points)


def test_a_reference_that_fails_its_own_rubric_is_found_with_what_it_misses():
    def strict(question: str, rubric: Rubric, answer: str) -> Assessment:
        assert (question, rubric, answer) == (QUESTION, GOOD, REFERENCE)
        return graded(1, 0.5, 1, 0, score=3.5)

    (finding,) = lint(GOOD, REFERENCE, question=QUESTION, grade=strict)
    assert (finding.problem, finding.criterion_ids) == (Problem.REFERENCE_FAILS, ("time",))
    assert "88%" in finding.message


def test_a_reference_that_trips_a_misconception_is_told_which():
    (finding,) = lint(GOOD, REFERENCE, question=QUESTION, grade=lambda q, r, a: graded(1, 1, 1, 1, score=3))
    assert finding.criterion_ids == ("stack",)


def test_a_reference_that_passes_or_nearly_passes_is_left_in_peace():
    assert lint(GOOD, REFERENCE, question=QUESTION, grade=lambda q, r, a: graded(1, 1, 1, 0, score=3.8)) == ()


def test_a_reference_that_cannot_be_graded_is_found():
    (finding,) = lint(
        GOOD, REFERENCE, question=QUESTION, grade=lambda q, r, a: graded(0, 0, 0, 0, score=None)
    )
    assert finding.problem is Problem.REFERENCE_FAILS
