"""One call → verdicts checked → what is in doubt asked again → merged → scored by code. Pure but for the call."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, Protocol

from grading.core.assessment import Assessment, CriterionAssessment, Verdict
from grading.core.reading_copy import ReadingCopy
from grading.core.rubric import Criterion, Kind, Rubric
from grading.core.scoring import score
from grading.llm import prompts
from grading.llm.errors import CallError, RefusedError, RejectedError, UnreadableError
from grading.llm.exchanging import Call, Message, Reply
from grading.llm.parse import GradeParseError, Parsed, parse
from grading.llm.verify import (
    Checked,
    Doubt,
    check,
    differs,
    disagrees,
    quotes_own_words,
    settle,
    unsure,
)

VERSION = "judge-2"
MISLED_FLAG = "judge_misled"
WORTH_A_CALL = 0.25  # of the maximum: what weak doubts must be able to move together

_FOUND = frozenset({Verdict.MET, Verdict.PARTIAL, Verdict.CONTRADICTED})


class Model(Protocol):
    """What judges: ModelClient, in tests something that answers from a script."""

    def complete(
        self, messages: Sequence[Message], schema: dict[str, Any], *, max_tokens: int | None = None
    ) -> Reply: ...

    @property
    def endpoint(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of an answer: verdicts and score, every call made for it, and texts for the candidate."""

    assessment: Assessment
    calls: tuple[Call, ...]
    feedback: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reply, read and checked. misled: it found the control."""

    parsed: Parsed
    checked: dict[str, Checked]
    misled: bool


def new_mark() -> str:
    """A boundary that nobody can write into an answer beforehand."""
    return f"=={secrets.token_hex(12)}=="


def judge(
    model: Model,
    question: str,
    rubric: Rubric,
    copy: ReadingCopy,
    offline: Assessment,
    *,
    prompt: ModuleType = prompts.CURRENT,
    mark: Callable[[], str] = new_mark,
) -> Judgement:
    """Grade one answer. Raises CallError's kinds, with the calls made so far.

    A second call that fails for good leaves what it was to settle unsure; one that fails for now is a failure of
    the whole.
    """
    calls: list[Call] = []

    def ask(asked: Sequence[str], purpose: str) -> Reading:
        messages = prompt.messages(question, rubric, copy.text, mark(), asked=asked)
        text = _ask(model, messages, prompt, asked, purpose, calls)
        return read(text, question, rubric, copy, asked, prompt)

    try:
        everything = prompt.all_keys(rubric)
        first = ask(everything, "first")
        again = keys_in_doubt(first, question, rubric, offline, prompt)
        second = None
        if again:
            try:
                second = ask(reordered(again, prompt.control_key(rubric)), "again")
            except (UnreadableError, RefusedError, RejectedError):
                second = None  # recorded with its error; what it was to settle stays unsure
    except CallError as error:
        error.calls = tuple(calls)
        raise
    return conclude(question, rubric, copy, offline, first, second, tuple(calls), prompt)


def read(
    text: str,
    question: str,
    rubric: Rubric,
    copy: ReadingCopy,
    asked: Sequence[str],
    prompt: ModuleType,
) -> Reading:
    """A reply's text as checked verdicts. Raises UnreadableError."""
    try:
        parsed = parse(text, asked)
    except GradeParseError as error:
        raise UnreadableError(str(error)) from error
    criteria: dict[str, Criterion] = prompt.keys_for(rubric)
    control = parsed.verdicts.get(prompt.control_key(rubric))
    misled = control is not None and control.verdict in _FOUND
    checked = {
        key: Checked(unsure(criteria[key], ""), Doubt.MISLED)
        if misled
        else check(criteria[key], said, question, rubric, copy)
        for key, said in parsed.verdicts.items()
        if key in criteria
    }
    return Reading(parsed, checked, misled)


def keys_in_doubt(
    first: Reading, question: str, rubric: Rubric, offline: Assessment, prompt: ModuleType
) -> list[str]:
    """The criteria to ask for again, in the first reading's order; doubts about disagreement are noted in first.

    The offline grader's opposite is a reason to ask where it can point to words of the answer, or where the quote
    against it has no word of the criterion. Other differences, and those about a bonus, which only fills up, are asked
    about along with something else, or where together they are worth a second call.
    """
    criteria: dict[str, Criterion] = prompt.keys_for(rubric)
    opinions = {one.criterion_id: one for one in offline.criteria}
    strong: list[str] = []
    weak: list[str] = []
    for key, one in first.checked.items():
        criterion, mine = criteria[key], one.assessment
        opinion = opinions.get(criterion.id)
        is_opposite = disagrees(criterion, mine, opinion)
        if one.doubt or not (is_opposite or differs(criterion, mine, opinion)):
            continue
        is_off = bool(mine.evidence) and not quotes_own_words(criterion, mine.evidence, question)
        is_strong = (is_opposite or is_off) and criterion.kind is not Kind.BONUS
        (strong if is_strong else weak).append(key)
    at_stake = sum(criteria[key].points for key in weak)
    is_asked_anyway = strong or any(one.doubt for one in first.checked.values())
    if is_asked_anyway or at_stake >= WORTH_A_CALL * rubric.max_points:
        strong += weak
    for key in strong:
        first.checked[key] = replace(first.checked[key], doubt=Doubt.DISAGREES)
    return [key for key, one in first.checked.items() if one.doubt]


