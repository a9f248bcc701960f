"""What stands in other people's lists and pages: names, titles, and texts that turn nothing around."""

import re

from django.core.exceptions import ValidationError

# Embeddings, overrides, isolates: what stands after them is shown back to front, on other people's pages as well.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Directional marks turn nothing around, but belong in no name.
_MARKS = re.compile("[\u200e\u200f]")
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"  # letters by their category, and nothing to see


def plain_text(text: str) -> str:
    """A reason, a note or a message without them."""
    return TURNING.sub("", text)


def plain_name(text: str) -> str:
    """A name without the invisible characters that turn what stands around it back to front."""
    return _MARKS.sub("", plain_text(text)).strip()


def readable_name(text: str, complaint: str) -> str:
    """A plain name with something to read in it; raises ValidationError with the complaint where there is nothing."""
    name = plain_name(text)
    if not any(character.isalnum() and character not in _BLANK_LETTERS for character in name):
        raise ValidationError(complaint)
    return name
