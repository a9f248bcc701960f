"""A model's text → verdicts, or GradeParseError. Tolerant of wrapping and of what is missing; never of doubt."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from grading.core.assessment import Verdict

MAX_QUOTES = 5
MAX_TEXT = 600  # characters of a rationale, a strength, a probe

_CONFIDENCE = {"low": 0.4, "medium": 0.7, "high": 0.9}
_SPOKEN = {
    "met": Verdict.MET,
    "fully met": Verdict.MET,
    "partial": Verdict.PARTIAL,
    "partially met": Verdict.PARTIAL,
    "partly met": Verdict.PARTIAL,
    "unmet": Verdict.UNMET,
    "not met": Verdict.UNMET,
    "contradicted": Verdict.CONTRADICTED,
    "unsure": Verdict.UNSURE,
}
_THOUGHTS_END = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
MAX_ENDS = 20  # such tags that are looked at


class GradeParseError(ValueError):
    """The text holds no verdicts, or more than one set of them."""


@dataclass(frozen=True, slots=True)
class RawVerdict:
    """What the model said of one criterion, unchecked. confidence is 0..1, made from its word for it."""

    key: str
    verdict: Verdict
    quotes: tuple[str, ...] = ()
    rationale: str = ""
    confidence: float = 0.4


@dataclass(frozen=True, slots=True)
class Parsed:
    """A reply. Criteria that it left out are unsure; keys that were not asked for are gone."""

    verdicts: dict[str, RawVerdict]
    strengths: tuple[str, ...] = ()
    study: tuple[str, ...] = ()
    probe_key: str = ""
    probe: str = ""
    missing: tuple[str, ...] = field(default=())


def parse(text: str, keys: Collection[str]) -> Parsed:
    """The verdicts on these keys. Raises GradeParseError where there is not one of them, or where two objects in
    the text both hold verdicts and differ: nobody can say which one the model meant.
    """
    candidates = _candidates(text, keys)
    if not candidates:
        raise GradeParseError("The reply holds no verdicts.")
    if any(other != candidates[0] for other in candidates[1:]):
        raise GradeParseError("The reply holds several sets of verdicts.")
    reply = candidates[0]
    verdicts: dict[str, RawVerdict] = {}
    for row in _rows(reply, keys):
        said = _verdict(row)
        before = verdicts.get(said.key)
        if before is not None and before.verdict is not said.verdict:
            said = RawVerdict(said.key, Verdict.UNSURE)  # it says two things of one criterion
        verdicts[said.key] = said
    missing = tuple(key for key in keys if key not in verdicts)
    for key in missing:
        verdicts[key] = RawVerdict(key, Verdict.UNSURE)
    probe = reply.get("probe")
    probe = probe if isinstance(probe, dict) else {}
    return Parsed(
        verdicts=verdicts,
        strengths=_texts(reply.get("strengths"), 2),
        study=_texts(reply.get("study"), 3),
        probe_key=_text(probe.get("key")),
        probe=_text(probe.get("question")),
        missing=missing,
    )


def _candidates(text: str, keys: Collection[str]) -> list[dict[str, Any]]:
    """The objects with verdicts after the model's thoughts. These come first, often without their opening tag, which
    belongs to the prompt then; and a quote may hold such a tag as well.
    """
    ends = [] if text.lstrip().startswith("{") else [tag.end() for tag in _THOUGHTS_END.finditer(text)]
    for start in [*reversed(ends[-MAX_ENDS:]), 0]:
        if found := [one for one in _objects(text[start:]) if _rows(one, keys)]:
            return found
    return []


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object without the names to which it gives two different values."""
    found: dict[str, Any] = {}
    twice = set()
    for name, value in pairs:
        if name in found and found[name] != value:
            twice.add(name)
        found[name] = value
    return {name: value for name, value in found.items() if name not in twice}


def _objects(text: str) -> list[dict[str, Any]]:
    """The outermost JSON objects in a text, whatever stands around them."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_once)
    found: list[dict[str, Any]] = []
    position = text.find("{")
    while position != -1:
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            position = text.find("{", position + 1)
            continue
        if isinstance(value, dict):
            found.append(value)
        position = text.find("{", end)
    return found


def _rows(reply: dict[str, Any], keys: Collection[str]) -> list[dict[str, Any]]:
    """The rows about criteria that were asked for; a mapping from key to row will do as well as a list."""
    rows = reply.get("criteria")
    if isinstance(rows, dict):
        rows = [{"key": key, **row} for key, row in rows.items() if isinstance(row, dict)]
    if not isinstance(rows, list):
        return []
    return [row for row in rows if isinstance(row, dict) and row.get("key") in keys and "verdict" in row]


def _verdict(row: dict[str, Any]) -> RawVerdict:
    said = row["verdict"]
    spoken = " ".join(said.lower().replace("_", " ").split()) if isinstance(said, str) else ""
    quotes = row.get("quotes")
    quotes = [quotes] if isinstance(quotes, str) else quotes if isinstance(quotes, list) else []
    word = row.get("confidence")
    return RawVerdict(
        key=row["key"],
        verdict=_SPOKEN.get(spoken, Verdict.UNSURE),
        quotes=tuple(quote for quote in quotes if isinstance(quote, str) and quote.strip())[:MAX_QUOTES],
        rationale=_text(row.get("rationale")),
        confidence=_CONFIDENCE.get(word.lower() if isinstance(word, str) else "", 0.4),
    )


def _text(value: object) -> str:
    """One line of text, printable and not too long; anything else is nothing."""
    if not isinstance(value, str):
        return ""
    line = " ".join("".join(char for char in value if char.isprintable() or char.isspace()).split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1].rstrip() + "…"


def _texts(values: object, limit: int) -> tuple[str, ...]:
    if not isinstance(values, list):
        return ()
    return tuple(text for value in values if (text := _text(value)))[:limit]
