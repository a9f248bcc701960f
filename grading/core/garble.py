"""Stretches of an answer that no person writes for a reader: random letters and signs, suffixes found by search.

Attacks on judges end in such noise. It is told from code, formulas and other languages by what those do not have:
brackets that close before they open, signs next to one another that stand so in no language, letters in an order that
no word has. One such chunk is a typo or a regular expression; a line full of them is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

FEW = (
    3  # odd chunks (of text between spaces) from which a line is noise where it has next to nothing else, and
)
MOST = 0.6  # what share of its chunks that is
SEVERAL = 4  # odd chunks, of several kinds, from which it is noise, and
MANY = 0.3  # what share of its chunks they are then
EDGE = 3  # chunks beside the noise that go with it


class Oddity(StrEnum):
    """What is odd about a chunk."""

    LETTERS = "letters in an order that no word has"
    UNUSUAL = "two letters side by side that stand so in few words"
    SIGNS = "signs that stand side by side in no language"
    BRACKETS = "brackets without a partner"
    JOINT = "words joined by signs that join none"
    REPEATED = "the same word again"


# For each letter those that follow it in hardly any word: in fewer than 1 of 20,000 pairs of English documentation.
_RARE_LETTERS = {
    "b": "gqvwx", "c": "jxz", "d": "qxz", "f": "bhjkqvxz", "g": "jkqwx", "h": "ghjkqvwx", "i": "hwy",
    "j": "bcdfghjklmnpqrtvwxyz", "k": "kqvxz", "l": "qwxz", "m": "hjqwxz", "n": "q", "o": "q", "p": "jqz",
    "q": "bcdefghjkmnopqrtvwxyz", "r": "jqxz", "s": "z", "t": "jq", "u": "hjqvw", "v": "bdgjklnpqruvwxyz",
    "w": "cgjmquvwxyz", "x": "gjknqvwz", "y": "hjkq", "z": "bcdfghjklmnpqruvwx",
}  # fmt: skip
# For each sign those that follow it in hardly any source file of some twenty languages and notations.
_RARE_SIGNS = {
    "!": "#$%&+,.:;<>?@]^{|}~", '"': "~", "#": "$%&()+-;<=?@[]^`{|}~", "$": "%&+,-.:=>[]^`|}~",
    "%": '!"$&*+:<=?@]^_`{|~', "&": '!"#$%*+,-./:;<>?@[]^`{|}~', "(": ",=>]^|}~", ")": "!%=@^~", "*": "#%&+<?@]^{|~",
    "+": "!#&*<>?@^_`|}~", ",": "!#(*+/:;=>?@]^_`{|}~", "-": "!#&,:<?^~", ".": "&;=?^|~", "/": "!&:?@|~",
    ":": "!#&+,>@^|}~", ";": "!#$%&(*+,-./:=>?@[]^_`{|}~", "<": '"$&()*+.:;?[]^`{|}~', "=": "!#&)*:;?@]^|}",
    ">": "!#$*+-?@^{}~", "?": "#%&(*+,-/;<=>@]^_`{|}~", "@": "!#$%&()*+,.:;<=?@[^`|~", "[": "&)+/;=>?|}~",
    "\\": "!#%&,:;<=>?@^`{|}~", "]": "!#$%&-<@^_|~", "^": '!"#%&)*+,/:;<=>?]^_`{|}~', "_": "!$%&+=>?@^|~",
    "`": "!&+=?^|}", "{": "!&()*+,-./:;<=>?@[]^`|~", "|": "!#$%&)*+/;<>?@]^_`{}~", "}": "!#%&*+<=>?@^|~",
    "~": '!"#$%&)*+,-.:;<=?@[]^_`{|}',
}  # fmt: skip


def _any_pair(table: dict[str, str]) -> re.Pattern[str]:
    return re.compile("(?=" + "|".join(f"{re.escape(a)}[{re.escape(b)}]" for a, b in table.items()) + ")")


_RARE_PAIR, _RARE_SIGN = _any_pair(_RARE_LETTERS), _any_pair(_RARE_SIGNS)
_LONG_RUN = re.compile(r"([;%&@$])\1{3,}")
_JOINT = re.compile(
    r"[A-Za-z][.,;:!?]\\(?:\s|$)|[A-Za-z][.,;:!?]+[\])}]+[\[({]|[A-Za-z]{3}\*\*[A-Z]+\b(?!\*)|[:;][)(][a-z]{2}|[a-z]{2}#{3}"
)
_WORD = re.compile(r"[A-Za-z]+")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")  # of a keyboard
_VOWELS = frozenset("aeiouy")
_KNOWN = frozenset("amqp amqps fqdn jdbc jndi jsx lzma noqa wsgi www xhtml xvfb xzcat zmq zsh".split())
_CHUNK = re.compile(r"\S+")
_BRACKET = re.compile(r"\\.|(?<!\w)[:;=8]-?[()\[\]]+(?!\w)|[()\[\]{}]")
_ITEM = re.compile(r"(?:^|\s)\w{1,3}$")  # "a)", "12)"
_LATEX = re.compile(r"\$\$?[^$\n]*\\[a-zA-Z]+[^$\n]*\$\$?")  # a formula
_CLOSES = {")": "([", "]": "[(", "}": "{"}  # "[0, n)" is an interval
_FENCED = re.compile(r"^(`{3,}|~{3,})[^\n]*\n.*?(?:^\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
# Without one of these a line is not looked at: two signs side by side, or four consonants.
_MAYBE = re.compile(r"[^\w\s]{2}|[b-df-hj-np-tv-xzB-DF-HJ-NP-TV-XZ]{4}")


def garbled_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every stretch of noise, in order; at most one a line. Fenced blocks are not looked at."""
    if not _MAYBE.search(text):
        return []
    fences = [match.span() for match in _FENCED.finditer(text)] if "```" in text or "~~~" in text else []
    loose: frozenset[int] | None = None
    found: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if _MAYBE.search(line) and not any(a <= start < b for a, b in fences):
            loose = loose_brackets(text) if loose is None else loose
            plain = _LATEX.sub(_blank, line) if "$" in line else line
            chunks = [(start + m.start(), start + m.end()) for m in _CHUNK.finditer(plain)]
            if noise := _noise(text, chunks, loose):
                found.append(noise)
        start = end + 1
    return found


