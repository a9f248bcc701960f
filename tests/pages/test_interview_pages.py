"""The sitting in the browser's language: requests and pages. Bad input gets a clear message and nothing is lost."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grading.models import GradingJob
from grading.submission import submit_session
from sessions.models import InterviewSession
from sessions.sittings import save_draft
from sessions.states import EndedBy
from tests.factories import UserFactory, answer_at, assessment_session, practice_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    user = UserFactory.create(name="Ana")
    client.force_login(user)
    return user


def submit(client, interview_session, position, text, **more):
    return client.post(
        reverse("answer-submit", args=[interview_session.pk, position]), {"text": text, **more}
    )


def test_submitting_leads_to_the_next_question_and_the_last_one_to_the_result(client, ana):
    interview_session = practice_session(ana, 2)
    assert submit(client, interview_session, 1, "One").url == reverse(
        "question", args=[interview_session.pk, 2]
    )
    assert submit(client, interview_session, 2, "Two").url == reverse("result", args=[interview_session.pk])


def test_a_skipped_question_comes_back_at_the_end_with_its_draft(client, ana):
    interview_session = practice_session(ana, 2)
    response = client.post(reverse("answer-skip", args=[interview_session.pk, 1]), {"text": "half a thought"})
    assert response.url == reverse("question", args=[interview_session.pk, 2])
    response = submit(client, interview_session, 2, "Two")
    assert response.url == reverse("question", args=[interview_session.pk, 1])
    assert "half a thought" in client.get(response.url).content.decode()


def test_a_closed_browser_resumes_where_it_was(client, ana):
    interview_session = practice_session(ana, 3)
    submit(client, interview_session, 1, "One")
    save_draft(answer_at(interview_session, 2), "kept words", 0, timezone.now())
    response = client.get(reverse("interview", args=[interview_session.pk]), follow=True)
    assert response.redirect_chain[-1][0] == reverse("question", args=[interview_session.pk, 2])
    assert "kept words" in response.content.decode()


@pytest.mark.parametrize("text", ["", "   \n", "\u200b\u200d"])
def test_an_empty_answer_is_sent_back_with_a_way_on(client, ana, text):
    interview_session = practice_session(ana)
    response = submit(client, interview_session, 1, text)
    assert response.status_code == 422
    assert "write an answer, or skip the question" in response.content.decode()
    assert not GradingJob.objects.exists()


def test_an_answer_of_200_kb_is_refused_and_still_stands_on_the_page(client, ana):
    interview_session = practice_session(ana)
    text = "word " * 40_000
    response = submit(client, interview_session, 1, text)
    assert response.status_code == 422
    page = response.content.decode()
    assert "200,000 characters; 20,000 are the limit" in page
    assert text in page
    assert not answer_at(interview_session, 1).is_submitted


def test_nul_and_control_characters_are_taken_out_and_the_rest_is_kept(client, ana):
    interview_session = practice_session(ana)
    submit(client, interview_session, 1, "a\x00b\x08c\r\nd\u200be")
    assert answer_at(interview_session, 1).final_text == "abc\nd\u200be"


def test_markup_in_an_answer_is_text(client, ana):
    interview_session = practice_session(ana, 1)
    attack = '<script>alert(1)</script><img src=x onerror=alert(1)><a hx-get="/x">'
    submit(client, interview_session, 1, attack)
    for name, args in (("result", []), ("question", [1])):
        address = reverse(name, args=[interview_session.pk, *args])
        page = client.get(address, follow=True).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_the_same_answer_twice_is_one_answer_and_the_same_page(client, ana):
    interview_session = practice_session(ana)
    first = submit(client, interview_session, 1, "One")
    second = submit(client, interview_session, 1, "One")
    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert GradingJob.objects.count() == 1


def test_another_text_for_a_submitted_answer_is_handed_back(client, ana):
    interview_session = practice_session(ana)
    submit(client, interview_session, 1, "One")
    response = submit(client, interview_session, 1, "One, but better")
    page = response.content.decode()
    assert response.status_code == 409
    assert "cannot be changed any more" in page
    assert "One, but better" in page
    assert answer_at(interview_session, 1).final_text == "One"


def test_an_answer_after_the_deadline_is_handed_back_and_what_was_saved_is_submitted(client, ana):
    interview_session = practice_session(ana, minutes=10, at=timezone.now() - dt.timedelta(minutes=11))
    response = submit(client, interview_session, 1, "A few seconds too many")
    page = response.content.decode()
    assert response.status_code == 409
    assert "The time for this interview is over" in page
    assert "A few seconds too many" in page
    client.get(reverse("result", args=[interview_session.pk]))
    interview_session.refresh_from_db()
    assert (interview_session.status, interview_session.ended_by) == ("submitted", "deadline")


def test_an_answer_to_a_finished_interview_is_handed_back(client, ana):
    interview_session = practice_session(ana)
    submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    response = submit(client, interview_session, 1, "More")
    assert response.status_code == 409
    assert "More" in response.content.decode()


def test_an_answer_to_somebody_elses_interview_is_a_404_and_changes_nothing(client, ana):
    foreign = practice_session(UserFactory.create(name="Bob"))
    assert submit(client, foreign, 1, "Mine now").status_code == 404
    assert answer_at(foreign, 1).final_text == ""


def test_a_question_that_does_not_exist_leads_back_to_the_interview(client, ana):
    interview_session = practice_session(ana)
    assert submit(client, interview_session, 99, "?").status_code == 404
    response = client.get(reverse("question", args=[interview_session.pk, 99]))
    assert response.url == reverse("interview", args=[interview_session.pk])


def test_autosave_keeps_the_draft_and_tells_its_revision(client, ana):
    interview_session = practice_session(ana)
    address = reverse("answer-draft", args=[interview_session.pk, 1])
    assert client.post(address, {"text": "One", "revision": 0}).json()["revision"] == 1
    assert client.post(address, {"text": "One two", "revision": 1}).json()["revision"] == 2
    stale = client.post(address, {"text": "Old", "revision": 0})
    assert stale.status_code == 409
    assert "another window" in stale.json()["error"]
    assert answer_at(interview_session, 1).draft_text == "One two"


def test_a_draft_that_is_too_long_says_so(client, ana):
    interview_session = practice_session(ana)
    response = client.post(reverse("answer-draft", args=[interview_session.pk, 1]), {"text": "x" * 20_001})
    assert response.status_code == 422
    assert "20,001 characters" in response.json()["error"]


@pytest.mark.parametrize(
    ("facts", "kind", "detail"),
    [
        ({"pasted": "120"}, "pasted", {"characters": 120}),
        ({"left_tab": "1"}, "left_tab", {}),
        ({"pasted": "lots"}, None, None),
        ({"pasted": "-1"}, None, None),
    ],
)
def test_pastes_and_tab_changes_are_kept_as_facts(client, ana, facts, kind, detail):
    interview_session = practice_session(ana)
    client.post(reverse("answer-draft", args=[interview_session.pk, 1]), facts)
    events = list(answer_at(interview_session, 1).events.values_list("kind", "detail"))
    assert events == ([(kind, detail)] if kind else [])


@pytest.mark.parametrize("facts", [{"pasted": "120"}, {"left_tab": "1"}])
@pytest.mark.parametrize("when", ["before the start", "after the answer", "after the end"])
def test_what_a_window_does_when_nothing_can_be_written_is_no_fact(client, ana, when, facts):
    begun_at = timezone.now() - dt.timedelta(minutes=11 if when == "after the end" else 0)
    interview_session = practice_session(ana, started=when != "before the start", minutes=10, at=begun_at)
    if when == "after the answer":
        submit(client, interview_session, 1, "One")
    client.post(reverse("answer-draft", args=[interview_session.pk, 1]), facts)
    assert not answer_at(interview_session, 1).events.filter(kind__in=["pasted", "left_tab"]).exists()


def test_a_text_that_comes_before_the_start_is_not_called_late(client, ana):
    interview_session = practice_session(ana, started=False)
    assert submit(client, interview_session, 1, "Too early").status_code == 409
    assert not answer_at(interview_session, 1).events.exists()


def test_a_stale_window_that_submits_after_the_end_is_told_so_and_not_asked(client, ana):
    interview_session = practice_session(ana, minutes=10)
    save_draft(answer_at(interview_session, 1), "The newer text", 0, timezone.now())
    ended_at = timezone.now() - dt.timedelta(minutes=1)
    InterviewSession.objects.filter(pk=interview_session.pk).update(deadline_at=ended_at)
    page = submit(client, interview_session, 1, "The older text", revision=0).content.decode()
    assert "The time for this interview is over." in page
    assert "The older text" in page
    assert "Submit again" not in page


def test_an_assessment_starts_only_when_its_notice_was_accepted(client, ana):
    invited = assessment_session(ana, hiring_team=[], submitted=False)
    InterviewSession.objects.filter(pk=invited.pk).update(status="not_started", started_at=None)
    client.post(reverse("interview-start", args=[invited.pk]))
    invited.refresh_from_db()
    assert invited.status == "not_started"
    client.post(reverse("interview-start", args=[invited.pk]), {"accept": "on"})
    invited.refresh_from_db()
    assert invited.status == "in_progress"


def test_finishing_asks_first_and_says_what_stays_blank(client, ana):
    interview_session = practice_session(ana, 3)
    submit(client, interview_session, 1, "One")
    save_draft(answer_at(interview_session, 2), "Half", 0, timezone.now())
    address = reverse("interview-finish", args=[interview_session.pk])
    page = client.get(address)
    assert [a.position for a in page.context["draft_positions"]] == [2]
    assert [a.position for a in page.context["blank_positions"]] == [3]
    interview_session.refresh_from_db()
    assert interview_session.status == "in_progress"
    assert client.post(address).url == reverse("result", args=[interview_session.pk])


@pytest.mark.parametrize("name", ["question", "interview-finish", "result"])
def test_an_interview_that_has_not_started_shows_its_lobby(client, ana, name):
    interview_session = practice_session(ana, started=False)
    args = [interview_session.pk, 1] if name == "question" else [interview_session.pk]
    response = client.get(reverse(name, args=args), follow=True)
    assert response.redirect_chain[-1][0] == reverse("interview", args=[interview_session.pk])


@pytest.mark.parametrize("text", ["", "a" * 200_000], ids=["empty", "too long"])
@pytest.mark.parametrize("name", ["answer-submit", "answer-save", "answer-skip"])
def test_no_question_can_be_read_before_the_clock_starts(client, ana, name, text):
    interview_session = practice_session(ana, started=False)
    response = client.post(reverse(name, args=[interview_session.pk, 1]), {"text": text})
    assert "The interview has not started yet." in response.content.decode()
    assert "What is a generator" not in response.content.decode()


@pytest.mark.parametrize("text", ["", "a" * 200_000], ids=["empty", "too long"])
def test_what_the_form_refuses_after_the_end_gets_no_form_to_try_again(client, ana, text):
    interview_session = practice_session(ana, minutes=10, at=timezone.now() - dt.timedelta(minutes=11))
    response = submit(client, interview_session, 1, text)
    assert response.status_code == 409
    assert "The time for this interview is over." in response.content.decode()
    assert text in response.content.decode()
    assert "answer-form" not in response.content.decode()


@pytest.mark.parametrize("name", ["answer-submit", "answer-skip"])
def test_reloading_the_address_of_a_refused_answer_leads_back_to_its_question(client, ana, name):
    interview_session = practice_session(ana)
    response = client.get(reverse(name, args=[interview_session.pk, 1]))
    assert response.url == reverse("question", args=[interview_session.pk, 1])


def test_a_stale_window_that_skips_leaves_the_newer_draft_alone(client, ana):
    interview_session = practice_session(ana)
    save_draft(answer_at(interview_session, 1), "The newer text", 0, timezone.now())
    client.post(reverse("answer-skip", args=[interview_session.pk, 1]), {"text": "", "revision": 0})
    answer = answer_at(interview_session, 1)
    assert (answer.status, answer.draft_text) == ("skipped", "The newer text")


def test_a_stale_window_that_submits_is_shown_both_texts_and_asked(client, ana):
    interview_session = practice_session(ana)
    save_draft(answer_at(interview_session, 1), "The newer text", 0, timezone.now())
    response = submit(client, interview_session, 1, "The older text", revision=0)
    page = response.content.decode()
    assert response.status_code == 409
    assert "The newer text" in page
    assert "The older text" in page
    assert not answer_at(interview_session, 1).is_submitted
    submit(client, interview_session, 1, "The older text", revision=1)
    assert answer_at(interview_session, 1).final_text == "The older text"


def test_text_that_goes_on_from_the_saved_draft_is_no_conflict(client, ana):
    interview_session = practice_session(ana)
    save_draft(answer_at(interview_session, 1), "The beginning", 0, timezone.now())
    submit(client, interview_session, 1, "The beginning and the end", revision=0)
    assert answer_at(interview_session, 1).final_text == "The beginning and the end"


def test_pages_of_the_sitting_are_never_taken_from_a_cache(client, ana):
    interview_session = practice_session(ana)
    for name, args in (("question", [1]), ("interview-finish", []), ("interview", [])):
        response = client.get(reverse(name, args=[interview_session.pk, *args]))
        assert "no-store" in response["Cache-Control"], name


def test_the_browser_can_ask_what_is_saved_of_an_answer(client, ana):
    interview_session = practice_session(ana)
    address = reverse("answer-draft", args=[interview_session.pk, 1])
    save_draft(answer_at(interview_session, 1), "Half a thought", 0, timezone.now())
    assert client.get(address).json() == {"text": "Half a thought", "revision": 1}
    submit(client, interview_session, 1, "A whole one")
    assert client.get(address).json()["text"] == "A whole one"


@pytest.mark.parametrize("name", ["answer-submit", "answer-save", "answer-skip"])
def test_a_text_that_comes_after_the_login_has_expired_is_shown_again_with_a_way_back(client, ana, name):
    interview_session = practice_session(ana)
    client.logout()
    response = client.post(
        reverse(name, args=[interview_session.pk, 1]), {"text": "<b>Typed</b> for an hour"}
    )
    page = response.content.decode()
    assert response.status_code == 401
    assert "&lt;b&gt;Typed&lt;/b&gt; for an hour" in page
    question = reverse("question", args=[interview_session.pk, 1])
    assert f"{reverse('account_login')}?next={question}" in page
    assert answer_at(interview_session, 1).draft_text == ""


def test_saving_by_hand_keeps_the_draft_and_stays_with_the_question(client, ana):
    interview_session = practice_session(ana)
    address = reverse("answer-save", args=[interview_session.pk, 1])
    response = client.post(address, {"text": "Half a thought", "revision": 0})
    assert response.url == reverse("question", args=[interview_session.pk, 1])
    page = client.get(response.url).content.decode()
    assert "Half a thought" in page
    assert "Saved" in page


def test_saving_by_hand_over_another_windows_text_asks_which_one_to_keep(client, ana):
    interview_session = practice_session(ana)
    save_draft(answer_at(interview_session, 1), "The newer text", 0, timezone.now())
    address = reverse("answer-save", args=[interview_session.pk, 1])
    response = client.post(address, {"text": "Mine", "revision": 0})
    assert response.status_code == 409
    assert "Save again to keep the text below" in response.content.decode()
    assert answer_at(interview_session, 1).draft_text == "The newer text"
    client.post(address, {"text": "Mine", "revision": response.context["form"]["revision"].value()})
    assert answer_at(interview_session, 1).draft_text == "Mine"


def test_saving_by_hand_after_the_end_gives_the_text_back(client, ana):
    interview_session = practice_session(ana)
    submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    response = client.post(reverse("answer-save", args=[interview_session.pk, 1]), {"text": "More"})
    assert response.status_code == 409
    assert "More" in response.content.decode()


def test_a_form_whose_token_has_changed_gives_the_text_back(ana):
    interview_session = practice_session(ana)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    response = strict.post(
        reverse("answer-submit", args=[interview_session.pk, 1]), {"text": "Typed long ago"}
    )
    assert response.status_code == 403
    assert "Typed long ago" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_what_another_site_sends_in_somebodys_name_is_not_shown_as_theirs(ana):
    interview_session = practice_session(ana)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    address = reverse("answer-submit", args=[interview_session.pk, 1])
    response = strict.post(address, {"text": "Call this number"}, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert "Call this number" not in response.content.decode()


def test_the_text_of_a_login_that_has_ended_is_kept_by_no_browser(client, ana):
    interview_session = practice_session(ana)
    client.logout()
    response = client.post(reverse("answer-submit", args=[interview_session.pk, 1]), {"text": "Mine alone"})
    assert "Mine alone" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
