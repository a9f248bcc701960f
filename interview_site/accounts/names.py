"""What people may call themselves: their names stand in other people's lists."""

import re

from django.core.exceptions import ValidationError

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"  # letters by their category, and nothing to see


def plain_name(text: str) -> str:
    """A name without the invisible characters that turn what stands around it back to front."""
    return _TURNING.sub("", text).strip()


def readable_name(text: str, complaint: str) -> str:
    """A plain name with something to read in it; raises ValidationError with the complaint where there is nothing."""
    name = plain_name(text)
    if not any(character.isalnum() and character not in _BLANK_LETTERS for character in name):
        raise ValidationError(complaint)
    return name
