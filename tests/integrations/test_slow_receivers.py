"""A receiver that answers drop by drop holds up nobody: a try has an end, and that lies within its lease."""

import datetime as dt
import socket
import threading
import time

import pytest
from django.utils import timezone

from interview_site.integrations import delivering
from interview_site.integrations.delivering import LEASE, TIMEOUT_SECONDS, deliver_due
from interview_site.integrations.models import Attempt, Delivery, Endpoint, EventKind
from interview_site.integrations.outbox import emit

pytestmark = pytest.mark.django_db

TLS_RECORD = b"\x16\x03\x03\x40\x00"  # announces 16 kB of a handshake


@pytest.fixture
def dripping():
    """dripping(beginning): a port whose server sends that, and then an a every 50 ms."""
    servers = []

    def start(beginning):
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve():
            connected, _ = server.accept()
            with connected:
                connected.recv(65536)
                connected.sendall(beginning)
                try:
                    for _ in range(100):
                        time.sleep(0.05)
                        connected.sendall(b"a")
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    ("scheme", "beginning"),
    [
        ("http", b""),
        ("http", b"HTTP/1.1 200 OK\r\nX: "),
        ("http", b"HTTP/1.1 500 Oh\r\nX: "),
        ("https", TLS_RECORD),
    ],
)
def test_a_try_ends_in_time_and_counts_as_failed(dripping, monkeypatch, scheme, beginning):
    monkeypatch.setattr(delivering, "TIMEOUT_SECONDS", 0.4)
    Endpoint.objects.create(name="Slow", url=f"{scheme}://127.0.0.1:{dripping(beginning)}/")
    emit(EventKind.SESSION_STARTED, {}, template_id=None)
    begun = time.monotonic()
    assert deliver_due(timezone.now()) == 1
    assert time.monotonic() - begun < 2
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.error) == (None, "TimeoutError: no whole answer in 0.4 seconds")
    assert Delivery.objects.get().state == "waiting"


def test_a_lease_outlasts_a_try_and_the_lookup_of_its_name():
    assert dt.timedelta(seconds=TIMEOUT_SECONDS + 40) <= LEASE
