"""Writing templates in the browser, without any JavaScript."""

from __future__ import annotations

import pytest
from django.urls import reverse

from interview_site.accounts.models import AuditEntry, Role
from questions.models import VersionStatus
from sessions import authoring
from sessions.models import InterviewTemplate, Invitation
from tests.factories import UserFactory, interview_template, ready_questions

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(client):
    user = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(user)
    return user


def typed(mia, questions=(), draws=(), **fields):
    """What a browser posts."""
    data = {
        "title": "Data engineer",
        "role": "",
        "time_limit_minutes": "45",
        "feedback_policy": "when_released",
        "appeal_days": "14",
        "notice": "We read your answers.",
        "hiring_team": [mia.pk],
        "fixed-TOTAL_FORMS": len(questions),
        "fixed-INITIAL_FORMS": 0,
        "draws-TOTAL_FORMS": len(draws),
        "draws-INITIAL_FORMS": 0,
    }
    data |= {f"fixed-{n}-question": name for n, name in enumerate(questions)}
    for n, (count, topic, difficulty) in enumerate(draws):
        data |= {f"draws-{n}-count": count, f"draws-{n}-topic": topic, f"draws-{n}-difficulty": difficulty}
    return {**data, **fields}


def asked_of(template):
    return list(template.fixed_questions.values_list("question__slug", flat=True))


def test_a_new_template_with_questions_by_short_name_and_by_title(client, mia):
    one, two, _ = ready_questions(3)
    data = typed(
        mia,
        [one.question.slug, "", f"what is a generator ({two.question.slug})?"],
        [(1, "", ""), ("", "", "")],
    )
    response = client.post(reverse("template-new"), data)
    template = InterviewTemplate.objects.get()
    assert response["Location"] == reverse("template-invitations", args=[template.pk])
    assert asked_of(template) == [one.question.slug, two.question.slug]
    assert list(template.draws.values_list("count", "topic", "difficulty")) == [(1, None, "")]
    assert list(template.hiring_team.all()) == [mia]
    assert template.mode == "assessment"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"title": ""}, "This field is required"),
        ({"hiring_team": []}, "Somebody has to read the answers"),
        ({"time_limit_minutes": "0"}, "Give at least one minute"),
        ({"time_limit_minutes": "-5"}, "Give at least one minute"),
        ({"appeal_days": "999"}, "less than or equal to 365"),
        ({"fixed-0-question": "nonsense"}, "No ready question has this name"),
        ({"draws-0-count": "many"}, "Write the number of questions in digits"),
        ({"draws-0-topic": "999999"}, "Select a valid choice"),
        ({"feedback_policy": "never"}, "Select a valid choice"),
        ({"notice": "x" * 10_001}, "10,000 characters are the most"),
    ],
)
def test_what_is_wrong_is_said_at_its_place_and_nothing_is_stored(client, mia, changes, complaint):
    (version,) = ready_questions(1)
    data = typed(mia, [version.question.slug], [("", "", "")], **changes)
    response = client.post(reverse("template-new"), data)
    assert response.status_code == 422
    assert complaint in response.content.decode()
    assert not InterviewTemplate.objects.exists()


def test_the_same_question_twice_is_refused(client, mia):
    (version,) = ready_questions(1)
    response = client.post(reverse("template-new"), typed(mia, [version.question.slug] * 2))
    assert response.status_code == 422
    assert response.content.decode().count("This question is asked already.") == 1


def test_a_candidate_is_nobody_for_a_hiring_team(client, mia):
    (version,) = ready_questions(1)
    bob = UserFactory.create(name="Bob")
    response = client.post(reverse("template-new"), typed(mia, [version.question.slug], hiring_team=[bob.pk]))
    assert response.status_code == 422


@pytest.mark.parametrize("number", ["9" * 24, "9" * 5000, "0", "-1", "x", "\x00", "²"])
def test_what_is_no_persons_number_is_nobody_for_a_hiring_team_either(client, mia, number):
    (version,) = ready_questions(1)
    response = client.post(reverse("template-new"), typed(mia, [version.question.slug], hiring_team=[number]))
    assert response.status_code == 422
    assert response.context["forms"].main.has_error("hiring_team")


def test_the_preview_shows_a_drawing_and_keeps_what_was_typed_without_storing_it(client, mia):
    one, *_ = ready_questions(4)
    data = typed(mia, [one.question.slug], [(2, "", "")], title="Half a title")
    page = client.post(f"{reverse('template-new')}?preview=1", data)
    assert page.status_code == 200
    body = page.content.decode()
    assert body.count("<li>\n") >= 3
    assert f"What is a generator ({one.question.slug})?" in body
    assert 'value="Half a title"' in body
    assert (
        f'action="{reverse("template-new")}"' in body
    )  # saving from there saves, and does not preview again
    assert not InterviewTemplate.objects.exists()