def _blank(formula: re.Match[str]) -> str:
    return " " * len(formula.group())


def is_odd(sentence: str) -> bool:
    """Whether a single chunk of it is odd beyond doubt."""
    certain = (Oddity.LETTERS, Oddity.SIGNS, Oddity.JOINT)
    return any(_oddity(chunk, "", is_loose=False) in certain for chunk in sentence.split())


def _noise(text: str, chunks: list[tuple[int, int]], loose: frozenset[int]) -> tuple[int, int] | None:
    """From the first odd chunk to the last one, and what hangs on to them, if that is noise."""
    odd: dict[int, Oddity] = {}
    for i, (start, end) in enumerate(chunks):
        before = text[slice(*chunks[i - 1])] if i else ""
        if oddity := _oddity(
            text[start:end], before, is_loose=bool(loose) and any(start <= place < end for place in loose)
        ):
            odd[i] = oddity
    if len(odd) < FEW:
        return None
    first, last = min(odd), max(odd)
    kinds, share = set(odd.values()), len(odd) / (last - first + 1)
    by_itself = share >= MOST and not kinds <= {Oddity.REPEATED, Oddity.BRACKETS, Oddity.UNUSUAL}
    if not by_itself and (len(kinds) == 1 or len(odd) < SEVERAL or share < MANY):
        return None
    first = _first(text, chunks, first)
    return chunks[first][0], chunks[last if len(chunks) - 1 - last > EDGE else -1][1]


def _first(text: str, chunks: list[tuple[int, int]], odd: int) -> int:
    """Where the noise begins whose first odd chunk this is: with a sentence, or with signs before it."""
    for i in range(odd, max(-1, odd - EDGE - 2), -1):
        if i == 0 or _ENDS.search(text[slice(*chunks[i - 1])]):
            return i
    while odd and not any(char.isalnum() for char in text[slice(*chunks[odd - 1])]):
        odd -= 1
    return odd


_ENDS = re.compile(r"\w[.?!:]$|\w[.?!]?\)[.?!]?$")  # a sentence


def _oddity(chunk: str, before: str, *, is_loose: bool) -> Oddity | None:
    if _RARE_SIGN.search(chunk) or _LONG_RUN.search(chunk) or _has_symbols(chunk):
        return Oddity.SIGNS
    if _JOINT.search(chunk):
        return Oddity.JOINT
    if is_loose:
        return Oddity.BRACKETS
    if chunk == before and len(chunk) > 3 and chunk.isalpha():
        return Oddity.REPEATED
    letters = {_letters(word) for word in _WORD.findall(chunk)}
    return (
        Oddity.LETTERS if Oddity.LETTERS in letters else Oddity.UNUSUAL if Oddity.UNUSUAL in letters else None
    )


def _letters(word: str) -> Oddity | None:
    """Whether letters stand in an order that no word has; abbreviations are none."""
    if len(word) < 4 or (word.isupper() and len(word) < 7):
        return None
    lowered = word.lower()
    if lowered in _KNOWN:
        return None
    if any(lowered in row or lowered[::-1] in row for row in _ROWS):
        return Oddity.LETTERS
    rare = len(_RARE_PAIR.findall(lowered))
    if rare >= 2 or (rare and _VOWELS.isdisjoint(lowered)):
        return Oddity.LETTERS
    return Oddity.UNUSUAL if rare else None


def _has_symbols(chunk: str) -> bool:
    """Whether three different symbols that are neither letters nor pictures stand side by side, beyond ASCII."""
    if chunk.isascii():
        return False
    run: list[str] = []
    for char in chunk:
        is_symbol = "\x7f" < char < "\u2500" and unicodedata.category(char)[0] in "SP"
        run = [*run, char] if is_symbol else []
        if len(set(run)) >= 3:
            return True
    return False


def loose_brackets(text: str) -> frozenset[int]:
    """Where brackets stand without a partner; list numbers ("a)"), smileys and escaped ones are none."""
    brackets = [match for match in _BRACKET.finditer(text) if len(match.group()) == 1]
    return frozenset(place for place in _loose(brackets) if not _ITEM.search(text, max(0, place - 4), place))


def _loose(brackets: Iterable[re.Match[str]]) -> Iterator[int]:
    open_ones: list[tuple[str, int]] = []
    for match in brackets:
        bracket = match.group()
        if bracket not in _CLOSES:
            open_ones.append((bracket, match.start()))
        elif open_ones and open_ones[-1][0] in _CLOSES[bracket]:
            open_ones.pop()
        else:
            yield match.start()
    yield from (place for _, place in open_ones)
