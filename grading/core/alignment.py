"""Alignment: which words of an answer stand for which words of a criterion, and how well."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import NamedTuple, Protocol

from rapidfuzz.distance import OSA

from grading.core.lexicon import DENIALS, EMPTY, OPPOSITES, PHRASES, are_opposites, synonyms
from grading.core.text import STOPWORDS, Sentence, Token, content, sentence_bounds, split_at, stem, tokenise

TYPO = 0.9  # what a misspelt word is worth
SYNONYM = 0.8  # what a listed synonym is worth


class Semantics(Protocol):
    """What a level beyond *lexical* adds. Implementations load their vectors outside the core."""

    @property
    def level(self) -> str:
        """The level's name: static or contextual."""
        ...

    def similarities(
        self, target: str, words: Sequence[Token], answer: str, others: Sequence[Token]
    ) -> Sequence[Sequence[float]]:
        """For every word of the target its similarity, -1..1, to every one of the answer's words."""
        ...

    def likeness(self, target: str, answer: str) -> float:
        """How alike the two texts are as wholes, -1..1."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer, read once and compared with every criterion."""

    text: str
    tokens: tuple[Token, ...]
    sentences: tuple[Sentence, ...]
    words: tuple[Token, ...]  # the ones that carry meaning
    sentence_of: tuple[int, ...]  # for each word
    stretches: tuple[tuple[int, int, int], ...]  # (sentence, its first word, its last one + 1)
    places: dict[str, list[int]]  # stem -> indices of words
    initials: dict[str, list[int]]  # first letter -> indices of words that a typo may hide in
    echoes: bool  # it copied the question, which is left out of everything above
    function_share: float = 0.0  # of all tokens those that carry no meaning
    rows: dict[tuple[str, str], "Row"] = field(
        default_factory=dict, compare=False
    )  # what was looked for already


class Row(NamedTuple):
    """Where one word of a target stands in an answer: per sentence how well it matches, and the matching word."""

    matches: dict[int, tuple[float, int]]
    strengths: dict[int, float]
    best: tuple[float, int]


@dataclass(frozen=True, slots=True)
class Target:
    """A text to be looked for: a criterion, one of its examples, a question."""

    text: str
    tokens: tuple[Token, ...]
    words: tuple[Token, ...]  # without repetition
    asked: tuple[bool, ...]  # whether the question says the word already
    denies: bool  # whether one of the words is a denial
    opposites: tuple[frozenset[str], ...]  # of each word, without what the target says itself


@dataclass(frozen=True, slots=True)
class Alignment:
    """For each of the target's words: how well it was found (0..1) per sentence, at its best, and where."""

    best: tuple[float, ...]
    exact: tuple[float, ...]  # without semantics
    place: tuple[int, ...]  # index into Reading.words, or -1
    by_sentence: tuple[dict[int, float], ...]
    received: tuple[float, ...]  # for each of the answer's words how well it fits a word of the target


def read(answer: str, question: str = "") -> Reading:
    """Tokenise an answer, leave out what it copies from the question, fold set phrases, and index the result."""
    written = tokenise(answer)
    own = without_echo(written, question)
    tokens = tuple(fold_phrases(own))
    parts = split_at(tokens, sentence_bounds(answer))
    words: list[Token] = []
    sentence_of: list[int] = []
    stretches: list[tuple[int, int, int]] = []
    for number, part in enumerate(parts):
        if kept := content(part.tokens):
            stretches.append((number, len(words), len(words) + len(kept)))
        words += kept
        sentence_of += [number] * len(kept)
    places: dict[str, list[int]] = {}
    initials: dict[str, list[int]] = {}
    for i, word in enumerate(words):
        places.setdefault(word.stem, []).append(i)
        if len(word.text) > 3:
            initials.setdefault(word.text[0], []).append(i)
    for i in range(len(words) - 1):  # "static method" is "staticmethod", "non-blocking" is "nonblocking"
        if words[i + 1].start - words[i].end <= 1:
            places.setdefault(stem(words[i].text + words[i + 1].text), []).append(i)
    return Reading(
        answer,
        tokens,
        tuple(parts),
        tuple(words),
        tuple(sentence_of),
        tuple(stretches),
        places,
        initials,
        len(own) < len(written),
        sum(t.text in STOPWORDS for t in tokens) / len(tokens) if tokens else 0.0,
    )


ECHO = 0.6  # such a share of the question's tokens in a row is a copy of it


def without_echo(tokens: Sequence[Token], question: str) -> Sequence[Token]:
    """The tokens without what is copied from the question, most of it in a row."""
    runs, length = _runs(question)
    if not runs or len(tokens) < length:
        return tokens
    texts = [t.text for t in tokens]
    echoed = bytearray(len(tokens))
    for i in range(len(tokens) - length + 1):
        if tuple(texts[i : i + length]) in runs:
            echoed[i : i + length] = b"\1" * length
    return [t for t, echo in zip(tokens, echoed, strict=True) if not echo] if any(echoed) else tokens


@lru_cache(maxsize=512)
def _runs(question: str) -> tuple[frozenset[tuple[str, ...]], int]:
    texts = [t.text for t in tokenise(question)]
    length = max(min(6, len(texts)), ceil(ECHO * len(texts)))
    if length < 3:
        return frozenset(), 0
    return frozenset(tuple(texts[i : i + length]) for i in range(len(texts) - length + 1)), length


