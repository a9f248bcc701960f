"""What a font cannot draw: it is named instead of being printed as rows of empty boxes."""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from itertools import groupby
from typing import Any

# Without a shape of their own: nothing is missing where the font lacks them.
_INVISIBLE = {"Cf", "Mn", "Me", "Cc"}


def drawable(data: Any, glyphs: Container[int]) -> Any:
    """Plain data in whose texts each run of characters that glyphs (code points) lacks is “[3 characters]”.

    Line ends and tabs stay; what is invisible anyhow is dropped where the font lacks it.
    """
    if isinstance(data, str):
        return _drawable(data, glyphs)
    if isinstance(data, dict):
        return {key: drawable(value, glyphs) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [drawable(value, glyphs) for value in data]
    return data


def _drawable(text: str, glyphs: Container[int]) -> str:
    def is_known(character: str) -> bool:
        return character in "\n\t" or ord(character) in glyphs

    kept = (one for one in text if is_known(one) or unicodedata.category(one) not in _INVISIBLE)
    return "".join(
        "".join(run) if known else _named(sum(1 for _ in run)) for known, run in groupby(kept, is_known)
    )


def _named(count: int) -> str:
    return "[1 character]" if count == 1 else f"[{count} characters]"
