"""Contradiction: the answer gives a property to the wrong one of two things, or turns a claim over."""

from dataclasses import dataclass
from typing import NamedTuple

from grading.core.alignment import Alignment, Reading, Target, fold_phrases
from grading.core.guard import LITERAL, likeness, negated_words
from grading.core.lexicon import DENIALS, OPPOSITES, synonyms
from grading.core.rubric import Criterion
from grading.core.text import STOPWORDS, Sentence, clauses, content, tokenise

DENIED = 5  # clauses of an answer, and
DENYING = 0.45  # share of them, from which an answer denies throughout: of 13,000 people's answers none does
REACH = 14  # tokens after a term in which a property is taken to be its own
SHARED = 0.5  # share of a criterion's words that a clause needs before its polarity is compared


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things that a criterion tells apart, and what is true of it alone."""

    term: tuple[str, ...]
    own: frozenset[str]
    others: frozenset[str]


def sides(criterion: Criterion) -> tuple[Side, ...]:
    """The criterion's contrasts, compiled: own words are those that no rival has."""
    result: list[Side] = []
    for pairs in criterion.contrasts:
        terms = [_stems(term) for term, _ in pairs]
        named = {s for term in terms for s in term}
        words = [frozenset(_stems(words)) - named for _, words in pairs]
        for i, term in enumerate(terms):
            rivals = frozenset().union(*(w for j, w in enumerate(words) if j != i))
            own, others = words[i] - rivals, rivals - words[i]
            if term and others:
                result.append(Side(term, own, others))
    return tuple(result)


def _stems(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t.stem for t in content(fold_phrases(tokenise(text)))))


class Mixed(NamedTuple):
    """How often properties stood by the right and by the wrong thing, by which things, and where a wrong one."""

    right: int
    wrong: int
    terms: frozenset[tuple[str, ...]]
    first: int
    last: int


def mixed_up(one: tuple[Side, ...], reading: Reading) -> Mixed:
    """Follow the terms through the answer, and count whose properties come after each."""
    if not one:
        return Mixed(0, 0, frozenset(), 0, 0)
    by_term: dict[tuple[str, ...], list[Side]] = {}
    for side in one:
        by_term.setdefault(side.term, []).append(side)
    terms = sorted(by_term, key=len, reverse=True)
    tokens = reading.tokens
    right: set[tuple[tuple[str, ...], str]] = set()
    wrong: dict[tuple[tuple[str, ...], str], tuple[int, int]] = {}
    current: tuple[str, ...] | None = None
    since = 0
    starts = {s.tokens[0].start: "|" not in reading.text[s.start : s.end] for s in reading.sentences}
    prose = True  # the cells of a table stand under heads that cannot be followed here
    for i, token in enumerate(tokens):
        if token.start in starts:
            current, prose = None, starts[token.start]  # so that the order of sentences changes nothing
        named = next((t for t in terms if _stands(t, i, reading)), None)
        if named:
            current, since = named, i
        if current is None or i - since > REACH or _denied(reading, i):
            continue
        for side in by_term[current]:
            if token.stem in side.own or synonyms(token.stem) & side.own:
                right.add((current, token.stem))
            elif prose and token.stem in side.others:
                wrong.setdefault((current, token.stem), (since, i))
    if not wrong:
        return Mixed(len(right), 0, frozenset(), 0, 0)
    first, last = min(wrong.values())
    return Mixed(len(right), len(wrong), frozenset(term for term, _ in wrong), first, last)


def _stands(term: tuple[str, ...], i: int, reading: Reading) -> bool:
    return tuple(t.stem for t in reading.tokens[i : i + len(term)]) == term


def _denied(reading: Reading, i: int) -> bool:
    return any(t.text in DENIALS for t in reading.tokens[max(0, i - 3) : i])


def denies_throughout(reading: Reading, expected: float) -> bool:
    """Whether about every second clause denies something: so does a copy with each of its sentences turned over.

    expected is the share of such clauses, 0..1, in the rubric itself.
    """
    if sum(t.text in DENIALS for t in reading.tokens) < DENIED:
        return False  # most answers
    denied, count = denied_clauses(reading)
    return denied >= max(DENIED, DENYING * count, 2 * expected * count)


def denied_clauses(reading: Reading) -> tuple[int, int]:
    """How many clauses deny something, and how many there are."""
    parts = [clause for sentence in reading.sentences for clause in clauses(reading.text, sentence)]
    return sum(any(t.text in DENIALS for t in clause.tokens) for clause in parts), len(parts)


class Turned(NamedTuple):
    """A clause that says the opposite of a criterion."""

    clause: Sentence
    share: float
    word: str


def turned_over(wanted: Target, found: Alignment, reading: Reading, sentence: int) -> Turned | None:
    """The clause of a sentence that shares the criterion's words and has one negated, or its opposite instead."""
    if (
        sentence < 0
        or "|" in reading.text[reading.sentences[sentence].start : reading.sentences[sentence].end]
    ):
        return None
    denies = any(t.text in DENIALS for t in wanted.tokens)
    known = {w.stem for w in wanted.words}
    missing = [w.stem for w, s in zip(wanted.words, found.exact, strict=True) if s < 0.75]
    tokens = reading.sentences[sentence].tokens
    opposites = frozenset().union(*(OPPOSITES[word] for word in missing if word in OPPOSITES)) - known
    if opposites.isdisjoint(reading.places) and (denies or not any(t.text in DENIALS for t in tokens)):
        return None  # most sentences: nothing that could turn a claim over
    meant = negated_words(wanted.tokens)
    for clause in clauses(reading.text, reading.sentences[sentence]):
        stems = {t.stem for t in clause.tokens}
        share = len(stems & known) / len(known) if known else 0.0
        if share < SHARED or len(stems & known) < 2 or likeness(wanted.tokens, clause.tokens) < LITERAL:
            continue
        negated = negated_words(clause.tokens)
        flipped = (negated & known) - meant
        if flipped and not denies:
            return Turned(clause, share, min(flipped))
        extra = stems - known
        for word in missing:
            opposite = OPPOSITES.get(word, frozenset()) & extra
            if opposite and not (set(STOPWORDS) & opposite):
                return Turned(clause, share, min(opposite))
    return None
