"""From many points to three to eight: duplicates merged, the smallest joined, weights turned into points."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from grading.core.derive.code import code_point, without_said
from grading.core.derive.points import Origin, Point
from grading.core.derive.titles import is_listing, is_rhetorical, singular
from grading.core.derive.wording import (
    generic_stems,
    lower_first,
    parenthesised,
    plain_title,
    sentence,
    stems,
    word_count,
)

FEWEST, MOST = 3, 8
_ENOUGH = 6  # remarks in code are taken only while there are fewer criteria than this
_MANY = 80  # more than this nobody reads; comparing them all would take minutes
_LONGEST = 44  # words in a joined criterion

# The share of the shorter point's telling words from which two points say the same. What the author set apart with
# care (definitions, rows of a table) needs more than a list item that comes back to it; code shares words anyway.
_SAME = {Origin.CODE: 0.85, Origin.ROW: 0.8, Origin.SENTENCE: 0.75, Origin.DEFINITION: 0.8}
_SAME_ITEM = 0.7
_SAME_REMARK = 0.75


def merged(points: list[Point], question: str) -> list[Point]:
    """The points that become criteria, in the order of the reference answer."""
    if len(points) > _MANY:
        order = sorted(range(len(points)), key=lambda index: (-points[index].origin, index))[:_MANY]
        points = [points[index] for index in sorted(order)]
    position = {id(point): index for index, point in enumerate(points)}
    stated = [point for point in points if point.origin is not Origin.COMMENT]
    common = _common_stems(stated)
    chosen: list[tuple[int, Point]] = []
    for point in stated:
        twin = next(
            (i for i, (_, other) in enumerate(chosen) if _says_the_same(other, point, question, common)), None
        )
        if twin is None:
            chosen.append((position[id(point)], point))
        else:
            chosen[twin] = (chosen[twin][0], _united(chosen[twin][1], point))
    for point in points:
        if point.origin is not Origin.COMMENT or len(chosen) >= _ENOUGH:
            continue
        others = [other for _, other in chosen]
        remark = without_said(point, others)
        if remark and all(_overlap(remark, other, question, frozenset()) < _SAME_REMARK for other in others):
            chosen.append((position[id(point)], remark))
    result = [point for _, point in sorted(chosen, key=lambda pair: pair[0])]
    while len(result) > MOST:
        result = _one_fewer(result)
    return result


def _common_stems(points: list[Point]) -> frozenset[str]:
    """Words of so many points that sharing them says nothing."""
    counts = Counter(word for point in points for word in stems(point.text))
    return frozenset(word for word, count in counts.items() if count >= max(3, 0.3 * len(points)))


def _own_words(point: Point, question: str, common: frozenset[str]) -> frozenset[str]:
    words = stems(point.body) | (frozenset() if is_rhetorical(point.label) else stems(point.label))
    telling = words - stems(question) - generic_stems() - common
    return telling if len(telling) >= 2 else words


def _overlap(one: Point, other: Point, question: str, common: frozenset[str]) -> float:
    """The share of the shorter point's telling words that the other has as well."""
    mine, theirs = _own_words(one, question, common), _own_words(other, question, common)
    smaller = min(len(mine), len(theirs))
    shared = len(mine & theirs)
    return shared / smaller if smaller and shared >= min(2, smaller) else 0.0


def _says_the_same(one: Point, other: Point, question: str, common: frozenset[str]) -> bool:
    if one.group == other.group or bool(one.enough) != bool(other.enough):
        return False  # side by side on purpose; a choice of examples is like nothing but another choice
    if _is_about(one, other) or _is_about(other, one):
        return True
    limit = max(_SAME.get(point.origin, _SAME_ITEM) for point in (one, other))
    return _overlap(one, other, question, common) >= limit


def _is_about(headed: Point, item: Point) -> bool:
    """Whether a list item comes back to what a table row or a section of code is headed by: "**Rate limiting** –
    prevent abuse" after a section "Rate limiting" with code.
    """
    if headed.origin not in {Origin.ROW, Origin.CODE} or item.origin not in {Origin.ITEM, Origin.FRAGMENT}:
        return False
    if is_rhetorical(headed.label):
        return False
    about = stems(headed.label) - generic_stems()
    said = stems(item.body)
    hits = sum(any(word == other or _akin(word, other) for other in said) for word in about)
    return bool(about) and word_count(item.body) <= 12 and hits == len(about)


