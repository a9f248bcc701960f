"""The rubric section of a question: one item per criterion, its helps below it."""

import re
from decimal import Decimal

from questions.bank.lines import Line
from questions.bank.model import BankCriterion, BankProblem

_CRITERION = re.compile(
    r"^- \((?:(?P<kind>bonus|misconception) )?(?P<points>[0-9]+(?:\.[0-9]+)?)\)\s+(?P<text>\S.*)$"
)
_DETAIL = re.compile(r"^\s+- (?P<key>any of|for example|in fact):\s*(?P<text>\S.*)$")


def read_rubric(lines: list[Line], question_line: int) -> tuple[BankCriterion, ...]:
    """The criteria in their order. Raises BankProblem with the line of what is no item."""
    criteria: list[BankCriterion] = []
    details: dict[str, list[str]] = {}
    for line in lines:
        if not line.text.strip():
            continue
        if item := _CRITERION.match(line.text):
            if criteria:
                criteria[-1] = _with_details(criteria[-1], details)
            details = {}
            points = _points(item["points"], line.number)
            criteria.append(BankCriterion(item["text"].strip(), points, item["kind"] or "core"))
        elif (detail := _DETAIL.match(line.text)) and criteria:
            if detail["key"] == "in fact" and criteria[-1].kind != "misconception":
                raise BankProblem(line.number, "“in fact:” goes with a misconception only.")
            details.setdefault(detail["key"], []).append(detail["text"].strip())
        else:
            raise BankProblem(
                line.number,
                "Not an item of a rubric: “- (2) Text”, “- (bonus 1) Text”, “- (misconception 1) Text”, or below one "
                "of them “- any of: a | b”, “- for example: …”, “- in fact: …”.",
            )
    if criteria:
        criteria[-1] = _with_details(criteria[-1], details)
        if not any(c.kind == "core" for c in criteria):
            raise BankProblem(question_line, "The rubric has no core criterion, so nothing could be scored.")
    return tuple(criteria)


def _points(written: str, line: int) -> float:
    """Hundredths at the finest: that is what a rubric stores, and nothing is rounded behind anybody's back."""
    points = Decimal(written)
    if not 0 < points <= 100:
        raise BankProblem(line, f"A criterion is worth between 0 and 100 points, not {written}.")
    if points != round(points, 2):
        raise BankProblem(line, f"Points have two decimals at most, not {written}.")
    return float(points)


def _with_details(criterion: BankCriterion, details: dict[str, list[str]]) -> BankCriterion:
    return BankCriterion(
        text=criterion.text,
        points=criterion.points,
        kind=criterion.kind,
        cues=tuple(
            tuple(cue.strip() for cue in group.split(" | ") if cue.strip())
            for group in details.get("any of", [])
        ),
        examples=tuple(details.get("for example", [])),
        correction=" ".join(details.get("in fact", [])),
    )
