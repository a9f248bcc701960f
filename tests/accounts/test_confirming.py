"""An open browser is not enough for exports, roles and rubrics: whoever wants them types the password once more."""

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.urls import reverse
from django.utils import timezone

from grading.models import RubricStatus
from grading.rubrics import copy_as_draft
from interview_site.accounts.models import Role, User
from interview_site.integrations.models import ApiToken, Endpoint
from sessions import inviting
from sessions.invitees import Invitee
from sessions.models import Invitation
from tests.factories import (
    PASSWORD,
    QuestionVersionFactory,
    RubricFactory,
    UserFactory,
    assessment_session,
    interview_template,
)

pytestmark = pytest.mark.django_db

ASKED = "/accounts/reauthenticate/"


@pytest.fixture
def ada(client):
    """Signed in long ago."""
    user = UserFactory.create(name="Ada", role=Role.ADMIN)
    client.force_login(user)
    session = client.session
    del session[AUTHENTICATION_METHODS_SESSION_KEY]
    session.save()
    return user


@pytest.fixture
def assessment(ada):
    return assessment_session(UserFactory.create(name="Ana"), hiring_team=[ada])


def is_asked(response):
    return response.status_code == 302 and response["Location"].startswith(ASKED)


def confirm(client, response, password=PASSWORD):
    """Types the password into the page that the response leads to."""
    page = client.get(response["Location"])
    assert "Confirm that it is you" in page.content.decode()
    target = page.context["redirect_field_value"]
    return client.post(ASKED, {"password": password, "next": target})


@pytest.mark.parametrize("name", ["export-csv", "export-json", "export-impact"])
def test_a_file_about_everybody_comes_after_the_password(client, assessment, name):
    address = reverse(name, args=[assessment.template_id])
    response = client.get(address)
    assert is_asked(response)
    assert confirm(client, response)["Location"] == address
    assert client.get(address).status_code == 200


def test_so_does_the_file_about_one_interview(client, assessment):
    address = reverse("export-pdf", args=[assessment.pk])
    response = client.get(address)
    assert is_asked(response)
    assert confirm(client, response)["Location"] == address
    assert client.get(address).content.startswith(b"%PDF")


def test_the_wrong_password_opens_nothing(client, assessment):
    address = reverse("export-csv", args=[assessment.template_id])
    assert confirm(client, client.get(address), "wrong").status_code == 200
    assert is_asked(client.get(address))


def test_a_password_typed_long_ago_is_asked_for_again(client, assessment, settings):
    address = reverse("export-csv", args=[assessment.template_id])
    confirm(client, client.get(address))
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1
    assert is_asked(client.get(address))


def test_a_person_is_erased_after_the_password_without_typing_anything_twice(client, ada):
    ana = UserFactory.create(name="Ana")
    response = client.post(reverse("person-erase", args=[ana.pk]), {"email": ana.email})
    assert is_asked(response)
    assert User.objects.filter(pk=ana.pk).exists()
    confirm(client, response)
    assert not User.objects.filter(pk=ana.pk).exists()


def test_an_invitation_is_erased_after_the_password(client, ada):
    invitees = [Invitee("ana@example.com", "Ana")]
    (link,) = inviting.invite(interview_template([ada]), invitees, ada, timezone.now(), days=7)
    inviting.revoke(link.invitation, ada, timezone.now())
    response = client.post(reverse("invitation-erase", args=[link.invitation.pk]))
    assert is_asked(response)
    assert Invitation.objects.exists()
    confirm(client, response)
    assert not Invitation.objects.exists()


def test_a_persons_data_are_handed_out_after_the_password(client, ada):
    assert is_asked(client.get(reverse("person-data", args=[UserFactory.create(name="Ana").pk])))


def test_a_token_is_made_after_the_password_and_shown_on_its_own_page(client, ada):
    response = client.post(reverse("api-tokens"), {"name": "For the ATS"})
    assert is_asked(response)
    told = "You have confirmed that it is you."
    assert told not in client.get(reverse("api-tokens"), {"name": "For the ATS"}).content.decode()
    back = confirm(client, response)["Location"]
    assert told in client.get(back).content.decode()
    assert not ApiToken.objects.exists()
    assert 'value="For the ATS"' in client.get(back).content.decode()
    assert "mb_" in client.post(reverse("api-tokens"), {"name": "For the ATS"}).content.decode()


def test_a_rubric_is_published_after_the_password(client, ada):
    rubric = copy_as_draft(RubricFactory.create(), ada)
    response = client.post(reverse("admin:grading_rubric_publish", args=[rubric.pk]))
    assert is_asked(response)
    rubric.refresh_from_db()
    assert rubric.status == RubricStatus.DRAFT
    confirm(client, response)
    rubric.refresh_from_db()
    assert rubric.status == RubricStatus.PUBLISHED


def test_so_is_the_first_of_a_question(client, ada):
    version = QuestionVersionFactory.create()
    response = client.post(reverse("admin:grading_rubric_first", args=[version.pk]))
    assert is_asked(response)
    assert not version.rubrics.exists()
    confirm(client, response)
    assert version.rubrics.get().status == RubricStatus.PUBLISHED


def test_a_role_is_changed_after_the_password_and_no_typed_secret_is_kept(client, ada):
    add = reverse("admin:accounts_user_add")
    typed = {
        "email": "zoe@example.com", "name": "Zoe", "role": Role.ADMIN, "usable_password": "true",
        "password1": "a secret for zoe", "password2": "a secret for zoe",
    }  # fmt: skip
    response = client.post(add, typed)
    assert is_asked(response)
    assert "a secret for zoe" not in str(dict(client.session))
    confirm(client, response)
    assert not User.objects.filter(name="Zoe").exists()
    assert client.post(add, typed).status_code == 302
    assert User.objects.get(name="Zoe").is_admin


def test_an_endpoint_to_which_everything_is_sent_is_made_after_the_password(client, ada):
    response = client.post(
        reverse("admin:integrations_endpoint_add"), {"name": "Mine", "url": "https://evil.example.com"}
    )
    assert is_asked(response)
    assert not Endpoint.objects.exists()


def test_many_accounts_are_deleted_after_the_password_and_the_list_is_open(client, ada):
    ana = UserFactory.create(name="Ana")
    address = reverse("admin:accounts_user_changelist")
    assert client.get(address).status_code == 200
    sent = {"action": "delete_selected", "_selected_action": [ana.pk], "post": "yes"}
    response = client.post(address, sent)
    assert is_asked(response)
    assert User.objects.filter(pk=ana.pk).exists()
    confirm(client, response)
    assert not User.objects.filter(pk=ana.pk).exists()


@pytest.mark.parametrize("one_by_one", [True, False])
def test_an_endpoint_is_deleted_after_the_password(client, ada, one_by_one):
    endpoint = Endpoint.objects.create(name="ATS", url="https://ats.example.com/")
    page = "delete" if one_by_one else "changelist"
    address = reverse(f"admin:integrations_endpoint_{page}", args=[endpoint.pk] if one_by_one else [])
    sent = {"action": "delete_selected", "_selected_action": [endpoint.pk], "post": "yes"}
    response = client.post(address, sent)
    assert is_asked(response)
    assert Endpoint.objects.exists()
    confirm(client, response)
    assert not Endpoint.objects.exists()
