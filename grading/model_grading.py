"""One job for the model: whether a model may be had, what is called, and what becomes of what comes back."""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Value
from django.utils import timezone

from grading import model_fallback, pipeline, queue
from grading.core.assessment import Assessment
from grading.core.reading_copy import ReadingCopy, reading_copy
from grading.core.rubric import Rubric as CoreRubric
from grading.llm import breaker, budget, configuration
from grading.llm.errors import (
    CallError,
    MisconfiguredError,
    RefusedError,
    RejectedError,
    ThrottledError,
    TryLaterError,
)
from grading.llm.exchanging import Endpoint, sha256, storable
from grading.llm.gates import gate
from grading.llm.judge import Judgement, judge
from grading.models import Grade, Grader, GradingJob, JobState, Rubric
from grading.models_exchange import Exchange
from grading.queue import Lease

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grading.llm.exchanging import Call
    from grading.llm.judge import Model

logger = logging.getLogger(__name__)

THROTTLE_WAIT = dt.timedelta(seconds=5)  # after a 429 that names no time


class Standing(StrEnum):
    """Whether a model can be had."""

    READY = "ready"
    OFF = "off"
    OUTAGE = "outage"
    CONFIGURATION = "configuration"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Availability:
    """until is when it is worth looking again."""

    standing: Standing
    until: dt.datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A claimed job with all that judging needs."""

    lease: Lease
    job: GradingJob
    rubric: Rubric
    question: str
    core: CoreRubric
    copy: ReadingCopy
    offline: Assessment
    started: float
    is_probe: bool = False


def availability(endpoint: Endpoint, now: dt.datetime) -> Availability:
    """Whether a model can be had now. Three queries at the most."""
    if not configuration.is_switched_on():
        return Availability(Standing.OFF, reason="The model is switched off.")
    if endpoint.lacks_key:
        until = now + breaker.CONFIGURATION_WAIT
        return Availability(Standing.CONFIGURATION, until, "OPENAI_API_KEY is not set.")
    state = breaker.state(endpoint.name)
    if state.is_open:
        kind = Standing.CONFIGURATION if state.kind == "configuration" else Standing.OUTAGE
        return Availability(kind, state.probe_at, state.reason)
    if budget.is_spent(now):
        return Availability(Standing.BUDGET, budget.next_day(now), "Today's budget for the model is spent.")
    return Availability(Standing.READY)


def has_budget() -> bool:
    """Whether a day's use is limited at all."""
    return bool(settings.GRADING_DAILY_TOKENS or settings.GRADING_DAILY_COST)


def prepare(lease: Lease, job: GradingJob, *, is_probe: bool = False) -> Prepared | None:
    """Ready to be judged; None where the answer needs no model and has its grade already."""
    rubric = pipeline.rubric_of(job)
    question, core, answer = job.answer.question_version.prompt, rubric.to_core(), job.answer.final_text
    offline = pipeline.assess_offline(question, core, answer)
    copy = reading_copy(answer)
    if gated := gate(question, core, copy, offline):
        pipeline.finish_with(lease, job, rubric, pipeline.Outcome(gated.assessment, Grader.KEYWORD))
        return None
    return Prepared(lease, job, rubric, question, core, copy, offline, time.monotonic(), is_probe)


def judge_prepared(model: Model, prepared: Prepared) -> Judgement:
    """The part that runs in a thread: calls, and no database."""
    return judge(model, prepared.question, prepared.core, prepared.copy, prepared.offline)


def conclude(
    prepared: Prepared, result: Judgement | BaseException, endpoint: Endpoint, now: dt.datetime
) -> None:
    """Write what came of it: a grade, another try, or a person's queue; and every call that was made."""
    calls = result.calls if isinstance(result, Judgement | CallError) else ()
    with transaction.atomic():
        budget.add(calls, endpoint, now)
        if isinstance(result, Judgement):
            grade = pipeline.finish_with(prepared.lease, prepared.job, prepared.rubric, outcome_of(result))
            record([(prepared, calls, grade)], endpoint)
            return
        record([(prepared, calls, None)], endpoint)
        _fail(prepared, result, endpoint, now)


def conclude_all(judged: Sequence[tuple[Prepared, Judgement]], endpoint: Endpoint, now: dt.datetime) -> None:
    """The same for several judgements at once, with as few statements as for one. Raises LeaseLostError where one of
    them is somebody else's by now: nothing is written then.
    """
    with transaction.atomic():
        grades = pipeline.finish_all_with(
            [(one.lease, one.job, one.rubric, outcome_of(judgement)) for one, judgement in judged]
        )
        budget.add([call for _, judgement in judged for call in judgement.calls], endpoint, now)
        record(
            [(one, judgement.calls, grade) for (one, judgement), grade in zip(judged, grades, strict=True)],
            endpoint,
        )


