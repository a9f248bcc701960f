"""Rubric and Criterion: what an answer is judged by."""

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a criterion does to the score."""

    CORE = "core"
    BONUS = "bonus"
    MISCONCEPTION = "misconception"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing to look for in an answer.

    points is > 0 for every kind; a misconception takes its points away.
    cues are concept groups for the offline grader: every group is wanted, in any of its alternatives.
    examples are ways to say it that a real candidate might use.
    correction is the truth behind a misconception.
    source is the place in the reference answer that the criterion comes from.
    enough says how many cue groups are as good as all of them, for a criterion that wants some items of a list
    (use cases, examples); 0 means all.
    contrasts tell which property belongs to which term. Each is a tuple of (term, property) pairs, of which the
    first is what this criterion states and the others are what must not be mixed up with it; an empty property
    means that only the term is known to differ.
    """

    id: str
    text: str
    points: float
    kind: Kind = Kind.CORE
    cues: tuple[tuple[str, ...], ...] = ()
    examples: tuple[str, ...] = ()
    correction: str = ""
    source: str = ""
    enough: int = 0
    contrasts: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Rubric:
    """The criteria for one version of a question, in the order in which people read them.

    truths are true sentences on the subject. They earn nothing; a sentence of an answer that sounds more like one
    of them than like a misconception is not taken for the misconception.
    """

    criteria: tuple[Criterion, ...]
    truths: tuple[str, ...] = ()

    @property
    def max_points(self) -> float:
        """The maximum: the sum of the core criteria's points."""
        return sum(c.points for c in self.criteria if c.kind is Kind.CORE)

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) over everything that can influence a mark; ids do not count."""
        rows: list[object] = [{k: v for k, v in asdict(c).items() if k != "id"} for c in self.criteria]
        rows += [{"truths": self.truths}] if self.truths else []
        text = json.dumps(rows, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
