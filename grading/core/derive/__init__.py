"""A reference answer (Markdown) becomes a draft rubric."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from grading.core.derive.asked import how_many, is_enumeration
from grading.core.derive.blocks import Block, Code, Listing, Section, Table, Text, parse
from grading.core.derive.code import code_points
from grading.core.derive.contrasts import with_section_contrasts
from grading.core.derive.cues import cue_groups
from grading.core.derive.merge import in_points, merged
from grading.core.derive.points import Origin, Point
from grading.core.derive.prose import by_length, list_points, paragraph_points
from grading.core.derive.tables import table_points
from grading.core.derive.wording import sentence, split_sentences, stems
from grading.core.rubric import Criterion, Kind, Rubric

__all__ = ["derive"]

_NAMESPACE = uuid.UUID("8d1f3c52-5a0e-5f9b-9f6b-3f8f6f0c8a51")


def derive(reference_answer_markdown: str, *, question: str = "") -> Rubric:
    """A draft rubric of three to eight core criteria, as far as the answer has that much to say.

    Criteria come from list items, bold lead-ins, table rows, sentences and, where nothing else says it, from code.
    Words of the question do not count as something said. Deterministic: the same text gives the same criteria with
    the same ids. A blank answer gives an empty rubric.
    """
    sections = parse(reference_answer_markdown)
    points = with_section_contrasts(_points(sections, question), sections)
    if all(
        isinstance(block, Text) and not block.bold_lead for section in sections for block in section.blocks
    ):
        points = by_length(points)
    points = merged(points, question)
    if not points:
        points = _plain_points(reference_answer_markdown)
    said = stems(reference_answer_markdown)
    criteria = [
        _criterion(point, worth, question, index, said)
        for index, (point, worth) in enumerate(zip(points, in_points(points), strict=True))
    ]
    wanted = how_many(question)
    if wanted and len(criteria) > wanted and is_enumeration(sections, wanted):
        criteria = _some_of(criteria, wanted)
    return Rubric(tuple(criteria))


def _some_of(criteria: Sequence[Criterion], wanted: int) -> list[Criterion]:
    """So many of them make the maximum, whichever they are: the others, worth the same, stand in for them."""
    return [
        replace(criterion, points=1.0, kind=Kind.CORE if index < wanted else Kind.BONUS)
        for index, criterion in enumerate(criteria)
    ]


def _criterion(point: Point, worth: float, question: str, index: int, said: frozenset[str]) -> Criterion:
    chosen = point.items if point.enough else ()
    return Criterion(
        id=str(uuid.uuid5(_NAMESPACE, f"{index}\n{worth}\n{point.text}")),
        text=point.text,
        points=worth,
        cues=cue_groups(_general(point), question, said, items=chosen),
        examples=(*point.examples, *([" ".join(point.excerpts)] if point.excerpts else [])),
        source=point.source,
        enough=point.enough if chosen else 0,
        contrasts=point.contrasts,
    )


def _general(point: Point) -> str:
    """What cues are taken from: not from the names and messages of the very code."""
    return point.body if point.bundles and point.examples else point.text


def _points(sections: tuple[Section, ...], question: str) -> list[Point]:
    points: list[Point] = []
    for number, section in enumerate(sections):
        announced = ""
        for position, block in enumerate(section.blocks):
            # Blocks of code in one section belong together; every other block is a group of its own.
            group = number * 1000 + (0 if isinstance(block, Code) else position + 1)
            opens = number == position == 0 and not section.title
            points.extend(_of_block(block, section, group, question, announced, opens=opens))
            announced = block.rest if isinstance(block, Text) and block.rest.endswith(":") else ""
    return points


def _of_block(
    block: Block, section: Section, group: int, question: str, announced: str, *, opens: bool
) -> list[Point]:
    """The points of one block; opens says that the answer begins with it."""
    if isinstance(block, Text):
        return paragraph_points(block, question, group, section.title, opening=opens)
    if isinstance(block, Listing):
        leading = opens and len(block.items) <= 4
        return list_points(block, question, group, section.title, announced, leading=leading)
    if isinstance(block, Table):
        return table_points(block, question, group, section.title)
    return code_points(block, group, section.title, alone=all(isinstance(b, Code) for b in section.blocks))


def _plain_points(text: str) -> list[Point]:
    """For an answer in which nothing stands out: its sentences as they are."""
    return [
        Point(sentence(raw), raw, 1.0, Origin.SENTENCE, 0, source=raw)
        for raw in split_sentences(" ".join(text.split()))[:8]
        if sentence(raw)
    ]
