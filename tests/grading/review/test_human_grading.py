"""People grade: they append, theirs counts, drafts and conflicts lose nothing."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from grading import queue
from grading.core.assessment import Assessment, CriterionAssessment
from grading.core.assessment import Verdict as CoreVerdict
from grading.models import Grade, Grader, GradingJob, Verdict
from grading.models_review import GradeDraft, HumanGrade
from grading.pipeline import store
from grading.review.human_grading import (
    GradeConflictError,
    IncompleteError,
    Judgement,
    StaleDraftError,
    confirm,
    grade_by_hand,
    rubric_to_grade_by,
    save_draft,
    withdraw,
)
from interview_site.accounts import audit
from interview_site.accounts.models import AuditEntry
from sessions.models import AppendOnlyError
from tests.factories import answer_at

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def verdicts(answer, *chosen, reason="I read it that way."):
    """Verdicts in the order of the criteria; None leaves one out."""
    criteria = rubric_to_grade_by(answer).criteria.all()
    pairs = zip(criteria, chosen, strict=False)
    return {str(c.pk): Judgement(Verdict(verdict), reason) for c, verdict in pairs if verdict}


def by_hand(answer, reviewer, *chosen, base=None, sees_machine=True, reason="I read it that way.", now=None):
    judged = verdicts(answer, *chosen, reason=reason)
    return grade_by_hand(
        answer, reviewer, judged, base=base, sees_machine=sees_machine, now=now or timezone.now()
    )


def test_a_persons_grade_is_one_more_row_and_the_one_that_counts(assessment, mia):
    answer = answer_at(assessment, 1)
    machine = answer.grades.get()
    grade = by_hand(answer, mia, "met", "partial", "contradicted")
    assert Grade.objects.filter(pk=machine.pk).exists()
    assert answer.grades.by_effect().first() == grade
    assert (grade.grader, grade.graded_by, grade.max_score) == (Grader.HUMAN, mia, 4)
    assert [(c.verdict, c.points) for c in grade.criterion_scores.all()] == [
        ("met", 2), ("partial", 1), ("contradicted", -1),
    ]  # fmt: skip
    assert grade.score == 2
    with pytest.raises(AppendOnlyError):
        grade.save()


def test_what_nobody_mentions_of_a_misconception_is_not_claimed_but_every_core_criterion_is_judged(
    assessment, mia
):
    answer = answer_at(assessment, 1)
    grade = by_hand(answer, mia, "met", "met")
    assert grade.criterion_scores.last().verdict == "unmet"
    assert grade.score == 4
    with pytest.raises(IncompleteError) as refused:
        by_hand(answer, mia, "met", base=grade.pk)
    (second,) = refused.value.complaints.values()
    assert second == "Choose a verdict."


def test_where_a_person_differs_from_the_machine_they_say_why(assessment, mia):
    answer = answer_at(assessment, 1)
    shown = list(answer.grades.get().criterion_scores.values_list("verdict", flat=True))
    other = "unmet" if shown[0] != "unmet" else "met"
    with pytest.raises(IncompleteError) as refused:
        by_hand(answer, mia, other, shown[1], reason=" ")
    assert list(refused.value.complaints.values()) == ["Say why: your verdict differs from the machine's."]
    assert by_hand(answer, mia, shown[0], shown[1], reason="").score is not None


def test_whoever_could_not_see_the_machine_owes_it_no_reason_and_the_grade_says_so(assessment, mia):
    answer = answer_at(assessment, 1)
    grade = by_hand(answer, mia, "unmet", "unmet", reason="", sees_machine=False)
    assert HumanGrade.objects.get(grade=grade).is_unanchored


@pytest.mark.parametrize(("position", "verdict"), [(3, "met"), (3, "partial")])
def test_a_misconception_is_claimed_or_not(assessment, mia, position, verdict):
    answer = answer_at(assessment, 1)
    chosen = ["met", "met", None]
    chosen[position - 1] = verdict
    with pytest.raises(IncompleteError):
        by_hand(answer, mia, *chosen)


def test_quotes_are_taken_over_where_the_person_agrees_and_only_there(assessment, mia):
    answer = answer_at(assessment, 1)
    machine = [(c.verdict, c.evidence.count()) for c in answer.grades.get().criterion_scores.all()]
    assert machine[0] == ("met", 1)
    grade = by_hand(answer, mia, "met", "unmet")
    assert [c.evidence.count() for c in grade.criterion_scores.all()] == [1, 0, 0]


def test_an_unsure_person_makes_no_zero(assessment, mia):
    assert by_hand(answer_at(assessment, 1), mia, "unsure", "unsure").score is None


def test_two_people_who_grade_at_once_are_shown_each_others_and_both_are_kept(assessment, mia, max_):
    answer = answer_at(assessment, 1)
    first = by_hand(answer, mia, "met", "unmet")
    with pytest.raises(GradeConflictError) as conflict:
        by_hand(answer, max_, "unmet", "met")
    assert conflict.value.theirs == first
    assert Grade.objects.filter(answer=answer, grader=Grader.HUMAN).count() == 1
    second = by_hand(answer, max_, "unmet", "met", base=first.pk)
    assert answer.grades.by_effect().first() == second
    assert Grade.objects.filter(pk=first.pk).exists()


def test_of_two_people_who_press_at_the_same_moment_one_gets_the_conflict(transactional_db, request):
    assessment, mia, max_ = (request.getfixturevalue(name) for name in ("assessment", "mia", "max_"))
    answer = answer_at(assessment, 1)
    outcomes = []
    barrier = threading.Barrier(2)

    def press(reviewer):
        try:
            barrier.wait()
            outcomes.append(by_hand(answer, reviewer, "met", "unmet"))
        except GradeConflictError as conflict:
            outcomes.append(conflict)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(one,)) for one in (mia, max_)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(one).__name__ for one in outcomes) == ["Grade", "GradeConflictError"]
    assert Grade.objects.filter(answer=answer, grader=Grader.HUMAN).count() == 1


def test_two_people_who_grade_blind_get_no_conflict_because_both_grades_are_wanted(assessment, mia, max_):
    answer = answer_at(assessment, 1)
    by_hand(answer, mia, "met", "unmet", sees_machine=False)
    by_hand(answer, max_, "unmet", "met", sees_machine=False)
    assert Grade.objects.filter(answer=answer, grader=Grader.HUMAN).count() == 2


def test_changing_ones_own_grade_is_no_conflict(assessment, mia):
    answer = answer_at(assessment, 1)
    by_hand(answer, mia, "met", "unmet")
    second = by_hand(answer, mia, "met", "met")
    assert answer.grades.by_effect().first() == second


def assessed(answer):
    rubric = answer.question_version.rubrics.get()
    judged = tuple(CriterionAssessment(str(c.pk), CoreVerdict.MET, 1.0) for c in rubric.criteria.all()[:2])
    return rubric, Assessment(judged, 4.0, 4.0, version="late")


def test_a_machine_grade_that_finishes_after_an_override_never_displaces_it_200_times(
    transactional_db, request
):
    """The worker stores while the reviewer presses, 200 times: whichever commits first, the person's counts."""
    assessment, mia = (request.getfixturevalue(name) for name in ("assessment", "mia"))
    answer = answer_at(assessment, 1)
    rubric, result = assessed(answer)
    start, done = threading.Barrier(2), threading.Barrier(2)
    rounds = 200
    troubles = []

    def machine():
        try:
            for _ in range(rounds):
                now = timezone.now()
                job = GradingJob.objects.create(answer=answer, rubric=rubric, not_before=now)
                lease = queue.claim(now, job.pk)
                start.wait()
                store(lease, job, rubric, result)
                done.wait()
        except BaseException as trouble:
            troubles.append(trouble)
            start.abort()
            done.abort()
        finally:
            connection.close()

    thread = threading.Thread(target=machine)
    thread.start()
    for number in range(rounds):
        start.wait()
        grade = by_hand(answer, mia, *(("met", "unmet") if number % 2 else ("unmet", "met")))
        done.wait()
        assert answer.grades.by_effect().first() == grade
        assert Grade.objects.effective().get(answer=answer) == grade
    thread.join()
    assert troubles == []
    assert Grade.objects.filter(answer=answer, grader_version="late").count() == rounds


