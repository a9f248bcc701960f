"""The near-copy guard: wording close to the reference only counts when it still says what the reference says.

Matching words cannot tell a sentence from its negation, or from its words in a bag. Where nearly all words of a
criterion are there, the guard looks at what matching ignores: polarity, opposites, order and function words.
Answers in somebody's own words never come near it.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise, takewhile
from typing import NamedTuple

from rapidfuzz.distance import Indel

from grading.core.alignment import Alignment, Reading, Target
from grading.core.lexicon import DENIALS, NEGATIONS, OPPOSITES
from grading.core.text import STOPWORDS, Token

NEAR = 0.75  # share of the target's words, by the letter, from which an answer counts as a near copy
LITERAL = 0.5  # likeness of the token sequences from which a negation or an opposite in a copy tells
VERBATIM = 0.65  # likeness of the token sequences from which single moved words tell
THIN = 0.12  # an answer with fewer function words is no sentence
# What holds a sentence together. Six words without any of these are none, whatever "much" or "even" is among them.
GLUE = frozenset(
    "a an the this that these those of to in into on at by for from with without as than about over under up out off "
    "through during between per via and or but nor so if because when while where which who what whose is are was were "
    "be been being am isn't aren't wasn't weren't has have had do does did don't doesn't didn't can can't cannot could "
    "will would won't shall should may might must i you he she it we they me him her us them my your his its our their "
    "not no there".split()
)
FEW = 0.4  # share of the target's words from which the order of such an answer tells
COMPACT = 2.5  # a copy is at most so many times as long as the target
_LEAD = 5  # tokens before the copied stretch that may negate it: "it is not true that ..."
_NEIGHBOUR = 4  # words apart in the answer that still count as neighbours
_NEAR = 5  # tokens to either side that tell one place of a word from another
_SCOPE = 5  # tokens after a negation in which the negated word stands
_DENIALS = frozenset("true case correct right".split())


class Doubt(StrEnum):
    """Why a near copy does not say what the criterion says."""

    NONE = ""
    NEGATED = "negated"
    OPPOSITE = "opposite"
    SWAPPED = "swapped"
    SHUFFLED = "shuffled"
    LISTED = "listed"


class Copy(NamedTuple):
    """The stretch of the answer that copies a target."""

    order: tuple[int, ...]  # token index of each matched word, in the target's order
    missing: tuple[Token, ...]  # the target's words that are not there
    lead: tuple[Token, ...]
    stretch: tuple[Token, ...]


def is_list(reading: Reading) -> bool:
    """Whether the answer is a string of words: six or more, with next to no function words between them, parted by
    commas or by nothing. Code and tables have other signs in them.
    """
    count = len(reading.tokens)
    share = reading.function_share
    parted = reading.text.count(",") + reading.text.count(";")
    if count >= 6 and parted >= 0.3 * count and share < 0.2:
        return True
    if count < 6 or (share >= THIN and any(t.text in GLUE for t in reading.tokens)):
        return False
    signs = sum(not ch.isalnum() and not ch.isspace() for ch in reading.text)
    return signs < 0.1 * count and reading.text.count("\n") < 0.1 * count


def inspect(wanted: Target, found: Alignment, reading: Reading) -> Doubt:
    """Whether a near copy of the target stands in the answer, and if so what is wrong with it."""
    copy = _near_copy(wanted, found, reading)
    if copy is None:
        return Doubt.NONE
    meant, written = [t.stem for t in wanted.tokens], [t.stem for t in copy.stretch]
    if meant == written:
        return Doubt.NEGATED if _denied(copy.lead) else Doubt.NONE
    written_as = reading.text[copy.stretch[0].start : copy.stretch[-1].end]
    if "|" in written_as:
        return Doubt.NONE  # what a cell of a table denies is said by its head, which cannot be followed here
    literal = likeness(wanted.tokens, copy.stretch)
    if (
        literal >= LITERAL
    ):  # the same words in somebody's own sentence may be negated for reasons of their own
        if _flipped(wanted, copy, literal):
            return Doubt.NEGATED
        if _opposite(wanted, copy) or _without(wanted.tokens, copy.stretch):
            return Doubt.OPPOSITE
    if "\n" in written_as:
        return Doubt.NONE  # a list or a table has an order of its own
    thin = _function_share(copy.stretch) < 0.35 * _function_share(wanted.tokens)
    broken = _broken(copy.order)
    if len(copy.order) >= 3 and thin and broken >= 0.3:
        return Doubt.SHUFFLED
    if len(copy.order) >= 3 and broken >= 0.7 and literal >= LITERAL:
        return Doubt.SHUFFLED
    if literal >= VERBATIM and _exchanged(meant, written):
        return Doubt.SWAPPED
    return Doubt.NONE


def likeness(meant: Sequence[Token], written: Sequence[Token]) -> float:
    """How alike two stretches are as sequences of words, 0..1."""
    return Indel.normalized_similarity([t.stem for t in meant], [t.stem for t in written])


def _near_copy(wanted: Target, found: Alignment, reading: Reading) -> Copy | None:
    close = sum(
        strength >= 0.9 or not opposites.isdisjoint(reading.places)
        for opposites, strength in zip(wanted.opposites, found.exact, strict=True)
    )
    enough = FEW if len(reading.words) >= 3 and reading.function_share < THIN else NEAR
    if close < enough * len(wanted.words) or close < min(2, len(wanted.words)):
        return None
    number = _home(wanted, found)
    index = {token.start: i for i, token in enumerate(reading.tokens)}
    order: list[int] = []
    missing: list[Token] = []
    for word, row, place in zip(wanted.words, found.by_sentence, found.place, strict=True):
        if number is not None and row.get(number, 0.0) >= 0.9 and reading.sentence_of[place] != number:
            inside = (i for i in reading.places.get(word.stem, ()) if reading.sentence_of[i] == number)
            place = next(inside, place)
        if row and max(row.values()) >= 0.9 and place >= 0:
            order.append(index[reading.words[place].start])
        else:
            missing.append(word)
    if not order:
        return None
    first, last = min(order), max(order)
    if last - first > COMPACT * len(wanted.tokens):
        return None
    start = max((s.start for s in reading.sentences if s.start <= reading.tokens[first].start), default=0)
    stems = [t.stem for t in wanted.tokens]
    heading = stems.index(reading.tokens[first].stem) if reading.tokens[first].stem in stems else 0
    while heading and first and reading.tokens[first - 1].start >= start:
        first, heading = first - 1, heading - 1
    lead = tuple(t for t in reading.tokens[max(0, first - _LEAD) : first] if t.start >= start)
    trail = stems[::-1].index(reading.tokens[last].stem) if reading.tokens[last].stem in stems else 0
    return Copy(tuple(order), tuple(missing), lead, reading.tokens[first : last + 1 + trail])


def _home(wanted: Target, found: Alignment) -> int | None:
    """The sentence that alone is a near copy of the target, if there is one."""
    counts: dict[int, int] = {}
    for row in found.by_sentence:
        for number, strength in row.items():
            counts[number] = counts.get(number, 0) + (strength >= 0.9)
    best = max(counts, key=lambda n: (counts[n], -n), default=None)
    return best if best is not None and counts[best] >= NEAR * len(wanted.words) else None


def _denied(lead: Sequence[Token]) -> bool:
    texts = [t.text for t in lead]
    return any(text in NEGATIONS and _DENIALS & set(texts[i + 1 :]) for i, text in enumerate(texts)) or any(
        text in ("false", "wrong", "untrue", "incorrect") for text in texts
    )


def _adjoins(pair: tuple[Token, Token]) -> bool:
    """Whether nothing but a blank stands between two tokens: a comma, a full stop, a table's bar end a scope."""
    return pair[1].start - pair[0].end <= 1


