"""An answer as readers see it: cut where evidence begins and ends, and where code does; nothing turns it around."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from grading.models import Verdict
from interview_site.accounts.names import TURNING

# Where two quotes overlap, the one that the reader should see first wins.
MARK_ORDER = (Verdict.CONTRADICTED, Verdict.MET, Verdict.PARTIAL, Verdict.UNSURE, Verdict.UNMET)
# Markdown's: a line of three or more, up to the next such line or to the end.
_FENCED = re.compile(
    r"^ {0,3}(`{3,}(?=[^\n`]*$)|~{3,})[^\n]*(?:\n(?! {0,3}\1)[^\n]*)*(?:\n {0,3}\1[^\n]*)?", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the answer. verdict is "" where nothing was quoted; numbers are those of the criteria."""

    text: str
    verdict: str = ""
    numbers: tuple[int, ...] = ()
    is_code: bool = False

    @property
    def html(self) -> SafeString:
        shown = visible(self.text)
        return mark_safe(f'<span class="mono">{shown}</span>') if self.is_code else shown  # noqa: S308


def visible(text: str) -> SafeString:
    """text with a small sign for each invisible character that would turn what follows back to front.

    A grader reads the words in the order in which they stand; a person has to see the same.
    """
    return mark_safe(TURNING.sub(_sign, escape(text)))  # noqa: S308


def _sign(found: re.Match[str]) -> str:
    title = f"An invisible character that turns text around, U+{ord(found[0]):04X}"
    return f'<span class="turning" title="{title}">⇄</span>'


def marked(
    text: str, verdicts: Mapping[int, str], spans: Sequence[tuple[int, int, int]]
) -> tuple[Segment, ...]:
    """text cut at the edges of spans and of fenced code; every character comes once, in order.

    Spans are (start, end, criterion number); verdicts are by criterion number.
    """
    inside = [(max(0, start), min(len(text), end), number) for start, end, number in spans]
    code = [found.span() for found in _FENCED.finditer(text)]
    edges = sorted(
        {
            0,
            len(text),
            *(edge for start, end, _ in inside for edge in (start, end)),
            *(e for c in code for e in c),
        }
    )
    begins = [start for start, _ in code]
    segments = []
    for left, right in pairwise(edges):
        covering = [number for start, end, number in inside if start <= left and right <= end]
        verdict = min((Verdict(verdicts[n]) for n in covering), key=MARK_ORDER.index, default=None)
        # The number stands where its quote ends.
        numbers = tuple(sorted({number for _, end, number in inside if end == right and number in covering}))
        # Blocks of code do not overlap. A candidate can type thousands, so they are not all looked at for each piece.
        before = bisect_right(begins, left)
        is_code = before > 0 and right <= code[before - 1][1]
        segments.append(Segment(text[left:right], verdict.value if verdict else "", numbers, is_code))
    return tuple(segments)
