"""Invitations: how far one has come, what may be done with it, and that acts at the same moment are in order.

Mia hires; Ana is invited and has no account; Bob is a candidate with one.
"""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.utils import timezone

from interview_site.accounts.models import AuditEntry, Role, User
from sessions import inviting
from sessions.drawing import NotEnoughQuestionsError
from sessions.invitees import Invitee
from sessions.models import InterviewSession, InterviewTemplate, Invitation, SessionEvent
from sessions.sittings import InvitationClosedError, NoticeChangedError, start
from sessions.states import EventKind, InvitationState, Route, SessionStatus
from sessions.tokens import TOKEN_BYTES, hash_of, new_token
from tests.factories import PASSWORD, UserFactory, interview_template

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LATER = NOW + dt.timedelta(days=15)


@pytest.fixture
def mia() -> User:
    return UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)


@pytest.fixture
def template(mia) -> InterviewTemplate:
    return interview_template([mia], time_limit_minutes=30, notice="We read your answers.")


def invite_one(template, mia, email="ana@example.com", **fields) -> inviting.Link:
    (link,) = inviting.invite(template, [Invitee(email, **fields)], mia, NOW, days=14)
    return link


def state_of(invitation: Invitation, now: dt.datetime = NOW) -> str:
    return Invitation.objects.with_state(now).get(pk=invitation.pk).state


def accept_as_ana(link: inviting.Link, now: dt.datetime = NOW, **changes) -> InterviewSession:
    choices = {"name": "Ana", "password": PASSWORD, "notice": 1, "route": Route.MACHINE_FIRST, "now": now}
    return inviting.accept_as_newcomer(link.invitation, **{**choices, **changes})


# --- The token ---


def test_a_token_has_256_bits_and_only_its_hash_is_stored(template, mia):
    link = invite_one(template, mia)
    assert TOKEN_BYTES * 8 == 256
    assert len(link.token) == 43
    stored = Invitation.objects.values().get()
    assert stored["token_hash"] == hash_of(link.token)
    assert link.token not in str(stored)
    assert inviting.by_token_hash(hash_of(link.token), NOW) == link.invitation


