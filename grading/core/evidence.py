"""Evidence: a quote must occur in the answer, and must say more than the question does."""

import re
from functools import lru_cache

from grading.core.assessment import Span
from grading.core.text import stem

# Everything that people and models use for one another around words and code.
_QUOTE_CHARACTERS = frozenset("'\"`´‘’‚‛“”„‟′″‹›«»＂＇")
_QUOTE = "'"

_WORD = re.compile(r"\w+|[=!<>]=|\S")

# Words that say nothing on their own. No negation and no quantity is among them: those carry a claim.
_FUNCTION_WORDS = frozenset(
    """a an and are as at be been being but by can could did do does for from had has have how i if in into is
    it its me my of on or our she so such than that the their them then there these they this those to us was we
    were what when where which who whose why will with would you your""".split()
)


def find_quote(quote: str, answer: str) -> Span | None:
    """Where the quote stands in the answer, word for word, or None.

    Only white space (any run equals any other), quote characters and case may differ; quote characters around
    the quote are dropped. The quote may not begin or end inside a word. Offsets count code points of the answer
    exactly as submitted, and the span's text is the answer's own.
    """
    wanted = "".join(char for char, _, _ in _folded(quote)).strip(" " + _QUOTE)
    if not wanted:
        return None
    folded = _folded(answer)
    haystack = "".join(char for char, _, _ in folded)
    position = haystack.find(wanted)
    while position != -1:
        first, last = folded[position], folded[position + len(wanted) - 1]
        start, end = first[1], last[2]
        # A character may fold to several ("ß" to "ss"): the match must not begin or end within one.
        whole = (position == 0 or folded[position - 1][1] != start) and (
            position + len(wanted) == len(folded) or folded[position + len(wanted)][1] != last[1]
        )
        if whole and not _cuts_word(answer, start) and not _cuts_word(answer, end):
            return Span(start, end, answer[start:end])
        position = haystack.find(wanted, position + 1)
    return None


def only_echoes(quote: str, question: str) -> bool:
    """Whether the quote merely repeats the question: its words, stemmed and without function words, stand in the
    question in the same order. A negation, a number or one new word makes it a claim. A quote of function words
    alone echoes only when the question contains it as it stands.
    """
    said = _content(quote)
    if not said:
        return find_quote(quote, question) is not None
    asked = iter(_content(question))
    return all(word in asked for word in said)  # consumes the iterator: a subsequence test


def _folded(text: str) -> list[tuple[str, int, int]]:
    """Characters for comparison, each with the start and end of what it stands for in the text."""
    folded: list[tuple[str, int, int]] = []
    for index, char in enumerate(text):
        if char.isspace():
            if folded and folded[-1][0] == " ":
                folded[-1] = (" ", folded[-1][1], index + 1)
            else:
                folded.append((" ", index, index + 1))
        elif char in _QUOTE_CHARACTERS:
            folded.append((_QUOTE, index, index + 1))
        else:
            folded.extend((piece, index, index + 1) for piece in char.casefold())
    return folded


def _cuts_word(text: str, offset: int) -> bool:
    """Whether a word goes on across the offset. Scripts without spaces between words are never cut."""
    if not 0 < offset < len(text):
        return False
    before, after = text[offset - 1], text[offset]
    return all((char.isalnum() or char == "_") and ord(char) < 0x2E80 for char in (before, after))


@lru_cache(maxsize=1024)
def _content(text: str) -> tuple[str, ...]:
    """Stemmed words and operators in order; function words count only in backticks, where they are code."""
    code = {word.lower() for snippet in re.findall(r"`([^`]+)`", text) for word in _WORD.findall(snippet)}
    words = []
    for word in _WORD.findall(text.lower()):
        if not (word[0].isalnum() or word[0] == "_" or len(word) == 2):
            continue
        if word in _FUNCTION_WORDS and word not in code:
            continue
        words.append(word)
    return tuple(stem(word) for word in words)
