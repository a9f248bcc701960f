"""Appeals: Ana contests, somebody who had no part in the mark decides, both are told."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from grading.models import CriterionScore, Verdict
from grading.models_review import Appeal
from grading.outgoing.labelled import labelled_examples
from grading.review.appeals import (
    AppealClosedError,
    AppealedBeforeError,
    DecidedError,
    NotIndependentError,
    appeal_deadline,
    contestable,
    decide,
    decisions_for,
    open_appeal,
)
from grading.review.human_grading import (
    BuiltOnError,
    GradeConflictError,
    IncompleteError,
    Judgement,
    confirm,
    decide_in_group,
    withdraw,
)
from grading.review.releasing import release
from grading.review.scorecards import Card, submit
from interview_site.accounts.models import AuditEntry, Role
from tests.factories import answer_at, practice_session
from tests.grading.review.test_human_grading import by_hand

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def graded_by_mia(assessment, mia):
    """Mia found nothing in the first answer, and released."""
    answer = answer_at(assessment, 1)
    by_hand(answer, mia, "unmet", "unmet")
    release(assessment, mia, timezone.now())
    assessment.refresh_from_db()
    return answer_at(assessment, 1)


def contested(answer, now=None):
    return open_appeal(answer, contestable(answer).first(), "I say “on demand”.", now or timezone.now())


def test_an_appeal_changes_the_mark_by_one_more_grade(graded_by_mia, max_):
    before = graded_by_mia.grades.by_effect().first()
    appeal = decide(contested(graded_by_mia), max_, Verdict.MET, "“On demand” says it.", timezone.now())
    after = graded_by_mia.grades.by_effect().first()
    assert (appeal.state, appeal.decided_by, appeal.grade) == ("changed", max_, after)
    assert (before.score, after.score, after.graded_by) == (0, 2, max_)
    assert [c.verdict for c in after.criterion_scores.all()] == ["met", "unmet", "unmet"]
    assert after.human.act == "appeal"


def test_an_appeal_that_is_not_followed_leaves_the_mark_and_says_why(graded_by_mia, max_):
    before = graded_by_mia.grades.by_effect().first()
    appeal = decide(contested(graded_by_mia), max_, Verdict.UNMET, "It does not say when.", timezone.now())
    assert (appeal.state, appeal.decision, appeal.grade.graded_by) == ("kept", "It does not say when.", max_)
    assert appeal.grade.score == before.score


def test_what_an_appeal_kept_is_not_undone_with_the_decision_before_it(assessment, mia, max_):
    answer = answer_at(assessment, 1)
    machines = answer.grades.get()
    criterion = machines.criterion_scores.first().criterion_id
    for_group = decide_in_group(
        answer, mia, shown=machines.pk, criterion_id=str(criterion),
        judged=Judgement(Verdict.PARTIAL, "Half of it."), batch=uuid.uuid4(), now=timezone.now(),
    )  # fmt: skip
    release(assessment, mia, timezone.now())
    appeal = decide(contested(answer_at(assessment, 1)), max_, Verdict.PARTIAL, "I agree.", timezone.now())
    with pytest.raises(BuiltOnError):
        withdraw(for_group, mia, timezone.now())
    counting = answer.grades.by_effect().first()
    assert (appeal.state, counting) == ("kept", appeal.grade)
    assert counting.criterion_scores.get(criterion=criterion).verdict == "partial"


def test_whoever_decided_about_one_criterion_may_decide_about_another(graded_by_mia, max_):
    first, second = contestable(graded_by_mia)[:2]
    decide(
        open_appeal(graded_by_mia, first, "Look.", timezone.now()), max_, Verdict.UNMET, "No.", timezone.now()
    )
    again = contestable(graded_by_mia).get(criterion=second.criterion_id)
    appeal = open_appeal(graded_by_mia, again, "This one, too.", timezone.now())
    assert decide(appeal, max_, Verdict.PARTIAL, "Half of it.", timezone.now()).is_decided


def test_a_machines_mark_that_an_appeal_kept_is_a_persons_from_then_on(assessment, ada):
    answer = answer_at(assessment, 2)
    verdict = Verdict(answer.grades.get().criterion_scores.first().verdict)
    release(assessment, ada, timezone.now())
    appeal = decide(contested(answer_at(assessment, 2)), ada, verdict, "I read it so, too.", timezone.now())
    answer.grades.create(
        rubric=appeal.grade.rubric,
        grader="llm",
        score=0,
        max_score=appeal.grade.max_score,
        grader_version="x",
    )
    counting = answer.grades.by_effect().first()
    assert appeal.state == "kept"
    assert (counting, counting.graded_by) == (appeal.grade, ada), "no later machine displaces it"
    assert [example["kind"] for example in labelled_examples(only_appeals=True)] == ["appeal"]


def test_met_on_an_appeal_against_met_for_less_than_all_of_the_points_gives_all_of_them(assessment, ada):
    answer = answer_at(assessment, 1)
    score = answer.grades.get().criterion_scores.first()
    CriterionScore.objects.filter(pk=score.pk).update(
        verdict=Verdict.MET, credit=0.82, points=Decimal("1.64")
    )
    release(assessment, ada, timezone.now())
    answer = answer_at(assessment, 1)
    appeal = decide(contested(answer), ada, Verdict.MET, "All of it is there.", timezone.now())
    after = appeal.grade.criterion_scores.first()
    assert (appeal.state, after.verdict, after.credit, after.points) == ("changed", "met", 1, 2)
    assert [quote.text for quote in after.evidence.all()] == [quote.text for quote in score.evidence.all()]
    assert by_hand(answer, ada, "met", "met", base=appeal.grade_id).criterion_scores.first().points == 2


def test_whoever_gave_the_mark_does_not_decide(graded_by_mia, mia):
    with pytest.raises(NotIndependentError):
        decide(contested(graded_by_mia), mia, Verdict.UNMET, "I stand by it.", timezone.now())
    assert Appeal.objects.get().state == "open"


def test_neither_does_whoever_reviewed_the_interview_first(assessment, mia, max_):
    submit(assessment, mia, Card("no"), 0, timezone.now())
    release(assessment, mia, timezone.now())
    appeal = contested(answer_at(assessment, 2))
    with pytest.raises(NotIndependentError):
        decide(appeal, mia, Verdict.MET, "Fine.", timezone.now())
    assert decide(appeal, max_, Verdict.PARTIAL, "Half of it.", timezone.now()).is_decided


@pytest.mark.parametrize("decided", [Verdict.MET, Verdict.UNMET])
def test_what_was_decided_is_not_overruled_by_grading_again(graded_by_mia, mia, max_, decided):
    appeal = decide(contested(graded_by_mia), max_, decided, "I read it so.", timezone.now())
    counting = graded_by_mia.grades.by_effect().first()
    other = "unmet" if decided == Verdict.MET else "met"
    with pytest.raises(IncompleteError, match="An appeal settled this"):
        by_hand(graded_by_mia, mia, other, "met", base=counting.pk)
    with pytest.raises(GradeConflictError):
        decide_in_group(
            graded_by_mia, mia, shown=counting.pk, criterion_id=str(appeal.criterion_id),
            judged=Judgement(Verdict(other), "No."), batch=uuid.uuid4(), now=timezone.now(),
        )  # fmt: skip
    assert graded_by_mia.grades.by_effect().first() == counting
    again = by_hand(graded_by_mia, mia, decided, "met", base=counting.pk)
    assert [one.verdict for one in again.criterion_scores.all()][:2] == [decided, "met"], "the rest is open"


def test_an_appeal_does_not_lower_a_mark(graded_by_mia, mia, max_):
    by_hand(graded_by_mia, mia, "partial", "unmet")
    appeal = contested(graded_by_mia)
    assert [verdict.value for verdict in decisions_for(appeal)] == ["met", "partial"]
    with pytest.raises(ValueError, match="does not lower a mark"):
        decide(appeal, max_, Verdict.UNMET, "No.", timezone.now())
    by_hand(graded_by_mia, mia, "met", "unmet")
    with pytest.raises(ValueError, match="does not lower a mark"):
        decide(appeal, max_, Verdict.PARTIAL, "Half of it, whatever Mia says now.", timezone.now())


def test_nobody_decides_an_appeal_of_their_own(graded_by_mia, ana):
    appeal = contested(graded_by_mia)
    ana.role = Role.ADMIN
    ana.save()
    with pytest.raises(NotIndependentError):
        decide(appeal, ana, Verdict.MET, "Of course.", timezone.now())


def test_it_is_decided_once(graded_by_mia, max_, ada):
    appeal = contested(graded_by_mia)
    decide(appeal, max_, Verdict.MET, "Yes.", timezone.now())
    with pytest.raises(DecidedError):
        decide(appeal, ada, Verdict.UNMET, "No.", timezone.now())
    assert Appeal.objects.get().decided_by == max_


def test_every_criterion_is_contested_once(graded_by_mia):
    contested(graded_by_mia)
    with pytest.raises(AppealedBeforeError):
        contested(graded_by_mia)


def test_the_deadline_counts_from_when_the_marks_were_shown(graded_by_mia):
    released_at = graded_by_mia.interview_session.released_at
    assert appeal_deadline(graded_by_mia.interview_session) == released_at + dt.timedelta(days=7)
    with pytest.raises(AppealClosedError):
        contested(graded_by_mia, released_at + dt.timedelta(days=7, seconds=1))
    assert contested(graded_by_mia, released_at + dt.timedelta(days=7))


def test_what_is_not_released_or_is_practice_cannot_be_contested(assessment, ana):
    with pytest.raises(AppealClosedError):
        contested(answer_at(assessment, 1))
    assert appeal_deadline(practice_session(ana)) is None


def test_a_mark_that_comes_late_can_be_contested_from_then_on(graded_by_mia, max_):
    long_after = graded_by_mia.interview_session.released_at + dt.timedelta(days=30)
    by_hand(
        graded_by_mia, max_, "partial", "unmet", base=graded_by_mia.grades.latest("pk").pk, now=long_after
    )
    assert appeal_deadline(graded_by_mia.interview_session) == long_after + dt.timedelta(days=7)
    assert contested(graded_by_mia, long_after + dt.timedelta(days=7))


def test_confirming_marks_and_deciding_appeals_open_the_days_for_them_no_more(graded_by_mia, mia, max_):
    deadline = appeal_deadline(graded_by_mia.interview_session)
    appeal = contested(graded_by_mia)
    long_after = deadline + dt.timedelta(days=30)
    decide(appeal, max_, Verdict.UNMET, "No.", long_after)
    blank = answer_at(graded_by_mia.interview_session, 2)
    confirm(blank, mia, shown=blank.grades.get().pk, now=long_after)
    assert appeal_deadline(graded_by_mia.interview_session) == deadline


def test_only_what_cost_points_can_be_contested(graded_by_mia, mia):
    by_hand(graded_by_mia, mia, "met", "partial")
    assert [score.verdict for score in contestable(graded_by_mia)] == ["partial"]


@pytest.mark.parametrize(
    ("verdict", "reason", "said"),
    [(Verdict.MET, "  ", "Say why"), (Verdict.UNSURE, "Hm.", "cannot be unsure")],
)
def test_a_decision_needs_a_reason_and_is_one(graded_by_mia, max_, verdict, reason, said):
    with pytest.raises(ValueError, match=said):
        decide(contested(graded_by_mia), max_, verdict, reason, timezone.now())


def test_outcome_and_reason_go_to_the_candidate_and_to_the_first_reviewer(
    graded_by_mia, ana, mia, max_, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        decide(contested(graded_by_mia), max_, Verdict.MET, "“On demand” says it.", timezone.now())
    assert sorted(address for message in mail.outbox for address in message.to) == [ana.email, mia.email]
    assert all("“On demand” says it." in message.body for message in mail.outbox)


def test_who_has_left_the_hiring_team_gets_no_mail_about_its_candidates(
    graded_by_mia, ana, mia, max_, django_capture_on_commit_callbacks
):
    graded_by_mia.interview_session.template.hiring_team.remove(mia)
    with django_capture_on_commit_callbacks(execute=True):
        decide(contested(graded_by_mia), max_, Verdict.MET, "“On demand” says it.", timezone.now())
    assert [message.to for message in mail.outbox] == [[ana.email]]


def test_the_audit_log_has_verdicts_and_no_texts(graded_by_mia, max_):
    decide(contested(graded_by_mia), max_, Verdict.MET, "A secret reason", timezone.now())
    entries = AuditEntry.objects.filter(action__startswith="appeal.")
    assert [entry.action for entry in entries] == ["appeal.opened", "appeal.decided"]
    assert entries[1].after == {"verdict": "met", "state": "changed"}
    assert not [entry for entry in AuditEntry.objects.all() if "secret" in entry.particulars]
