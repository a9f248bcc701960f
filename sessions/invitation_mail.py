"""Sends invitations. Called after the commit: no transaction waits for a mail server."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone

from sessions.inviting import Link
from sessions.models import Invitation

logger = logging.getLogger(__name__)


def send(links: Sequence[tuple[Link, str]]) -> set[int]:
    """Mail each link, given with its whole address, over one connection; the ids of the invitations that went out.

    Where the mail server cannot be reached, nothing else is tried: the caller shows the links.
    """
    sent: set[int] = set()
    if not links:
        return sent
    try:
        with get_connection() as connection:
            for link, address in links:
                try:
                    _message(link.invitation, address, connection).send()
                except smtplib.SMTPResponseException as refusal:
                    logger.warning("The invitation %s was refused: %s", link.invitation.pk, refusal.smtp_code)
                except smtplib.SMTPRecipientsRefused:
                    logger.warning("The invitation %s has an address that is refused.", link.invitation.pk)
                else:
                    sent.add(link.invitation.pk)
    except (OSError, smtplib.SMTPException) as trouble:
        logger.warning("Mail cannot be sent: %s", type(trouble).__name__)
    Invitation.objects.filter(pk__in=sent).update(mailed_at=timezone.now())
    return sent


def _message(invitation: Invitation, address: str, connection: BaseEmailBackend) -> EmailMessage:
    context = {"invitation": invitation, "template": invitation.template, "address": address}
    subject = render_to_string("sessions/mail/invitation_subject.txt", context)
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=render_to_string("sessions/mail/invitation.txt", context).strip() + "\n",
        to=[invitation.address],
        connection=connection,
    )
