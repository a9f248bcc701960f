"""Text as the offline grader sees it: tokens with offsets, stems, sentences and clauses, quotes."""

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import pairwise
from typing import NamedTuple

import snowballstemmer

from grading.core.assessment import Span


class Token(NamedTuple):
    """One word, number or operator. answer[start:end] is what was written; text is it in lower case."""

    text: str
    stem: str
    start: int
    end: int


class Sentence(NamedTuple):
    """A stretch of text with the tokens in it; offsets are code points of the text as it was given."""

    start: int
    end: int
    tokens: tuple[Token, ...]


# Characters that nobody sees and that change what a matcher sees: zero-width, bidi controls, soft hyphen, tags.
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
                       "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]")  # fmt: skip

_TOKEN = re.compile(
    r"""
    (?P<word>[^\W\d_]+(?:['’](?:t|s|re|ve|ll|d|m)\b)?(?:\d+(?![^\W\d_]))?)   # don't, utf8, sha256
  | (?P<number>\d+(?:\.\d+)*)
  | (?P<operator>[=!<>]=|\*{1,2}|->|:=|<<|>>|&&|\|\||[<>%@^+=])
    """,
    re.VERBOSE,
)
# `is` is a word of the language and of the trade; these neighbours tell them apart where nobody wrote backticks.
_OPERATOR_AFTER = re.compile(
    r"\s+(?:compar|check|test|look|ask|operator|keyword|evaluat|return|care"
    r"|only\s+(?:compar|check|care)|(?:not\s+)?None\b)",
    re.IGNORECASE,
)
_OPERATOR_BEFORE = re.compile(
    r"(?:\b(?:use|using|uses|used|with|operator|and|vs|prefer|while|whereas)|[\"'])\s*$", re.IGNORECASE
)
_AFTER_USE = re.compile(r"\s+(?:for|when|if|only|to|None|instead|with|on)\b|[\"']|\s*[.,;)]")
# "no-cache" is a name and denies nothing.
NAMED_NO = "no-"
_NAME_AFTER = re.compile(r"-(?!one\b)[^\W\d_]", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

STOPWORDS = frozenset(
    """a about above actually again all already also although am an and any anyway are as at be became because
    become becomes been before being below between both but by came can can't cannot could did didn't do does
    doesn't doing don't done dunder each either else etc even ever example few for from further gave get gets
    getting give given gives go goes going got had has have having he hence her here hers him his how however i
    i'd i'll i'm i've if in instead into is isn't it it's its itself just kind let let's like lot lots made make
    makes making many may maybe me might mine more moreover most much must my myself namely neither nor now of
    off on once one ones only onto or other others otherwise our ours out over own perhaps per please quite
    rather really said same say says see seem seems shall she should simply since so some something sometimes
    somewhere still such sure take takes than that that's the their theirs them themselves then there thereby
    therefore these they they're thing things this those though through thus to together too toward towards
    under until up upon us use used uses using usually very via want wants was wasn't way ways we well went
    were weren't what whatever when whenever where whereas wherever whether which while every who whole whom whose why
    will with within without won't would yet you you'd you'll you're your yours yourself e g s t vs ie eg im ive dont
    doesnt isnt cant wont didnt thats""".split()
) - {
    "same",
    "before",
    "one",
    "all",
    "each",
    "both",
    "only",
    "more",
    "most",
    "user",
    "without",
    "after",
    "now",
}

_stemmer = snowballstemmer.stemmer("english")
_stemmer_lock = threading.Lock()  # the stemmer keeps its word in itself
_FIXED_STEMS = {"hashable": "hashabl", "hashed": "hash", "hashes": "hash", "classes": "class", "ran": "run",
                "dependencies": "depend", "dependency": "depend", "kept": "keep", "held": "hold", "sent": "send",
                "stored": "store", "built": "build", "lost": "lose", "written": "write", "wrote": "write",
                "chosen": "choos", "chose": "choos", "thrown": "throw", "threw": "throw", "found": "find",
                "indices": "index", "matrices": "matrix", "vertices": "vertex", "children": "child",
                "broke": "break", "broken": "break", "taken": "take", "bound": "bind", "meant": "mean"}  # fmt: skip


@lru_cache(maxsize=1 << 17)
def stem(word: str) -> str:
    """The stem of one word in lower case (Snowball English, and some irregular forms)."""
    if word in _FIXED_STEMS:
        return _FIXED_STEMS[word]
    if word[0] == "`":
        return word
    base = word.split("'", 1)[0] if word.endswith("'s") else word
    if len(base) < 4 or not base.isalpha():
        return base
    with _stemmer_lock:
        return str(_stemmer.stemWord(base))


def without_invisible(text: str) -> tuple[str, list[int] | None]:
    """The text without invisible characters, and for each remaining one its offset in the original.

    The list is None where nothing was taken out.
    """
    if text.isascii() or not INVISIBLE.search(text):
        return text, None
    kept = [i for i, ch in enumerate(text) if not INVISIBLE.match(ch)]
    return "".join(text[i] for i in kept), kept


@lru_cache(maxsize=64)  # an answer is read several times: for what speaks to the grader, and by every rubric
def tokenise(text: str) -> tuple[Token, ...]:
    """Words, numbers and operators in reading order.

    Identifiers fall into their words (``get_current_user``, ``BackgroundTasks``, ``__eq__``, ``functools.wraps``),
    so that prose about them matches them. Full-width and composed forms are folded, invisible characters ignored.
    """
    clean, offsets = without_invisible(text)
    ticked = "`" in clean
    tokens: list[Token] = []
    for match in _TOKEN.finditer(clean):
        first = match.start()
        for word, root, start, end in _parts(match.group()):
            start, end = first + start, first + end
            if (ticked or word == "is") and word in STOPWORDS and _is_code(clean, word, start, end):
                word = root = f"`{word}`"
            elif word == "no" and offsets is None and _NAME_AFTER.match(clean, end):
                word, root = NAMED_NO, word
            if offsets is not None:
                start, end = offsets[start], offsets[end - 1] + 1
            tokens.append(_token((word, root, start, end)))
    return tuple(tokens)


_token: Callable[[tuple[str, str, int, int]], Token] = partial(tuple.__new__, Token)


@lru_cache(maxsize=1 << 16)
def _parts(surface: str) -> tuple[tuple[str, str, int, int], ...]:
    """(text, stem, start, end) of the words in what was written as one; mostly it is one."""
    cuts = [0, len(surface)]
    if not (surface.islower() or surface.istitle() or surface.isupper()):
        cuts[1:1] = [m.start() for m in _CAMEL.finditer(surface)]
    words = [
        (unicodedata.normalize("NFKC", surface[a:b]).lower().replace("’", "'"), a, b)
        for a, b in pairwise(cuts)
    ]
    return tuple((word, stem(word), a, b) for word, a, b in words)


def _is_code(text: str, word: str, start: int, end: int) -> bool:
    """Whether a function word is meant as a keyword of the language: in backticks, or `is` used like a noun."""
    if text[start - 1 : start] == "`" or text[end : end + 1] == "`":
        return True
    if word != "is":
        return False
    if _OPERATOR_AFTER.match(text, end):
        return True
    return bool(_OPERATOR_BEFORE.search(text, max(0, start - 10), start) and _AFTER_USE.match(text, end))


def content(tokens: Iterable[Token]) -> list[Token]:
    """The tokens that carry meaning; operators and single letters ("bulb B") count."""
    return [t for t in tokens if t.text not in STOPWORDS]


_BREAK = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\s*\n+\s*|(?<=;)\s+|\s+[•·]\s+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|cf|approx|resp|incl|[A-Za-z])\.)[\"'”’)\]]*$", re.IGNORECASE
)


