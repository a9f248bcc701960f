"""Patterns are tried only where they can match, and there always."""

import re

import pytest

from grading.core.instructions import _DIRECT, _OUTCOMES
from grading.core.pattern_words import Patterns, needed_words
from tests.grading.attacks.payloads import FENCES, LANGUAGES, OVERRIDES, PLEAS, ROLES, VERDICTS

IGNORE = re.IGNORECASE | re.VERBOSE


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\b (?:drop|skip) \b .{0,9} rules", {"rules"}),  # of all that is needed, the longest
        (r"(?:drop|skip)? \s* [Tt]he", {"he"}),
        (r"(?:to \s+)+ (?:grader|marker)", {"grader", "marker"}),
        (r"grader | \d+", set()),  # one of the ways needs no word
        (r"(?:grader)* | (?:marker)?", set()),
        (r"баллы \w+", set()),  # what lower() does to other alphabets is not relied on
        (r"(?=mark) \w+ (?!grade)", set()),
    ],
)
def test_words_that_every_match_holds(pattern, words):
    assert needed_words(re.compile(pattern, IGNORE)) == words


def test_only_what_can_match_is_tried():
    patterns = Patterns(re.compile(p, IGNORE) for p in (r"\b marks?", r"rubric", r"\d{3}"))
    assert [p.pattern for p in patterns.possible("Full MARKS")] == [r"\b marks?", r"\d{3}"]


@pytest.mark.parametrize("letter", ["K", "İ", "ı", "ſ"])  # a pattern that ignores case takes them for k, i, s
def test_letters_that_pass_for_others_pass_here(letter):
    pattern = re.compile("(?:skips)", IGNORE)
    plain = {"K": "k", "İ": "i", "ı": "i", "ſ": "s"}[letter]
    text = "skips".replace(plain, letter)
    assert pattern.search(text)
    assert Patterns([pattern]).possible(text) == [pattern]


def test_whatever_matches_an_attack_is_tried_on_it():
    for text in (*OVERRIDES, *FENCES, *LANGUAGES, *PLEAS, *ROLES, *VERDICTS):
        for patterns in (_DIRECT, _OUTCOMES):
            every = [pattern for pattern, _ in patterns.with_words if pattern.search(text)]
            assert set(every) <= set(patterns.possible(text)), text
