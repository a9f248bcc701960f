"""The guard and the contradiction checks: what a near copy must not get away with, and what honest answers may say."""

import pytest

from grading.core.alignment import align, read, target
from grading.core.assessment import Verdict
from grading.core.guard import Doubt, inspect, is_list
from grading.core.keyword import grade
from grading.core.rubric import Rubric
from tests.grading.core.offline_cases import core

REFERENCE = "The cache stores the parsed page, so a second request is faster than the first one."


def doubt(answer: str, reference: str = REFERENCE) -> Doubt:
    wanted, reading = target(reference, frozenset()), read(answer)
    return inspect(wanted, align(wanted, reading), reading)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (REFERENCE, Doubt.NONE),
        (
            "The cache does not store the parsed page, so a second request is faster than the first one.",
            Doubt.NEGATED,
        ),
        (f"It is not true that {REFERENCE[0].lower()}{REFERENCE[1:]}", Doubt.NEGATED),
        (
            "The cache stores the parsed page, so a second request is slower than the first one.",
            Doubt.OPPOSITE,
        ),
        ("second cache page faster request stores first parsed", Doubt.SHUFFLED),
        (
            "The request stores the parsed page, so a second cache is faster than the first one.",
            Doubt.SWAPPED,
        ),
    ],
)
def test_near_copies_are_read_closely(answer: str, expected: Doubt) -> None:
    assert doubt(answer) is expected


@pytest.mark.parametrize(
    "answer",
    [
        "A second request is faster than the first one, because the cache stores the parsed page.",
        "Without a cache every request would parse the page again. It keeps the result, which is quicker.",
        "We don't parse twice.",
    ],
)
def test_honest_wordings_raise_no_doubt(answer: str) -> None:
    assert doubt(answer) is Doubt.NONE


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            (
                "Open orders are not shipped yet, so changes may come because nobody has packed an order. "
                "A closed one is shipped and stays as it is."
            ),
            Doubt.NONE,
        ),
        (
            (
                "An open order may be changed because nobody has shipped it. "
                "A closed one is not shipped and stays as it is."
            ),
            Doubt.NEGATED,
        ),
    ],
)
def test_what_is_denied_of_one_thing_may_be_said_of_the_other(answer: str, expected: Doubt) -> None:
    assert doubt(answer, "Open order: may be changed. Closed one: shipped, stays as it is.") is expected


def test_a_list_of_words_is_no_sentence() -> None:
    assert is_list(read("cache, page, request, parsed, faster, second"))
    assert is_list(read("cache even parsed page much request faster every second"))
    assert not is_list(read("You parse pages once, then much less work remains each request."))
    assert not is_list(read("The cache keeps the page, the request, and the result of the parsing."))
    assert not is_list(read("def get(page):\n    if page in cache:\n        return cache[page]"))


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        (
            "The pages were stored without a time on the disk.",
            "The pages were stored with a time on the disk.",
        ),
        ("It needs the front pointers of the nodes.", "It needs the back pointers of the nodes."),
        ("The sender waits for the confirmation.", "The receiver waits for the confirmation."),
    ],
)
def test_a_copy_with_one_word_turned_over_says_the_opposite(answer: str, reference: str) -> None:
    assert (doubt(answer, reference), doubt(reference, reference)) == (Doubt.OPPOSITE, Doubt.NONE)


def test_the_row_of_a_table_is_not_taken_to_deny_what_stands_in_its_next_cell() -> None:
    row = "| Static method | None | Neither instance nor class | Utility functions related to class |"
    assert doubt(row, "A static method is used for utility functions related to class.") is Doubt.NONE


def rubric_of(*texts: str) -> Rubric:
    return Rubric(tuple(core(text) for text in texts))


TURNED_OVER = (
    "A cache does not store pages. It doesn't answer a second request. It never expires them. "
    "Nothing is kept in memory, and a page isn't removed when memory is full. "
)
CACHE = rubric_of(
    "The cache stores pages.",
    "It answers a second request.",
    "Pages expire.",
    "It removes pages when memory is full.",
)


def test_an_answer_that_denies_throughout_waits_for_a_person_instead_of_earning() -> None:
    assessment = grade("What does the cache do?", CACHE, TURNED_OVER)
    assert {c.verdict for c in assessment.criteria} <= {Verdict.UNSURE, Verdict.CONTRADICTED, Verdict.UNMET}


def test_where_the_rubric_denies_as_much_denying_is_right() -> None:
    rubric = rubric_of(
        "A cache does not store pages.",
        "It never expires them.",
        "Nothing is kept in memory.",
        "It does not answer.",
    )
    assert Verdict.MET in {
        c.verdict for c in grade("What does this cache not do?", rubric, TURNED_OVER).criteria
    }
