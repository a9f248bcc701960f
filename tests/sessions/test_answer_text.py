"""What a typed answer becomes before it is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.answer_text import cleaned, is_blank


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x00b", "ab"),
        ("a\x07\x1b[31mb", "a[31mb"),
        ("a\ud800b", "ab"),
        ("tab\tstays", "tab\tstays"),
        ("  spaces  stay  ", "  spaces  stay  "),
        ("zero\u200bwidth stays for the flags", "zero\u200bwidth stays for the flags"),
        ("Ünïcödé 漢字 🐍", "Ünïcödé 漢字 🐍"),
    ],
)
def test_only_what_cannot_be_stored_is_taken_out(typed, stored):
    assert cleaned(typed) == stored


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert cleaned(cleaned(text)) == cleaned(text)


@given(st.text())
def test_what_is_cleaned_can_be_stored_as_utf_8(text):
    assert "\x00" not in cleaned(text)
    cleaned(text).encode("utf-8")


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t", "\u200b\u200d\ufeff", "\u2800", "\u00a0", "\u202e", "\u3164"]
)
def test_what_shows_nothing_is_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize("text", [".", "a", "0", "\u200ba", "🐍"])
def test_what_shows_something_is_not(text):
    assert not is_blank(text)