def negated_words(tokens: Sequence[Token]) -> set[str]:
    """The stems that stand right after a negation."""
    return {tokens[i].stem for i in _negated_places(tokens)}


def _negated_places(tokens: Sequence[Token]) -> list[int]:
    places: list[int] = []
    for i, token in enumerate(tokens):
        if token.text in DENIALS and not (i and tokens[i - 1].text == "or"):  # "handled or not"
            scope = pairwise(tokens[i : i + 1 + _SCOPE])
            after = range(i + 1, i + 1 + sum(1 for _ in takewhile(_adjoins, scope)))
            places += [j for j in after if tokens[j].text not in STOPWORDS][:1] or after[:1]
    return places


def _flipped(wanted: Target, copy: Copy, literal: float) -> bool:
    """Whether the copy negates a word that the target affirms, or the other way round."""
    if _denied(copy.lead):
        return True
    meant, written = negated_words(wanted.tokens), negated_words((*copy.lead, *copy.stretch))
    if {"true"} & written - meant:
        return True
    known = {t.stem for t in wanted.tokens}
    if any(_lost(word, wanted, copy) for word in (written - meant) & known):
        return True
    affirmed = (meant - written) & {t.stem for t in copy.stretch}
    there = sum(t.text in DENIALS for t in (*copy.lead, *copy.stretch))
    if not affirmed or there:
        return False
    # "Was not acknowledged" may be said without a denial ("before it has acknowledged"), so only a copy tells.
    return literal >= VERBATIM


