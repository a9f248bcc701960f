"""The hiring team invites: links shown once, mail after the commit, errors by line, states and what can be done."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from interview_site.accounts.models import Role
from sessions import inviting
from sessions.invitees import Invitee
from sessions.models import Invitation
from sessions.tokens import hash_of
from tests.factories import UserFactory, interview_template

pytestmark = pytest.mark.django_db

LINK = re.compile(r"http://testserver(/i/([\w-]{43})/)")


@pytest.fixture
def mia(client):
    user = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(user)
    return user


@pytest.fixture
def template(mia):
    return interview_template([mia], title="Backend & more", role="Engineer", time_limit_minutes=30)


def invite(client, template, people="", **fields):
    data = {"people": people, "days": "14", "send_mail": "on", **fields}
    return client.post(reverse("template-invite", args=[template.pk]), data)


def invited(template, mia, email="ana@example.com"):
    (link,) = inviting.invite(template, [Invitee(email, "Ana")], mia, timezone.now(), days=14)
    return link.invitation


def test_each_person_gets_a_link_that_is_shown_once_and_stored_nowhere(client, template):
    page = invite(client, template, "ana@example.com, Ana, 25\nbob@example.com").content.decode()
    tokens = [token for _, token in LINK.findall(page)]
    assert {hash_of(token) for token in tokens} == set(
        Invitation.objects.values_list("token_hash", flat=True)
    )
    assert len(set(tokens)) == 2
    later = client.get(reverse("template-invitations", args=[template.pk])).content.decode()
    detail = client.get(reverse("invitation-detail", args=[Invitation.objects.first().pk])).content.decode()
    assert not LINK.search(later + detail)


def test_several_links_stand_together_to_be_copied_at_once(client, template):
    page = invite(client, template, "ana@example.com, Ana, 25\nbob@example.com").content.decode()
    (lines,) = re.findall(r"<textarea[^>]*data-copy[^>]*>(.*?)</textarea>", page, re.DOTALL)
    ana, bob = lines.splitlines()
    assert re.fullmatch(rf"Ana, ana@example\.com, {LINK.pattern}", ana)
    assert re.fullmatch(rf"bob@example\.com, {LINK.pattern}", bob)
    assert "data-copy=" not in invite(client, template, "cem@example.com").content.decode()


def test_the_page_with_links_is_kept_by_no_cache(client, template):
    assert "no-store" in invite(client, template, "ana@example.com")["Cache-Control"]


def test_the_mail_says_what_it_is_about_and_carries_the_link(client, template, mia):
    page = invite(client, template, "ana@example.com, Ana Alvarez, 50").content.decode()
    (message,) = mail.outbox
    assert message.to == ["ana@example.com"]
    assert message.subject == "Your interview: Backend & more"
    assert LINK.search(page)[0] in message.body
    assert "Hello Ana Alvarez" in message.body
    assert "up to 45 minutes" in message.body
    assert mia.email in message.body
    assert Invitation.objects.get().mailed_at is not None


def test_without_mail_only_the_links_are_shown(client, template):
    page = invite(client, template, "ana@example.com", send_mail="").content.decode()
    assert LINK.search(page)
    assert mail.outbox == []
    assert Invitation.objects.get().mailed_at is None


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_the_mail_server(client, monkeypatch):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(mia)
    open_transactions = []

    def send_messages(_backend, messages):
        open_transactions.append(transaction.get_connection().in_atomic_block)
        return len(messages)

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send_messages)
    invite(client, interview_template([mia]), "ana@example.com")
    assert open_transactions == [False]


def test_mail_that_is_only_printed_is_not_called_sent(client, template, settings):
    assert "e-mail sent" in invite(client, template, "ana@example.com").content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    page = invite(client, template, "bob@example.com").content.decode()
    assert "e-mail printed, not sent" in page
    assert "has no mail server" in page


def test_a_dead_mail_server_loses_no_invitation(client, template, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = invite(client, template, "ana@example.com\nbob@example.com").content.decode()
    assert "2 e-mails could not be sent" in page
    assert len(set(LINK.findall(page))) == 2
    assert Invitation.objects.filter(mailed_at=None).count() == 2


def test_good_lines_are_invited_and_bad_ones_come_back(client, template):
    page = invite(client, template, "ana@example.com\nnot an address\nbob@example.com").content.decode()
    assert sorted(Invitation.objects.values_list("email", flat=True)) == [
        "ana@example.com",
        "bob@example.com",
    ]
    assert "Line 2:" in page
    assert "Everybody else is invited." in page
    assert re.search(r"<textarea[^>]*>\s*not an address</textarea>", page)


def test_with_no_good_line_nothing_happens(client, template):
    response = invite(client, template, "not an address")
    assert response.status_code == 422
    assert "Nobody was invited." in response.content.decode()
    assert not Invitation.objects.exists()


def test_a_reload_of_the_links_invites_nobody_twice(client, template):
    invite(client, template, "ana@example.com")
    assert invite(client, template, "ana@example.com").status_code == 422
    assert Invitation.objects.count() == 1
    assert len(mail.outbox) == 1


def test_a_csv_file_as_a_spreadsheet_writes_it(client, template):
    content = "\ufeffE-Mail;Name;Extra\r\nana@example.com;Ána Álvarez;25\r\n;;\r\n".encode()
    invite(client, template, file=SimpleUploadedFile("people.csv", content))
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.name, invitation.extra_time_percent) == (
        "ana@example.com",
        "Ána Álvarez",
        25,
    )


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "Nobody is named yet"),
        ({"people": "ana@example.com", "days": "0"}, "greater than or equal to 1"),
        ({"file": b"\xff\xfe\x00"}, "not text in UTF-8"),
        ({"file": b"a" * 200_001}, "larger than 200 kB"),
    ],
)
def test_a_form_that_cannot_be_used_says_why(client, template, fields, complaint):
    if isinstance(fields.get("file"), bytes):
        fields = {**fields, "file": SimpleUploadedFile("people.csv", fields["file"])}
    response = invite(client, template, **fields)
    assert response.status_code == 422
    assert complaint in response.content.decode()
    assert not Invitation.objects.exists()


def test_names_are_shown_as_text(client, template):
    page = invite(client, template, 'ana@example.com, "<script>alert(1)</script>"').content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_the_list_filters_by_state_and_says_how_many(client, template, mia):
    invited(template, mia)
    inviting.revoke(invited(template, mia, "bob@example.com"), mia, timezone.now())
    address = reverse("template-invitations", args=[template.pk])
    assert re.findall(r"(All|Invited|Withdrawn) <b>(\d+)</b>", client.get(address).content.decode()) == [
        ("All", "2"),
        ("Invited", "1"),
        ("Withdrawn", "1"),
    ]
    emails = {
        state: client.get(address, {"state": state}).context["page"].object_list
        for state in ("revoked", "nonsense")
    }
    assert [one.email for one in emails["revoked"]] == ["bob@example.com"]
    assert len(emails["nonsense"]) == 2


def test_renewing_shows_and_mails_another_link(client, template, mia):
    invitation = invited(template, mia)
    before = invitation.token_hash
    page = client.post(
        reverse("invitation-renew", args=[invitation.pk]), {"send_mail": "on"}
    ).content.decode()
    invitation.refresh_from_db()
    assert hash_of(LINK.search(page)[2]) == invitation.token_hash != before
    assert LINK.search(page)[0] in mail.outbox[0].body


def test_withdrawing_and_then_anything_else_says_that_it_is_too_late(client, template, mia):
    invitation = invited(template, mia)
    page = client.post(reverse("invitation-revoke", args=[invitation.pk]), follow=True).content.decode()
    assert "its link leads nowhere now" in page
    for name, data in [
        ("invitation-revoke", {}),
        ("invitation-renew", {}),
        ("invitation-detail", {"percent": "10"}),
    ]:
        page = client.post(reverse(name, args=[invitation.pk]), data, follow=True).content.decode()
        assert "Nothing was changed: this invitation is withdrawn by now." in page


@pytest.mark.parametrize(("percent", "kept"), [("25", 25), ("301", 0), ("-1", 0), ("", 0)])
def test_extra_time_is_a_number_of_percent(client, template, mia, percent, kept):
    invitation = invited(template, mia)
    client.post(reverse("invitation-detail", args=[invitation.pk]), {"percent": percent})
    invitation.refresh_from_db()
    assert invitation.extra_time_percent == kept


def test_a_get_changes_nothing(client, template, mia):
    invitation = invited(template, mia)
    for name in ("invitation-renew", "invitation-revoke"):
        assert client.get(reverse(name, args=[invitation.pk])).status_code == 405
    stored = Invitation.objects.values().get()
    client.get(reverse("invitation-detail", args=[invitation.pk]))
    client.get(reverse("template-invite", args=[template.pk]))
    assert Invitation.objects.values().get() == stored


def test_the_admin_pages_hold_no_trace_of_the_token(client, template, mia):
    invitation = invited(template, mia)
    client.force_login(UserFactory.create(name="Ada", role=Role.ADMIN))
    page = client.get(
        reverse("admin:interview_sessions_invitation_change", args=[invitation.pk])
    ).content.decode()
    assert "ana@example.com" in page
    assert invitation.token_hash not in page


def test_a_withdrawn_invitation_is_called_that_and_is_open_until_nothing(client, template, mia):
    invitation = invited(template, mia)
    detail = reverse("invitation-detail", args=[invitation.pk])
    assert "Open until" in client.get(detail).content.decode()
    client.post(reverse("invitation-revoke", args=[invitation.pk]))
    text = client.get(detail).content.decode()
    assert "Withdrawn" in text
    assert "Open until" not in text
    assert "Revoked" not in text