def reordered(keys: Sequence[str], control: str) -> list[str]:
    """Another order for the second reading: turned round, the control in the middle."""
    turned = list(reversed(keys))
    turned.insert((len(turned) + 1) // 2, control)
    return turned


def conclude(
    question: str,
    rubric: Rubric,
    copy: ReadingCopy,
    offline: Assessment,
    first: Reading,
    second: Reading | None,
    calls: tuple[Call, ...],
    prompt: ModuleType,
) -> Judgement:
    """Two readings (or one) become one assessment; the number is computed here and nowhere else."""
    criteria: dict[str, Criterion] = prompt.keys_for(rubric)
    by_id: dict[str, CriterionAssessment] = {}
    for key, criterion in criteria.items():
        one = first.checked.get(key, Checked(unsure(criterion, ""), Doubt.UNSURE))
        two = second.checked.get(key) if second else None
        if not one.doubt:
            by_id[criterion.id] = one.assessment
        elif two is None:
            by_id[criterion.id] = unsure(criterion, one.assessment.rationale)
        else:
            by_id[criterion.id] = settle(criterion, one, two, question)
    judged = tuple(by_id[criterion.id] for criterion in rubric.criteria)
    flags = list(dict.fromkeys((*offline.flags, *copy.flags)))
    if first.misled or (second and second.misled):
        flags.append(MISLED_FLAG)
    assessment = Assessment(
        criteria=judged,
        score=score(rubric, judged),
        max_score=rubric.max_points,
        flags=tuple(flags),
        grader="model",
        version=VERSION,
    )
    last = second if second and first.misled else first
    return Judgement(assessment, calls, feedback_of(last, criteria, by_id))


def feedback_of(
    reading: Reading, criteria: dict[str, Criterion], by_id: dict[str, CriterionAssessment]
) -> dict[str, Any]:
    """Strengths only where something is met, study and a probe only where something is missing."""
    if reading.misled:
        return {}
    core = {k: by_id[c.id] for k, c in criteria.items() if c.kind is Kind.CORE}
    has_met = any(a.verdict is Verdict.MET for a in core.values())
    missing = [key for key, a in core.items() if a.verdict is not Verdict.MET]
    feedback: dict[str, Any] = {}
    if has_met and reading.parsed.strengths:
        feedback["strengths"] = list(reading.parsed.strengths)
    if missing and reading.parsed.study:
        feedback["study"] = list(reading.parsed.study)
    # keys_for puts the weightiest first; a probe on anything else is not what was asked for.
    if missing and reading.parsed.probe and reading.parsed.probe_key == missing[0]:
        feedback["probe"] = {
            "criterion": criteria[missing[0]].text,
            "question": reading.parsed.probe,
        }
    return feedback


def _ask(
    model: Model,
    messages: list[Message],
    prompt: ModuleType,
    asked: Sequence[str],
    purpose: str,
    calls: list[Call],
) -> str:
    """One call, once more with twice the room where the reply was cut off. Every call is added to calls."""
    schema = prompt.schema(asked)
    request = json.dumps([{"role": m.role, "content": m.content} for m in messages], ensure_ascii=False)
    room: int | None = None
    while True:
        begun = time.monotonic()
        call = Call(purpose if room is None else "longer", tuple(asked), prompt.VERSION, request)
        try:
            reply = model.complete(messages, schema, max_tokens=room)
        except CallError as error:
            took = time.monotonic() - begun
            calls.append(replace(call, error=f"{type(error).__name__}: {error}", latency=took))
            raise
        if not reply.is_truncated:
            return _readable(replace(call, reply=reply, raw_request=reply.raw_request), asked, calls)
        calls.append(
            replace(call, reply=reply, raw_request=reply.raw_request, error="The reply was cut off.")
        )
        if room is not None:
            raise UnreadableError("The reply was cut off twice.")
        room = 2 * model.endpoint.max_tokens


def _readable(call: Call, asked: Sequence[str], calls: list[Call]) -> str:
    """The reply's text; one that cannot be read is recorded as such."""
    assert call.reply is not None
    text = call.reply.text
    try:
        parse(text, asked)
    except GradeParseError as error:
        call = replace(call, error=str(error))
    calls.append(call)
    return text
