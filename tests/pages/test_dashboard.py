"""The candidate's own list, and preparing a practice interview: opened, discarded, never made twice."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from interview_site.accounts.models import Role
from interview_site.views import PAGE_SIZE
from sessions.models import InterviewSession
from tests.factories import UserFactory, assessment_session, practice_session, ready_questions

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    user = UserFactory.create(name="Ana")
    client.force_login(user)
    return user


def discard(client, interview_session):
    return client.post(reverse("practice-discard", args=[interview_session.pk]), follow=True)


def test_every_open_interview_can_be_reached(client, ana):
    titles = {practice_session(ana, started=False).pk for _ in range(PAGE_SIZE + 1)}
    listed = set()
    for page in (1, 2):
        response = client.get(reverse("home"), {"open": page})
        listed |= {row.pk for row in response.context["in_progress"]}
    assert listed == titles
    assert "?open=2" in client.get(reverse("home")).content.decode()


def test_pressing_prepare_twice_makes_one_interview(client, ana):
    ready_questions(4)
    first, second = (client.post(reverse("practice"), {"question_count": 3})["Location"] for _ in range(2))
    assert first == second
    assert InterviewSession.objects.count() == 1


@pytest.mark.parametrize("other", [{"question_count": 2}, {"question_count": 3, "time_limit_minutes": 10}])
def test_another_choice_makes_another_interview(client, ana, other):
    ready_questions(4)
    client.post(reverse("practice"), {"question_count": 3})
    client.post(reverse("practice"), other)
    assert InterviewSession.objects.count() == 2


def test_the_same_choice_again_after_the_start_makes_another_interview(client, ana):
    ready_questions(4)
    address = client.post(reverse("practice"), {"question_count": 3})["Location"]
    client.post(f"{address}start/")
    assert client.post(reverse("practice"), {"question_count": 3})["Location"] != address


def test_a_prepared_practice_interview_can_be_discarded_from_the_list_and_from_its_lobby(client, ana):
    prepared = practice_session(ana, started=False)
    address = reverse("practice-discard", args=[prepared.pk])
    assert address in client.get(reverse("home")).content.decode()
    assert address in client.get(reverse("interview", args=[prepared.pk])).content.decode()
    assert "is discarded" in discard(client, prepared).content.decode()
    assert not InterviewSession.objects.exists()


@pytest.mark.parametrize("submitted", [True, False])
def test_an_assessment_is_kept(client, ana, submitted):
    begun = assessment_session(ana, hiring_team=[], submitted=submitted)
    assert "cannot be discarded" in discard(client, begun).content.decode()
    assert InterviewSession.objects.filter(pk=begun.pk).exists()


def test_nobody_discards_what_somebody_else_prepared(client, ana):
    foreign = practice_session(UserFactory.create(), started=False)
    assert discard(client, foreign).status_code == 404
    assert InterviewSession.objects.filter(pk=foreign.pk).exists()


def test_a_hiring_manager_finds_their_own_practice(client):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(mia)
    own = practice_session(mia)
    home = client.get(reverse("home")).content.decode()
    assert reverse("my-interviews") in home
    assert reverse("interview", args=[own.pk]) in client.get(reverse("my-interviews")).content.decode()


def test_the_lobby_names_who_grades(client, ana, settings):
    lobby = reverse("interview", args=[practice_session(ana, started=False).pk])
    assert "Offline grader" in client.get(lobby).content.decode()
    settings.GRADING_MODEL = "some-model"
    assert "some-model, or the offline grader while it is away" in client.get(lobby).content.decode()
    settings.GRADING_FALLBACK = "wait"
    assert "offline" not in client.get(lobby).content.decode()


def test_more_than_can_be_read_at_once_is_refused_with_the_limit(client, ana, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2048
    begun = practice_session(ana)
    response = client.post(reverse("answer-draft", args=[begun.pk, 1]), {"text": "x" * 4096})
    assert response.status_code == 413
    assert "up to 2.0\xa0KB" in response.content.decode()


def test_open_interviews_of_one_title_are_told_apart_by_when_they_were_begun(client, ana):
    practice_session(ana, at=timezone.now() - dt.timedelta(hours=3))
    practice_session(ana, started=False)
    page = client.get(reverse("home")).content.decode()
    assert re.search(r"started <time[^>]*>3 hours ago", page.replace("\N{NO-BREAK SPACE}", " "))
    assert re.search(r"prepared <time[^>]*>now", page)
