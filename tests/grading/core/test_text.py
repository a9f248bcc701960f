"""Text: tokens keep their offsets, identifiers fall into words, sentences end where sentences end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.core.lexicon import DENIALS
from grading.core.text import clauses, sentences, stem, tokenise


def words(text: str) -> list[str]:
    return [t.text for t in tokenise(text)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("get_current_user()", ["get", "current", "user"]),
        ("BackgroundTasks", ["background", "tasks"]),
        ("HTTPServer", ["http", "server"]),
        ("__eq__", ["eq"]),
        ("a == b", ["a", "==", "b"]),
        ("don't", ["don't"]),
        ("utf8", ["utf8"]),
        ("-5 to 256", ["5", "to", "256"]),
    ],
)
def test_identifiers_fall_into_their_words(written: str, expected: list[str]) -> None:
    assert words(written) == expected


@pytest.mark.parametrize("text", ["the `is` operator", "is compares identity", "I use is for None"])
def test_is_can_be_the_operator(text: str) -> None:
    assert "`is`" in words(text)


@pytest.mark.parametrize("text", ["this is a list", "it is for me", "what is it"])
def test_is_is_mostly_the_verb(text: str) -> None:
    assert "`is`" not in words(text)


def test_word_forms_share_a_stem() -> None:
    assert stem("resumes") == stem("resumed") == stem("resume")


def test_full_width_letters_are_folded() -> None:
    assert words("ｌｉｓｔ") == ["list"]


def test_invisible_characters_do_not_part_a_word_and_the_quote_covers_them() -> None:
    (token,) = tokenise("ge\u200bnerator")
    assert token.text == "generator"
    assert (token.start, token.end) == (0, 10)


def test_sentences_do_not_end_at_abbreviations() -> None:
    text = "It copies, e.g. a list. Then it stops!\n- one more"
    assert [text[s.start : s.end] for s in sentences(text)] == [
        "It copies, e.g. a list.",
        "Then it stops!",
        "- one more",
    ]


def test_a_full_line_that_goes_on_in_lower_case_is_one_sentence_with_the_next() -> None:
    text = "A queue gives back its elements in the order in which they were\nput into it. A stack does not."
    assert len(sentences(text)) == 2
    assert len(sentences("It has two ends:\nput into one,\ntaken from the other")) == 3


@pytest.mark.parametrize(
    ("text", "denies"),
    [("no-cache", False), ("No-store", False), ("no cache", True), ("no one", True), ("no-one", True)],
)
def test_a_name_that_begins_with_no_denies_nothing(text: str, *, denies: bool) -> None:
    first = tokenise(text)[0]
    assert (first.text in DENIALS) is denies
    assert first.stem == "no"


def test_clauses_end_at_contrasts() -> None:
    text = "A tuple is fixed, while a list can grow."
    (sentence,) = sentences(text)
    assert [text[c.start : c.end] for c in clauses(text, sentence)] == [
        "A tuple is fixed",
        "while a list can grow.",
    ]


@given(st.text(max_size=200))
def test_every_token_lies_in_the_text_in_order(text: str) -> None:
    last = 0
    for token in tokenise(text):
        assert last <= token.start < token.end <= len(text)
        last = token.end


@given(st.text(alphabet="ab .!?\n-,", max_size=80))
def test_sentences_hold_every_token_once(text: str) -> None:
    inside = [t for s in sentences(text) for t in s.tokens]
    assert inside == list(tokenise(text))
