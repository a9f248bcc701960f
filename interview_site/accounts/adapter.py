"""How allauth treats our users."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up can be closed by the setting SIGN_UP_OPEN. Confirming an address takes the account's password, too."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGN_UP_OPEN

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Only to whoever is signed in to that account: a stranger may have made it, and mailed the link."""
        return request.user.pk == email_address.user_id and super().confirm_email(request, email_address)


class MFAAdapter(DefaultMFAAdapter):
    """Sign-in in two steps: the key is typed or opened as a link, which spares a library that draws codes."""

    def build_totp_svg(self, url: str) -> str:
        return ""
