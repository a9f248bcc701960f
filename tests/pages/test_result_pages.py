"""The result, its polling, the dashboard, the transcript."""

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models import CriterionScore, Grade, GradingJob
from grading.submission import submit_answer, submit_session
from grading.views.result import POLL_STEPS
from grading.worker import Worker
from interview_site.accounts.models import Role
from sessions.models import InterviewSession
from sessions.states import EndedBy
from tests.factories import UserFactory, answer_at, assessment_session, practice_session

pytestmark = pytest.mark.django_db

GOOD = "The values are computed one at a time, on demand. The local variables survive between two calls."


@pytest.fixture
def ana(client):
    user = UserFactory.create(name="Ana")
    client.force_login(user)
    return user


def finished(user, text=GOOD, count=2):
    interview_session = practice_session(user, count)
    answer = answer_at(interview_session, 1)
    submit_answer(answer, text, answer.question_version.rubrics.get().pk, timezone.now())
    submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    return interview_session


def test_the_result_marks_the_candidates_own_words(client, ana):
    interview_session = finished(ana)
    Worker().drain()
    response = client.get(reverse("result", args=[interview_session.pk]))
    page = response.content.decode()
    assert '<mark class="met"' in page
    result = response.context["result"]
    assert "".join(segment.text for segment in result.cards[0].segments) == GOOD
    assert result.points == sum(card.score for card in result.cards)
    assert result.max_points == 8
    assert [card.state for card in result.cards] == ["graded", "blank"]
    assert "Offline grader" in page
    assert "provisional" in page


def test_why_a_criterion_was_not_met_is_said_without_repeating_it(client, ana):
    interview_session = finished(ana, count=1)
    Worker().drain()
    score = answer_at(interview_session, 1).grades.get().criterion_scores.first()
    address = reverse("result", args=[interview_session.pk])
    for said, shown in [("This is a list of words.", True), ("Not found in your answer:", False)]:
        rationale = f"{said} Expected: {score.text}" if shown else f"{said} {score.text}"
        CriterionScore.objects.filter(pk=score.pk).update(rationale=rationale)
        assert (said in client.get(address).content.decode()) is shown


def test_the_reference_answer_is_not_on_any_page_before_the_end(client, ana):
    interview_session = practice_session(ana, 1)
    secret = "endless sequences are possible"
    for name, args in [("interview", []), ("question", [1]), ("interview-finish", [])]:
        page = client.get(reverse(name, args=[interview_session.pk, *args]), follow=True).content.decode()
        assert secret not in page
    submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    assert secret in client.get(reverse("result", args=[interview_session.pk])).content.decode()


def test_the_status_polls_with_a_growing_interval_and_stops_by_itself(client, ana):
    interview_session = finished(ana)
    address = reverse("result-status", args=[interview_session.pk])
    waits = [client.get(address, {"step": step}).context["poll_seconds"] for step in range(12)]
    assert waits == sorted(waits)
    assert waits[-1] == POLL_STEPS[-1]
    assert "hx-trigger" in client.get(address).content.decode()
    Worker().drain()
    response = client.get(address)
    assert response.context["poll_seconds"] is None
    assert "hx-trigger" not in response.content.decode()


@pytest.mark.parametrize("step", ["", "x", "-5", "99999999999999999999"])
def test_a_nonsense_step_is_no_error(client, ana, step):
    interview_session = finished(ana)
    assert (
        client.get(reverse("result-status", args=[interview_session.pk]), {"step": step}).status_code == 200
    )


def test_a_poll_brings_the_cards_that_the_page_has_not_seen(client, ana):
    interview_session = finished(ana)
    Worker().drain()
    response = client.get(reverse("result-status", args=[interview_session.pk]), {"seen": "1"})
    assert [card.position for card in response.context["cards"]] == [2]