def _lost(word: str, wanted: Target, copy: Copy) -> bool:
    """Whether a word that the copy negates somewhere is negated where it stands for the target's.

    What tells two things apart may deny of the one what it says of the other: "committed", "not committed". Of the
    places at which the copy has the word, the one with the most of the target's neighbours stands for it.
    """
    written = (*copy.lead, *copy.stretch)
    negated = set(_negated_places(written))
    around = [(_around(written, i), i in negated) for i, t in enumerate(written) if t.stem == word]
    if word in DENIALS or all(is_negated for _, is_negated in around):
        return True
    for i, token in enumerate(wanted.tokens):
        if token.stem == word:
            meant = _around(wanted.tokens, i)
            if max((len(meant & near), is_negated) for near, is_negated in around)[1]:
                return True
    return False


def _around(tokens: Sequence[Token], i: int) -> set[str]:
    near = (*tokens[max(0, i - _NEAR) : i], *tokens[i + 1 : i + 1 + _NEAR])
    return {t.stem for t in near if t.text not in STOPWORDS and t.text not in DENIALS}


def _opposite(wanted: Target, copy: Copy) -> bool:
    own = {t.stem for t in wanted.tokens}
    there = {t.stem for t in (*copy.lead[-2:], *copy.stretch)} - own
    return any(there & OPPOSITES.get(token.stem, frozenset()) for token in copy.missing)


def _without(meant: Sequence[Token], written: Sequence[Token]) -> bool:
    """Whether a "with" has become a "without", or the other way round."""
    counts = [
        (sum(t.text == "with" for t in tokens), sum(t.text == "without" for t in tokens))
        for tokens in (meant, written)
    ]
    (with_meant, without_meant), (with_written, without_written) = counts
    return (with_written - with_meant) * (without_written - without_meant) < 0


def _function_share(tokens: Sequence[Token]) -> float:
    return sum(t.text in STOPWORDS for t in tokens) / len(tokens) if tokens else 0.0


def _broken(order: Sequence[int]) -> float:
    """The share of the target's neighbours that are no neighbours, or in the wrong order, in the answer."""
    ranks = {place: rank for rank, place in enumerate(sorted(set(order)))}
    steps = [ranks[b] - ranks[a] for a, b in pairwise(order)]
    return sum(not 0 < step <= _NEIGHBOUR for step in steps) / len(steps) if steps else 0.0


def _exchanged(meant: Sequence[str], written: Sequence[str]) -> bool:
    """Whether a word-for-word copy has single words in one another's places."""
    if len(meant) < 5:
        return False
    gone: dict[str, int] = {}
    come: dict[str, int] = {}
    touched: set[int] = set()
    for code in Indel.opcodes(meant, written):
        if code.tag == "delete":
            touched.update(range(code.src_start, code.src_end))
            for i in range(code.src_start, code.src_end):
                gone[meant[i]] = i
        elif code.tag == "insert":
            for j in range(code.dest_start, code.dest_end):
                come[written[j]] = code.src_start
    # A clause or sentence that moved as a whole takes its neighbours along; here single words moved.
    moved = sorted(
        (gone[word], come[word] - gone[word])
        for word in gone
        if word in come and word not in STOPWORDS and not {gone[word] - 1, gone[word] + 1} & touched
    )
    return any(abs(a - b) > 2 for (_, a), (_, b) in pairwise(moved))
