"""Invitations: made, renewed, withdrawn, given extra time, accepted. Each act locks the row and is written down.

Nothing here sends mail: a link leaves in the caller's hands once, and invitation_mail sends it after the commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower

from interview_site.accounts import audit
from interview_site.accounts.models import Role, User
from sessions.invitees import Invitee
from sessions.models import InterviewSession, InterviewTemplate, Invitation
from sessions.sittings import InvitationClosedError, open_invitation
from sessions.states import (
    DEAD_INVITATION_STATES,
    RENEWABLE_INVITATION_STATES,
    UNUSED_INVITATION_STATES,
    InvitationState,
    Route,
    SessionStatus,
)
from sessions.tokens import hash_of, new_token

# An invitation in one of these stands in the way of a second one to the same interview.
STANDING_STATES = UNUSED_INVITATION_STATES | {InvitationState.STARTED}


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation with the token of its link, which exists nowhere else and is shown once."""

    invitation: Invitation
    token: str


class TooLateError(Exception):
    """The invitation has been used, withdrawn or has expired since the page was made. state says which."""

    def __init__(self, state: InvitationState) -> None:
        super().__init__(state.label)
        self.state = state


class AccountExistsError(Exception):
    """The invitation's address has an account: its owner signs in, nobody makes another."""


def standing_addresses(template: InterviewTemplate, now: dt.datetime) -> set[str]:
    """In lower case: who has an invitation to this interview that can still be used, or sits it just now."""
    rows = Invitation.objects.filter(template=template).in_states(STANDING_STATES, now)
    pairs = rows.values_list(Lower("email"), Lower("candidate__email"))
    return {address for pair in pairs for address in pair if address}


@transaction.atomic
def invite(
    template: InterviewTemplate,
    invitees: Sequence[Invitee],
    invited_by: User,
    now: dt.datetime,
    *,
    days: int,
) -> list[Link]:
    """An invitation for each, open for so many days. One who has got one meanwhile is left out."""
    InterviewTemplate.objects.select_for_update().get(pk=template.pk)
    standing = standing_addresses(template, now)
    chosen = [invitee for invitee in invitees if invitee.email not in standing]
    known = _proven_candidates([invitee.email for invitee in chosen])
    links = []
    for invitee in chosen:
        token = new_token()
        invitation = Invitation.objects.create(
            template=template,
            candidate=known.get(invitee.email),
            email=invitee.email,
            name=invitee.name,
            invited_by=invited_by,
            extra_time_percent=invitee.extra_time_percent,
            token_hash=hash_of(token),
            created_at=now,
            expires_at=now + dt.timedelta(days=days),
        )
        links.append(Link(invitation, token))
    for link in links:
        audit.record(invited_by, "invitation.made", link.invitation, after=_state_of(link.invitation))
    return links


def _proven_candidates(addresses: Sequence[str]) -> dict[str, User]:
    """Candidates by address, where they have shown that the address is theirs: these see it on their dashboard."""
    proven = EmailAddress.objects.filter(
        email__in=addresses, verified=True, user__role=Role.CANDIDATE, user__is_active=True
    )
    return {row.email.lower(): row.user for row in proven.select_related("user")}


@transaction.atomic
def renew(invitation: Invitation, actor: User, now: dt.datetime, *, days: int) -> Link:
    """A new link; the old one is dead at once. Open for so many days from now, or longer if it was.

    Raises TooLateError.
    """
    locked = _locked(invitation, now, RENEWABLE_INVITATION_STATES)
    before = _state_of(locked)
    token = new_token()
    until = now + dt.timedelta(days=days)
    locked.token_hash, locked.mailed_at = hash_of(token), None
    locked.expires_at = None if locked.expires_at is None else max(locked.expires_at, until)
    locked.save(update_fields=["token_hash", "mailed_at", "expires_at"])
    audit.record(actor, "invitation.renewed", locked, before=before, after=_state_of(locked))
    return Link(locked, token)


@transaction.atomic
def revoke(invitation: Invitation, actor: User, now: dt.datetime) -> None:
    """Withdraw it: the link is dead, and an interview that has not begun cannot begin. Raises TooLateError."""
    locked = _locked(invitation, now, RENEWABLE_INVITATION_STATES)
    before = _state_of(locked)
    locked.revoked_at = now
    locked.save(update_fields=["revoked_at"])
    audit.record(actor, "invitation.revoked", locked, before=before, after=_state_of(locked))