def fold_phrases(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens with each set phrase made one token that carries its meaning."""
    if not any(t.text in PHRASES for t in tokens):
        return tokens
    result: list[Token] = []
    i = 0
    while i < len(tokens):
        for phrase, meaning in PHRASES.get(tokens[i].text, ()):
            found = tokens[i : i + len(phrase)]
            if tuple(t.text for t in found) == phrase:
                result.append(Token(meaning, meaning, found[0].start, found[-1].end))
                i += len(phrase)
                break
        else:
            result.append(tokens[i])
            i += 1
    return result


def target(text: str, asked: frozenset[str]) -> Target:
    """Compile a text to look for. asked holds the stems of the question."""
    tokens = fold_phrases(tokenise(text))
    unique = {t.stem: t for t in reversed(content(tokens) or tokens)}
    words = tuple(sorted(unique.values(), key=lambda t: t.start))
    known = tuple(t.stem in asked for t in words)
    if all(known):
        known = (False,) * len(words)
    own = {t.stem for t in tokens}
    opposites = tuple(OPPOSITES.get(t.stem, EMPTY) - own for t in words)
    denies = any(t.text in DENIALS for t in words)
    return Target(text, tuple(tokens), words, known, denies, opposites)


@lru_cache(maxsize=1 << 16)
def is_typo(written: str, meant: str) -> bool:
    """Whether a word looks like a misspelling of another: same initial, one edit, two in long words."""
    shortest = min(len(written), len(meant))
    allowed = 0 if shortest < 4 or len(meant) < 5 else 1 if shortest < 8 else 2
    if not allowed or not meant.isalpha() or are_opposites(stem(written), stem(meant)):
        return False
    return OSA.distance(written, meant, score_cutoff=allowed) <= allowed


def align(wanted: Target, reading: Reading, semantics: Semantics | None = None) -> Alignment:
    """Find each of the target's words in the answer: by stem, spelling, synonym, and then by meaning."""
    rows = [_row(word, reading) for word in wanted.words]
    if wanted.denies:
        _tie_denials(wanted, rows)
    exact = tuple(row.best[0] for row in rows)
    received = [0.0] * len(reading.words)
    for row in rows:
        if row is not _NOWHERE:  # most of them
            for strength, i in row.matches.values():
                if strength > received[i]:
                    received[i] = strength
    if semantics is not None and rows and reading.words:
        rows = _by_meaning(wanted, rows, received, reading, semantics)
    return Alignment(
        tuple(row.best[0] for row in rows),
        exact,
        tuple(row.best[1] for row in rows),
        tuple(row.strengths for row in rows),
        tuple(received),
    )


def _by_meaning(
    wanted: Target, rows: list[Row], received: list[float], reading: Reading, semantics: Semantics
) -> list[Row]:
    """The rows with better matches by likeness; received is brought up to date in place."""
    matrix = semantics.similarities(wanted.text, wanted.words, reading.text, reading.words)
    columns = zip(*matrix, strict=True)
    received[:] = [min(1.0, max(own, *column)) for own, column in zip(received, columns, strict=True)]
    result: list[Row] = []
    for old, similarities in zip(rows, matrix, strict=True):
        matches = dict(old.matches)
        for number, first, last in reading.stretches:
            nearest = max(similarities[first:last])
            strength = min(1.0, nearest)
            if strength > matches.get(number, _NOTHING)[0]:
                matches[number] = (strength, similarities.index(nearest, first))
        result.append(_summed_up(matches))
    return result


def _tie_denials(wanted: Target, rows: list[Row]) -> None:
    """A "not" only stands for the target's where another of its words stands in the same sentence."""
    denies = [word.text in DENIALS for word in wanted.words]
    said = {number for row, denial in zip(rows, denies, strict=True) if not denial for number in row.matches}
    for i, denial in enumerate(denies):
        if denial:
            kept = {number: match for number, match in rows[i].matches.items() if number in said}
            rows[i] = _summed_up(kept)


def _summed_up(matches: dict[int, tuple[float, int]]) -> Row:
    best = max(matches.values(), default=_NOTHING, key=_strength)
    return Row(matches, {number: strength for number, (strength, _) in matches.items()}, best)


def _strength(match: tuple[float, int]) -> float:
    return match[0]


def _row(word: Token, reading: Reading) -> Row:
    """The word's row, looked for once an answer: the wordings of a rubric share many words."""
    key = (word.stem, word.text)
    row = reading.rows.get(key)
    if row is None:
        matches = _lexical(word, reading)
        row = reading.rows[key] = _summed_up(matches) if matches else _NOWHERE  # most words
    return row


_NOTHING = (0.0, -1)
_NOWHERE = Row({}, {}, _NOTHING)


def _lexical(word: Token, reading: Reading) -> dict[int, tuple[float, int]]:
    """Per sentence the strength of the word's best match, and the matching word's index."""
    row: dict[int, tuple[float, int]] = {}
    for i in reading.places.get(word.stem, ()):
        row.setdefault(reading.sentence_of[i], (1.0, i))
    if others := synonyms(word.stem):
        # Sorted, since the order of a set differs from one process to the next.
        for i in sorted(i for other in others for i in reading.places.get(other, ())):
            row.setdefault(reading.sentence_of[i], (SYNONYM, i))
    if not row and len(word.text) > 4:
        for i in reading.initials.get(word.text[0], ()):
            if is_typo(reading.words[i].text, word.text):
                row.setdefault(reading.sentence_of[i], (TYPO, i))
    return row