def test_a_dead_job_says_that_a_person_is_needed_and_the_polling_ends(client, ana):
    interview_session = finished(ana)
    GradingJob.objects.update(state="dead")
    response = client.get(reverse("result", args=[interview_session.pk]))
    assert {card.state for card in response.context["result"].cards} == {"needs_person"}
    assert response.context["poll_seconds"] is None


def test_a_grade_without_a_score_is_no_zero(client, ana):
    interview_session = finished(ana, count=1)
    answer = answer_at(interview_session, 1)
    rubric = answer.question_version.rubrics.get()
    Grade.objects.create(
        answer=answer,
        rubric=rubric,
        grader="keyword",
        score=None,
        max_score=4,
        rubric_hash="",
        answer_hash="",
    )
    result = client.get(reverse("result", args=[interview_session.pk])).context["result"]
    assert result.cards[0].state == "needs_person"
    assert result.points is None


def test_progress_during_the_interview_names_what_is_graded(client, ana):
    interview_session = practice_session(ana, 2)
    submit_answer(answer_at(interview_session, 1), GOOD, None, timezone.now())
    address = reverse("interview-status", args=[interview_session.pk])
    before = client.get(address)
    assert [(a.position, a.has_grade) for a in before.context["answers"]] == [(1, False)]
    assert before.context["poll_seconds"]
    Worker().drain()
    after = client.get(address)
    assert [(a.position, a.has_grade) for a in after.context["answers"]] == [(1, True)]
    assert after.context["poll_seconds"] is None


def test_forty_answers_submitted_at_once_are_all_graded(client, ana):
    interview_session = practice_session(ana, 40)
    for answer in interview_session.answers.all():
        submit_answer(answer, GOOD, None, timezone.now())
    Worker().drain()
    assert Grade.objects.count() == 40


def test_marks_that_a_person_has_to_release_are_not_shown_before(client, ana):
    assessment = assessment_session(ana, hiring_team=[])
    Worker().drain()
    address = reverse("result", args=[assessment.pk])
    response = client.get(address)
    assert response.context["marks_hidden"]
    assert "endless sequences" not in response.content.decode()
    assert client.get(reverse("result-status", args=[assessment.pk])).context["marks_hidden"]
    InterviewSession.objects.update(released_at=timezone.now())
    assert not client.get(address).context["marks_hidden"]


def test_the_dashboard_lists_interviews_with_their_marks(client, ana):
    finished(ana)
    practice_session(ana)
    Worker().drain()
    context = client.get(reverse("home")).context
    (past,) = context["past"]
    assert (past.question_count, past.answered_count, past.graded_count, past.pending_count) == (2, 1, 2, 0)
    assert past.max_points == 8
    assert 0 < past.points <= 4
    assert len(context["in_progress"]) == 1


def test_marks_that_count_on_the_dashboard_are_the_effective_ones(client, ana):
    interview_session = finished(ana, count=1)
    Worker().drain()
    grade = Grade.objects.get()
    Grade.objects.create(
        answer=grade.answer, rubric=grade.rubric, grader="human", graded_by=ana, score=1, max_score=4,
        rubric_hash="", answer_hash="",
    )  # fmt: skip
    assert client.get(reverse("home")).context["past"][0].points == 1
    assert client.get(reverse("result", args=[interview_session.pk])).context["result"].points == 1


def test_a_hiring_manager_reads_the_transcript_and_its_candidate_is_named(client, ana):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    assessment = assessment_session(ana, hiring_team=[mia])
    practice_session(ana)
    Worker().drain()
    client.force_login(mia)
    page = client.get(reverse("home"))
    assert [one.pk for one in page.context["page"]] == [assessment.pk]
    transcript = client.get(reverse("transcript", args=[assessment.pk]))
    assert "Ana" in transcript.content.decode()
    assert "no-store" in transcript["Cache-Control"]


def test_the_landing_page_is_for_those_who_are_not_signed_in(client):
    assert client.get(reverse("home")).status_code == 200
    assert "interview_site/landing.html" in [t.name for t in client.get(reverse("home")).templates]
