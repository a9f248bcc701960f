from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "interview_site.accounts"
    label = "accounts"

    def ready(self) -> None:
        # Here, and not only where the middleware is loaded: a sign-in may come before the first request.
        from interview_site.accounts import idle

        user_logged_in.connect(idle.note_sign_in)
