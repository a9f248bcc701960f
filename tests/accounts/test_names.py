"""Names stand in other people's lists: they can be read, and leave what stands around them as it is."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from interview_site.accounts.models import User
from interview_site.accounts.names import readable_name

NOTHING = ["", " ", "\u200b\u200d", "\u202e", "\u3164", "\u2800", "..."]


@pytest.mark.parametrize("name", NOTHING)
def test_a_name_without_anything_to_read_is_none(name):
    with pytest.raises(ValidationError, match="Who are you"):
        readable_name(name, "Who are you?")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Zoë O'Neill-Müller ", "Zoë O'Neill-Müller"),
        ("张伟", "张伟"),
        ("رضا\u200cیی", "رضا\u200cیی"),  # this one joins no letters, and belongs to the spelling
        ("Ana\u202egro.live\u202c", "Anagro.live"),
    ],
)
def test_names_of_every_script_are_kept_without_what_turns_text_around(typed, kept):
    assert readable_name(typed, "Who are you?") == kept


@pytest.mark.django_db
@pytest.mark.parametrize("name", NOTHING[2:])
def test_signing_up_asks_for_a_name_that_can_be_read(client, name):
    form = {"name": name, "email": "ana@example.com", "password1": "a made-up passphrase"}
    page = client.post(reverse("account_signup"), form)
    assert "Please write your name." in page.content.decode()
    assert not User.objects.exists()
    client.post(reverse("account_signup"), {**form, "name": "Ana\u202e Alvarez"})
    assert User.objects.get().name == "Ana Alvarez"