def test_confirming_puts_a_name_below_the_machines_verdicts(assessment, mia):
    answer = answer_at(assessment, 1)
    machine = answer.grades.get()
    grade = confirm(answer, mia, shown=machine.pk, now=timezone.now())
    assert (grade.score, grade.graded_by) == (machine.score, mia)
    assert list(grade.criterion_scores.values_list("verdict", "points")) == list(
        machine.criterion_scores.values_list("verdict", "points")
    )
    with pytest.raises(GradeConflictError):
        confirm(answer, mia, shown=machine.pk, now=timezone.now())


def test_a_withdrawn_grade_does_not_count_and_stays(assessment, mia):
    answer = answer_at(assessment, 1)
    machine = answer.grades.get()
    grade = by_hand(answer, mia, "unmet", "unmet")
    assert withdraw(grade, mia, timezone.now())
    assert not withdraw(grade, mia, timezone.now())
    assert answer.grades.by_effect().first() == machine
    assert Grade.objects.effective().get(answer=answer) == machine
    assert Grade.objects.filter(pk=grade.pk).exists()
    with pytest.raises(ValueError, match="Only a person's"):
        withdraw(machine, mia, timezone.now())


def test_a_draft_is_kept_and_used_up_by_submitting(assessment, mia, max_):
    answer = answer_at(assessment, 1)
    assert save_draft(answer, mia, verdicts(answer, "met"), 0, timezone.now()) == 1
    assert save_draft(answer, mia, verdicts(answer, "met", "unmet"), 1, timezone.now()) == 2
    assert save_draft(answer, max_, verdicts(answer, "unmet"), 0, timezone.now()) == 1
    by_hand(answer, mia, "met", "unmet")
    assert [draft.reviewer for draft in GradeDraft.objects.all()] == [max_]


def test_a_draft_from_an_older_window_is_refused_with_what_is_stored(assessment, mia):
    answer = answer_at(assessment, 1)
    save_draft(answer, mia, verdicts(answer, "met"), 0, timezone.now())
    for version in (0, 7):
        with pytest.raises(StaleDraftError) as refused:
            save_draft(answer, mia, verdicts(answer, "unmet"), version, timezone.now())
        (stored,) = refused.value.stored.verdicts.values()
        assert stored["verdict"] == "met"


def test_every_act_is_in_the_audit_log_without_a_word_that_somebody_wrote(assessment, mia):
    answer = answer_at(assessment, 1)
    grade = by_hand(answer, mia, "unmet", "unmet", reason="Ana only repeats the question.")
    withdraw(grade, mia, timezone.now(), why="Wrong Ana")
    actions = list(AuditEntry.objects.filter(actor=mia).values_list("action", flat=True))
    assert actions == ["grade.graded", "grade.withdrawn"]
    assert not [entry for entry in AuditEntry.objects.all() if "Ana" in entry.particulars]
    assert audit.verify().broken_at is None
