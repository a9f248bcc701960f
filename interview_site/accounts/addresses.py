"""Whose an account is: nobody gets into it by an address that was there before its owner came.

Anybody may sign up with anybody's address. Until somebody who knows the password has also read the mail to the main
address, an account has no other address, and a new password is mailed to that one alone. (allauth itself takes no
authenticator app before that.) So a stranger who was there first loses the account with the owner's new password,
which ends every session: no other way in is left.
"""

from __future__ import annotations

from typing import Any

from allauth.account.forms import AddEmailForm, ResetPasswordForm
from allauth.account.models import EmailAddress
from django import forms

from interview_site.accounts.models import User


def is_proven(user: User) -> bool:
    """Whether the owner of the main address has shown that the account is theirs."""
    return EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()


class FurtherAddressForm(AddEmailForm):
    """Another address for an account, once its main one is confirmed."""

    @property
    def is_open(self) -> bool:
        return is_proven(self.user)

    def clean_email(self) -> str:
        if not self.is_open:
            raise forms.ValidationError(f"Confirm {self.user.email} first. The mail to it has the link.")
        return super().clean_email()


class NewPasswordForm(ResetPasswordForm):
    """Asks for the mail with which a new password is chosen. To an address that does not count, it says there is no
    account.
    """

    def clean_email(self) -> str:
        address = super().clean_email()
        found: list[User] = self.users  # type: ignore[has-type]
        self.users = [user for user in found if _opens(address, user)]
        return address


def _opens(address: str, user: User) -> bool:
    """Whether the mailbox of this address may let its reader into the account: the main one, and confirmed ones beside
    a main one that is confirmed.
    """
    if address.lower() == user.email.lower():
        return True
    confirmed = EmailAddress.objects.filter(user=user, email__iexact=address, verified=True)
    return is_proven(user) and confirmed.exists()


def note_confirmed(email_address: EmailAddress, **_signal: Any) -> None:
    """The main address has just been confirmed: what was added before that, under versions that let it, goes."""
    user = email_address.user
    if email_address.email.lower() == user.email.lower():
        _drop_others(user)


def note_password_reset(user: User, **_signal: Any) -> None:
    """As above, by whoever reads the mail to the main address and has chosen a new password."""
    if not is_proven(user):
        _drop_others(user)


def _drop_others(user: User) -> None:
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()
