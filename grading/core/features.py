"""What the calibration sees of a criterion and an answer: a few figures between 0 and 1."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import fsum
from typing import NamedTuple

from grading.core.alignment import Alignment, Reading, Semantics, Target, align, read, target
from grading.core.contradiction import Side, denied_clauses, sides
from grading.core.cues import Cues, Index, compile_cues, find, index, vocabulary
from grading.core.lexicon import DENIALS, NEGATIONS
from grading.core.rubric import Criterion, Kind, Rubric
from grading.core.text import Token, content, tokenise


class Features(NamedTuple):
    """Shares are 0..1 of the criterion's words unless it says otherwise."""

    fresh: float  # found, of the words that the question does not say already
    every: float  # found, of all words
    focus: float  # fresh words found in the one best sentence
    rubric: float  # fresh words found, of all criteria that earn points
    precision: float  # of the answer's fresh words, those that the rubric knows
    said: float  # fresh words that the rubric knows against fresh words in the criterion, at most 1
    negated: float  # where just one of criterion and best sentence is negated: fresh
    likeness: float  # alike as wholes; 0 for levels without it
    meaning: float  # like precision, by how well each word fits the rubric
    close: float  # like fresh, but only what is found with more than half certainty
    overall: float  # like every, of all criteria that earn points


