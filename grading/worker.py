"""The loop of a worker: grade what is due, keep calls to the model under way, sweep, stop when told to."""

from __future__ import annotations

import gc
import logging
import signal
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from grading.model_calls import ModelCalls
from grading.pipeline import grade_next
from grading.sweeping import sweep

if TYPE_CHECKING:
    from grading.llm.judge import Model

logger = logging.getLogger(__name__)


class Worker:
    """One thread that owns the database connection; calls to a model wait in threads of their own.

    Told to stop, it lets an offline grade in hand finish, gives back what the model has not answered yet, and takes
    nothing more.
    """

    def __init__(self, poll_seconds: float = 0.1, model: Model | None = None) -> None:
        self.poll_seconds = poll_seconds
        self.stopping = threading.Event()
        self.calls = ModelCalls(model)

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        self.settle()
        logger.info("The grading worker is ready.")
        self.serve(sweep_first=True)

    def settle(self) -> None:
        """Load what grading needs, and keep it out of garbage collections, each of which would stop every call under
        way for as long as it takes to look through all that is loaded. For processes that are workers and nothing else.
        """
        self.calls.load()
        gc.collect()
        gc.freeze()

    def serve(self, *, sweep_first: bool = False) -> None:
        """Until stop: sweep every GRADING_SWEEP_SECONDS, grade what is due, look for more every poll_seconds."""
        next_sweep = time.monotonic() + (0 if sweep_first else settings.GRADING_SWEEP_SECONDS)
        while not self.stopping.is_set():
            try:
                if time.monotonic() >= next_sweep:
                    sweep(timezone.now())
                    next_sweep = time.monotonic() + settings.GRADING_SWEEP_SECONDS
                has_worked = self._round()
                wait = 0.0 if has_worked else min(self.poll_seconds, max(0.0, next_sweep - time.monotonic()))
                if len(self.calls):
                    wait = min(wait, settings.GRADING_LEASE_SECONDS / 8)  # their leases want renewing
                self.calls.conclude_done(wait)
            except DatabaseError:
                logger.exception("The database did not answer; trying again.")
                connection.close()
                self.stopping.wait(self.poll_seconds)
        self._give_back()

    def drain(self) -> int:
        """Grade what is due now; how many jobs were worked on."""
        sweep(timezone.now())
        touched = 0
        while not self.stopping.is_set():
            worked = self._round()
            concluded = self.calls.conclude_done(self.poll_seconds if len(self.calls) and not worked else 0.0)
            touched += worked
            if not worked and not concluded and not len(self.calls):
                break
        self._give_back()
        return touched

    def stop(self) -> None:
        """End soon. Safe in a signal handler and from another thread."""
        self.stopping.set()
        self.wake()

    def wake(self) -> None:
        """There may be something to do. Safe in a signal handler and from another thread."""
        self.calls.threads.wake()

    def _round(self) -> int:
        """One job of the offline grader, and as many of the model as may be; how many were touched."""
        self.calls.keep()
        return int(grade_next()) + self.calls.start_due()

    def _give_back(self) -> None:
        try:
            self.calls.release_all()
        except DatabaseError:
            logger.exception("The jobs under way could not be given back; their leases will expire.")

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stop()
