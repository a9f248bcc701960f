from allauth.account.signals import email_confirmed, password_reset
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "interview_site.accounts"
    label = "accounts"
    verbose_name = "People"  # allauth has a section "Accounts" of its own

    def ready(self) -> None:
        # Here, and not only where the middleware is loaded: a sign-in may come before the first request.
        from interview_site.accounts import addresses, idle

        user_logged_in.connect(idle.note_sign_in)
        email_confirmed.connect(addresses.note_confirmed)
        password_reset.connect(addresses.note_password_reset)