@dataclass(frozen=True, slots=True)
class Wanted:
    """A criterion, compiled: its text and examples as targets, its cues, what it tells apart.

    subject is the stem of the first word with a meaning in its text; others are the subjects of other criteria.
    """

    criterion: Criterion
    targets: tuple[Target, ...]
    cues: Cues
    sides: tuple[Side, ...]
    subject: str
    others: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rubric, compiled once for a question."""

    asked: frozenset[str]
    wanted: tuple[Wanted, ...]
    whole: Target
    alone: bool  # one criterion earns points, and is the whole
    many: bool  # there are so many that what is hardly met would add up
    denied: float  # share of the clauses of what earns points that deny something
    contested: bool  # there are misconceptions
    truths: tuple[Target, ...]
    denials: tuple[Target, ...]  # what is true and denies something
    vocabulary: frozenset[str]
    cue_words: dict[str, tuple[str, ...]]


MANY = 4  # criteria that earn points


@lru_cache(maxsize=512)
def compile_rubric(question: str, rubric: Rubric) -> Compiled:
    """Everything about question and rubric that does not depend on the answer."""
    asked = frozenset(t.stem for t in tokenise(question))
    earning = [c for c in rubric.criteria if c.kind is not Kind.MISCONCEPTION]
    whole = target("\n".join(c.text for c in earning), asked)
    known = {t.stem for c in earning for text in (c.text, *c.examples) for t in tokenise(text)}
    known |= {t.stem for c in earning for group in c.cues for cue in group for t in tokenise(cue)}
    subjects = frozenset(_subject(c) for c in rubric.criteria)
    wanted = tuple(_wanted(c, asked, subjects) for c in rubric.criteria)
    contested = any(c.kind is Kind.MISCONCEPTION for c in rubric.criteria)
    truths = tuple(target(text, asked) for text in rubric.truths)
    denials = tuple(t for t in (*truths, *_true_wordings(wanted, asked)) if _denies(t.tokens))
    cue_words = vocabulary(tuple(w.cues for w in wanted))
    wanted = tuple(_beyond_question(w, index(read(question), cue_words)) for w in wanted)
    denied, clauses = denied_clauses(read("\n".join(c.text for c in earning)))
    counted = (len(earning) == 1, len(earning) >= MANY, denied / max(1, clauses), contested)
    return Compiled(asked, wanted, whole, *counted, truths, denials, frozenset(known), cue_words)


def _beyond_question(wanted: Wanted, where: Index) -> Wanted:
    """Which of the cue groups the question itself satisfies: naming what was asked about is no news."""
    groups = wanted.cues.groups
    given = frozenset(i for i, group in enumerate(groups) if any(find(phrase, where) for phrase in group))
    if not given or len(given) == len(groups):
        return wanted
    return replace(wanted, cues=replace(wanted.cues, given=given))


def _true_wordings(wanted: Sequence[Wanted], asked: frozenset[str]) -> Iterator[Target]:
    for one in wanted:
        if one.criterion.kind is not Kind.MISCONCEPTION:
            yield from one.targets
        elif one.criterion.correction:
            yield target(one.criterion.correction, asked)


def _denies(tokens: Sequence[Token]) -> bool:
    return any(t.text in DENIALS for t in tokens)


def _subject(criterion: Criterion) -> str:
    words = content(tokenise(criterion.text))
    return words[0].stem if words else ""


def _wanted(criterion: Criterion, asked: frozenset[str], subjects: frozenset[str]) -> Wanted:
    targets = tuple(target(text, asked) for text in (criterion.text, *criterion.examples))
    subject = _subject(criterion)
    return Wanted(
        criterion, targets, compile_cues(criterion), sides(criterion), subject, subjects - {subject}
    )


class Order(NamedTuple):
    """A sentence: how many words with a meaning it has, and at which tokens each stem stands."""

    size: int
    places: dict[str, list[int]]


class Answered(NamedTuple):
    """What is the same for all criteria of one answer."""

    reading: Reading
    known: int
    precision: float
    alone: bool
    contested: bool
    orders: Sequence[Order]  # of its sentences; empty where nothing is contested
    fresh_words: frozenset[str]
    rubric: float
    meaning: float
    overall: float


def answered(compiled: Compiled, reading: Reading, semantics: Semantics | None) -> Answered:
    """Compare the answer with the rubric as a whole."""
    fresh = {w.stem for w in reading.words} - compiled.asked  # a set: repetition changes nothing
    known = len(fresh & compiled.vocabulary)
    precision = known / len(fresh) if fresh else 0.0
    orders = sentence_orders(reading) if compiled.contested else []
    common = (reading, known, precision, compiled.alone, compiled.contested, orders)
    if compiled.alone:
        return Answered(*common, frozenset(fresh), 0.0, 0.0, 0.0)
    whole = align(compiled.whole, reading, semantics)
    return Answered(
        *common,
        frozenset(fresh),
        fresh_share(compiled.whole, whole.best),
        _meaning(whole, reading, fresh),
        sum(whole.best) / len(whole.best) if whole.best else 0.0,
    )


def _meaning(found: Alignment, reading: Reading, fresh: Set[str]) -> float:
    """How well the answer's fresh words fit the target's, on average; every word once."""
    fitting = dict.fromkeys(fresh, 0.0)
    for strength, word in zip(found.received, reading.words, strict=True):
        if strength > fitting.get(word.stem, 1.0):
            fitting[word.stem] = strength
    return fsum(fitting.values()) / len(fitting) if fitting else 0.0  # fsum: a set has no order


def fresh_share(wanted: Target, strengths: tuple[float, ...]) -> float:
    """The mean strength over the words that the question does not say."""
    values = [s for s, asked in zip(strengths, wanted.asked, strict=True) if not asked]
    return sum(values) / len(values) if values else 0.0


class Compared(NamedTuple):
    """A criterion's best target, how it aligned, and the figures."""

    target: Target
    alignment: Alignment
    sentence: int  # the best one, or -1
    features: Features
    support: dict[int, float]  # per sentence how far it says what one of the wordings says, 0..1


def compare(wanted: Wanted, answer: Answered, semantics: Semantics | None) -> Compared:
    """Align the criterion, by its text or by the example that fits best."""
    reading = answer.reading
    options = [(align(t, reading, semantics), i) for i, t in enumerate(wanted.targets)]
    found, number = max(options, key=lambda pair: (_fit(wanted.targets[pair[1]], pair[0]), -pair[1]))
    chosen = wanted.targets[number]
    sentence, focus = _best_sentence(chosen, found)
    count = sum(not a for a in chosen.asked)
    fresh = fresh_share(chosen, found.best)
    turned = False
    if sentence >= 0:
        tokens = reading.sentences[sentence].tokens
        turned = _negated(chosen.tokens) != _negated(tokens)
    every = sum(found.best) / len(found.best) if found.best else 0.0
    features = Features(
        fresh=fresh,
        every=every,
        focus=focus,
        rubric=fresh if answer.alone else answer.rubric,
        precision=answer.precision,
        said=min(1.0, answer.known / count) if count else 1.0,
        negated=fresh if turned else 0.0,
        likeness=semantics.likeness(chosen.text, reading.text) if semantics and reading.words else 0.0,
        meaning=_meaning(found, reading, answer.fresh_words) if answer.alone else answer.meaning,
        close=fresh_share(chosen, tuple(max(0.0, 2 * s - 1) for s in found.best)),
        overall=every if answer.alone else answer.overall,
    )
    aligned = [a for a, _ in options]
    support = _support(wanted.targets, aligned, reading, answer.orders) if answer.contested else {}
    return Compared(chosen, found, sentence, features, support)