@transaction.atomic
def erase(invitation: Invitation, actor: User, now: dt.datetime) -> None:
    """Remove a dead invitation that nobody accepted, for good, with the name and the address in it. The audit log keeps
    that it was done. Raises TooLateError.
    """
    locked = _locked(invitation, now, DEAD_INVITATION_STATES)
    if not locked.is_erasable:
        raise TooLateError(InvitationState(locked.state))
    audit.erase_traces([locked])
    Invitation.objects.filter(pk=locked.pk).delete()
    audit.record(actor, "invitation.erased", locked, after={"template": locked.template_id})


@transaction.atomic
def set_extra_time(invitation: Invitation, percent: int, actor: User, now: dt.datetime) -> None:
    """An accommodation; it counts if the clock has not been started. Raises TooLateError."""
    locked = _locked(invitation, now, RENEWABLE_INVITATION_STATES)
    before = _state_of(locked)
    locked.extra_time_percent = percent
    locked.save(update_fields=["extra_time_percent"])
    InterviewSession.objects.filter(invitation=locked, status=SessionStatus.NOT_STARTED).update(
        extra_time_percent=percent
    )
    audit.record(actor, "invitation.extra_time_set", locked, before=before, after=_state_of(locked))


def by_token_hash(token_hash: str, now: dt.datetime) -> Invitation | None:
    """The invitation with this link, its state, its template and its session; None where the link is not ours."""
    rows = Invitation.objects.with_state(now).select_related(
        "template", "candidate", "interview_session", "invited_by"
    )
    return rows.filter(token_hash=token_hash).first()


def account_of(invitation: Invitation) -> User | None:
    """Who has to sign in to accept it; None where nobody has an account for its address yet.

    Who has proven the address goes before who signed up with it.
    """
    if invitation.candidate:
        return invitation.candidate
    address = invitation.email.lower()
    proven = EmailAddress.objects.filter(email__iexact=address, verified=True).values("user")
    owner = User.objects.filter(pk__in=proven).first()
    return owner or User.objects.filter(email=address).first()


@transaction.atomic
def accept(
    invitation: Invitation, user: User, *, notice: int, route: Route, now: dt.datetime
) -> InterviewSession:
    """The user, whose invitation it is, has agreed to that version of the notice: the one session.

    A second time, the same one. Raises InvitationClosedError, NoticeChangedError, NotEnoughQuestionsError.
    """
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if locked.candidate_id is None:
        locked.candidate = user
        locked.save(update_fields=["candidate"])
    elif locked.candidate_id != user.pk:
        raise InvitationClosedError
    is_new = not InterviewSession.objects.filter(invitation=locked).exists()
    interview_session = open_invitation(locked, now, route=route, notice_accepted=notice)
    if is_new:
        audit.record(user, "invitation.accepted", locked, after=_agreement(interview_session))
    return interview_session


@transaction.atomic
def accept_as_newcomer(
    invitation: Invitation, *, name: str, password: str, notice: int, route: Route, now: dt.datetime
) -> InterviewSession:
    """As accept, with an account for the invitation's address made on the way.

    Raises AccountExistsError and whatever accept raises; nothing is made then.
    """
    locked = (
        Invitation.objects.select_for_update(of=("self",)).select_related("template").get(pk=invitation.pk)
    )
    if account_of(locked):
        raise AccountExistsError
    try:
        with transaction.atomic():
            user = User.objects.create_user(locked.email, password, name=name, role=Role.CANDIDATE)
    except IntegrityError as error:  # made at the same moment
        raise AccountExistsError from error
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    return accept(locked, user, notice=notice, route=route, now=now)


def _agreement(interview_session: InterviewSession) -> dict[str, object]:
    return {
        "session": str(interview_session.pk),
        "notice_version": interview_session.notice_version,
        "route": str(interview_session.route),
    }


def _locked(invitation: Invitation, now: dt.datetime, allowed: frozenset[InvitationState]) -> Invitation:
    """The row, locked and in one of the allowed states. Raises TooLateError."""
    Invitation.objects.select_for_update().get(pk=invitation.pk)
    locked = Invitation.objects.with_state(now).get(pk=invitation.pk)
    state = InvitationState(locked.state)
    if state not in allowed:
        raise TooLateError(state)
    return locked


def _state_of(invitation: Invitation) -> dict[str, object]:
    """What the audit log keeps of it: no name, no address."""
    return {
        "template": invitation.template_id,
        "expires_at": invitation.expires_at,
        "revoked_at": invitation.revoked_at,
        "extra_time_percent": invitation.extra_time_percent,
    }
