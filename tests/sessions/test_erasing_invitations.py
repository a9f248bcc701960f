"""Erasing an invitation that nobody accepted: somebody who never had an account must not stay in the database."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone

from interview_site.accounts.audit import verify
from interview_site.accounts.models import AuditEntry, Role
from sessions import inviting
from sessions.invitees import Invitee
from sessions.models import InterviewSession, Invitation
from sessions.states import Route
from tests.factories import PASSWORD, UserFactory, interview_template

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LATER = NOW + dt.timedelta(days=15)


@pytest.fixture
def mia():
    return UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)


@pytest.fixture
def link(mia):
    (link,) = inviting.invite(
        interview_template([mia]), [Invitee("ana@example.com", "Ana")], mia, NOW, days=14
    )
    return link


@pytest.mark.parametrize("how", ["withdrawn", "expired"])
def test_a_dead_invitation_is_erased_with_every_trace_of_the_person(link, mia, how):
    invitation = link.invitation
    kind = ContentType.objects.get_for_model(Invitation)
    LogEntry.objects.create(
        user=mia, content_type=kind, object_id=str(invitation.pk), object_repr="Ana", action_flag=CHANGE
    )
    if how == "withdrawn":
        inviting.revoke(invitation, mia, NOW)

    inviting.erase(invitation, mia, NOW if how == "withdrawn" else LATER)

    assert not Invitation.objects.exists()
    assert not LogEntry.objects.exists()
    last = AuditEntry.objects.order_by("number").last()
    assert (last.action, last.actor_id) == ("invitation.erased", mia.pk)
    assert not any("ana" in entry.particulars.lower() for entry in AuditEntry.objects.all())
    assert verify().broken_at is None


def test_what_can_still_be_used_or_was_accepted_is_not_erased(link, mia):
    with pytest.raises(inviting.TooLateError):
        inviting.erase(link.invitation, mia, NOW)
    inviting.accept_as_newcomer(
        link.invitation, name="Ana", password=PASSWORD, notice=1, route=Route.MACHINE_FIRST, now=NOW
    )
    with pytest.raises(inviting.TooLateError):
        inviting.erase(link.invitation, mia, LATER)
    assert Invitation.objects.count() == InterviewSession.objects.count() == 1


def test_mia_erases_it_on_its_page_once_it_is_dead(client, link, mia):
    page, act = (
        reverse(name, args=[link.invitation.pk]) for name in ("invitation-detail", "invitation-erase")
    )
    client.force_login(mia)
    assert "Erase the invitation" not in client.get(page).content.decode()
    inviting.revoke(link.invitation, mia, timezone.now())
    assert "Erase the invitation" in client.get(page).content.decode()

    response = client.post(act, follow=True)

    assert "Erased: the invitation" in response.content.decode()
    assert not Invitation.objects.exists()
