"""A point: what a criterion is made of, before duplicates are merged and points are given."""

from dataclasses import dataclass
from enum import IntEnum

from grading.core.derive.idioms import Clause

Pair = tuple[str, str]


class Origin(IntEnum):
    """Where a point comes from; the lower, the sooner it gives way when there are too many."""

    COMMENT = 0
    CODE = 1
    FRAGMENT = 2
    ITEM = 3
    ROW = 4
    SENTENCE = 5
    DEFINITION = 6


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that the reference answer says.

    label names what it belongs to ("Benefits", "Cyclic garbage collector"), body is what is said without it, text is
    the whole sentence. Points of one group stand side by side in the reference: their author held them apart, so
    they are never duplicates of one another. examples and source are the reference's own words.
    """

    text: str
    body: str
    weight: float
    origin: Origin
    group: int
    label: str = ""
    source: str = ""
    examples: tuple[str, ...] = ()
    contrasts: tuple[tuple[Pair, ...], ...] = ()
    items: tuple[str, ...] = ()
    enough: int = 0
    excerpts: tuple[str, ...] = ()
    bundles: tuple[tuple[Clause, ...], ...] = ()
    joined: bool = False
