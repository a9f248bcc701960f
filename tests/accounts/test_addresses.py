"""Eve signs up with Ana's address before Ana does. Ana must end up with an account that is hers alone."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interview_site.accounts.models import Role, User
from sessions import inviting
from sessions.invitees import Invitee
from tests.factories import PASSWORD, UserFactory, interview_template

pytestmark = pytest.mark.django_db

ANA, EVE = "ana@example.com", "eve@evil.example"
EVES_PASSWORD, ANAS_PASSWORD = "eve has a passphrase", "ana has another passphrase"


@pytest.fixture(autouse=True)
def nothing_counted():
    cache.clear()


@pytest.fixture
def eve(client):
    """Her browser, signed in to the account with Ana's address."""
    client.post(reverse("account_signup"), {"name": "Ana", "email": ANA, "password1": EVES_PASSWORD})
    return client


def addresses():
    return set(EmailAddress.objects.values_list("email", "verified"))


def add(browser, email):
    return browser.post(reverse("account_email"), {"email": email, "action_add": "1"}, follow=True)


def reset_password(browser, mailbox, email, password):
    """Asks for the mail, and uses its link if there is one; whether there was."""
    mailbox.clear()
    browser.post(reverse("account_reset_password"), {"email": email})
    found = [
        re.search(r"/accounts/password/reset/key/\S+", mail.body) for mail in mailbox if email in mail.to
    ]
    if not any(found):
        return False
    form = browser.get(found[0][0])["Location"]
    return browser.post(form, {"password1": password, "password2": password}).status_code == 302


def confirmation(mailbox, email):
    (mail,) = [mail for mail in mailbox if mail.to == [email]]
    return re.search(r"/accounts/confirm-email/\S+", mail.body)[0]


def sign_in(browser, email, password):
    browser.post(reverse("account_login"), {"login": email, "password": password})
    return browser.get(reverse("account_email")).status_code == 200


def test_no_address_is_added_before_the_main_one_is_confirmed(eve, mailoutbox):
    page = add(eve, EVE).content.decode()
    assert "Once your main address is confirmed, you can add others." in page
    assert addresses() == {(ANA, False)}
    assert "Add an address" not in eve.get(reverse("account_email")).content.decode()
    assert [mail.to for mail in mailoutbox] == [[ANA]]


def test_who_has_confirmed_the_main_one_adds_another_and_gets_mail_for_a_new_password_there(
    client, mailoutbox
):
    bob = UserFactory.create(name="Bob")
    EmailAddress.objects.create(user=bob, email=bob.email, verified=True, primary=True)
    client.force_login(bob)
    add(client, "bob@work.example")
    assert not reset_password(Client(), mailoutbox, "bob@work.example", ANAS_PASSWORD), "not confirmed yet"
    EmailAddress.objects.update(verified=True)
    assert reset_password(Client(), mailoutbox, "bob@work.example", ANAS_PASSWORD)
    assert addresses() == {(bob.email, True), ("bob@work.example", True)}


def test_the_link_in_the_mail_confirms_nothing_for_whoever_cannot_sign_in(eve, mailoutbox):
    """Else Ana, who clicks it without a thought, would prove Eve's account for her."""
    link = confirmation(mailoutbox, ANA)
    ana = Client()
    for response in (ana.get(link), ana.post(link)):
        assert response["Location"].startswith(reverse("account_login"))
    ana.force_login(UserFactory.create(name="Another account of Ana's"))
    ana.post(link)
    assert addresses() == {(ANA, False)}
    eve.post(link)
    assert addresses() == {(ANA, True)}


def test_ana_takes_the_account_over_with_a_new_password_and_eve_is_out(eve, mailoutbox):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    template = interview_template([mia])
    (link,) = inviting.invite(template, [Invitee(ANA, "Ana")], mia, timezone.now(), days=3)
    add(eve, EVE)
    ana = Client()
    assert reset_password(ana, mailoutbox, ANA, ANAS_PASSWORD)
    assert sign_in(ana, ANA, ANAS_PASSWORD)
    ana.get(reverse("invitation-link", args=[link.token]))
    agreed = {"accept": "on", "notice": template.notice_version, "route": "machine_first"}
    interview = ana.post(reverse("invitation"), agreed)["Location"]
    assert ana.get(interview).status_code == 200

    assert eve.get(interview).status_code == 302, "her session ended with her password"
    assert not reset_password(Client(), mailoutbox, EVE, "eve once more, please")
    assert not sign_in(Client(), ANA, EVES_PASSWORD)


@pytest.fixture
def from_before(eve):
    """An account of a version that let Eve add and confirm an address of hers."""
    user = User.objects.get(email=ANA)
    EmailAddress.objects.create(user=user, email=EVE, verified=True, primary=False)
    return user


def test_a_confirmed_address_beside_a_main_one_that_is_not_gets_no_mail_for_a_new_password(
    from_before, mailoutbox
):
    assert not reset_password(Client(), mailoutbox, EVE, "eve once more, please")


def test_the_first_new_password_drops_what_was_added_before(from_before, mailoutbox):
    assert reset_password(Client(), mailoutbox, ANA, ANAS_PASSWORD)
    assert addresses() == {(ANA, False)}


def test_so_does_the_confirmation_of_the_main_address(from_before, eve, mailoutbox):
    eve.post(confirmation(mailoutbox, ANA))
    assert addresses() == {(ANA, True)}


def test_an_address_beside_a_confirmed_main_one_stays_through_a_new_password(mailoutbox):
    bob = UserFactory.create(name="Bob")
    for email, is_main in ((bob.email, True), ("bob@work.example", False)):
        EmailAddress.objects.create(user=bob, email=email, verified=True, primary=is_main)
    assert reset_password(Client(), mailoutbox, bob.email, ANAS_PASSWORD)
    assert len(addresses()) == 2


def test_no_authenticator_app_shuts_the_owner_out_of_an_account_that_is_not_confirmed(eve):
    assert eve.get(reverse("mfa_activate_totp"))["Location"] == reverse("mfa_index")
    eve.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert not Authenticator.objects.exists()


def test_no_admin_adds_an_address_past_the_page_of_the_account():
    """That page asks for the password and leaves an entry in the audit log; allauth's own model admin does neither."""
    assert not admin.site.is_registered(EmailAddress)


def test_who_never_had_a_row_for_their_address_gets_a_new_password(mailoutbox):
    """Accounts made by createsuperuser."""
    ada = UserFactory.create(name="Ada", role=Role.ADMIN)
    assert reset_password(Client(), mailoutbox, ada.email, PASSWORD + " anew")