def sentence_texts(text: str) -> tuple[str, ...]:
    """The sentences and list items of a text as they are written, each once."""
    return tuple(dict.fromkeys(text[start:end] for start, end in sentence_bounds(text)))


@lru_cache(maxsize=64)  # as tokenise
def sentence_bounds(text: str) -> tuple[tuple[int, int], ...]:
    """(start, end) of every sentence or list item, without the white space around it."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for match in _BREAK.finditer(text):
        if _is_wrap(text, match):
            continue
        if "\n" not in match.group() and _ABBREVIATION.search(text, max(0, match.start() - 8), match.start()):
            continue
        _add_trimmed(bounds, text, start, match.start())
        start = match.end()
    _add_trimmed(bounds, text, start, len(text))
    return tuple(bounds)


_FULL_LINE = 60  # characters; a line this long may have been wrapped within a sentence


def _is_wrap(text: str, match: re.Match[str]) -> bool:
    """Whether a line was only broken because it was full: the next one goes on in lower case."""
    start, end = match.span()
    if (
        match.group().count("\n") != 1
        or not _GOES_ON.match(text, end)
        or text[start - 1 : start] in ".!?…:;|"
    ):
        return False
    return start - max(0, text.rfind("\n", 0, start) + 1) >= _FULL_LINE


_GOES_ON = re.compile(r"[(\"'“‘`]*[a-z]")


def _add_trimmed(bounds: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        bounds.append((start, end))


def sentences(text: str) -> list[Sentence]:
    """The sentences that hold at least one token."""
    return split_at(tokenise(text), sentence_bounds(text))


_CLAUSE = re.compile(
    r"[,;:()—–]\s*(?:and|or)?\s*|\s+-+\s+"
    r"|\s+(?=(?:but|whereas|while|whilst|although|though|however|because|since|unlike|instead of|so that)\b)",
    re.IGNORECASE,
)


def clauses(text: str, sentence: Sentence) -> list[Sentence]:
    """The sentence cut at commas, brackets, dashes and contrasting conjunctions."""
    bounds: list[tuple[int, int]] = []
    start = sentence.start
    for match in _CLAUSE.finditer(text, sentence.start, sentence.end):
        _add_trimmed(bounds, text, start, match.start())
        start = match.end()
    _add_trimmed(bounds, text, start, sentence.end)
    return split_at(sentence.tokens, bounds)


def split_at(tokens: Iterable[Token], bounds: Iterable[tuple[int, int]]) -> list[Sentence]:
    """Deal out the tokens to the (start, end) stretches; stretches without a token are left out."""
    result: list[Sentence] = []
    rest = iter(tokens)
    token = next(rest, None)
    for start, end in bounds:
        inside: list[Token] = []
        while token is not None and token.start < end:
            if token.start >= start:
                inside.append(token)
            token = next(rest, None)
        if inside:
            result.append(Sentence(start, end, tuple(inside)))
    return result


def span(answer: str, start: int, end: int) -> Span:
    """The quote from start to end."""
    return Span(start, end, answer[start:end])
