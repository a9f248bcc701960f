"""Celery tasks: each takes an id and calls one function."""

import logging
import threading

from celery import shared_task
from celery.signals import worker_init, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import connection
from django.utils import timezone

from grading import sweeping
from grading.pipeline import grade_job
from grading.worker import Worker

logger = logging.getLogger(__name__)

GIVE_BACK_SECONDS = 5.0


class Standby:
    """The worker that runs beside Celery in its process. Messages wake it; without any it looks by itself, so that a
    broker that is down or mute costs a delay of GRADING_SWEEP_SECONDS and nothing else.
    """

    def __init__(self) -> None:
        self.worker: Worker | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self.worker = Worker(poll_seconds=settings.GRADING_SWEEP_SECONDS)
        self._thread = threading.Thread(target=self._serve, daemon=True, name="standby")
        self._thread.start()

    def _serve(self) -> None:
        assert self.worker is not None
        try:
            self.worker.serve()
        finally:
            connection.close()

    def wake(self) -> bool:
        """Whether there is such a worker in this process: a child of Celery's prefork pool has none."""
        if self.worker is None or self._thread is None or not self._thread.is_alive():
            return False
        self.worker.wake()
        return True

    def stop(self) -> None:
        if self.worker is not None:
            self.worker.stop()

    def join(self) -> None:
        """Wait until what was under way is given back."""
        if self._thread is not None:
            self._thread.join(GIVE_BACK_SECONDS)


_standby = Standby()


@shared_task(name="grading.tasks.grade")
def grade(job_id: int) -> None:
    """Grade one job, if it is still due. Called twice, it is done once. In a child of the prefork pool, jobs for the
    model are left to the worker beside its parent.
    """
    if not _standby.wake():
        grade_job(job_id)


@shared_task(name="grading.tasks.sweep")
def sweep() -> None:
    """End what is past its deadline and ring for what is due."""
    sweeping.sweep(timezone.now())


@worker_init.connect
def start_standby(**_signal: object) -> None:
    _standby.start()


@worker_shutting_down.connect
def stop_standby(**_signal: object) -> None:
    _standby.stop()


@worker_shutdown.connect
def join_standby(**_signal: object) -> None:
    _standby.join()
