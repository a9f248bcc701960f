"""Faults, on real processes: nothing lost, nothing graded twice, and the candidate notices none of it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener
from uuid import UUID

import psutil
import pytest

from interview_site.demo import PASSWORD
from tests.fakes import fake_endpoint
from tests.services import free_port
from tests.stack import ROOT, Stack

pytestmark = [pytest.mark.xdist_group("stacks")]

PATIENCE_SECONDS = 60


@dataclass
class Candidate:
    """A candidate without a browser: forms, cookies, redirects."""

    url: str
    opener: OpenerDirector = field(default_factory=lambda: build_opener(HTTPCookieProcessor(CookieJar())))

    def get(self, path: str) -> tuple[str, str]:
        """(address in the end, page)."""
        with self.opener.open(path if path.startswith("http") else self.url + path, timeout=30) as response:
            return response.url, response.read().decode()

    def post(self, path: str, page: str, **fields: Any) -> tuple[int, str, str]:
        """(status, address in the end, page); the token comes from page."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, "the page has no form"
        address = path if path.startswith("http") else self.url + path
        body = urlencode({"csrfmiddlewaretoken": token[1], **fields}, doseq=True).encode()
        try:
            with self.opener.open(address, body, timeout=30) as response:
                return response.status, response.url, response.read().decode()
        except HTTPError as error:
            return error.code, error.url or "", error.read().decode()

    def sign_in(self) -> Candidate:
        _, page = self.get("/accounts/login/")
        _, where, _ = self.post("/accounts/login/", page, login="candidate@example.com", password=PASSWORD)
        assert where == f"{self.url}/"
        return self

    def start(self, count: int) -> tuple[str, str]:
        """A practice interview of count questions: (its address, the first question's page)."""
        _, page = self.get("/practice/")
        _, lobby, page = self.post("/practice/", page, question_count=count)
        _, _, page = self.post(f"{lobby}start/", page)
        return lobby, page


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < give_up_at, f"waited in vain: {what}"
        time.sleep(0.2)
    return found


class Job(NamedTuple):
    """A job of an interview, and how many grades its answer has."""

    state: str
    attempts: int
    grades: int


JOBS = """
SELECT job.state, job.attempts, (SELECT COUNT(*) FROM grading_grade grade WHERE grade.answer_id = job.answer_id)
FROM grading_gradingjob job JOIN interview_sessions_answer answer ON answer.id = job.answer_id
WHERE answer.interview_session_id = ?
"""


def jobs(stack: Stack, interview: str) -> list[Job]:
    session_id = UUID(interview.rstrip("/").rpartition("/")[2])
    return [Job(*row) for row in stack.rows(JOBS, session_id)]


def all_graded(stack: Stack, interview: str, count: int) -> bool:
    found = jobs(stack, interview)
    return len(found) == count and all(job.state == "done" for job in found)


@pytest.mark.parametrize("kind", ["embedded", "production"])
def test_fifty_parallel_posts_of_one_answer_are_one_answer_and_one_job(live_stack, kind):
    stack = live_stack(kind)
    ana = Candidate(stack.url).sign_in()
    interview, page = ana.start(2)
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(
            pool.map(lambda _: ana.post(f"{interview}1/submit/", page, text="The same words"), range(50))
        )
    assert {status for status, _, _ in outcomes} == {200}
    assert {where for _, where, _ in outcomes} == {f"{interview}2/"}
    wait_for(lambda: all_graded(stack, interview, 1), "one graded job")
    assert [job.grades for job in jobs(stack, interview)] == [1]


def worker_pids(stack: Stack) -> list[int]:
    """Everything that grades: the embedded worker, or Celery's worker with its children."""
    if stack.kind == "embedded":
        return stack.pids("grade_worker")
    worker = psutil.Process(stack.processes["worker"].pid)
    return [worker.pid, *(child.pid for child in worker.children(recursive=True))]


