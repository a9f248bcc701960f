"""Throughput of the model pipeline beside a bare thread pool over the same client: `python -m bench.model_pipeline`.

A fake endpoint answers after 500 ms. Both sides make the same calls in turns, so that a noisy machine disturbs both
alike. Ideal is calls under way ÷ 0.5 s. The pipeline's side is everything from claimed job to stored grade.

    python -m bench.model_pipeline                       SQLite in a temporary folder
    python -m bench.model_pipeline --postgresql          a PostgreSQL of its own
    python -m bench.model_pipeline --at 16 64 --rounds 3 --batches 12
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.setting import ANSWER, prepare_jobs, project

LATENCY = 0.5  # seconds


def main(argv: list[str]) -> int:
    """Set the process up (the settings are read once), then measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--at", type=int, nargs="+", default=[16, 64], help="calls under way")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")
    parser.add_argument(
        "--batches", type=int, default=16, help="calls a turn, in multiples of those under way"
    )
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args(argv)

    with project(
        postgresql=options.postgresql,
        GRADING_CONCURRENCY=str(max(options.at)),
        GRADING_FALLBACK="wait",
    ) as fake:
        fake.script(f"good+{LATENCY}")
        print(
            f"{'PostgreSQL' if options.postgresql else 'SQLite'}, endpoint {1000 * LATENCY:.0f} ms, "
            f"medians of {options.rounds}; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        )
        for at in options.at:
            measure(at, options.rounds, options.batches)
    return 0


def measure(at: int, rounds: int, batches: int) -> None:
    """One line: calls a second of both sides, as shares of the ideal."""
    count, ideal = at * batches, at / LATENCY
    bare, pipeline, bare_cpu, cpu = [], [], [], []
    warm_up = prepare_jobs(2 * at + 8)
    run_pipeline(at, warm_up)
    for _ in range(rounds):
        before = cpu_seconds()
        bare.append(count / run_bare(at, count))
        bare_cpu.append(1000 * (cpu_seconds() - before) / (count + at))
        jobs = prepare_jobs(count)
        before = cpu_seconds()
        pipeline.append(count / run_pipeline(at, jobs))
        cpu.append(1000 * (cpu_seconds() - before) / count)
    b, p = statistics.median(bare), statistics.median(pipeline)
    ratio = statistics.median(one / other for one, other in zip(pipeline, bare, strict=True))
    print(
        f"{at:4} under way: ideal {ideal:6.1f}/s   bare pool {b:6.1f}/s ({b / ideal:.1%})   "
        f"pipeline {p:6.1f}/s ({p / ideal:.1%})   "
        f"pipeline ÷ bare {ratio:.3f}   CPU {statistics.median(cpu):.1f} ms a grade, "
        f"{statistics.median(bare_cpu):.1f} ms a bare call",
        flush=True,
    )


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run_bare(at: int, count: int) -> float:
    """Seconds for so many calls of the same prompts by a thread pool, with nothing else."""
    from grading.llm import configuration
    from grading.llm.client import client_for
    from grading.llm.prompts import CURRENT
    from grading.models import Rubric

    client = client_for(configuration.endpoint())
    rubric = Rubric.objects.order_by("pk")[0].to_core()
    keys = CURRENT.all_keys(rubric)
    schema = CURRENT.schema(keys)

    def call(number: int) -> Any:
        return client.complete(
            CURRENT.messages("What is a generator?", rubric, ANSWER, f"=={number}=="), schema
        )

    with ThreadPoolExecutor(at) as pool:
        list(pool.map(call, range(at)))
        started = time.monotonic()
        list(pool.map(call, range(count)))
        return time.monotonic() - started


_workers: dict[int, Any] = {}


def run_pipeline(at: int, count: int) -> float:
    """Seconds until every queued job is graded. One worker for each width, warm from its last turn."""
    from grading.llm.concurrency import AdaptiveLimit
    from grading.models import Grade, GradingJob
    from grading.worker import Worker

    if at not in _workers:
        _workers[at] = Worker(poll_seconds=0.05)
        _workers[at].calls.limit = AdaptiveLimit(at)
        _workers[at].settle()
    started = time.monotonic()
    _workers[at].drain()
    seconds = time.monotonic() - started
    assert not GradingJob.objects.exclude(state="done").exists()
    assert Grade.objects.filter(grader="llm").count() >= count
    return seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
