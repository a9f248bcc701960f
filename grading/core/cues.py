"""Cues: the phrases that a rubric's author would underline, found in order and close together, not denied."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from grading.core.alignment import Reading, fold_phrases, is_typo
from grading.core.lexicon import DENIALS
from grading.core.rubric import Criterion, Kind
from grading.core.text import STOPWORDS, tokenise

GAP = 4  # so many tokens apart two words of one phrase may stand
STRICT_GAP = 2
REACH = 4  # so far before a phrase a denial still denies it


class Phrase(NamedTuple):
    """The stems of one alternative, in order; denies says that it is a denial itself ("not identical")."""

    stems: tuple[str, ...]
    denies: bool
    gap: int


@dataclass(frozen=True, slots=True)
class Cues:
    """A criterion's concept groups, compiled, and the words in them."""

    groups: tuple[tuple[Phrase, ...], ...]
    strict: bool  # a claim that stands in the answer as it was written, or not at all
    given: frozenset[int] = frozenset()  # groups of which the question says something already


class Found(NamedTuple):
    """Where a phrase stands: token indices, its sentence, and whether the answer denies it there."""

    first: int
    last: int
    sentence: int
    denied: bool
    size: int  # of the phrase, in words


class Index(NamedTuple):
    """An answer's tokens, by stem, with misspellings of cue words put right."""

    reading: Reading
    places: dict[str, list[int]]
    sentence_of: list[int]


_JOINTS = frozenset(("and", "but", "while", "whereas", "or"))
_ARTICLES = frozenset(("a", "an", "the"))


def compile_cues(criterion: Criterion) -> Cues:
    """The groups as stems. Function words count where a cue has no others, denials always.

    A misconception is only claimed by what its author wrote, so there all words but articles count.
    """
    strict = criterion.kind is Kind.MISCONCEPTION
    denies = any(t.text in DENIALS for t in tokenise(criterion.text))
    return Cues(
        tuple(
            tuple(
                p
                for alternative in group
                if (p := _phrase(alternative, strict=strict, denies=denies and not strict)).stems
            )
            for group in criterion.cues
        ),
        strict and not denies,
    )


def _phrase(alternative: str, *, strict: bool, denies: bool) -> Phrase:
    tokens = fold_phrases(tokenise(alternative))
    if strict:
        kept = [t for t in tokens if t.text not in _ARTICLES]
    else:
        kept = [t for t in tokens if t.text not in STOPWORDS or t.text in DENIALS] or list(tokens)
    stems = tuple("not" if t.text in DENIALS else t.stem for t in kept)
    return Phrase(stems, denies or "not" in stems, STRICT_GAP if strict else GAP)


def vocabulary(cues: tuple[Cues, ...]) -> dict[str, tuple[str, ...]]:
    """All longer cue stems by their first letter, for putting misspellings right. Among words of five letters too many
    are another word with one letter changed: clear, clean.
    """
    stems = {s for one in cues for group in one.groups for phrase in group for s in phrase.stems}
    table: dict[str, list[str]] = {}
    for stem in sorted(stems):
        if len(stem) > 5 and stem.isalpha():
            table.setdefault(stem[0], []).append(stem)
    return {letter: tuple(words) for letter, words in table.items()}


def index(reading: Reading, known: dict[str, tuple[str, ...]]) -> Index:
    """Index every token of the answer."""
    places: dict[str, list[int]] = {}
    for i, token in enumerate(reading.tokens):
        stem = "not" if token.text in DENIALS else token.stem
        places.setdefault(stem, []).append(i)
        if token.text == "no":  # "no cache" may be a name as well, written without its hyphen
            places.setdefault("no", []).append(i)
        if len(stem) > 3 and stem not in (words := known.get(stem[0], ())):
            for word in words:
                if is_typo(stem, word):
                    places.setdefault(word, []).append(i)
    starts = [s.start for s in reading.sentences]
    sentence_of = [bisect_left(starts, t.start + 1) - 1 for t in reading.tokens]
    return Index(reading, places, sentence_of)