VICTIM = """
import time
from django.utils import timezone
from grading import queue
from grading.models import GradingJob
newest = GradingJob.objects.latest("pk").pk  # not one that the demo interviews have left
while not (lease := queue.claim(timezone.now(), newest)):
    time.sleep(0.05)
print("claimed", lease.job_id, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("kind", ["embedded", "production"])
def test_an_answer_whose_worker_was_killed_is_graded_by_the_next_one_once(fresh_stack, kind):
    with fresh_stack(kind, GRADING_LEASE_SECONDS="2", GRADING_SWEEP_SECONDS="1") as stack:
        if kind == "production":
            stack.manage("load_demo")
        ana = Candidate(stack.url).sign_in()
        interview, page = ana.start(2)
        workers = worker_pids(stack)
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        ana.post(f"{interview}1/submit/", page, text="It is computed lazily.")
        victim = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-v0", "-c", VICTIM],
            cwd=ROOT, env=stack.env, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert victim.stdout is not None
            assert victim.stdout.readline().startswith("claimed")
        finally:
            victim.kill()
            victim.wait()
            for pid in workers:
                os.kill(pid, signal.SIGCONT)
        wait_for(lambda: all_graded(stack, interview, 1), "the next worker's grade")
        assert [(job.attempts, job.grades) for job in jobs(stack, interview)] == [(2, 1)]


def test_with_the_broker_down_submitting_answers_and_the_grade_arrives(fresh_stack):
    with fresh_stack("embedded", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0") as stack:
        ana = Candidate(stack.url).sign_in()
        interview, page = ana.start(2)
        status, where, _ = ana.post(f"{interview}1/submit/", page, text="It is computed lazily.")
        assert (status, where) == (200, f"{interview}2/")
        wait_for(lambda: all_graded(stack, interview, 1), "a grade without a broker")


def test_with_a_mute_broker_submitting_answers_and_the_grade_arrives(fresh_stack):
    with (
        socket.create_server(("127.0.0.1", 0), backlog=128) as listener,
        fresh_stack("embedded", REDIS_URL=f"redis://127.0.0.1:{listener.getsockname()[1]}/0") as stack,
    ):
        ana = Candidate(stack.url).sign_in()
        interview, page = ana.start(8)
        for number in range(1, 8):
            status, where, page = ana.post(
                f"{interview}{number}/submit/", page, text="It is computed lazily."
            )
            assert (status, where) == (200, f"{interview}{number + 1}/")
        wait_for(lambda: all_graded(stack, interview, 7), "grades with a mute broker")


def test_when_redis_falls_silent_celery_workers_still_find_the_work(fresh_stack):
    with fresh_stack("production", GRADING_SWEEP_SECONDS="1") as stack:
        stack.manage("load_demo")
        ana = Candidate(stack.url).sign_in()
        interview, page = ana.start(2)
        port = int(re.search(r":(\d+)/", stack.env["REDIS_URL"])[1])
        listening = [
            c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port
        ]
        os.kill(listening[0], signal.SIGSTOP)
        try:
            status, where, _ = ana.post(f"{interview}1/submit/", page, text="It is computed lazily.")
            assert (status, where) == (200, f"{interview}2/")
            wait_for(lambda: all_graded(stack, interview, 1), "a grade while Redis is silent")
        finally:
            os.kill(listening[0], signal.SIGCONT)


@pytest.mark.parametrize("kind", ["embedded", "production"])
def test_forty_answers_at_once_are_all_graded_once(live_stack, kind):
    stack = live_stack(kind)
    ana = Candidate(stack.url).sign_in()
    interview, page = ana.start(40)
    with ThreadPoolExecutor(8) as pool:
        posts = pool.map(
            lambda n: ana.post(f"{interview}{n}/submit/", page, text=f"Answer {n} is lazy."), range(1, 41)
        )
        assert {status for status, _, _ in posts} == {200}
    wait_for(lambda: all_graded(stack, interview, 40), "forty grades")
    assert {job.grades for job in jobs(stack, interview)} == {1}


def restart_graders(stack: Stack) -> int:
    """What an update does: SIGTERM, wait for the end, start anew; the exit code of what was stopped."""
    name = "run" if stack.kind == "embedded" else "worker"
    old = stack.processes[name]
    old.terminate()
    returncode = old.wait(timeout=30)
    command = [str(part) for part in old.args]  # type: ignore[union-attr]
    stack.start(name, command)
    return returncode


@pytest.mark.parametrize("kind", ["embedded", "production"])
def test_a_deploy_in_the_middle_of_forty_answers_loses_none_and_grades_none_twice(fresh_stack, kind):
    with fake_endpoint() as fake:
        fake.script("hang")
        # Nobody waits for a lease to run out within this test: what is under way has to be given back.
        model = {
            "GRADING_MODEL": f"fake-deploy-{kind}", "OPENAI_API_KEY": "a-key", "OPENAI_BASE_URL": fake.url,
            "GRADING_LEASE_SECONDS": "600", "GRADING_SWEEP_SECONDS": "1",
        }  # fmt: skip
        with fresh_stack(kind, **model) as stack:
            if kind == "production":
                stack.manage("load_demo")
            ana = Candidate(stack.url).sign_in()
            interview, page = ana.start(40)
            for number in range(1, 41):
                ana.post(f"{interview}{number}/submit/", page, text=f"Answer {number} is computed lazily.")
            wait_for(lambda: len(fake.calls) >= 4, "calls under way")
            fake.then("good")
            assert restart_graders(stack) == 0
            wait_for(lambda: all_graded(stack, interview, 40), "grades")
            assert {job.grades for job in jobs(stack, interview)} == {1}
