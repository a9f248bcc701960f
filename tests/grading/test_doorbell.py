"""The hint to a worker: lost at worst, and never in the candidate's way."""

import socket
import threading

import pytest

from grading import doorbell
from grading.tasks import grade


@pytest.fixture(autouse=True)
def _broker_is_set(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"


@pytest.fixture
def sent(monkeypatch):
    """What would have been sent."""
    calls = []
    monkeypatch.setattr(grade, "apply_async", lambda *, args, **_options: calls.append(args))
    return calls


def test_one_message_goes_out_for_each_job(sent):
    doorbell.ring([1, 2])
    assert sent == [(1,), (2,)]


def test_without_a_broker_nothing_is_sent(sent, settings):
    settings.REDIS_URL = ""
    doorbell.ring([1])
    assert sent == []


def test_a_broker_that_refuses_is_no_error(monkeypatch, caplog):
    def refuse(**_options):
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(grade, "apply_async", refuse)
    doorbell.ring([7])
    assert "the sweepers will find [7]" in caplog.text


def test_a_broker_that_never_answers_holds_nobody_up_and_holds_four_threads_at_the_most(
    monkeypatch, settings
):
    settings.HINT_TIMEOUT_SECONDS = 0.01
    answer = threading.Event()
    hanging = threading.Semaphore(0)

    def hang(**_options):
        hanging.release()
        answer.wait(30)

    monkeypatch.setattr(grade, "apply_async", hang)
    for number in range(20):
        doorbell.ring([number])
    try:
        assert sum(hanging.acquire(timeout=0.2) for _ in range(5)) == 4
    finally:
        answer.set()
        for thread in threading.enumerate():
            if thread.name == "doorbell":
                thread.join(10)


def test_a_broker_that_came_back_is_rung_again(sent):
    doorbell.ring([1])
    doorbell.ring([2])
    assert sent == [(1,), (2,)]


def test_a_real_listener_that_never_answers_lets_ring_return():
    """kombu itself, against a socket that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        grade.app.conf.broker_url = f"redis://127.0.0.1:{port}/0"
        try:
            caller = threading.Thread(target=doorbell.ring, args=([1],), daemon=True)
            caller.start()
            caller.join(10)
            assert not caller.is_alive()
        finally:
            grade.app.conf.broker_url = ""
