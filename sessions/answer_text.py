"""What a typed answer becomes before it is stored: line ends, and characters that no database should see."""

import re
import unicodedata

# Everything that C0 and C1 control except tab and line feed; lone surrogates cannot be stored as UTF-8.
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# What shows nothing: format characters (zero-width, bidi controls, soft hyphen), separators, and blank letters.
_BLANK_CATEGORIES = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"})
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def cleaned(text: str) -> str:
    """text with Unix line ends, without control characters. Everything else stays as typed."""
    return _UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_blank(text: str) -> bool:
    """Whether a person would see nothing, invisible characters included."""
    return all(unicodedata.category(c) in _BLANK_CATEGORIES or c in _BLANK_LETTERS for c in text)
