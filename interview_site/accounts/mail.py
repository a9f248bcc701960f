"""Whether mail leaves this site: nobody is told to look into a mailbox to which nothing was sent."""

from django.conf import settings
from django.http import HttpRequest


def is_only_printed() -> bool:
    """The default without EMAIL_URL: mail is printed where the site runs, and nothing leaves the machine."""
    return settings.EMAIL_BACKEND == "django.core.mail.backends.console.EmailBackend"


def delivery(_request: HttpRequest) -> dict[str, bool]:
    """For every template: mail_is_printed."""
    return {"mail_is_printed": is_only_printed()}