def find(phrase: Phrase, where: Index) -> list[Found]:
    """Every place at which the phrase stands in order within one sentence."""
    rows: list[list[int]] = []
    for stem in phrase.stems:
        row = where.places.get(stem)
        if row is None:
            return []  # most phrases
        rows.append(row)
    found: list[Found] = []
    for first in rows[0]:
        last = first
        for row in rows[1:]:
            k = bisect_left(row, last + 1)
            if (
                k == len(row)
                or row[k] - last > phrase.gap
                or where.sentence_of[row[k]] != where.sentence_of[first]
                or (phrase.gap == STRICT_GAP and row[k] > last + 1 and _parted(where, last, row[k]))
            ):
                break
            last = row[k]
        else:
            denied = not phrase.denies and is_denied(where, first, last)
            found.append(Found(first, last, where.sentence_of[first], denied, len(phrase.stems)))
    return found


def _parted(where: Index, first: int, last: int) -> bool:
    """Whether something else begins between two tokens: nobody is said to claim what two clauses hold."""
    tokens = where.reading.tokens
    if tokens[last - 1].end == tokens[last].start:  # the end of another name: "BaseException"
        return True
    between = tokens[first + 1 : last]
    text = where.reading.text[tokens[first].end : tokens[last].start]
    return any(t.text in _JOINTS for t in between) or any(ch in ",;:/()" for ch in text)


def is_denied(where: Index, first: int, last: int) -> bool:
    """Whether a denial stands within the stretch or shortly before it, in the same clause."""
    tokens, text = where.reading.tokens, where.reading.text
    for i in range(last, max(-1, first - REACH - 1), -1):
        token = tokens[i]
        if i < first:
            between = text[token.end : tokens[i + 1].start]
            if any(ch in ",.;:()!?\n" for ch in between):
                return False
        if token.text in DENIALS:
            after = tokens[i + 1].text if i + 1 < len(tokens) else ""
            return after not in ("only", "just", "merely", "simply")
    return False


def _denied_after(where: Index, last: int) -> bool:
    """Whether the next word is a denial: "prescribes no layout"."""
    following = where.reading.tokens[last + 1 : last + 2]
    return any(t.text in ("no", "nothing", "none", "neither", "nobody", "never") for t in following)


class Hit(NamedTuple):
    """How far a criterion's groups were found.

    share is of the groups of which an alternative was said; denied of those that were only said to be denied;
    together says that one sentence says all of them, and spans is where.
    """

    share: float
    denied: float
    together: bool
    spans: tuple[Found, ...]


def look_for(cues: Cues, where: Index, enough: int = 0) -> Hit:
    """Look for every group; enough of them are as good as all."""
    options = [_best(group, where) for group in cues.groups]
    if not any(options):
        return Hit(0.0, 0.0, together=False, spans=())
    said = [[f for f in row if not f.denied] for row in options]
    new = [bool(row) for i, row in enumerate(said) if enough or i not in cues.given]
    share = min(1.0, sum(new) / min(enough or len(new), len(new)))
    denied = sum(bool(row) and not good for row, good in zip(options, said, strict=True)) / len(options)
    common = set.intersection(*({f.sentence for f in row} for row in said)) if all(said) else set()
    if common and (spans := _apart(said, common)):
        first, last = min(f.first for f in spans), max(f.last for f in spans)
        if cues.strict and (is_denied(where, first, last) or _denied_after(where, last)):
            return Hit(share, denied, together=False, spans=spans)
        return Hit(share, denied, together=True, spans=spans)
    spans = tuple(row[0] for row in said if row)
    if len(spans) > 1 and len({(f.first, f.last) for row in said for f in row}) == 1:
        return Hit(share / len(spans), denied, together=False, spans=spans[:1])
    return Hit(share, denied, together=False, spans=spans)


def _apart(said: Sequence[Sequence[Found]], common: Iterable[int]) -> tuple[Found, ...]:
    """One place for each group in the first sentence in which not all of them are the same word: one word says one
    thing, whatever it could be taken for. Empty where there is no such sentence.
    """
    for number in sorted(common):
        rows = [[found for found in row if found.sentence == number] for row in said]
        if len(rows) == 1 or len({(found.first, found.last) for row in rows for found in row}) > 1:
            taken: list[Found] = []
            for row in rows:
                taken.append(next((found for found in row if found not in taken), row[0]))
            return tuple(taken)
    return ()


def _best(group: tuple[Phrase, ...], where: Index) -> list[Found]:
    return [found for phrase in group for found in find(phrase, where)]