def test_no_two_tokens_are_alike():
    assert len({new_token() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("token", ["", "x", "A" * 43])
def test_a_token_that_is_not_ours_finds_nothing(template, mia, token):
    invite_one(template, mia)
    Invitation.objects.create(template=template, candidate=UserFactory.create())  # without a link
    assert inviting.by_token_hash(hash_of(token), NOW) is None
    assert inviting.by_token_hash("", NOW) is None


# --- How far it has come ---


def test_an_invitation_goes_from_invited_to_submitted(template, mia):
    link = invite_one(template, mia)
    assert state_of(link.invitation) == InvitationState.INVITED
    interview_session = accept_as_ana(link)
    assert state_of(link.invitation) == InvitationState.OPENED
    start(interview_session, NOW)
    assert state_of(link.invitation) == InvitationState.STARTED
    InterviewSession.objects.update(status=SessionStatus.SUBMITTED)
    assert state_of(link.invitation) == InvitationState.SUBMITTED


def test_what_was_not_started_in_time_has_expired_opened_or_not(template, mia):
    link = invite_one(template, mia)
    assert state_of(link.invitation, LATER) == InvitationState.EXPIRED
    interview_session = accept_as_ana(link)
    assert state_of(link.invitation, LATER) == InvitationState.EXPIRED
    start(interview_session, NOW)
    assert state_of(link.invitation, LATER) == InvitationState.STARTED


def test_the_counts_and_the_filter_agree_with_the_states(template, mia):
    links = [invite_one(template, mia, f"person-{n}@example.com") for n in range(4)]
    inviting.revoke(links[0].invitation, mia, NOW)
    accept_as_ana(links[1])
    every = Invitation.objects.filter(template=template)
    assert every.state_counts(NOW) == {"revoked": 1, "opened": 1, "invited": 2}
    assert set(every.in_states([InvitationState.INVITED], NOW)) == {links[2].invitation, links[3].invitation}


# --- Inviting ---


def test_who_has_an_open_invitation_is_left_out(template, mia):
    invite_one(template, mia)
    assert inviting.invite(template, [Invitee("ana@example.com")], mia, NOW, days=14) == []
    assert inviting.standing_addresses(template, NOW) == {"ana@example.com"}
    assert inviting.standing_addresses(template, LATER) == set()


def test_the_same_person_may_be_invited_to_another_interview(template, mia):
    invite_one(template, mia)
    assert invite_one(interview_template([mia]), mia).invitation.email == "ana@example.com"


def test_a_candidate_whose_address_is_proven_finds_it_on_the_dashboard(template, mia):
    bob = UserFactory.create(name="Bob")
    EmailAddress.objects.create(user=bob, email=bob.email, verified=True, primary=True)
    assert invite_one(template, mia, bob.email).invitation.candidate == bob


@pytest.mark.parametrize("reason", ["unproven", "disabled", "manager"])
def test_nobody_gets_an_invitation_by_merely_claiming_an_address(template, mia, reason):
    bob = UserFactory.create(
        name="Bob",
        is_active=reason != "disabled",
        role=Role.HIRING_MANAGER if reason == "manager" else Role.CANDIDATE,
    )
    EmailAddress.objects.create(user=bob, email=bob.email, verified=reason != "unproven", primary=True)
    assert invite_one(template, mia, bob.email).invitation.candidate is None


# --- Renewing, withdrawing, extra time ---


def test_a_renewed_invitation_has_another_link_and_the_old_one_is_dead(template, mia):
    old = invite_one(template, mia)
    new = inviting.renew(old.invitation, mia, NOW, days=20)
    assert inviting.by_token_hash(hash_of(old.token), NOW) is None
    assert inviting.by_token_hash(hash_of(new.token), NOW) == old.invitation
    assert new.invitation.expires_at == NOW + dt.timedelta(days=20)


def test_renewing_never_shortens_the_time(template, mia):
    link = invite_one(template, mia)
    assert inviting.renew(link.invitation, mia, NOW, days=3).invitation.expires_at == NOW + dt.timedelta(
        days=14
    )


def test_an_expired_invitation_can_be_renewed(template, mia):
    link = invite_one(template, mia)
    inviting.renew(link.invitation, mia, LATER, days=5)
    assert state_of(link.invitation, LATER) == InvitationState.INVITED


@pytest.mark.parametrize("act", ["renew", "revoke", "set_extra_time"])
@pytest.mark.parametrize("state", ["revoked", "started", "submitted"])
def test_what_is_used_or_withdrawn_stays_as_it_is(template, mia, act, state):
    link = invite_one(template, mia)
    if state == "revoked":
        inviting.revoke(link.invitation, mia, NOW)
    else:
        start(accept_as_ana(link), NOW)
        InterviewSession.objects.update(
            status=SessionStatus.SUBMITTED if state == "submitted" else SessionStatus.IN_PROGRESS
        )
    before = Invitation.objects.values().get()
    acts = {
        "renew": lambda: inviting.renew(link.invitation, mia, NOW, days=5),
        "revoke": lambda: inviting.revoke(link.invitation, mia, NOW),
        "set_extra_time": lambda: inviting.set_extra_time(link.invitation, 50, mia, NOW),
    }
    with pytest.raises(inviting.TooLateError) as late:
        acts[act]()
    assert late.value.state == state
    assert Invitation.objects.values().get() == before


def test_a_withdrawn_invitation_cannot_be_accepted(template, mia):
    link = invite_one(template, mia)
    inviting.revoke(link.invitation, mia, NOW)
    with pytest.raises(InvitationClosedError):
        accept_as_ana(link)
    assert not InterviewSession.objects.exists()


@pytest.mark.parametrize("how", ["withdrawn", "expired"])
def test_an_interview_that_was_opened_but_not_begun_cannot_begin_any_more(template, mia, how):
    link = invite_one(template, mia)
    interview_session = accept_as_ana(link)
    if how == "withdrawn":
        inviting.revoke(link.invitation, mia, NOW)
    with pytest.raises(InvitationClosedError):
        start(interview_session, LATER if how == "expired" else NOW)
    interview_session.refresh_from_db()
    assert interview_session.status == SessionStatus.NOT_STARTED


@pytest.mark.parametrize("when", ["before", "after"])
def test_extra_time_counts_if_it_is_set_before_the_start(template, mia, when):
    link = invite_one(template, mia)
    if when == "before":
        inviting.set_extra_time(link.invitation, 25, mia, NOW)
    interview_session = accept_as_ana(link)
    if when == "after":
        inviting.set_extra_time(link.invitation, 25, mia, NOW)
    start(interview_session, NOW)
    interview_session.refresh_from_db()
    assert interview_session.minutes_allowed == 38  # 37.5, in favour of the candidate
    assert interview_session.deadline_at == NOW + dt.timedelta(minutes=38)


# --- Accepting ---


def test_accepting_makes_the_account_the_session_and_says_what_was_agreed_to(template, mia):
    link = invite_one(template, mia, extra_time_percent=50)
    interview_session = accept_as_ana(link, route=Route.HUMAN_ONLY)
    ana = User.objects.get(email="ana@example.com")
    assert interview_session.candidate == ana
    assert (ana.name, ana.role, ana.check_password(PASSWORD)) == ("Ana", Role.CANDIDATE, True)
    assert (interview_session.notice, interview_session.notice_version) == ("We read your answers.", 1)
    assert interview_session.notice_accepted_at == NOW
    assert interview_session.is_human_only
    assert interview_session.minutes_allowed == 45
    assert interview_session.status == SessionStatus.NOT_STARTED
    assert SessionEvent.objects.get().kind == EventKind.OPENED


def test_accepting_twice_gives_the_same_session(template, mia):
    link = invite_one(template, mia)
    first = accept_as_ana(link)
    again = inviting.accept(link.invitation, first.candidate, notice=1, route=Route.HUMAN_ONLY, now=NOW)
    assert again == first
    assert again.route == Route.MACHINE_FIRST
    assert AuditEntry.objects.filter(action="invitation.accepted").count() == 1


def test_an_invitation_of_somebody_else_is_not_accepted(template, mia):
    link = invite_one(template, mia)
    accept_as_ana(link)
    with pytest.raises(InvitationClosedError):
        inviting.accept(link.invitation, UserFactory.create(), notice=1, route=Route.MACHINE_FIRST, now=NOW)


def test_an_address_with_an_account_gets_no_second_one(template, mia):
    bob = UserFactory.create(name="Bob")
    link = invite_one(template, mia, bob.email)
    assert inviting.account_of(link.invitation) == bob
    with pytest.raises(inviting.AccountExistsError):
        accept_as_ana(link, name="Not Bob")
    assert User.objects.filter(email=bob.email).get().name == "Bob"


def test_who_has_proven_a_second_address_is_found_by_it(template, mia):
    bob = UserFactory.create(name="Bob")
    EmailAddress.objects.create(user=bob, email="Bob@work.example.com", verified=True)
    assert inviting.account_of(invite_one(template, mia, "bob@work.example.com").invitation) == bob


def test_agreeing_to_a_notice_that_has_changed_is_no_agreement(template, mia):
    link = invite_one(template, mia)
    template.notice = "We read your answers and keep them for ten years."
    template.save()
    with pytest.raises(NoticeChangedError):
        accept_as_ana(link, notice=1)
    assert not User.objects.filter(email="ana@example.com").exists()
    assert accept_as_ana(link, notice=2).notice_version == 2


def test_without_questions_nothing_is_made_and_the_invitation_is_kept(mia):
    template = InterviewTemplate.objects.create(title="Empty")
    link = invite_one(template, mia)
    with pytest.raises(NotEnoughQuestionsError):
        accept_as_ana(link)
    assert not User.objects.filter(email="ana@example.com").exists()
    assert state_of(link.invitation) == InvitationState.INVITED


def test_every_act_stands_in_the_audit_log_without_names_and_addresses(template, mia):
    link = invite_one(template, mia, name="Ana Alvarez")
    inviting.set_extra_time(link.invitation, 25, mia, NOW)
    inviting.renew(link.invitation, mia, NOW, days=20)
    accept_as_ana(link)
    inviting.revoke(link.invitation, mia, NOW)
    entries = AuditEntry.objects.filter(target_type="interview_sessions.invitation")
    assert [entry.action.removeprefix("invitation.") for entry in entries] == [
        "made",
        "extra_time_set",
        "renewed",
        "accepted",
        "revoked",
    ]
    assert [entry.actor for entry in entries if entry.action != "invitation.accepted"] == [mia] * 4
    written = " ".join(entry.particulars for entry in entries)
    assert "ana" not in written.lower().replace("none", "")
    assert link.token not in written


# --- At the same moment ---


def together(*acts):
    """Run at once, each on a connection of its own; what each returned or raised."""

    def guarded(act):
        try:
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(guarded, acts))


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_accepted_in_eight_windows_at_once_there_is_one_account_and_one_session():
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    link = invite_one(interview_template([mia]), mia)
    outcomes = together(*[lambda: accept_as_ana(link)] * 8)
    assert InterviewSession.objects.count() == 1
    assert User.objects.filter(email="ana@example.com").count() == 1
    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert {type(one) for one in refused} == {inviting.AccountExistsError}
    assert len(refused) == 7


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_withdrawn_and_started_at_once_exactly_one_of_the_two_happens():
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    template = interview_template([mia])
    for n in range(10):
        link = invite_one(template, mia, f"ana-{n}@example.com")
        interview_session = accept_as_ana(link)
        started, revoked = together(
            lambda one=interview_session: start(one, NOW),
            lambda one=link: inviting.revoke(one.invitation, mia, NOW),
        )
        interview_session.refresh_from_db()
        link.invitation.refresh_from_db()
        is_started = interview_session.status == SessionStatus.IN_PROGRESS
        is_revoked = link.invitation.revoked_at is not None
        assert is_started != is_revoked
        assert isinstance(revoked, inviting.TooLateError) == is_started
        assert isinstance(started, InvitationClosedError) == is_revoked


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_managers_who_invite_the_same_person_at_once_make_one_invitation():
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    template = interview_template([mia])
    outcomes = together(
        *[lambda: inviting.invite(template, [Invitee("ana@example.com")], mia, NOW, days=14)] * 4
    )
    assert sorted(map(len, outcomes)) == [0, 0, 0, 1]
    assert Invitation.objects.count() == 1


def test_who_proves_the_address_after_the_invitation_goes_before_who_only_signed_up_with_it(template, mia):
    UserFactory.create(name="Eve", email="bob@work.example.com")
    bob = UserFactory.create(name="Bob")
    invitation = invite_one(template, mia, "bob@work.example.com").invitation
    EmailAddress.objects.create(user=bob, email="bob@work.example.com", verified=True)
    assert inviting.account_of(invitation) == bob