def outcome_of(judgement: Judgement) -> pipeline.Outcome:
    """A model's grade to be."""
    last = next((call for call in reversed(judgement.calls) if call.reply), None)
    return pipeline.Outcome(
        judgement.assessment,
        Grader.LLM,
        model=last.reply.model if last and last.reply else "",
        prompt_version=last.prompt_version if last else "",
        feedback=judgement.feedback,
    )


def _fail(prepared: Prepared, error: BaseException, endpoint: Endpoint, now: dt.datetime) -> None:
    lease, message = prepared.lease, f"{type(error).__name__}: {error}"
    match error:
        case ThrottledError():
            wait = dt.timedelta(seconds=error.retry_after) if error.retry_after else THROTTLE_WAIT
            _postpone(prepared, now + wait, message, now)
            return
        case MisconfiguredError():
            breaker.note_misconfiguration(endpoint.name, f"{error} {error.advice}", now)
            logger.error("The model cannot be used: %s %s", error, error.advice)
            if settings.GRADING_FALLBACK == "person":
                queue.bury(lease, message, now)
            else:
                _postpone(prepared, now + breaker.CONFIGURATION_WAIT, message, now)
            return
        case RefusedError():
            # Another grader must not decide in silence what a model would not look at.
            queue.bury(lease, message, now)
            return
        case RejectedError():
            breaker.note_failure(endpoint.name, str(error), now)
            state = queue.bury(lease, message, now)
        case TryLaterError() if prepared.is_probe:
            # The endpoint is known to be down: this says nothing about the answer, and costs it no attempt.
            breaker.note_failure(endpoint.name, str(error), now)
            queue.postpone(lease, now, message)
            return
        case TryLaterError():
            breaker.note_failure(endpoint.name, str(error), now)
            delay = dt.timedelta(seconds=error.retry_after) if error.retry_after else None
            state = queue.fail(lease, message, now, delay=delay)
            if delay and state == JobState.QUEUED:
                model_fallback.after_postponement(
                    prepared.job, prepared.rubric, prepared.offline, now + delay, now
                )
        case _:
            if not isinstance(error, CallError):
                logger.error("Grading job %s failed", lease.job_id, exc_info=error)
            state = queue.fail(lease, message, now)
    if state == JobState.DEAD:
        is_outage = isinstance(error, TryLaterError)
        model_fallback.after_death(prepared.job, prepared.rubric, prepared.offline, now, is_outage=is_outage)


def _postpone(prepared: Prepared, until: dt.datetime, message: str, now: dt.datetime) -> None:
    if queue.postpone(prepared.lease, until, message):
        model_fallback.after_postponement(prepared.job, prepared.rubric, prepared.offline, until, now)


def record(made: Sequence[tuple[Prepared, Sequence[Call], Grade | None]], endpoint: Endpoint) -> None:
    """A row for each call, raw texts included unless nothing raw is kept."""
    keeps_raw = settings.GRADING_RAW_RETENTION_DAYS > 0
    now = timezone.now()
    Exchange.objects.bulk_create(
        Exchange(
            job=prepared.job,
            grade=grade,
            attempt=prepared.lease.attempt,
            position=position,
            purpose=call.purpose,
            asked=list(call.asked),
            endpoint=endpoint.address[:300],
            model=call.reply.model if call.reply else endpoint.model,
            prompt_version=call.prompt_version,
            mode=call.reply.mode.value if call.reply else "",
            finish_reason=call.reply.finish_reason if call.reply else "",
            request_hash=sha256(call.raw_request),
            response_hash=sha256(call.reply.raw_response) if call.reply else "",
            # An expression, or PostgreSQL's backend would send arrays, whose every quotation mark is escaped in Python:
            # with texts in JSON that is a fifth of all the work of a grade.
            raw_request=Value(storable(call.raw_request) if keeps_raw else ""),
            raw_response=storable(call.reply.raw_response) if call.reply and keeps_raw else "",
            raw_purged_at=None if keeps_raw else now,
            input_tokens=call.tokens[0],
            output_tokens=call.tokens[1],
            cost=budget.money(call, endpoint),
            latency_ms=round(1000 * (call.reply.latency if call.reply else call.latency)),
            error=storable(call.error),
        )
        for prepared, calls, grade in made
        for position, call in enumerate(calls, start=1)
    )
