"""Lines of a bank: where code fences begin and end, and what is a heading."""

import re
from typing import NamedTuple


class Line(NamedTuple):
    """One line of a file. Lines inside a code fence, and the fence itself, are code."""

    number: int
    text: str
    is_code: bool


class Heading(NamedTuple):
    level: int
    text: str


_FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})(?P<info>.*)$")
_HEADING = re.compile(r"^(?P<marks>#{1,6})[ \t]+(?P<text>\S.*)$")
_MOST_UNCLOSED = 20  # beyond that a file is not worth another pass


def lines_of(text: str) -> tuple[list[Line], frozenset[int]]:
    """The lines, and the numbers of those that open a code fence which is never closed.

    Such a line opens nothing: what follows it is read as if it were not there, so that it takes no other question
    along.
    """
    texts = re.split(r"\r\n|\n|\r", text)
    unclosed: set[int] = set()
    while True:
        lines, opened = _marked(texts, unclosed)
        if opened:
            unclosed.add(opened)
        if not opened or len(unclosed) > _MOST_UNCLOSED:
            return lines, frozenset(unclosed)


def _marked(texts: list[str], ignored: set[int]) -> tuple[list[Line], int]:
    """The lines, and the number of the one whose fence is still open at the end; 0 where none is."""
    lines: list[Line] = []
    fence, opened = "", 0
    for number, text in enumerate(texts, start=1):
        match = _FENCE.match(text)
        if fence:
            lines.append(Line(number, text, is_code=True))
            if match and match["mark"].startswith(fence) and not match["info"].strip():
                fence, opened = "", 0
        elif match and number not in ignored and not (match["mark"][0] == "`" and "`" in match["info"]):
            fence, opened = match["mark"], number
            lines.append(Line(number, text, is_code=True))
        else:
            lines.append(Line(number, text, is_code=False))
    return lines, opened


def heading_of(line: Line) -> Heading | None:
    """The heading that the line is, without the # that may close it; None inside code."""
    match = None if line.is_code else _HEADING.match(line.text)
    if not match:
        return None
    text = match["text"].rstrip(" \t")
    without = text.rstrip("#")
    if without != text and without[-1:] in {" ", "\t"}:
        text = without.rstrip(" \t")
    return Heading(len(match["marks"]), text)
