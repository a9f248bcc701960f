"""The calls that a worker has under way: claims jobs, starts calls, writes what comes back.

The calls themselves run in threads that touch no database; everything here runs in the worker's own thread.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from contextlib import suppress
from functools import partial
from queue import Empty
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from grading import model_fallback, pipeline, queue
from grading.llm import breaker, configuration
from grading.llm.concurrency import AdaptiveLimit, CallThreads
from grading.llm.errors import CallError, MisconfiguredError, ThrottledError, TryLaterError
from grading.llm.judge import Judgement
from grading.model_grading import (
    Availability,
    Prepared,
    Standing,
    availability,
    conclude,
    conclude_all,
    has_budget,
    judge_prepared,
    prepare,
)
from grading.models import Grader, GradingJob
from grading.queue import Lease

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grading.llm.exchanging import Endpoint
    from grading.llm.judge import Model

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.25  # seconds for which what was found out about the model holds
GATHER_SECONDS = 0.1  # a fraction of any call; spare calls keep the threads busy meanwhile
AT_ONCE = 64  # jobs claimed in one go: a slow database then means larger rounds, not fewer calls
ABANDON_AFTER = 5  # time limits of one call; a judgement takes four at the most


class ModelCalls:
    """The calls that one worker has under way. Only the worker's own thread calls its methods, but for threads.wake.

    model is what judges; without one, the configured endpoint's client is made when it is first needed.
    """

    def __init__(self, model: Model | None = None) -> None:
        self.threads = CallThreads()
        self.limit = AdaptiveLimit(settings.GRADING_CONCURRENCY)
        self._model = model
        self._under_way: dict[tuple[int, Any], Prepared] = {}
        self._available = Availability(Standing.OFF)
        self._looked_at = float("-inf")
        self._renewed_at = time.monotonic()
        self._may_be_open = True  # the breaker, as far as we know

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def model(self) -> Model:
        if self._model is None:
            from grading.llm.client import client_for  # 0.3 s, and only for those who call a model

            self._model = client_for(configuration.endpoint())
        return self._model

    def load(self) -> None:
        """Import and make what the first call would otherwise wait for, where a model is wanted at all."""
        if self._model is None and configuration.is_wanted():
            from grading.llm.client import client_for

            with suppress(MisconfiguredError):  # the first call will say so
                client_for(configuration.endpoint()).warm_up()

    def start_due(self) -> int:
        """Claim due jobs and start a call for each, as many as may be; how many jobs were touched."""
        now, allowed = timezone.now(), self.limit.at(time.monotonic())
        self.threads.allow(allowed)
        # As many again are made ready beforehand, so that no thread waits for this one, even where all calls end at
        # once while it writes. A budget is kept to the call.
        spare = 0 if has_budget() else allowed
        room = min(allowed + spare - len(self), AT_ONCE) if allowed else 0
        pause = self.limit.pause_at(time.monotonic())
        if room < 1 and pause <= model_fallback.PATIENCE.total_seconds():
            return 0
        endpoint = configuration.endpoint()
        available = self._look(endpoint, now)
        if pause and available.standing is Standing.READY:
            until = now + dt.timedelta(seconds=pause)
            available = Availability(Standing.OUTAGE, until, "The endpoint wants fewer calls.")
        if available.standing is Standing.READY:
            return self._start(queue.claim_many(now, room, Grader.LLM))
        may_probe = available.standing in {Standing.OUTAGE, Standing.CONFIGURATION} and not endpoint.lacks_key
        if (
            may_probe
            and not pause
            and not len(self)
            and self._is_due(now)
            and breaker.claim_probe(endpoint.name, now)
        ):
            return self._start(queue.claim_many(now, 1, Grader.LLM), is_probe=True)
        return model_fallback.while_unavailable(available.standing, available.until, available.reason, now)

    def _is_due(self, now: dt.datetime) -> bool:
        return GradingJob.objects.due(now).filter(method=Grader.LLM).exists()

    def _start(self, leases: list[Lease], *, is_probe: bool = False) -> int:
        for lease, job in pipeline.load(leases):
            try:
                prepared = prepare(lease, job, is_probe=is_probe)
            except Exception as error:
                logger.exception("Grading job %s failed on attempt %s", lease.job_id, lease.attempt)
                queue.fail(lease, f"{type(error).__name__}: {error}", timezone.now())
                continue
            if prepared is not None:
                label = (lease.job_id, lease.token)
                self._under_way[label] = prepared
                self.threads.submit(label, partial(judge_prepared, self.model, prepared))
        return len(leases)

    def _look(self, endpoint: Endpoint, now: dt.datetime) -> Availability:
        if time.monotonic() - self._looked_at > LOOK_EVERY:
            self._available, self._looked_at = availability(endpoint, now), time.monotonic()
            self._may_be_open |= self._available.standing is not Standing.READY
        return self._available

    def conclude_done(self, wait: float) -> int:
        """Write what has come back, waiting up to wait seconds for the first; how many."""
        results = [
            (prepared, result)
            for label, result in self._results(wait)
            if (prepared := self._under_way.pop(label, None)) is not None  # not abandoned before
        ]
        now, endpoint = timezone.now(), configuration.endpoint()
        for prepared, result in results:
            self._note(prepared, result, endpoint)
        judged = [(prepared, result) for prepared, result in results if isinstance(result, Judgement)]
        others = [(prepared, result) for prepared, result in results if not isinstance(result, Judgement)]
        if judged:
            try:
                conclude_all(judged, endpoint, now)
            except Exception as error:
                # One by one, so that the others do not suffer for one of them.
                logger.info("Writing %s grades one by one: %r", len(judged), error)
                others += judged
        for prepared, result in others:
            self._conclude(prepared, result, endpoint)
        return len(results)

    def _results(self, wait: float) -> Iterator[tuple[Any, Any]]:
        """What is in done, the wake-ups left out. The first may be waited for; where the threads have more to do
        anyway, others are waited for a moment, since writing ten grades costs little more than writing one.
        """
        item = self._next(wait)
        while item is None and wait > 0 and not self.threads.done.empty():
            item = self._next(0.0)  # a wake-up came first
        if item is None:
            return
        until = time.monotonic() + (GATHER_SECONDS if self.threads.has_spare else 0.0)
        while item is not None:
            yield item
            item = self._next(until - time.monotonic())

    def _next(self, wait: float) -> tuple[Any, Any] | None:
        try:
            return self.threads.done.get(timeout=wait) if wait > 0 else self.threads.done.get_nowait()
        except Empty:
            return None

    def _note(self, prepared: Prepared, result: object, endpoint: Endpoint) -> None:
        """What a result says about the endpoint."""
        moment = time.monotonic()
        if has_budget():
            self._looked_at = float("-inf")  # this call may have been what was left of the budget
        match result:
            case ThrottledError():
                self.limit.on_throttle(prepared.started, moment, result.retry_after)
                if not self.limit.at(moment):
                    self._take_back()  # others may do without a model what waits here
            case CallError() if result.is_outage or isinstance(result, MisconfiguredError):
                self._looked_at, self._may_be_open = float("-inf"), True
                if self.limit.on_failure(is_certain=isinstance(result, MisconfiguredError)):
                    self._take_back()
            case Judgement() | CallError():
                self.limit.on_success()
                if self._may_be_open and breaker.note_success(endpoint.name):
                    logger.warning("The model is back.")
                    self._looked_at = float("-inf")
                self._may_be_open = False

    def _take_back(self) -> None:
        """What has not been called yet will not be for now."""
        self.threads.allow(self.limit.at(time.monotonic()))
        for label in self.threads.take_back():
            prepared = self._under_way.pop(label, None)
            if prepared is not None:
                queue.release(prepared.lease, timezone.now())

    def _conclude(self, prepared: Prepared, result: Judgement | BaseException, endpoint: Endpoint) -> None:
        now = timezone.now()
        try:
            conclude(prepared, result, endpoint, now)
        except Exception as error:
            logger.exception("What the model said of job %s could not be stored", prepared.lease.job_id)
            queue.fail(prepared.lease, f"{type(error).__name__}: {error}", timezone.now())

    def keep(self) -> None:
        """Renew the leases in time, and give up calls that no time limit has ended."""
        moment = time.monotonic()
        if self._under_way and moment - self._renewed_at > settings.GRADING_LEASE_SECONDS / 4:
            queue.renew_many([one.lease for one in self._under_way.values()], timezone.now())
            self._renewed_at = moment
        longest = ABANDON_AFTER * settings.GRADING_TIMEOUT_SECONDS
        overdue = [self._under_way.pop(label, None) for label in self.threads.give_up(longest)]
        for prepared in filter(None, overdue):
            late = TryLaterError("The endpoint held the call beyond every time limit.")
            self._note(prepared, late, configuration.endpoint())
            self._conclude(prepared, late, configuration.endpoint())

    def release_all(self) -> None:
        """Give back every job under way, untried, at once."""
        self.threads.take_back()
        now = timezone.now()
        for prepared in self._under_way.values():
            queue.release(prepared.lease, now)
        self._under_way.clear()
