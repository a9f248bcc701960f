"""Alignment: which word of an answer stands for a word of the criterion, the same one in every process."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest

from grading.core.alignment import align, read, target
from grading.core.lexicon import SYNONYMS, synonyms
from grading.core.text import Token, content, tokenise


def single_words(stem: str) -> list[str]:
    return [other for other in sorted(synonyms(stem)) if len(content(tokenise(other))) == 1]


WIDE = next(stem for stem in sorted(SYNONYMS) if stem.isalpha() and len(single_words(stem)) >= 3)


@pytest.mark.parametrize("order", list(itertools.permutations(single_words(WIDE)[:3])))
def test_of_several_synonyms_in_one_sentence_the_first_counts(order: tuple[str, ...]) -> None:
    found = align(target(WIDE, frozenset()), read(" ".join(order)))
    assert found.place == (0,)


def test_a_word_found_for_one_wording_is_found_alike_for_the_next() -> None:
    reading = read("The cache keeps the parsed page. A second request reads the cache.")
    wordings = [
        target(text, frozenset()) for text in ("cache the page", "no cache without a request", "cache")
    ]
    again = [align(wanted, reading) for wanted in wordings]
    assert again == [align(wanted, read(reading.text)) for wanted in wordings]


class Likeness:
    """A level beyond *lexical* that knows a few pairs of words."""

    level = "static"

    def __init__(self, **pairs: float) -> None:
        self.pairs = pairs

    def similarities(self, target: str, words: Sequence[Token], answer: str, others: Sequence[Token]) -> Any:
        return [[self.pairs.get(f"{one.text}_{other.text}", 0.0) for other in others] for one in words]

    def likeness(self, target: str, answer: str) -> float:
        return 0.0


def test_a_word_that_is_there_is_not_looked_for_in_a_later_copy_whatever_the_rounding_of_vectors() -> None:
    both = Likeness(both_both=1.0000000000000002)
    found = align(target("both", frozenset()), read("both repeat, both test, both end"), both)
    assert (found.place, found.best, set(found.received)) == ((0,), (1.0,), {0.0, 1.0})


def test_of_the_words_like_a_wanted_one_the_nearest_of_each_sentence_counts() -> None:
    near = Likeness(cache_store=0.6, cache_memory=0.4, cache_buffer=0.5, cache_page=-0.2)
    answer = "Memory or store of a page. A buffer. A page."
    found = align(target("cache", frozenset()), read(answer), near)
    assert found.by_sentence == ({0: 0.6, 1: 0.5},)
    assert (found.place, found.best, found.exact) == ((1,), (0.6,), (0.0,))
    assert found.received == (0.4, 0.6, 0.0, 0.5, 0.0)
