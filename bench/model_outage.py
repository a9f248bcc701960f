"""An endpoint that is down for a minute while answers wait: `python -m bench.model_outage`.

Real worker processes, a real HTTP endpoint that answers 503 to everything, then recovers. Prints how many calls the
outage cost, how long after it all answers had the model's grade, and whether any was graded twice or lost.

    python -m bench.model_outage                      200 answers, 60 s, two workers, SQLite
    python -m bench.model_outage --postgresql --seconds 60 --answers 200 --workers 2
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

from bench.setting import prepare_jobs, project
from interview_site.supervisor import Leash
from tests.fakes import FakeEndpoint

GIVE_UP_AFTER = 300.0  # seconds after the outage


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the endpoint is down")
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args(argv)
    with project(postgresql=options.postgresql) as fake:
        prepare_jobs(options.answers)
        fake.script("503")
        leash, workers = Leash(), []
        for _ in range(options.workers):
            workers.append(subprocess.Popen([sys.executable, "manage.py", "grade_worker"]))
            leash.hold(workers[-1].pid)
        try:
            is_fine = measure(fake, options.seconds, options.answers)
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait()
            leash.drop()
    return 0 if is_fine else 1


def measure(fake: FakeEndpoint, seconds: float, answers: int) -> bool:
    """Wait for the first calls, let the outage last, end it, wait for the grades; whether all is as promised."""
    from django.utils import timezone

    from grading.models import Grade, GradingJob
    from grading.models_exchange import Breaker

    wait_for(lambda: Breaker.objects.exclude(opened_at=None).exists())
    began = time.monotonic()
    to_open = len(fake.calls)
    time.sleep(seconds)
    while_open = len(fake.calls) - to_open
    stand_ins = Grade.objects.filter(is_fallback=True).count()
    fake.then("good+0.2")
    ended = time.monotonic()
    wait_for(lambda: Grade.objects.filter(grader="llm").count() >= answers)
    grades = Counter(Grade.objects.filter(grader="llm").values_list("answer_id", flat=True))
    twice, lost = sum(n > 1 for n in grades.values()), answers - len(grades)
    waiting = GradingJob.objects.filter(
        state__in=["queued", "running"], not_before__lte=timezone.now()
    ).count()
    print(
        f"{answers} answers, endpoint down for {ended - began:.0f} s: {to_open} calls until the breaker opened, "
        f"{while_open} while it was open; {stand_ins} provisional offline grades meanwhile. All graded by the model "
        f"{time.monotonic() - ended:.1f} s after the end: {lost} lost, {twice} twice, {waiting} still to do; "
        f"{len(fake.calls) - to_open - while_open} calls after the end."
    )
    return while_open <= 10 and not twice and not lost


def wait_for(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + GIVE_UP_AFTER
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError("It did not come to pass.")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