def _akin(one: str, other: str) -> bool:
    """Stems of one family: "auto", "automat"; "author", "authoriz"."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and long.startswith(short)


def _united(first: Point, second: Point) -> Point:
    """Two points that say the same: the fuller wording stays, the other becomes an example of it."""
    if first.bundles and not second.bundles and _is_about(first, second):
        return _explained(first, second)
    main, extra = (first, second)
    richer = len(stems(first.body)) < len(stems(second.body)) <= 14
    if Origin.CODE in {first.origin, second.origin}:
        main, extra = (first, second) if second.origin is Origin.CODE else (second, first)
    elif second.origin > first.origin or (second.origin == first.origin and richer):
        main, extra = second, first
    return replace(
        main,
        weight=min(max(first.weight, second.weight) + 0.5, 3.0),
        examples=tuple(dict.fromkeys((*main.examples, extra.text, *extra.examples))),
        contrasts=(
            *main.contrasts,
            *(contrast for contrast in extra.contrasts if contrast not in main.contrasts),
        ),
    )


def _explained(shown: Point, item: Point) -> Point:
    """Code under a heading, and the list item that comes back to it: its words in front, the code behind."""
    body = f"{item.body.rstrip('.')}; {lower_first(shown.body)}"
    if word_count(body) > _LONGEST:
        body = item.body
    return replace(
        shown,
        text=sentence(
            body if stems(shown.label) & stems(item.body) else f"{plain_title(shown.label)} – {body}"
        ),
        body=body,
        weight=shown.weight + 0.5,
        origin=Origin.ITEM,
        examples=(shown.text,),
    )


def _one_fewer(points: list[Point]) -> list[Point]:
    """Join the two neighbours whose joining costs least, or drop the least point when none can be joined."""
    pairs = [
        (_cost(one, other), index)
        for index, (one, other) in enumerate(pairwise(points))
        if _may_join(one, other)
    ]
    if pairs:
        _, index = min(pairs)
        return [*points[:index], _joined(points[index], points[index + 1]), *points[index + 2 :]]
    least = min(range(len(points)), key=lambda index: (points[index].origin, points[index].weight, -index))
    return points[:least] + points[least + 1 :]


def _may_join(one: Point, other: Point) -> bool:
    if one.group != other.group or one.enough or other.enough:
        return False
    if one.bundles and other.bundles:
        return True
    return word_count(one.text) + word_count(other.body) <= _LONGEST


def _cost(one: Point, other: Point) -> tuple[int, bool, int]:
    """Code first, then items of a list of benefits and the like, then whatever makes the shortest sentence; what is
    joined already comes after the single ones.
    """
    rank = max(one.origin, other.origin) + 2 * (one.joined or other.joined)
    return rank, not is_listing(one.label), word_count(one.body) + word_count(other.body)


def _joined(one: Point, other: Point) -> Point:
    if one.bundles and other.bundles:
        return replace(
            code_point((*one.bundles, *other.bundles), one.group, one.label),
            excerpts=(*one.excerpts, *other.excerpts),
        )
    if Origin.ROW in {one.origin, other.origin}:
        return _joined_rows(one, other)
    label = plain_title(one.label)
    prefix = _prefix(one)
    labelled = bool(label) and prefix.rstrip(" :–") in {label, plain_title(singular(one.label))}
    body = f"{_tucked(one, labelled=labelled)}; {_tucked(other, labelled=labelled)}"
    text = f"{label if labelled else prefix}{': ' if labelled else ''}{body}"
    return replace(
        one,
        text=sentence(text),
        body=body,
        weight=min(one.weight + 0.5 * other.weight, 3.0),
        origin=Origin(max(one.origin, other.origin)),
        examples=_both(one, other) or ((sentence(body),) if text != body else ()),
        excerpts=(*one.excerpts, *other.excerpts),
        contrasts=(*one.contrasts, *other.contrasts),
        joined=True,
    )


def _joined_rows(one: Point, other: Point) -> Point:
    """Two rows as two clauses; of one term, as one sentence."""
    first = one.text.rstrip(".")
    second = (
        other.body if other.label == one.label and _prefix(other) else lower_first(other.text.rstrip("."))
    )
    return replace(
        one,
        text=sentence(f"{first}; {second}"),
        body=f"{one.body}; {second}",
        examples=_both(one, other),
        weight=min(one.weight + 0.5 * other.weight, 3.0),
        contrasts=(*one.contrasts, *other.contrasts),
        joined=True,
    )


def _both(one: Point, other: Point) -> tuple[str, ...]:
    """An example of two points together; what exemplifies only one of them does not satisfy both."""
    if not one.examples and not other.examples:
        return ()
    first, second = ((point.examples or (point.text,))[0] for point in (one, other))
    return (f"{first} {second}",)


def _tucked(point: Point, *, labelled: bool) -> str:
    """A body as a member of a list."""
    if point.joined:
        return point.body
    body = point.body.rstrip(".")
    return parenthesised(body) if labelled or ": " in body else lower_first(body)


def _prefix(point: Point) -> str:
    """What a point's text has in front of its body ("Benefit: ", "Inspecting ")."""
    text, body = point.text.rstrip("."), point.body.rstrip(".")
    return text[: len(text) - len(body)] if text.lower().endswith(body.lower()) else ""


def in_points(points: list[Point]) -> list[float]:
    """Points for each, in halves; no single one is worth more than half of all when there are three or more."""
    weights = [max(0.5, round(point.weight * 2) / 2) for point in points]
    if len(weights) >= FEWEST:
        for index, weight in enumerate(weights):
            weights[index] = min(weight, max(0.5, sum(weights) - weight))
    return weights
