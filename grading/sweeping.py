"""The sweep: submits sessions past their deadline, rings for jobs that nobody was told of, tells other programs what
has happened, and lets go what was kept long enough. Safe to run anywhere.
"""

import datetime as dt
import logging

from grading import queue
from grading.announcing import announce_graded
from grading.doorbell import ring
from grading.llm import retention as raw_exchanges
from grading.submission import submit_expired
from interview_site.accounts import retention as visits
from interview_site.integrations import retention as webhooks
from interview_site.integrations.delivering import start_delivering

logger = logging.getLogger(__name__)

ALARM_AFTER = dt.timedelta(minutes=2)


def sweep(now: dt.datetime) -> None:
    """One round. Idempotent; two at the same time do no harm."""
    submit_expired(now)
    for kept in (raw_exchanges, webhooks, visits):
        kept.purge(now)
    announce_graded(now)
    start_delivering(now)
    age = queue.oldest_due_age(now)
    if age > ALARM_AFTER:
        logger.error("The oldest due grading job has waited for %s: is a worker running?", age)
    ring(queue.due_ids(now))
