"""How many calls an endpoint bears: grows by success, halves on 429. And the threads that make them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

START = 4  # few, since a cold start may be one into an outage
FAILURES_IN_A_ROW = 3  # that many, and the endpoint is taken to be down rather than unlucky
THROTTLED_ROUNDS = 3  # rounds of 429 without a success after which we wait by ourselves
MAX_PAUSE = 60.0  # seconds


class AdaptiveLimit:
    """The number of calls that may be under way. Not thread-safe: the worker's loop owns it.

    Doubles each round at first; after the first 429 it grows by one a round. Of a burst of 429s from one round only
    the first one halves. An endpoint that says 429 again and again without naming a time is left alone for longer and
    longer. Times are seconds of a monotonic clock.
    """

    def __init__(self, maximum: int, start: int = START) -> None:
        self.maximum = maximum
        self.paused_until = 0.0
        self._limit = float(min(start, maximum))
        self._is_slow = False
        self._halved_at = float("-inf")
        self._failed = self._throttled = 0

    def at(self, now: float) -> int:
        """How many may be under way now."""
        return 0 if now < self.paused_until else int(self._limit)

    def pause_at(self, now: float) -> float:
        """For how many seconds from now on nobody may call."""
        return max(0.0, self.paused_until - now)

    def on_success(self) -> None:
        self._failed = self._throttled = 0
        step = 1.0 / self._limit if self._is_slow else 1.0
        self._limit = min(self._limit + step, float(self.maximum))

    def on_throttle(self, started: float, now: float, retry_after: float | None = None) -> None:
        """A call that began at started was told 429: halve, unless it began before the last halving."""
        if started >= self._halved_at:
            self._limit = max(1.0, self._limit / 2)
            self._halved_at = now
            self._throttled += 1
            if not retry_after and self._throttled >= THROTTLED_ROUNDS:
                retry_after = min(2.0 ** (self._throttled - THROTTLED_ROUNDS), MAX_PAUSE)
        self._is_slow = True
        if retry_after:
            self.paused_until = max(self.paused_until, now + retry_after)

    def on_failure(self, *, is_certain: bool = False) -> bool:
        """A call failed. Whether the endpoint is down, as is certain or as several failures in a row say: from then
        on one call at a time, until one succeeds. A single failure among many successes changes nothing.
        """
        self._failed = FAILURES_IN_A_ROW if is_certain else self._failed + 1
        if self._failed < FAILURES_IN_A_ROW:
            return False
        self._limit = 1.0
        self._is_slow = False
        return True


class CallThreads:
    """Threads that run calls and put what came of them into done. Daemons: a worker that has to stop does not wait
    for an endpoint.

    At most allowed calls run at a time; further ones wait here, so that a thread that is free finds the next one
    without waiting for anybody.
    """

    def __init__(self) -> None:
        self.done: SimpleQueue[tuple[Any, Any] | None] = SimpleQueue()
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Any, Callable[[], Any]]] = deque()
        self._given_up: set[Any] = set()
        self._begun: dict[Any, float] = {}
        self._allowed = self._running = self._threads = 0

    def allow(self, count: int) -> None:
        """How many calls may run from now on; those that run go on."""
        if count != self._allowed:
            with self._changed:
                self._allowed = count
                self._changed.notify_all()

    def submit(self, label: Any, work: Callable[[], Any]) -> None:
        """Run work soon; (label, its result or exception) comes out of done."""
        with self._changed:
            self._waiting.append((label, work))
            self._start_thread()
            self._changed.notify()

    def _start_thread(self) -> None:
        """One more, where there is work for it and it is allowed. To be called with the lock held."""
        if self._running + len(self._waiting) > self._threads and self._threads < self._allowed:
            self._threads += 1
            name = f"model-call-{self._threads}"
            threading.Thread(target=self._serve, daemon=True, name=name).start()

    @property
    def has_spare(self) -> bool:
        """Whether a thread that becomes free finds another call."""
        return bool(self._waiting)

    def take_back(self) -> list[Any]:
        """The labels of what has not begun; it will not."""
        with self._changed:
            labels = [label for label, _ in self._waiting]
            self._waiting.clear()
        return labels

    def give_up(self, longest: float) -> list[Any]:
        """The labels of calls that have run for longer, in seconds. Nobody waits for them any more: others may run in
        their place, and their threads go when they end.
        """
        with self._changed:
            before = time.monotonic() - longest
            labels = [label for label, begun in self._begun.items() if begun < before]
            for label in labels:
                del self._begun[label]
                self._given_up.add(label)
                self._running -= 1
                self._threads -= 1
                self._start_thread()
            self._changed.notify(len(labels))
        return labels

    def wake(self) -> None:
        """Makes whoever waits for done look around. Safe in a signal handler."""
        self.done.put(None)

    def _serve(self) -> None:
        while True:
            with self._changed:
                while not self._waiting or self._running >= self._allowed:
                    self._changed.wait()
                label, work = self._waiting.popleft()
                self._running += 1
                self._begun[label] = time.monotonic()
            try:
                result = work()
            except BaseException as error:  # it belongs to whoever asked
                result = error
            with self._changed:
                if label in self._given_up:
                    self._given_up.remove(label)
                    return
                del self._begun[label]
                self._running -= 1
                self._changed.notify()
            self.done.put((label, result))
