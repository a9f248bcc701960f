"""Staff can have a second step: with it, the password alone opens neither the site nor Django admin."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib import admin
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from interview_site.accounts.models import Role
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted():
    cache.clear()


@pytest.fixture
def ada():
    user = UserFactory.create(name="Ada", role=Role.ADMIN)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def code_for(secret):
    """What the app would show now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def secret(ada):
    """Ada has switched it on."""
    browser = Client()
    browser.force_login(ada)
    page = browser.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    response = browser.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert response["Location"] == reverse("mfa_view_recovery_codes")
    cache.clear()
    return secret


def sign_in(client, user):
    return client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})


def is_in(client):
    return client.get(reverse("admin:index")).status_code == 200


def test_without_it_the_password_is_enough(client, ada):
    sign_in(client, ada)
    assert is_in(client)


def test_with_it_the_password_opens_nothing_and_the_code_does(client, ada, secret):
    assert sign_in(client, ada)["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert is_in(client)


def test_a_recovery_code_does_so_once(ada, secret):
    codes = Authenticator.objects.get(user=ada, type="recovery_codes").wrap().get_unused_codes()
    for expected in (True, False):
        browser = Client()
        sign_in(browser, ada)
        browser.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert is_in(browser) is expected


def test_its_pages_say_what_is_on_and_switch_it_off(client, ada, secret):
    client.force_login(ada)
    assert "It is on" in client.get(reverse("mfa_index")).content.decode()
    assert "10 recovery codes left" in " ".join(client.get(reverse("mfa_index")).content.decode().split())
    assert client.get(reverse("mfa_view_recovery_codes")).content.decode().count("<code>") == 10
    client.post(reverse("mfa_generate_recovery_codes"))
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=ada).exists()
    assert "It is off" in client.get(reverse("mfa_index")).content.decode()


def test_the_staffs_menu_leads_there(client, ada):
    client.force_login(ada)
    assert reverse("mfa_index") in client.get(reverse("inbox")).content.decode()


def test_no_admin_reads_the_key_of_another_one():
    """The model admin that allauth brings along shows it; the key would make codes in its owner's name."""
    assert not admin.site.is_registered(Authenticator)
