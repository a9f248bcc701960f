"""The comment below a question: slug, difficulty and tags. Markdown viewers hide it."""

import re
from typing import NamedTuple

from questions.bank.model import BankProblem

DIFFICULTIES = ("easy", "medium", "hard")
SLUG_LENGTH = 100

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEYS = ("slug", "difficulty", "tags")
LOOKS_LIKE_METADATA = re.compile(r"\s*<!--\s*(?:slug|difficulty|tags)\s*:", re.IGNORECASE)


class Metadata(NamedTuple):
    slug: str = ""
    difficulty: str = "medium"
    tags: tuple[str, ...] = ()


def read_metadata(body: str, line: int) -> Metadata:
    """What the comment says; items are parted by semicolons or lines. Raises BankProblem."""
    found: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in re.split(r"[;\n]", body))):
        key, colon, value = (part.strip() for part in item.partition(":"))
        if not colon:
            raise BankProblem(line, f"“{item}” is not of the form “key: value”.")
        if key.lower() not in _KEYS:
            raise BankProblem(line, f"“{key}” is not known here: slug, difficulty and tags are.")
        if key.lower() in found:
            raise BankProblem(line, f"“{key}” is given twice.")
        found[key.lower()] = value
    difficulty = found.get("difficulty", "medium").lower()
    if difficulty not in DIFFICULTIES:
        raise BankProblem(line, f"The difficulty “{difficulty}” is none of {', '.join(DIFFICULTIES)}.")
    slug = found.get("slug", "")
    if slug and not is_slug(slug):
        raise BankProblem(
            line, f"“{slug}” is no slug: small letters, digits and single hyphens, {SLUG_LENGTH} at most."
        )
    tags = tuple(tag.strip() for tag in found.get("tags", "").split(",") if tag.strip())
    return Metadata(slug, difficulty, tags)


def is_slug(text: str) -> bool:
    return bool(_SLUG.fullmatch(text)) and len(text) <= SLUG_LENGTH
