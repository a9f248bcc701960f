"""Contrasts: what is said of one of two things must not be said of the other."""

import re
from dataclasses import replace

from grading.core.derive.blocks import MOST_ITEMS, Listing, Section
from grading.core.derive.points import Origin, Pair, Point
from grading.core.derive.titles import is_choice, is_listing, is_rhetorical
from grading.core.derive.wording import plain_title, stems, word_count
from grading.core.lexicon import are_opposites


def with_section_contrasts(points: list[Point], sections: tuple[Section, ...]) -> list[Point]:
    """The points of sections that stand side by side with a list each ("Reference counting:", "Cyclic collector:"),
    with what the others say as contrasts; other points as they are.
    """
    titles = [section.title for section in sections if _is_side(section)]
    if len(titles) != 2 or titles[0] == titles[1]:
        return points
    sides = {title: [p for p in points if p.label == title and p.origin in _LISTED] for title in titles}
    if not all(0 < len(side) <= MOST_ITEMS for side in sides.values()):
        return points
    result = []
    for point in points:
        if point.label in sides and point.origin in _LISTED:
            mine = (plain_title(point.label), point.body)
            rivals = _rivals(point, sides)
            point = replace(point, contrasts=(*point.contrasts, (mine, *rivals)))
        result.append(point)
    return result


_LONGEST_TERM = 5  # words
_ASKING = re.compile(r"(?:how|what|when|where|which|why|who)\b", re.IGNORECASE)
_LISTED = frozenset({Origin.ITEM, Origin.FRAGMENT})


def _is_side(section: Section) -> bool:
    title = section.title
    if word_count(title) > _LONGEST_TERM or _ASKING.match(title):
        return False
    if is_rhetorical(title) or is_listing(title) or is_choice(title):
        return False
    return bool(section.blocks) and isinstance(section.blocks[0], Listing)


def _rivals(point: Point, sides: dict[str, list[Point]]) -> tuple[Pair, ...]:
    """What the other sections say: the item in the same place when the lists run in step, else all of it."""
    own = sides[point.label]
    found: list[Pair] = []
    for title, others in sides.items():
        if title == point.label:
            continue
        in_step = len(others) == len(own) and all(": " in other.body for other in (*own, *others))
        chosen = [others[own.index(point)]] if in_step else others
        found.extend((plain_title(title), other.body) for other in chosen)
    return tuple(found)


def told_apart(one: str, other: str, question: str) -> bool:
    """Whether two terms are kinds of one thing, opposites, or both asked about: what is said of one can be mixed up
    with what is said of the other.
    """
    mine, theirs, asked = stems(one), stems(other), stems(question)
    if not mine - theirs or not theirs - mine:
        return one != other and all("`" in term and term.strip("`") in question for term in (one, other))
    kinds = _head(one) == _head(other)  # "read locks", "write locks"
    opposed = any(are_opposites(word, rival) for word in mine - theirs for rival in theirs - mine)
    named = bool((mine & asked) - theirs) and bool((theirs & asked) - mine)
    return kinds or opposed or (named and max(word_count(one), word_count(other)) <= 3)


def _head(term: str) -> frozenset[str]:
    """The stems of the last word, which says what kind of thing a term is."""
    return stems(term.strip("`").split()[-1]) if term.split() else frozenset()
