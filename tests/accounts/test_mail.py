"""Mail about accounts goes to addresses that anybody may type into a form."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_the_confirmation_carries_no_text_of_whoever_signed_up(client, mailoutbox):
    typed = {
        "name": "Win a prize at evil.example",
        "email": "victim@example.com",
        "password1": "a-long-pass-phrase",
    }
    client.post(reverse("account_signup"), typed)
    (mail,) = mailoutbox
    assert mail.to == ["victim@example.com"]
    assert "evil.example" not in mail.subject + mail.body
    assert "/accounts/confirm-email/" in mail.body
    assert mail.subject.startswith("Mockingbird: ")


def test_a_confirmation_is_offered_again_only_where_one_is_missing(client):
    user = UserFactory.create()
    address = EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    client.force_login(user)
    assert "action_send" in client.get(reverse("account_email")).content.decode()
    address.set_verified()
    assert "action_send" not in client.get(reverse("account_email")).content.decode()


PRINTED = "django.core.mail.backends.console.EmailBackend"
TYPED = {"name": "Ana", "email": "ana@example.com", "password1": "a-long-pass-phrase"}


@pytest.mark.parametrize("is_printed", [True, False])
def test_signing_up_says_whether_the_mail_was_sent(client, settings, is_printed, capsys):
    if is_printed:
        settings.EMAIL_BACKEND = PRINTED
    page = client.post(reverse("account_signup"), TYPED, follow=True).content.decode()
    assert ("We sent a mail to ana@example.com" in page) != is_printed
    assert ("was not sent: it is printed where Mockingbird runs" in page) == is_printed


@pytest.mark.parametrize("name", ["account_reset_password_done", "account_email_verification_sent"])
def test_nobody_is_told_to_look_into_a_mailbox_to_which_nothing_went(client, settings, name):
    assert "spam folder" in client.get(reverse(name)).content.decode()
    settings.EMAIL_BACKEND = PRINTED
    page = client.get(reverse(name)).content.decode()
    assert "spam folder" not in page
    assert "only printed in the terminal or log" in page


def test_a_printed_link_to_a_new_password_is_not_shown_to_whoever_asks(client, settings, capsys):
    settings.EMAIL_BACKEND = PRINTED
    user = UserFactory.create()
    asked = client.post(reverse("account_reset_password"), {"email": user.email}, follow=True)
    assert "/password/reset/key/" in capsys.readouterr().out
    assert "/password/reset/key/" not in asked.content.decode()