def _fit(wanted: Target, found: Alignment) -> float:
    return fresh_share(wanted, found.best) + 0.001 * sum(found.best)


# What makes a sentence like a wording: its words found, the sentence's words fitting, and their order.
RECALL, PRECISION, ORDER = 0.5, 0.3, 0.2


def support_of_truths(compiled: Compiled, answer: Answered, semantics: Semantics | None) -> dict[int, float]:
    """For every sentence how far it says what one of the rubric's truths says, 0..1."""
    if not (compiled.truths and answer.contested):
        return {}
    aligned = [align(t, answer.reading, semantics) for t in compiled.truths]
    return _support(compiled.truths, aligned, answer.reading, answer.orders)


def support_of_denials(compiled: Compiled, answer: Answered, semantics: Semantics | None) -> dict[int, float]:
    """For every sentence that denies something how far it says what the rubric itself denies, 0..1."""
    reading = answer.reading
    if not (compiled.denials and _denies(reading.tokens)):
        return {}
    aligned = [align(t, reading, semantics) for t in compiled.denials]
    support = _support(compiled.denials, aligned, reading, answer.orders or sentence_orders(reading))
    return {n: value for n, value in support.items() if _denies(reading.sentences[n].tokens)}


def _support(
    wanted: Sequence[Target], found: list[Alignment], reading: Reading, orders: Sequence[Order]
) -> dict[int, float]:
    """For every sentence how far it says what one of these wordings says."""
    support: dict[int, float] = {}
    for one, alignment in zip(wanted, found, strict=True):
        recall: dict[int, float] = {}
        for row in alignment.by_sentence:
            for number, strength in row.items():
                recall[number] = recall.get(number, 0.0) + strength
        precision: dict[int, float] = {}
        for number, strength in zip(reading.sentence_of, alignment.received, strict=True):
            if strength:
                precision[number] = precision.get(number, 0.0) + strength
        steps = [(a.stem, b.stem) for a, b in pairwise(one.words)]
        for number, total in recall.items():
            order = orders[number]
            value = RECALL * total / len(one.words) + PRECISION * precision[number] / order.size
            best = support.get(number, 0.0)
            if value + ORDER > best:  # else its order cannot make it the best one
                support[number] = max(value + ORDER * _in_order(steps, order.places), best)
    return support


def sentence_orders(reading: Reading) -> list[Order]:
    """Per sentence where each stem stands."""
    sizes = [0] * len(reading.sentences)
    for number in reading.sentence_of:
        sizes[number] += 1
    orders: list[Order] = []
    for sentence, size in zip(reading.sentences, sizes, strict=True):
        places: dict[str, list[int]] = {}
        for i, token in enumerate(sentence.tokens):
            places.setdefault(token.stem, []).append(i)
        orders.append(Order(size, places))
    return orders


def _in_order(steps: list[tuple[str, str]], places: dict[str, list[int]]) -> float:
    """The share of the target's neighbouring words that stand in the same order, close together, in a sentence."""
    kept = 0
    for a, b in steps:
        if a in places and b in places:
            first, second = places[a], places[b]
            kept += any(0 < j - i <= 5 for i in first for j in second)
    return kept / len(steps) if steps else 0.0


def _negated(tokens: tuple[Token, ...]) -> bool:
    return any(t.text in NEGATIONS for t in tokens)


def _best_sentence(wanted: Target, found: Alignment) -> tuple[int, float]:
    totals: dict[int, float] = {}
    count = 0
    for row, asked in zip(found.by_sentence, wanted.asked, strict=True):
        weight = 0.01 if asked else 1.0  # words of the question only break ties
        count += not asked
        for number, strength in row.items():
            totals[number] = totals.get(number, 0.0) + weight * strength
    if not totals:
        return -1, 0.0
    best = max(totals, key=lambda number: (totals[number], -number))
    return best, min(1.0, totals[best] / max(1, count))
