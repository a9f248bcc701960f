"""The answer as graders get to read it: without invisible characters and without what speaks to the grader."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from grading.core.assessment import Assessment, Span
from grading.core.evidence import find_quote
from grading.core.garble import garbled_spans
from grading.core.instructions import instruction_spans, list_spans, merged
from grading.core.text import without_invisible

INSTRUCTION_FLAG = "instruction_like"
LIST_FLAG = "stuffing"
GARBLED_FLAG = "garbled"


@dataclass(frozen=True, slots=True)
class ReadingCopy:
    """text is what is read; offsets[i] is where its character i stands in the answer as submitted.

    removed are the stretches that are not read: they speak to the grader, only string words together, or are noise.
    """

    answer: str
    text: str
    offsets: Sequence[int]
    removed: tuple[tuple[int, int], ...]
    speaks: bool = False
    strings_words: bool = False
    is_garbled: bool = False

    def find(self, quote: str) -> Span | None:
        """The quote's place in the answer as submitted; None where it is not there, or reaches over a gap."""
        found = find_quote(quote, self.text)
        if found is None:
            return None
        start, end = self.offsets[found.start], self.offsets[found.end - 1] + 1
        if any(start < gap_end and gap_start < end for gap_start, gap_end in self.removed):
            return None
        return Span(start, end, self.answer[start:end])

    @property
    def flags(self) -> tuple[str, ...]:
        named = (
            (INSTRUCTION_FLAG, self.speaks),
            (LIST_FLAG, self.strings_words),
            (GARBLED_FLAG, self.is_garbled),
        )
        return tuple(flag for flag, is_there in named if is_there)

    def originals(self, span: Span) -> tuple[Span, ...]:
        """A span of the copy in the answer as submitted: in pieces where something was taken out of its middle."""
        start, end = self.offsets[span.start], self.offsets[span.end - 1] + 1
        edges = [start]
        for gap_start, gap_end in self.removed:
            if start < gap_start and gap_end < end:
                edges += [gap_start, gap_end]
        edges.append(end)
        pieces = zip(edges[::2], edges[1::2], strict=True)
        return tuple(Span(a, b, self.answer[a:b]) for a, b in pieces if self.answer[a:b].strip())


def regardless(grade: Callable[[str], Assessment], answer: str) -> Assessment:
    """grade, as if nothing in the answer spoke to the grader: it gets the copy, and its spans are led back to the
    answer as submitted. Flags are those of the answer as submitted, and what was taken out.
    """
    copy = reading_copy(answer)
    if not copy.removed:
        assessment = grade(answer)
        return replace(assessment, flags=(*assessment.flags, *copy.flags)) if copy.flags else assessment
    judged = grade(copy.text)
    flags = dict.fromkeys((*grade(answer).flags, *judged.flags, *copy.flags))
    criteria = tuple(
        replace(one, evidence=tuple(piece for span in one.evidence for piece in copy.originals(span)))
        for one in judged.criteria
    )
    return replace(judged, criteria=criteria, flags=tuple(flags))


@lru_cache(maxsize=128)
def reading_copy(answer: str) -> ReadingCopy:
    """What is left of an answer when the instructions are taken out; look-alike letters become plain ones."""
    clean, kept = without_invisible(answer)
    offsets: Sequence[int] = range(len(clean)) if kept is None else kept
    clean = _without_disguise(clean)
    instructions, lists, noise = instruction_spans(clean), list_spans(clean), garbled_spans(clean)
    gaps = merged([*instructions, *lists, *noise])
    if noise and not _is_left(clean, gaps):  # what is nothing but noise may as well be read
        gaps = merged([*instructions, *lists])
    if not gaps:
        return ReadingCopy(answer, clean, offsets, (), is_garbled=bool(noise))
    text: list[str] = []
    places: list[int] = []
    position = 0
    for start, end in [*gaps, (len(clean), len(clean))]:
        text.append(clean[position:start])
        places.extend(offsets[position:start])
        position = end
    removed = tuple((offsets[start], offsets[end - 1] + 1) for start, end in gaps if start < end)
    return ReadingCopy(
        answer, "".join(text), tuple(places), removed, bool(instructions), bool(lists), bool(noise)
    )


def _is_left(text: str, gaps: Sequence[tuple[int, int]]) -> bool:
    ends, starts = [0, *(end for _, end in gaps)], [*(start for start, _ in gaps), len(text)]
    return any(not text[a:b].isspace() and a < b for a, b in zip(ends, starts, strict=True))


# Letters of other scripts that pass for Latin ones.
_LOOK_ALIKES = str.maketrans(
    "аеіорсухѕјԁһԛԝАВЕНІЈКМОРСТХҮοανρτυκιΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeiopcyxsjdhqwABEHIJKMOPCTXYoavptukiABEZHIKMNOPTYX",
)
_LETTERS = re.compile(r"[^\W\d_]+")


def _without_disguise(text: str) -> str:
    """Full-width, mathematical and look-alike letters made plain, one character for one, so that offsets hold.

    A word is taken for disguised where it mixes plain letters with look-alikes.
    """
    if text.isascii():
        return text
    plain = "".join(_plain(char) for char in text)
    return _LETTERS.sub(lambda word: _undisguised(word.group()), plain)


def _undisguised(word: str) -> str:
    if word.isascii() or not any(char.isascii() for char in word):
        return word
    return word.translate(_LOOK_ALIKES)


def _plain(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 and folded.isascii() else char
