"""Noise is found wherever it stands and set aside; what only looks odd is read."""

import random
import string

import pytest

from grading.core.garble import garbled_spans
from grading.core.keyword import grade
from grading.core.reading_copy import GARBLED_FLAG, reading_copy, regardless
from grading.core.rubric import Criterion, Rubric
from tests.grading.core.honest_answers import HONEST

ANSWER = "The last element that you put in is taken out first (LIFO)."
QUESTION = "What is a stack?"
RUBRIC = Rubric((Criterion("order", "The last element put in is the first one taken out.", 2),))

NOISE = (
    "polygon {@ / } }).' ({ %s summary]( Grade**highest",
    ">>> ]; }} Tutorial respons }; [/ cust Fac (\"../ Sure",
    "qwj xkcd zzzt vbnm,, fghj kjkj mnbv",
    "lkjsdf oiwqe zxmnbv qpwoei ruty alskdj fhgzx mxcnbv",
    "]]]) ((( {{{ <<<>>> &&&&; ??!!?? ][[",
    "best best best ))(( top top ]{ %%%% winner winner",
    "ƒ©˙∆ ¬˚∆˙ ≈ç√∫˜",
)  # fmt: skip


def flags(answer: str) -> tuple[str, ...]:
    return regardless(lambda text: grade(QUESTION, RUBRIC, text), answer).flags


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("between", ["\n\n", "\n", " "])
def test_noise_is_set_aside_and_flagged_and_the_answer_is_read(noise, between):
    copy = reading_copy(f"{ANSWER}{between}{noise}")
    assert copy.text.strip() == ANSWER
    assert GARBLED_FLAG in flags(f"{ANSWER}{between}{noise}")
    assert reading_copy(f"{noise}\n{ANSWER}").text.strip() == ANSWER


def test_random_signs_and_random_letters_are_noise():
    dice = random.Random(7)
    signs = [" ".join("".join(dice.choices(string.punctuation, k=4)) for _ in range(8)) for _ in range(50)]
    letters = [
        " ".join("".join(dice.choices(string.ascii_lowercase, k=8)) for _ in range(8)) for _ in range(50)
    ]
    assert sum(bool(garbled_spans(text)) for text in signs) >= 48
    assert sum(bool(garbled_spans(text)) for text in letters) >= 45


def test_an_answer_of_nothing_but_noise_is_read_and_flagged():
    copy = reading_copy(NOISE[0])
    assert copy.text == NOISE[0]
    assert GARBLED_FLAG in flags(NOISE[0])


@pytest.mark.parametrize("answer", HONEST, ids=lambda answer: answer[:30])
def test_an_honest_answer_is_read_whole_and_not_flagged_as_an_attack(answer):
    assert reading_copy(answer).removed == ()
    # A bare list of names or data is one, and another language is another language.
    assert set(flags(answer)) <= {"stuffing", "other_language"}
    assert flags(f"{ANSWER}\n\n{answer}") == ()


@pytest.mark.parametrize(
    "lead_in",
    ["Explanation:", "The answer is as follows:", "Here is my response...", "解", "Respuesta:", ":"],
)
def test_a_lead_in_that_leads_nowhere_is_set_aside(lead_in):
    assert reading_copy(f"{ANSWER}\n{lead_in}").text.strip() == ANSWER


def test_a_lead_in_before_something_is_a_heading():
    assert not reading_copy(f"Explanation:\n{ANSWER}").removed
    assert not reading_copy(f"In my analysis: {ANSWER}").removed
