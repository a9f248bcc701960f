"""The hiring side's pages: inbox, transcript, grading by hand, scorecards, appeals; what stays hidden from whom."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models import Grade, Grader
from grading.models_review import GradeDraft, Review, SignalJudgement
from grading.review.human_grading import confirm
from grading.review.releasing import release
from sessions.sittings import record
from sessions.states import EventKind
from tests.factories import UserFactory, answer_at
from tests.grading.review.conftest import GOOD, sat
from tests.grading.review.test_human_grading import by_hand
from tests.pages.conftest import page

pytestmark = pytest.mark.django_db


def filled(answer, *chosen, **extra):
    """The grading form as a browser sends it."""
    criteria = answer.question_version.rubrics.get().criteria.all()
    fields = {f"verdict-{c.pk}": verdict for c, verdict in zip(criteria, chosen, strict=False)}
    return {**fields, **{f"reason-{c.pk}": "I read it so." for c in criteria}, "act": "submit", **extra}


def grade_address(assessment, position=1):
    return reverse("grade-answer", args=[assessment.pk, position])


# --- Blind first


def test_reading_blind_shows_the_answer_and_nothing_of_the_machine(client, blind):
    response = page(client, "transcript", blind.pk)
    text = response.content.decode()
    assert GOOD in text
    assert "<mark" not in text
    assert "Offline grader" not in text
    assert 'id="score-summary"' not in text
    assert [r.card.state for r in response.context["transcript"].readings] == ["hidden", "hidden"]
    form = page(client, "grade-answer", blind.pk, 1)
    assert form.context["machine_grade"] is None
    assert "checked" not in form.content.decode()


def test_my_verdicts_open_that_answer_and_my_scorecard_opens_the_rest(client, blind):
    client.post(grade_address(blind), filled(answer_at(blind, 1), "met", "unmet"))
    readings = page(client, "transcript", blind.pk).context["transcript"].readings
    assert [r.card.state for r in readings] == ["graded", "hidden"]
    assert len(readings[0].history) == 2
    client.post(
        reverse("scorecard", args=[blind.pk]), {"recommendation": "yes", "act": "submit", "version": 0}
    )
    readings = page(client, "transcript", blind.pk).context["transcript"].readings
    assert [r.card.state for r in readings] == ["graded", "blank"]


def test_other_reviewers_scorecards_are_closed_until_mine_is_in(client, blind, max_):
    Review.objects.create(
        interview_session=blind, reviewer=max_, status="submitted", recommendation="strong_no",
        notes="MAXNOTE", submitted_at=timezone.now(),
    )  # fmt: skip
    assert "MAXNOTE" not in page(client, "transcript", blind.pk).content.decode()
    client.post(
        reverse("scorecard", args=[blind.pk]), {"recommendation": "yes", "act": "submit", "version": 0}
    )
    assert "MAXNOTE" in page(client, "transcript", blind.pk).content.decode()


def test_what_is_hidden_cannot_be_confirmed(client, blind):
    machine = answer_at(blind, 1).grades.get()
    client.post(reverse("confirm-marks", args=[blind.pk]), {"grade": machine.pk})
    assert not Grade.objects.filter(grader=Grader.HUMAN).exists()


def test_a_grade_given_blind_counts_as_unanchored(client, blind, assessment):
    client.post(grade_address(blind), filled(answer_at(blind, 1), "met", "unmet"))
    assert Grade.objects.get(grader=Grader.HUMAN).human.is_unanchored


def test_a_share_is_read_blind_although_the_template_does_not_ask_for_it(client, assessment, settings):
    assert page(client, "transcript", assessment.pk).context["transcript"].hidden_count == 0
    settings.REVIEW_BLIND_SHARE = 1.0
    assert page(client, "transcript", assessment.pk).context["transcript"].hidden_count == 2


# --- Grading by hand


def test_the_form_starts_from_what_counts_so_that_one_override_is_one_click(client, assessment):
    text = page(client, "grade-answer", assessment.pk, 1).content.decode()
    checked = re.findall(r'value="(\w+)"\s+data-key="\d"\s+checked', text)
    machine = answer_at(assessment, 1).grades.get().criterion_scores
    assert checked == list(machine.values_list("verdict", flat=True))


def test_submitting_appends_my_grade_and_leads_to_the_next_answer(client, assessment, mia):
    response = client.post(grade_address(assessment), filled(answer_at(assessment, 1), "met", "unmet"))
    assert response.url == grade_address(assessment, 2)
    assert Grade.objects.get(grader=Grader.HUMAN).graded_by == mia
    response = client.post(grade_address(assessment, 2), filled(answer_at(assessment, 2), "unmet", "unmet"))
    assert response.url == reverse("transcript", args=[assessment.pk])


def test_what_is_missing_is_said_beside_the_criterion_and_nothing_typed_is_lost(client, assessment):
    answer = answer_at(assessment, 1)
    sent = filled(answer, "unmet")
    key = next(iter(sent)).removeprefix("verdict-")
    response = client.post(grade_address(assessment), {**sent, f"reason-{key}": ""})
    text = response.content.decode()
    assert response.status_code == 422
    assert "Say why: your verdict differs" in text
    assert "Choose a verdict." in text
    assert "I read it so." in text
    assert not Grade.objects.filter(grader=Grader.HUMAN).exists()


def test_drafts_are_saved_while_typing_and_come_back(client, assessment):
    answer = answer_at(assessment, 1)
    address = reverse("grade-draft", args=[assessment.pk, 1])
    first = client.post(address, filled(answer, "partial", version=0))
    assert re.search(r'id="draft-version"\s+value="1"', first.content.decode())
    assert client.post(address, filled(answer, "unmet", "met", version=0)).status_code == 409
    text = page(client, "grade-answer", assessment.pk, 1).content.decode()
    assert re.findall(r'value="(\w+)"\s+data-key="\d"\s+checked', text) == ["partial"]


def test_two_windows_of_one_reviewer_show_both_versions(client, assessment):
    answer = answer_at(assessment, 1)
    client.post(grade_address(assessment), filled(answer, "partial", act="draft", version=0))
    response = client.post(grade_address(assessment), filled(answer, "unmet", act="draft", version=0))
    text = response.content.decode()
    assert response.status_code == 409
    assert "partly met" in text
    assert "not met" in text
    assert GradeDraft.objects.get().version == 1
    again = re.search(r'name="version" value="(\d+)"', text)[1]
    assert (
        client.post(
            grade_address(assessment), filled(answer, "unmet", act="draft", version=again)
        ).status_code
        == 302
    )


def test_two_reviewers_at_once_are_shown_both_versions_and_both_are_kept(client, assessment, max_):
    answer = answer_at(assessment, 1)
    theirs = by_hand(answer, max_, "unmet", "met", reason="MAXREASON")
    response = client.post(grade_address(assessment), filled(answer, "met", "unmet", base=""))
    text = response.content.decode()
    assert response.status_code == 409
    assert "MAXREASON" in text
    assert "I read it so." in text
    client.post(grade_address(assessment), filled(answer, "met", "unmet", base=theirs.pk))
    assert Grade.objects.filter(grader=Grader.HUMAN).count() == 2
    assert page(client, "transcript", assessment.pk).context["transcript"].readings[0].people_differ


@pytest.mark.parametrize("fields", [{"base": "x"}, {"version": "-1"}, {"base": "9" * 40}, {"act": "?"}])
def test_nonsense_in_the_form_is_no_error(client, assessment, fields):
    sent = {**filled(answer_at(assessment, 1), "nonsense", "unmet"), **fields}
    assert client.post(grade_address(assessment), sent).status_code in {302, 422}


# --- The whole interview


def test_confirming_all_leaves_no_mark_provisional(client, assessment):
    shown = page(client, "transcript", assessment.pk)
    assert "provisional" in shown.content.decode()
    grades = [r.card.grade.pk for r in shown.context["transcript"].confirmable]
    client.post(reverse("confirm-marks", args=[assessment.pk]), {"grade": grades})
    text = page(client, "transcript", assessment.pk).content.decode()
    assert "provisional" not in text
    assert Grade.objects.filter(grader=Grader.HUMAN).count() == 2


def test_a_scorecard_from_an_older_window_shows_both(client, assessment):
    address = reverse("scorecard", args=[assessment.pk])
    client.post(address, {"notes": "FIRST", "act": "draft", "version": 0})
    response = client.post(address, {"notes": "SECOND", "act": "draft", "version": 0})
    assert response.status_code == 409
    assert all(word in response.content.decode() for word in ("FIRST", "SECOND"))
    assert Review.objects.get().notes == "FIRST"


def test_a_scorecard_without_a_recommendation_says_what_is_missing(client, assessment):
    address = reverse("scorecard", args=[assessment.pk])
    response = client.post(address, {"notes": "KEPT", "act": "submit", "version": 0})
    assert response.status_code == 422
    assert "Choose a recommendation" in response.content.decode()
    assert "KEPT" in response.content.decode()


def test_who_is_on_it_is_said_to_others_and_can_be_taken_over(client, assessment, mia, max_):
    address = reverse("review-lease", args=[assessment.pk])
    client.post(address, {"act": "take"})
    client.force_login(max_)
    assert (
        "<b>Mia</b> is grading this interview" in page(client, "transcript", assessment.pk).content.decode()
    )
    assert "<b>Mia</b> is on it" in page(client, "inbox").content.decode()
    client.post(address, {"act": "take"})
    client.post(address, {"act": "over"})
    assert page(client, "transcript", assessment.pk).context["lease_is_mine"]


def test_looking_takes_no_lease(client, assessment):
    page(client, "transcript", assessment.pk)
    page(client, "grade-answer", assessment.pk, 1)
    assert page(client, "transcript", assessment.pk).context["lease"] is None


def test_signals_are_facts_that_a_person_calls_relevant_or_not_and_no_score_moves(client, assessment, mia):
    answer = answer_at(assessment, 1)
    record(answer, EventKind.PASTED, characters=300)
    record(answer, EventKind.PASTED, characters=12)
    record(answer, EventKind.LEFT_TAB)
    before = Grade.objects.get(answer=answer).score
    text = page(client, "transcript", assessment.pk).content.decode()
    assert "Pasted twice, 312 characters in all" in text
    assert "Left the tab once" in text
    address = reverse("judge-signal", args=[assessment.pk, 1])
    client.post(address, {"signal": "pasted", "relevant": "no"})
    client.post(address, {"signal": "pasted", "relevant": "yes"})
    client.post(address, {"signal": "made up", "relevant": "yes"})
    assert [(j.signal, j.is_relevant) for j in SignalJudgement.objects.all()] == [
        ("pasted", False),
        ("pasted", True),
    ]
    assert "<b>Relevant</b>, says Mia" in page(client, "transcript", assessment.pk).content.decode()
    assert Grade.objects.get(answer=answer).score == before


# --- The candidate


def test_the_candidate_sees_marks_and_messages_from_the_release_on_and_never_notes_or_facts(
    client, assessment, ana, mia
):
    record(answer_at(assessment, 1), EventKind.PASTED, characters=300)
    card = {
        "recommendation": "strong_no",
        "notes": "SECRET",
        "message": "Read on.",
        "version": 0,
        "act": "submit",
    }
    client.post(reverse("scorecard", args=[assessment.pk]), card)
    client.force_login(ana)
    result = reverse("result", args=[assessment.pk])
    assert client.get(result).context["marks_hidden"]
    assert "Read on." not in client.get(result).content.decode()
    client.force_login(mia)
    client.post(reverse("release", args=[assessment.pk]))
    client.force_login(ana)
    text = client.get(result).content.decode()
    assert "Read on." in text
    assert GOOD.split(".")[0] in text
    for secret in ("SECRET", "Strong no", "Pasted", "pasted", "Relevant"):
        assert secret not in text


def test_the_candidate_contests_where_something_was_lost_and_reads_the_decision(
    client, assessment, ana, mia, max_
):
    answer = answer_at(assessment, 1)
    by_hand(answer, mia, "unmet", "met")
    release(assessment, mia, timezone.now())
    client.force_login(ana)
    text = page(client, "result", assessment.pk).content.decode()
    links = re.findall(r'href="([^"]+/1/contest/\d+/)"', text)
    assert len(links) == 1
    assert client.post(links[0], {"reason": " "}).status_code == 422
    client.post(links[0], {"reason": "I wrote “on demand”."})
    assert "Contested." in page(client, "result", assessment.pk).content.decode()
    client.force_login(max_)
    (row,) = page(client, "inbox", reason="appeal").context["rows"]
    assert row["session"].pk == assessment.pk
    appeal = answer.appeals.get()
    address = reverse("appeal", args=[appeal.pk])
    assert "I wrote “on demand”." in client.get(address).content.decode()
    client.post(address, {"verdict": "met", "reason": "You did."})
    client.force_login(ana)
    text = page(client, "result", assessment.pk).content.decode()
    assert "The mark was changed: You did." in text
    assert answer.grades.by_effect().first().score == 4


def test_the_first_reviewer_is_offered_no_decision(client, assessment, ana, mia):
    answer = answer_at(assessment, 1)
    by_hand(answer, mia, "unmet", "met")
    release(assessment, mia, timezone.now())
    client.force_login(ana)
    score = answer.grades.by_effect().first().criterion_scores.first()
    client.post(reverse("appeal-open", args=[assessment.pk, 1, score.pk]), {"reason": "Why?"})
    client.force_login(mia)
    address = reverse("appeal", args=[answer.appeals.get().pk])
    assert "somebody else has to decide" in client.get(address).content.decode()
    client.post(address, {"verdict": "unmet", "reason": "Because."})
    assert not answer.appeals.get().is_decided


def test_somebody_elses_verdict_cannot_be_contested(client, assessment, ana, mia):
    release(assessment, mia, timezone.now())
    other = sat(UserFactory.create(name="Bob"), [mia])
    score = answer_at(other, 1).grades.get().criterion_scores.first()
    client.force_login(ana)
    assert page(client, "appeal-open", assessment.pk, 1, score.pk).status_code == 404


def test_an_interview_that_only_people_mark_says_so_and_polls_nobody(client, mia):
    bob = UserFactory.create(name="Bob")
    human_only = sat(bob, [mia], route="human_only", feedback_policy="at_end")
    client.force_login(bob)
    response = page(client, "result", human_only.pk)
    assert response.context["poll_seconds"] is None
    assert "A person reads this answer. No machine has graded it." in response.content.decode()


# --- The inbox


def test_filters_stand_in_the_address_and_survive_paging(client, assessment, mia):
    response = page(client, "inbox", reason="finished", template=assessment.template_id)
    assert len(response.context["rows"]) == 1
    assert response.context["filters"] == f"&reason=finished&template={assessment.template_id}"
    assert page(client, "inbox", reason="nonsense", template="x", page="y").status_code == 200
    assert page(client, "inbox", reason="appeal").context["rows"] == []


def test_an_empty_inbox_says_what_would_fill_it(client, mia):
    assert "Nobody waits for you." in page(client, "inbox").content.decode()


def test_the_list_of_assessments_gives_no_marks_away_to_who_is_to_read_blind(client, blind, mia):
    assert "Read it first" in page(client, "home").content.decode()
    client.post(
        reverse("scorecard", args=[blind.pk]), {"recommendation": "yes", "act": "submit", "version": 0}
    )
    assert "Read it first" not in page(client, "home").content.decode()


def test_the_list_tells_confirmed_marks_from_provisional_ones(client, assessment, mia):
    assert "provisional" in shown_score(client)
    for position in (1, 2):
        assert "confirmed" not in shown_score(client)
        answer = answer_at(assessment, position)
        confirm(answer, mia, shown=answer.grades.get().pk, now=timezone.now())
    assert "confirmed" in shown_score(client)
    assert "provisional" not in shown_score(client)


def shown_score(client):
    """What stands beside the only interview in the list."""
    (score,) = re.findall(r'<span class="marks">.*?</span>', page(client, "home").content.decode())
    return score


def test_an_interview_that_only_people_mark_is_pending_for_nobody(client, mia):
    sat(UserFactory.create(), [mia], route="human_only")
    (row,) = page(client, "home").context["page"]
    assert (row.pending_count, row.points) == (0, None)
    assert "Needs a person" in page(client, "home").content.decode()


def test_the_list_calls_nothing_confirmed_while_an_answer_has_no_mark(client, assessment, mia):
    first, second = assessment.answers.order_by("position")
    confirm(first, mia, shown=first.grades.get().pk, now=timezone.now())
    second.grades.all().delete()
    second.grading_jobs.all().delete()
    assert "provisional" in shown_score(client)
