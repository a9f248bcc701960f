"""What an invited candidate meets, from the link to the lobby. Ana has no account; Bob has one."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interview_site.accounts.models import AuditEntry, Role, User
from sessions import inviting
from sessions.invitees import Invitee
from sessions.models import InterviewSession, Invitation, SessionEvent
from sessions.states import Route, SessionStatus
from tests.factories import PASSWORD, UserFactory, interview_template

pytestmark = pytest.mark.django_db

PAGE = "/invitation/"


@pytest.fixture
def mia():
    return UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)


@pytest.fixture
def template(mia):
    return interview_template(
        [mia], time_limit_minutes=40, notice="We read **your** answers.", role="Engineer"
    )


def invited(template, mia, email="ana@example.com", **fields):
    (link,) = inviting.invite(template, [Invitee(email, "Ana", **fields)], mia, timezone.now(), days=14)
    return link


@pytest.fixture
def link(template, mia):
    return invited(template, mia)


def address_of(link):
    return reverse("invitation-link", args=[link.token])


def accepted(client, **changes):
    data = {
        "name": "Ana Alvarez",
        "password": PASSWORD,
        "route": "machine_first",
        "accept": "on",
        "notice": "1",
        **changes,
    }
    return client.post(PAGE, {key: value for key, value in data.items() if value is not None})


def everything():
    """Whatever a visit could have changed, besides the browser's session."""
    return [
        list(model.objects.values())
        for model in (Invitation, InterviewSession, SessionEvent, AuditEntry, User)
    ]


def test_the_token_leaves_the_address_at_once_and_is_told_to_nobody(client, link):
    response = client.get(address_of(link))
    assert (response.status_code, response["Location"]) == (302, PAGE)
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    page = client.get(PAGE)
    assert link.token not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert link.token not in str([row.get_decoded() for row in Session.objects.all()])


@pytest.mark.parametrize("visits", [1, 5])
def test_looking_consumes_nothing(client, link, visits):
    before = everything()
    for _ in range(visits):
        page = client.get(address_of(link), follow=True).content.decode()
    assert "Accept the invitation" in page
    assert everything() == before


def test_a_head_request_leaves_no_trace(client, link):
    before = everything()
    assert client.head(address_of(link)).status_code == 302
    assert not Session.objects.exists()
    assert everything() == before


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
    ],
)
def test_a_browser_that_only_guesses_gets_nothing_and_asks_again_in_earnest(client, link, header):
    assert client.get(address_of(link), headers=header).status_code == 503
    assert not Session.objects.exists()
    assert client.get(address_of(link), follow=True).status_code == 200


def test_a_post_to_the_link_itself_is_refused(client, link):
    before = everything()
    assert client.post(address_of(link)).status_code == 405
    assert everything() == before


@pytest.mark.parametrize("token", ["x", "A" * 43, "..", "é"])
def test_a_link_that_is_not_ours_says_what_to_do(client, link, token):
    response = client.get(f"/i/{token}/")
    assert response.status_code == 404
    assert "ask whoever invited you for a new link" in response.content.decode()
    assert not Session.objects.exists()


def test_the_page_says_what_happens_before_anything_is_asked(client, template, mia):
    page = client.get(address_of(invited(template, mia, extra_time_percent=25)), follow=True).content.decode()
    for said in (
        "We read <strong>your</strong> answers.",
        "50 minutes",
        "Engineer",
        "Mia",
        "What is recorded",
        "A person only",
    ):
        assert said in page


def test_ana_accepts_without_an_account_and_stands_in_the_lobby_signed_in(client, link):
    client.get(address_of(link))
    key = client.session.session_key
    response = accepted(client)
    interview_session = InterviewSession.objects.get()
    assert response["Location"] == reverse("interview", args=[interview_session.pk])
    assert client.session.session_key != key
    assert interview_session.candidate == User.objects.get(email="ana@example.com", role=Role.CANDIDATE)
    lobby = client.get(response["Location"]).content.decode()
    assert "You agreed to this" in lobby
    assert "I have read this" not in lobby
    client.post(reverse("interview-start", args=[interview_session.pk]))
    interview_session.refresh_from_db()
    assert interview_session.status == SessionStatus.IN_PROGRESS


def test_ana_can_come_back_with_her_password(client, link):
    client.get(address_of(link))
    accepted(client)
    client.logout()
    response = client.post(reverse("account_login"), {"login": "ana@example.com", "password": PASSWORD})
    assert response["Location"] == "/"


def test_going_back_after_accepting_leads_on_to_the_interview(client, link):
    client.get(address_of(link))
    lobby = accepted(client)["Location"]
    assert client.get(PAGE)["Location"] == lobby
    assert accepted(client)["Location"] == lobby
    assert InterviewSession.objects.count() == 1


