"""Tell a worker that a job is due: a hint that may get lost, and that never costs a candidate more than a moment.

The sweepers find every due job without it.
"""

import logging
import threading

from django.conf import settings

logger = logging.getLogger(__name__)

_ringing = threading.BoundedSemaphore(4)


def ring(job_ids: list[int]) -> None:
    """Send the hint for these jobs, waiting HINT_TIMEOUT_SECONDS at the most.

    kombu can hang for a minute on a broker that accepts and never answers, whatever its time-outs say, so it gets
    a thread of its own, and at most four such threads hang at a time: with a mute broker, later hints are dropped.
    """
    if not settings.REDIS_URL or not job_ids:
        return
    if not _ringing.acquire(blocking=False):
        logger.warning("The broker does not answer; the sweepers will find %s.", job_ids)
        return
    thread = threading.Thread(target=_send, args=(job_ids,), daemon=True, name="doorbell")
    thread.start()
    thread.join(settings.HINT_TIMEOUT_SECONDS)


def _send(job_ids: list[int]) -> None:
    from grading.tasks import grade  # Imports Celery, which embedded deployments never need.

    try:
        for job_id in job_ids:
            grade.apply_async(args=(job_id,), retry=False, ignore_result=True)
    except Exception as error:
        logger.warning("The broker could not be reached (%s); the sweepers will find %s.", error, job_ids)
    finally:
        _ringing.release()
