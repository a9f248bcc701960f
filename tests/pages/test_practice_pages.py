"""Practice: choosing what to be asked, and throwing away what was begun by mistake."""

import pytest
from django.urls import reverse

from sessions.models import InterviewSession
from tests.factories import UserFactory, practice_session, ready_questions

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    user = UserFactory.create(name="Ana")
    client.force_login(user)
    return user


def test_choosing_a_practice_interview_leads_to_its_lobby_and_starting_to_the_first_question(client, ana):
    ready_questions(4)
    response = client.post(reverse("practice"), {"question_count": 3, "time_limit_minutes": 10})
    interview_session = InterviewSession.objects.get()
    assert response["Location"] == reverse("interview", args=[interview_session.pk])
    assert client.get(response["Location"]).context["question_count"] == 3
    response = client.post(reverse("interview-start", args=[interview_session.pk]), follow=True)
    assert response.redirect_chain[-1][0] == reverse("question", args=[interview_session.pk, 1])
    assert interview_session.answers.count() == 3


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"question_count": 9}, "Only 2 questions match this choice"),
        ({"question_count": 0}, "at least one question"),
        ({"question_count": "many"}, "in digits"),
        ({"question_count": 1, "topics": [999]}, "not one of the available choices"),
        ({"question_count": 1, "difficulties": ["hard"]}, "No question matches this choice"),
        ({"question_count": 1, "time_limit_minutes": "7"}, "not one of the available choices"),
    ],
)
def test_a_choice_that_cannot_be_met_is_explained_at_its_field(client, ana, choice, says):
    ready_questions(2)
    response = client.post(reverse("practice"), choice)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert not InterviewSession.objects.exists()


def test_the_form_comes_back_with_the_choice_of_the_last_practice_interview(client, ana):
    (version, *_) = ready_questions(4)
    choice = {
        "topics": [version.question.topic_id],
        "difficulties": [version.difficulty],
        "question_count": 3,
        "time_limit_minutes": 20,
    }
    client.post(reverse("practice"), choice)
    page = client.get(reverse("practice"))
    shown = page.context["form"]
    assert {name: shown[name].value() for name in choice} == choice
    text = page.content.decode()
    assert text.count("checked") == 2
    assert '<option value="20" selected>' in text
    afresh = client.get(reverse("practice") + "?afresh")
    assert afresh.context["form"]["question_count"].value() == 5
    assert "checked" not in afresh.content.decode()


@pytest.mark.parametrize("draft", ["", "Half a thought."])
def test_a_practice_interview_begun_by_mistake_can_be_discarded_where_it_is_finished(client, ana, draft):
    begun = practice_session(ana)
    client.post(reverse("answer-draft", args=[begun.pk, 1]), {"text": draft, "revision": 0})
    finish = client.get(reverse("interview-finish", args=[begun.pk])).content.decode()
    address = reverse("practice-discard", args=[begun.pk])
    assert address in finish
    assert ("what you wrote goes with it" in finish) == bool(draft)
    response = client.post(address, follow=True)
    assert "The interview is discarded." in response.content.decode()
    assert not InterviewSession.objects.exists()


def test_what_has_been_submitted_is_not_thrown_away(client, ana):
    begun = practice_session(ana)
    client.post(reverse("answer-submit", args=[begun.pk, 1]), {"text": "One."})
    address = reverse("practice-discard", args=[begun.pk])
    assert address not in client.get(reverse("interview-finish", args=[begun.pk])).content.decode()
    assert "cannot be discarded" in client.post(address, follow=True).content.decode()
    assert begun.answers.filter(final_text="One.").exists()
