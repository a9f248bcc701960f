"""Whoever is the last one that can open the admin pages stays that, whatever they press."""

import pytest
from django.urls import reverse

from interview_site.accounts.models import Role, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ada(client):
    user = UserFactory.create(name="Ada", role=Role.ADMIN)
    client.force_login(user)
    return user


def change(client, user, **fields):
    address = reverse("admin:accounts_user_change", args=[user.pk])
    form = {"email": user.email, "name": user.name, "role": user.role, "is_active": "on", **fields}
    return client.post(address, {name: value for name, value in form.items() if value})


@pytest.mark.parametrize("step", [{"role": Role.CANDIDATE}, {"is_active": ""}])
def test_the_last_admin_cannot_step_down(client, ada, step):
    UserFactory.create(name="Zoe", role=Role.ADMIN, is_active=False)
    page = change(client, ada, **step).content.decode()
    assert "Make another admin first: without Ada nobody could open these pages." in page
    ada.refresh_from_db()
    assert (ada.role, ada.is_active) == (Role.ADMIN, True)


@pytest.mark.parametrize("step", [{"role": Role.CANDIDATE}, {"is_active": ""}])
def test_one_of_two_admins_can(client, ada, step):
    UserFactory.create(name="Zoe", role=Role.ADMIN)
    assert change(client, ada, **step).status_code == 302
    ada.refresh_from_db()
    assert not (ada.role == Role.ADMIN and ada.is_active)


def test_the_last_admin_can_still_change_their_name(client, ada):
    assert change(client, ada, name="Ada Lovelace").status_code == 302
    ada.refresh_from_db()
    assert ada.name == "Ada Lovelace"


def test_the_last_admin_is_not_deleted_alone(client, ada):
    address = reverse("admin:accounts_user_delete", args=[ada.pk])
    assert "without Ada nobody" in client.get(address).content.decode()
    client.post(address, {"post": "yes"})
    assert User.objects.filter(pk=ada.pk).exists()


def test_nor_are_all_admins_deleted_at_once(client, ada):
    zoe = UserFactory.create(name="Zoe", role=Role.ADMIN)
    both = {"action": "delete_selected", "_selected_action": [ada.pk, zoe.pk]}
    page = client.post(reverse("admin:accounts_user_changelist"), both).content.decode()
    assert "without Ada nobody" in page
    client.post(reverse("admin:accounts_user_changelist"), {**both, "post": "yes"})
    assert User.objects.active_admins().count() == 2


def test_one_of_two_admins_is_deleted(client):
    zoe = UserFactory.create(name="Zoe", role=Role.ADMIN)
    client.post(reverse("admin:accounts_user_delete", args=[zoe.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=zoe.pk).exists()
