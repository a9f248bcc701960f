"""The verdicts of a stored grade, computed again from the stored replies, without a call."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grading.core.assessment import Assessment, Verdict
from grading.core.reading_copy import reading_copy
from grading.llm import prompts
from grading.llm.client import read_reply
from grading.llm.configuration import endpoint
from grading.llm.errors import CallError
from grading.llm.exchanging import Mode
from grading.llm.judge import Reading, conclude, keys_in_doubt, read
from grading.llm.verify import Doubt
from grading.models import Grade
from grading.models_exchange import Exchange, Purpose
from grading.pipeline import assess_offline, points


class CannotReplayError(Exception):
    """Why not, in a sentence."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One criterion on which the stored verdict and the recomputed one differ."""

    text: str
    stored: str
    replayed: str


@dataclass(frozen=True, slots=True)
class Replay:
    score: float | None
    stored_score: float | None
    differences: tuple[Difference, ...]

    @property
    def matches(self) -> bool:
        return not self.differences and self.score == self.stored_score


def replay(grade: Grade) -> Replay:
    """Recompute a model's grade. Raises CannotReplayError where what it needs is gone."""
    exchanges = list(grade.exchanges.order_by("position"))
    useful = [exchange for exchange in exchanges if not exchange.error]
    if not useful:
        raise CannotReplayError("There is no exchange with this grade: no model gave it.")
    if any(exchange.raw_purged_at or not exchange.raw_response for exchange in useful):
        raise CannotReplayError("What the model said is no longer kept (GRADING_RAW_RETENTION_DAYS).")
    prompt = prompts.VERSIONS.get(grade.prompt_version)
    if prompt is None:
        raise CannotReplayError(f"There is no prompt {grade.prompt_version} here.")
    question, rubric = grade.answer.question_version.prompt, grade.rubric.to_core()
    if rubric.content_hash != grade.rubric_hash:
        raise CannotReplayError("The rubric is not what it was.")
    text = grade.answer.final_text
    copy, offline = reading_copy(text), assess_offline(question, rubric, text)
    readings = [read(_text(exchange), question, rubric, copy, exchange.asked, prompt) for exchange in useful]
    first, second = readings[0], readings[1] if len(readings) > 1 else None
    keys_in_doubt(first, question, rubric, offline, prompt)
    _doubt_what_was_asked_again(first, exchanges)
    assessment = conclude(question, rubric, copy, offline, first, second, (), prompt).assessment
    return compare(grade, assessment)


def compare(grade: Grade, assessment: Assessment) -> Replay:
    """The stored verdicts beside these."""
    stored = {str(s.criterion_id): s for s in grade.criterion_scores.all()}
    differences = tuple(
        Difference(stored[one.criterion_id].text, stored[one.criterion_id].verdict, one.verdict.value)
        for one in assessment.criteria
        if Verdict(stored[one.criterion_id].verdict) is not one.verdict
    )
    stored_score = None if grade.score is None else float(grade.score)
    score = None if assessment.score is None else float(points(assessment.score))
    return Replay(score, stored_score, differences)


def _doubt_what_was_asked_again(first: Reading, exchanges: list[Exchange]) -> None:
    """What was asked again then, and nothing else: the offline grader may have changed its mind since."""
    # A second call that came to nothing counts, too: what it was to settle stayed unsure.
    again = {key for one in exchanges if one.purpose == Purpose.AGAIN for key in one.asked}
    for key, one in first.checked.items():
        if key in again and not one.doubt:
            first.checked[key] = replace(one, doubt=Doubt.DISAGREES)
        elif key not in again and one.doubt is Doubt.DISAGREES:
            first.checked[key] = replace(one, doubt=Doubt.NONE)


def _text(exchange: Exchange) -> str:
    try:
        reply = read_reply(exchange.raw_response, "", Mode.TEXT, 0.0, endpoint())
    except CallError as error:
        raise CannotReplayError(f"The stored reply cannot be read: {error}") from error
    return reply.text
