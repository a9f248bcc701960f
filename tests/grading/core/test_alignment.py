"""Alignment: which word of an answer stands for a word of the criterion, the same one in every process."""

import itertools

import pytest

from grading.core.alignment import align, read, target
from grading.core.lexicon import SYNONYMS, synonyms
from grading.core.text import content, tokenise


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
