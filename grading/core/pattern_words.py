"""Patterns that are tried only where a text holds a word without which they cannot match.

Most of some forty patterns have no chance in an ordinary answer, and looking for a word takes a hundredth of the time
that trying a pattern does. The words are read off the patterns themselves, so that a pattern that changes cannot be
left without its word.
"""

import re
from collections.abc import Iterable, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any


class Patterns:
    """Some patterns, and for each of them words of which every match holds one."""

    def __init__(self, patterns: Iterable[re.Pattern[str]]) -> None:
        self.with_words = [(pattern, needed_words(pattern)) for pattern in patterns]
        self._words = sorted(frozenset[str]().union(*(words for _, words in self.with_words)))

    def possible(self, text: str) -> list[re.Pattern[str]]:
        """The patterns that may match somewhere in a text, or in a part of it."""
        plain = _lower(text)
        there = {word for word in self._words if word in plain}
        return [pattern for pattern, words in self.with_words if not words or not words.isdisjoint(there)]


# What a pattern that ignores case takes for a Latin letter, and lower() does not make one.
_LATIN = str.maketrans("İıſ", "iis")


def _lower(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_LATIN).lower()


def needed_words(pattern: re.Pattern[str]) -> frozenset[str]:
    """Strings in lower case of which every match holds one, whatever its case; empty where none can be told."""
    return _needed(_parser.parse(pattern.pattern, pattern.flags))


def _needed(items: Sequence[tuple[Any, Any]]) -> frozenset[str]:
    """Of all that a sequence must hold, what is likely to be the rarest: the longest words."""
    options: list[frozenset[str]] = []
    run = ""
    for kind, value in items:
        if kind is op.LITERAL and value < 128:
            run += chr(value).lower()
            continue
        options.append(frozenset({run} - {""}))
        run = ""
        if kind is op.SUBPATTERN or (kind in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0] > 0):
            options.append(_needed(value[-1]))
        elif kind is op.BRANCH:
            branches = [_needed(branch) for branch in value[1]]
            options.append(frozenset().union(*branches) if all(branches) else frozenset())
    options.append(frozenset({run} - {""}))
    return max(options, key=lambda words: (min(map(len, words), default=0), -len(words)))