def test_she_can_choose_that_no_machine_marks_her(client, link):
    client.get(address_of(link))
    lobby = accepted(client, route="human_only")
    assert InterviewSession.objects.get().route == Route.HUMAN_ONLY
    assert "No machine does" in client.get(lobby["Location"]).content.decode()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"accept": None}, "Please confirm that you have read"),
        ({"name": ""}, "Please write your name"),
        ({"password": ""}, "Please choose a password"),
        ({"password": "short"}, "too short"),
        ({"password": "ana@example.com"}, "too similar"),
        ({"route": "robots"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_made(client, link, changes, complaint):
    client.get(address_of(link))
    response = accepted(client, **changes)
    assert response.status_code == 422
    assert complaint in response.content.decode()
    assert not User.objects.filter(email="ana@example.com").exists()
    assert not InterviewSession.objects.exists()


@pytest.mark.parametrize("notice", ["0", "7", None])
def test_agreeing_to_another_text_than_the_one_that_counts_is_asked_again(client, link, notice):
    client.get(address_of(link))
    response = accepted(client, notice=notice)
    assert response.status_code == 409
    assert "was changed meanwhile" in response.content.decode()
    assert 'name="notice" value="1"' in response.content.decode()
    assert not InterviewSession.objects.exists()


def test_a_second_click_on_accept_leads_to_the_same_interview(client, link):
    client.get(address_of(link))
    first = accepted(client)
    client.get(address_of(link))
    assert accepted(client)["Location"] == first["Location"]
    assert InterviewSession.objects.count() == 1


def test_whoever_has_accepted_is_led_on_by_the_link(client, link):
    client.get(address_of(link))
    lobby = accepted(client)["Location"]
    assert client.get(address_of(link), follow=True).redirect_chain[-1][0] == lobby
    elsewhere = Client()
    page = elsewhere.get(address_of(link), follow=True).content.decode()
    assert "You have accepted this invitation. Sign in" in page


def test_bob_has_an_account_so_he_signs_in_first(client, template, mia):
    bob = UserFactory.create(name="Bob")
    client.get(address_of(invited(template, mia, bob.email)))
    page = client.get(PAGE).content.decode()
    assert "has an account already" in page
    assert accepted(client).status_code == 200  # the same page: a stranger cannot accept for him
    assert not InterviewSession.objects.exists()
    login = re.search(r'href="(/accounts/login/\?next=[^"]+)"', page)[1]
    response = client.post(login, {"login": bob.email, "password": PASSWORD, "next": PAGE})
    assert response["Location"] == PAGE
    key = client.session.session_key
    assert 'name="password"' not in client.get(PAGE).content.decode()
    accepted(client, name=None, password=None)
    assert InterviewSession.objects.get().candidate == bob
    assert client.session.session_key != key


def test_signed_in_as_somebody_else_nothing_can_be_accepted(client, link):
    client.force_login(UserFactory.create(name="Carl"))
    client.get(address_of(link))
    page = client.get(PAGE)
    assert "signed in as somebody else" in page.content.decode()
    assert "ana@example.com" not in page.content.decode()
    assert accepted(client).status_code == 409
    assert not InterviewSession.objects.exists()


@pytest.mark.parametrize("how", ["expired", "withdrawn"])
def test_a_closed_invitation_says_so(client, link, mia, how):
    client.get(address_of(link))
    if how == "expired":
        Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))
    else:
        inviting.revoke(link.invitation, mia, timezone.now())
    for response in (client.get(PAGE), accepted(client)):
        assert response.status_code == 410
        assert how in response.content.decode()
    assert not InterviewSession.objects.exists()


def test_a_renewed_link_closes_the_page_of_the_old_one(client, link, mia):
    client.get(address_of(link))
    inviting.renew(link.invitation, mia, timezone.now(), days=14)
    assert client.get(PAGE).status_code == 404


def test_an_interview_without_ready_questions_keeps_the_invitation(client, link, template):
    template.fixed_questions.all().delete()
    client.get(address_of(link))
    response = accepted(client)
    assert response.status_code == 409
    assert "Your invitation is kept" in response.content.decode()
    assert not User.objects.filter(email="ana@example.com").exists()


def test_invited_people_get_in_where_sign_up_is_closed(client, link, settings):
    settings.SIGN_UP_OPEN = False
    client.get(address_of(link))
    accepted(client)
    assert InterviewSession.objects.get().candidate.email == "ana@example.com"


def test_a_form_of_another_site_accepts_nothing(link):
    strict = Client(enforce_csrf_checks=True)
    strict.get(address_of(link))
    assert accepted(strict).status_code == 403
    assert not InterviewSession.objects.exists()


def test_on_the_dashboard_the_choice_is_made_in_the_lobby(client, template):
    bob = UserFactory.create(name="Bob")
    client.force_login(bob)
    invitation = Invitation.objects.create(template=template, candidate=bob)
    lobby = client.post(reverse("invitation-start", args=[invitation.pk]))["Location"]
    assert "A person only" in client.get(lobby).content.decode()
    address = f"{lobby}start/"
    client.post(address, {"route": "human_only"})
    assert InterviewSession.objects.get().status == SessionStatus.NOT_STARTED  # not without agreeing
    client.post(address, {"route": "human_only", "accept": "on"})
    interview_session = InterviewSession.objects.get()
    assert (interview_session.status, interview_session.route) == (
        SessionStatus.IN_PROGRESS,
        Route.HUMAN_ONLY,
    )
    assert interview_session.notice_accepted_at is not None


def test_an_opened_interview_whose_invitation_is_withdrawn_leaves_the_dashboard_and_cannot_start(
    client, link, mia
):
    client.get(address_of(link))
    lobby = accepted(client)["Location"]
    assert lobby in client.get("/").content.decode()
    inviting.revoke(link.invitation, mia, timezone.now())
    assert lobby not in client.get("/").content.decode()
    assert "cannot be started any more" in client.get(lobby).content.decode()
    client.post(f"{lobby}start/")
    assert InterviewSession.objects.get().status == SessionStatus.NOT_STARTED
