"""What counts as a quote from the answer, and what merely repeats the question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.core.evidence import find_quote, only_echoes

ANSWER = (
    "The  GIL is a “mutex”\nthat guards `refcounts`.\tIt can't run two threads; Straße, concatenate, cat."
)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("The  GIL", "The  GIL"),
        ("the gil IS a", "The  GIL is a"),
        ("GIL is a 'mutex' that", "GIL is a “mutex”\nthat"),
        ("  “It can’t run two threads”  ", "It can't run two threads"),
        ('guards "refcounts"', "guards `refcounts"),
        ("strasse", "Straße"),
        ("cat", "cat"),
    ],
    ids=[
        "verbatim",
        "case",
        "white_space_and_quotes",
        "quotes_around_it",
        "backticks",
        "folding",
        "whole_word",
    ],
)
def test_a_quote_is_found_with_the_answers_own_text(quote, text):
    span = find_quote(quote, ANSWER)
    assert span is not None
    assert span.text == text == ANSWER[span.start : span.end]


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "  ",
        '""',
        "the GIL was a mutex",
        "GIL mutex",
        "he GIL",
        "thread",
        "The GIL ... refcounts",
        "trasse",
        "It cannot run",
    ],
)
def test_what_the_answer_does_not_say_is_no_quote(quote):
    assert find_quote(quote, ANSWER) is None


def test_the_word_itself_is_found_and_not_the_middle_of_another():
    span = find_quote("cat", ANSWER)
    assert span is not None
    assert ANSWER[span.start - 2 : span.start] == ", "


def test_scripts_without_spaces_are_quoted_from_the_middle():
    span = find_quote("生成器", "这是生成器函数")
    assert span is not None
    assert (span.start, span.end) == (2, 5)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_a_found_quote_always_has_exact_offsets(before, quote, after):
    answer = f"{before} {quote} {after}"
    span = find_quote(quote, answer)
    if span is not None:
        assert answer[span.start : span.end] == span.text


@given(st.text(alphabet="abc XYZ\n", min_size=1, max_size=30).filter(lambda text: text.strip()))
def test_a_verbatim_quote_between_spaces_is_always_found(quote):
    assert find_quote(quote, f"Well, {quote} indeed") is not None


QUESTION = "What is the Global Interpreter Lock (GIL) and how does it affect multithreading?"


@pytest.mark.parametrize(
    "quote",
    [
        "What is the Global Interpreter Lock",
        "the GIL affects multithreading",
        "how does it",
        "a global interpreter lock",
    ],
)
def test_the_questions_own_words_are_an_echo(quote):
    assert only_echoes(quote, QUESTION)


@pytest.mark.parametrize(
    "quote",
    [
        "the GIL does not affect multithreading",
        "the GIL is a mutex",
        "multithreading is affected by the GIL",
        "because it is so",
    ],
    ids=["negation", "new_word", "another_order", "function_words_that_the_question_does_not_have"],
)
def test_a_claim_is_no_echo(quote):
    assert not only_echoes(quote, QUESTION)


def test_code_in_backticks_is_content_even_when_it_spells_a_function_word():
    assert not only_echoes("`is` compares", "What does `==` compare?")