def test_with_htmx_the_preview_is_the_fragment_alone(client, mia):
    (one,) = ready_questions(1)
    data = typed(mia, [one.question.slug])
    body = client.post(
        f"{reverse('template-new')}?preview=1", data, headers={"HX-Request": "true"}
    ).content.decode()
    assert 'id="preview"' in body
    assert "<html" not in body
    assert f"What is a generator ({one.question.slug})?" in body


def test_the_preview_of_too_few_questions_says_so(client, mia):
    ready_questions(1)
    data = typed(mia, [], [(3, "", "")])
    body = client.post(f"{reverse('template-new')}?preview=1", data).content.decode()
    assert "asks for 3 questions" in body


def test_more_lines_are_added_and_nothing_is_lost(client, mia):
    (one,) = ready_questions(1)
    body = client.post(
        reverse("template-new"), typed(mia, [one.question.slug], more_fixed="1")
    ).content.decode()
    assert 'name="fixed-4-question"' in body
    assert f'value="{one.question.slug}"' in body


def test_editing_shows_what_is_stored_and_saves_what_is_changed(client, mia):
    template = interview_template([mia], notice="First text")
    before = asked_of(template)
    page = client.get(reverse("template-edit", args=[template.pk])).content.decode()
    assert all(f'value="{slug}"' in page for slug in before)
    revision = authoring.revision_of(authoring.content_of(template))
    data = typed(mia, before[::-1], title="Renamed", notice="Second text", revision=revision)
    client.post(reverse("template-edit", args=[template.pk]), data)
    template.refresh_from_db()
    assert (template.title, template.notice_version, asked_of(template)) == ("Renamed", 2, before[::-1])


def test_saved_by_somebody_else_meanwhile_both_are_kept_until_one_says_which(client, mia):
    template = interview_template([mia])
    slugs = asked_of(template)
    address = reverse("template-edit", args=[template.pk])
    stale = authoring.revision_of(authoring.content_of(template))
    InterviewTemplate.objects.filter(pk=template.pk).update(title="Theirs")
    response = client.post(address, typed(mia, slugs, title="Mine", revision=stale))
    body = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else has saved this template" in body
    assert 'value="Mine"' in body
    template.refresh_from_db()
    assert template.title == "Theirs"
    current = response.context["revision"]
    client.post(address, typed(mia, slugs, title="Mine", revision=current))
    template.refresh_from_db()
    assert template.title == "Mine"


def test_a_question_that_was_retired_still_shows_so_that_it_can_be_replaced(client, mia):
    template = interview_template([mia], count=1)
    question = template.fixed_questions.get().question
    question.versions.update(status=VersionStatus.RETIRED)
    address = reverse("template-edit", args=[template.pk])
    assert f'value="{question.slug}"' in client.get(address).content.decode()
    response = client.post(address, typed(mia, [question.slug]))
    assert "No ready question has this name" in response.content.decode()


def test_a_copy_opens_for_editing(client, mia):
    template = interview_template([mia])
    response = client.post(reverse("template-copy", args=[template.pk]))
    copied = InterviewTemplate.objects.exclude(pk=template.pk).get()
    assert response["Location"] == reverse("template-edit", args=[copied.pk])


def test_the_list_says_what_to_do_when_it_is_empty(client, mia):
    assert "No templates yet." in client.get(reverse("templates")).content.decode()


def test_a_copy_that_nobody_was_invited_to_is_deleted_after_asking(client, mia):
    template = interview_template([mia])
    made = authoring.copy(template, mia)
    address = reverse("template-delete", args=[made.pk])
    assert address in client.get(reverse("template-invitations", args=[made.pk])).content.decode()
    assert "Delete this template?" in client.get(address).content.decode()
    assert InterviewTemplate.objects.count() == 2
    assert "is deleted" in client.post(address, follow=True).content.decode()
    assert list(InterviewTemplate.objects.all()) == [template]
    assert AuditEntry.objects.get(action="template.deleted").actor == mia


def test_a_template_that_people_were_invited_to_stays(client, mia):
    template = interview_template([mia])
    Invitation.objects.create(template=template, email="ana@example.com", invited_by=mia)
    address = reverse("template-delete", args=[template.pk])
    assert address not in client.get(reverse("template-invitations", args=[template.pk])).content.decode()
    response = client.post(address)
    assert response.status_code == 409
    assert "This template is in use" in response.content.decode()
    assert InterviewTemplate.objects.exists()


def test_a_chosen_question_shows_its_title_below_its_short_name(client, mia):
    template = interview_template([mia], count=1)
    version = template.fixed_questions.get().question.versions.get()
    text = client.get(reverse("template-edit", args=[template.pk])).content.decode()
    assert f'<p class="help">{version.title}</p>' in text
