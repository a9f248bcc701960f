"""Webhooks against a real server on loopback: signed, retried until accepted, logged, sent again."""

import datetime as dt
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from grading.announcing import announce_graded
from grading.models import Verdict
from grading.pipeline import grade_job
from grading.review.appeals import contestable, decide, open_appeal
from grading.review.releasing import release
from grading.review.scorecards import Card, submit
from interview_site.accounts.models import AuditEntry, Role
from interview_site.integrations import delivering
from interview_site.integrations.delivering import (
    DELAYS,
    GIVE_UP_AFTER,
    deliver_due,
    signature,
    start_delivering,
)
from interview_site.integrations.models import Attempt, Delivery, Endpoint, Event, EventKind
from interview_site.integrations.outbound import is_allowed
from interview_site.integrations.outbox import emit
from sessions.models import InterviewTemplate
from sessions.states import Route
from tests.factories import UserFactory, answer_at, practice_session
from tests.grading.review.conftest import sat
from tests.grading.review.test_human_grading import by_hand

pytestmark = [pytest.mark.django_db, pytest.mark.services]


class Receiver:
    """A program that is told; answers with the next of its statuses, then with 204."""

    def __init__(self):
        self.statuses, self.got = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", f"{receiver.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                self.do_POST()

            def log_message(self, *_args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def kinds(self):
        return [json.loads(body)["type"] for _, body in self.got]


@pytest.fixture
def receiver():
    running = Receiver()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def endpoint(receiver):
    return Endpoint.objects.create(name="ATS", url=f"{receiver.url}/hook", secret="a shared secret")


def told(**data):
    return emit(EventKind.REVIEW_SUBMITTED, {"interview": "x", **data}, template_id=None)


def test_a_delivery_is_signed_over_time_and_body(receiver, endpoint):
    event = told(recommendation="yes")
    assert deliver_due(timezone.now()) == 1
    ((headers, body),) = receiver.got
    parts = dict(part.split("=") for part in headers["Mockingbird-Signature"].split(","))
    expected = hmac.new(b"a shared secret", f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    assert parts["v1"] == expected
    assert headers["Mockingbird-Event"] == "review.submitted"
    content = json.loads(body)
    assert (content["id"], content["type"]) == (str(event.pk), "review.submitted")
    assert content["data"] == {"interview": "x", "recommendation": "yes"}
    assert Delivery.objects.get().state == "delivered"


def test_another_secret_body_or_time_gives_another_signature():
    one = signature("s", 1, b"{}")
    assert len({one, signature("t", 1, b"{}"), signature("s", 2, b"{}"), signature("s", 1, b"[]")}) == 4


@pytest.mark.parametrize("status", [500, 404, 302, 429])
def test_until_it_is_accepted_it_is_tried_again_later_and_later_with_the_same_body(
    receiver, endpoint, status
):
    receiver.statuses = [status, status]
    told()
    now = timezone.now()
    for seconds in (0, DELAYS[0], DELAYS[1]):
        now += dt.timedelta(seconds=seconds + 2)
        assert deliver_due(now) == 1
        assert deliver_due(now) == 0
    assert [attempt.status for attempt in Attempt.objects.all()] == [status, status, 204]
    assert len({body for _, body in receiver.got}) == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("delivered", 3)


def test_nobody_there_is_an_attempt_with_an_error(receiver, endpoint):
    Endpoint.objects.update(url="http://127.0.0.1:9/")
    told()
    deliver_due(timezone.now())
    attempt = Attempt.objects.get()
    assert attempt.status is None
    assert attempt.error


def test_after_a_week_it_is_given_up(receiver, endpoint):
    receiver.statuses = [500]
    told()
    Delivery.objects.update(created_at=timezone.now() - GIVE_UP_AFTER - dt.timedelta(minutes=1))
    deliver_due(timezone.now())
    assert Delivery.objects.get().state == "given_up"
    assert deliver_due(timezone.now() + dt.timedelta(days=1)) == 0


def test_what_is_rolled_back_is_told_to_nobody(receiver, endpoint):
    with transaction.atomic():
        told()
        transaction.set_rollback(True)
    assert deliver_due(timezone.now()) == 0
    assert not Event.objects.exists()


def test_an_endpoint_gets_what_it_asked_for_and_a_resting_one_nothing(receiver, endpoint):
    Endpoint.objects.update(kinds=["appeal.opened"])
    assert told() is None
    Endpoint.objects.update(kinds=[], is_active=False)
    assert told() is None
    other = InterviewTemplate.objects.create(title="Other")
    Endpoint.objects.update(is_active=True, template=other)
    assert told() is None
    assert emit(EventKind.APPEAL_OPENED, {}, template_id=other.pk)


def test_a_delivery_in_somebodys_hands_is_left_alone_until_the_lease_is_over(receiver, endpoint):
    told()
    now = timezone.now()
    Delivery.objects.update(lease_expires_at=now + dt.timedelta(seconds=60))
    assert deliver_due(now) == 0
    assert deliver_due(now + dt.timedelta(seconds=61)) == 1


def test_the_last_delivery_of_a_slow_batch_is_held_as_long_as_the_first(receiver, endpoint, monkeypatch):
    told()
    begun = timezone.now() - dt.timedelta(minutes=5)
    Delivery.objects.update(not_before=begun)
    held = []

    def post(delivery):
        held.append(Delivery.objects.get().lease_expires_at - timezone.now())
        return 204, ""

    monkeypatch.setattr(delivering, "_post", post)
    assert deliver_due(begun) == 1
    assert held[0] > dt.timedelta(seconds=50)


def test_an_admin_sends_it_again_and_the_log_keeps_both(client, receiver, endpoint):
    told()
    deliver_due(timezone.now())
    client.force_login(UserFactory.create(name="Ada", role=Role.ADMIN))
    first = Delivery.objects.get()
    address = reverse("admin:integrations_delivery_changelist")
    client.post(address, {"action": "replay", "_selected_action": [first.pk]})
    deliver_due(timezone.now())
    assert [one.is_replay for one in Delivery.objects.order_by("pk")] == [False, True]
    assert len({body for _, body in receiver.got}) == 1
    assert client.get(reverse("admin:integrations_delivery_change", args=[first.pk])).status_code == 200


def test_nothing_due_starts_no_thread(endpoint):
    assert not start_delivering(timezone.now())


def test_the_seven_events_of_one_interview_and_nothing_of_practice(receiver, endpoint):
    mia, ada = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER), UserFactory.create(role=Role.ADMIN)
    ana = UserFactory.create(name="Ana Kanari", email="kanari@example.com")
    practice_session(ana)
    assessment = sat(ana, [mia], appeal_days=7)
    answer = answer_at(assessment, 1)
    announce_graded(timezone.now())
    by_hand(answer, mia, "unmet", "unmet")
    submit(assessment, mia, Card("no", "kanari notes"), 0, timezone.now())
    release(assessment, mia, timezone.now())
    appeal = open_appeal(answer, contestable(answer).first(), "kanari says", timezone.now())
    decide(appeal, ada, Verdict.MET, "kanari is right", timezone.now())
    announce_graded(timezone.now())
    while deliver_due(timezone.now()):
        pass
    assert sorted(receiver.kinds) == sorted(EventKind.values)
    assert not [body for _, body in receiver.got if b"kanari" in body.lower()]
    graded = next(json.loads(body) for _, body in receiver.got if b'"session.graded"' in body)
    assert graded["data"]["interview"] == str(assessment.pk)
    assert graded["data"]["provisional"] is True


def test_the_last_grade_tells_of_the_interview_at_once_and_posts_it(
    endpoint, monkeypatch, django_capture_on_commit_callbacks
):
    posted = []
    monkeypatch.setattr("grading.announcing.start_delivering", posted.append)
    mia = UserFactory.create(role=Role.HIRING_MANAGER)
    assessment = sat(UserFactory.create(), [mia], graded=False)
    first, last = answer_at(assessment, 1), answer_at(assessment, 2)
    told_of_grading = Event.objects.filter(kind=EventKind.SESSION_GRADED)
    with django_capture_on_commit_callbacks(execute=True):
        grade_job(first.grading_jobs.get().pk)
    assert (told_of_grading.count(), len(posted)) == (0, 0), "one answer is left"
    with django_capture_on_commit_callbacks(execute=True):
        grade_job(last.grading_jobs.get().pk)
    assert (told_of_grading.count(), len(posted)) == (1, 1)
    with django_capture_on_commit_callbacks(execute=True):
        by_hand(first, mia, "met", "met")
    assert announce_graded(timezone.now()) == 0
    assert (told_of_grading.count(), len(posted)) == (1, 1), "told once"


def test_where_only_people_mark_the_last_of_their_grades_tells_of_it(
    endpoint, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("grading.announcing.start_delivering", lambda now: None)
    mia = UserFactory.create(role=Role.HIRING_MANAGER)
    assessment = sat(UserFactory.create(), [mia], graded=False, route=Route.HUMAN_ONLY)
    for position, count in ((1, 0), (2, 1)):
        with django_capture_on_commit_callbacks(execute=True):
            by_hand(answer_at(assessment, position), mia, "met", "met")
        assert Event.objects.filter(kind=EventKind.SESSION_GRADED).count() == count


# --- Where deliveries may go


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433"])
def test_nothing_is_posted_into_the_servers_own_network(receiver, endpoint, settings, host):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    Endpoint.objects.update(url=f"http://{host}:{receiver.server.server_port}/")
    told()
    deliver_due(timezone.now())
    assert receiver.got == []
    assert "inside this network" in Attempt.objects.get().error
    assert Delivery.objects.get().state == "waiting"


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "::127.0.0.1", "fec0::1", "2001:0:7f00:1::", "ff0e::1",
    ],
)  # fmt: skip
def test_addresses_that_only_this_network_knows_are_refused(address, settings):
    assert is_allowed(address)
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    assert not is_allowed(address)


def test_addresses_of_the_open_internet_are_not(settings):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    assert is_allowed("93.184.215.14")
    assert is_allowed("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    assert is_allowed("64:ff9b::5db8:d70e")


def test_a_name_that_leads_inside_among_others_is_refused_whole(receiver, endpoint, settings, monkeypatch):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    both = [(2, 1, 6, "", (ip, 80)) for ip in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_kwargs: both)
    Endpoint.objects.update(url=f"http://rebinding.example:{receiver.server.server_port}/")
    told()
    deliver_due(timezone.now())
    assert receiver.got == []


@pytest.mark.parametrize(
    ("url", "is_refused"),
    [("http://127.0.0.1/hook", True), ("http://localhost/", True), ("https://ats.example.com/hook", False)],
)
def test_the_admin_is_told_at_once_that_an_address_will_be_refused(client, settings, url, is_refused):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    client.force_login(UserFactory.create(name="Ada", role=Role.ADMIN))
    sent = {"name": "ATS", "url": url, "secret": "s", "is_active": "on"}
    client.post(reverse("admin:integrations_endpoint_add"), sent)
    assert Endpoint.objects.exists() is not is_refused


def test_a_half_graded_interview_is_not_told_of(endpoint):
    mia = UserFactory.create(role=Role.HIRING_MANAGER)
    sat(UserFactory.create(), [mia], graded=False)
    assert announce_graded(timezone.now()) == 0


@pytest.mark.parametrize("one_by_one", [True, False])
def test_an_endpoint_is_removed_with_its_deliveries_and_leaves_an_entry_in_the_audit_log(
    client, endpoint, one_by_one
):
    told()
    deliver_due(timezone.now())
    client.force_login(UserFactory.create(name="Ada", role=Role.ADMIN))
    if one_by_one:
        client.post(reverse("admin:integrations_endpoint_delete", args=[endpoint.pk]), {"post": "yes"})
    else:
        sent = {"action": "delete_selected", "_selected_action": [endpoint.pk], "post": "yes"}
        client.post(reverse("admin:integrations_endpoint_changelist"), sent)
    assert not Endpoint.objects.exists()
    assert not Attempt.objects.exists()
    assert AuditEntry.objects.get(action="webhook.removed").target_id == str(endpoint.pk)
