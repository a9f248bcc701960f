"""Candidates side by side, groups with one decision and an undo for each member, agreement, regrading."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models import CriterionScore, Grade, Grader, GradingJob, Verdict
from grading.review.agreement_figures import figures_for
from grading.review.comparing import candidates_of, cells_for, groups_of, hidden_sessions, shuffled
from grading.review.human_grading import GradeConflictError, Judgement, confirm, decide_in_group, withdraw
from grading.review.regrading import apply, dry_run, overview, stale_grades
from grading.review.scorecards import Card, submit
from grading.rubrics import copy_as_draft, publish
from grading.submission import submit_answer, submit_session
from grading.worker import Worker
from sessions.models import InterviewSession, Invitation
from sessions.sittings import open_invitation, start
from sessions.states import EndedBy
from tests.factories import UserFactory, answer_at, assessment_session
from tests.grading.review.conftest import GOOD
from tests.grading.review.test_human_grading import by_hand

pytestmark = pytest.mark.django_db


def also_sat(assessment, name, text):
    """Somebody else in an interview of the same template."""
    person = UserFactory.create(name=name)
    invitation = Invitation.objects.create(template=assessment.template, candidate=person)
    interview_session = open_invitation(invitation, timezone.now())
    start(interview_session, timezone.now())
    answer = answer_at(interview_session, 1)
    submit_answer(answer, text, answer.question_version.rubrics.get().pk, timezone.now())
    submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    Worker().drain()
    return interview_session


@pytest.fixture
def three(assessment):
    """Ana and Bob gave the same good answer, Cem said nothing to the point."""
    return [assessment, also_sat(assessment, "Bob", GOOD), also_sat(assessment, "Cem", "No idea at all.")]


def as_if_by_a_model(grade):
    """The offline grader's grade once more, in the name of a model."""
    scores = list(grade.criterion_scores.all())
    grade.pk, grade.job, grade.grader, grade._state.adding = None, None, Grader.LLM, True
    grade.save()
    for score in scores:
        score.pk, score.grade = None, grade
    CriterionScore.objects.bulk_create(scores)


def question_of(assessment, position=1):
    return answer_at(assessment, position).question_version.question_id


def test_the_grid_sorts_by_points_name_and_time(three, mia):
    template = three[0].template
    assert [one.name for one in candidates_of(template, mia, "name")] == ["Ana", "Bob", "Cem"]
    assert [one.name for one in candidates_of(template, mia, "-name")] == ["Cem", "Bob", "Ana"]
    assert candidates_of(template, mia, "-score")[-1].name == "Cem"
    assert candidates_of(template, mia, "score")[0].name == "Cem"
    assert [one.name for one in candidates_of(template, mia, "submitted")] == ["Ana", "Bob", "Cem"]


def test_who_is_graded_in_part_is_neither_first_nor_confirmed(client, three, mia):
    """Ana's first answer is all that has a mark, a full one by a person; Bob has two marks of the machine."""
    answer_at(three[0], 2).grades.all().delete()
    by_hand(answer_at(three[0], 1), mia, "met", "met")
    people = candidates_of(three[0].template, mia, "-score")
    ana = people[-1]
    assert (ana.name, ana.standing.points, ana.standing.share, ana.standing.is_confirmed) == (
        "Ana",
        4,
        None,
        False,
    )
    by_hand(answer_at(three[0], 2), mia, "met", "met")
    (ana, *_) = candidates_of(three[0].template, mia, "-score")
    assert (ana.name, ana.standing.share, ana.standing.is_confirmed) == ("Ana", 1.0, True)


def test_a_cell_says_what_counts_and_who_stands_for_it(three, mia):
    by_hand(answer_at(three[0], 1), mia, "met", "unmet")
    people = candidates_of(three[0].template, mia, "name")
    cells = cells_for(people, mia)[three[0].pk]
    cell = cells[question_of(three[0])]
    assert (cell.score, cell.max_score, cell.by_person, cell.is_hidden) == (2, 4, True, False)
    assert cells[question_of(three[0], 2)].is_blank


def test_what_is_read_blind_is_hidden_in_the_grid_and_tells_nothing_by_its_place(three, mia):
    InterviewSession.objects.filter(pk=three[0].pk).update(blind_first=True)
    people = candidates_of(three[0].template, mia, "-score")
    assert people[-1].name == "Ana"
    assert all(cell.is_hidden and cell.score is None for cell in cells_for(people, mia)[three[0].pk].values())
    assert hidden_sessions(three[0].template, mia) == {three[0].pk}
    submit(three[0], mia, Card("yes"), 0, timezone.now())
    assert hidden_sessions(three[0].template, mia) == set()


def test_the_shuffled_order_is_stable_and_not_the_order_of_arrival():
    ids = list(range(1, 60))
    assert shuffled(1, 2, ids) == shuffled(1, 2, reversed(ids))
    assert shuffled(1, 2, ids) != ids
    assert shuffled(1, 2, ids) != shuffled(1, 3, ids)


def test_answers_with_the_same_verdicts_stand_in_one_group(three):
    groups = groups_of(three[0].template, question_of(three[0]), set())
    assert [len(group.members) for group in groups] == [2, 1]
    assert {grade.answer.interview_session_id for grade in groups[0].members} == {three[0].pk, three[1].pk}
    hidden = groups_of(three[0].template, question_of(three[0]), {three[0].pk})
    assert sorted(len(group.members) for group in hidden) == [1, 1]


def test_a_group_tells_the_fewest_and_the_most_points_of_its_members(client, three, mia):
    client.force_login(mia)
    address = reverse("compare-groups", args=[three[0].template_id, question_of(three[0])])
    (group, _) = groups_of(three[0].template, question_of(three[0]), set())
    assert group.points[0] == group.points[1]
    assert " to " not in marks_of(client.get(address))
    Grade.objects.filter(pk=group.members[0].pk).update(score=0)
    assert marks_of(client.get(address)).startswith("0 to 4 ")


def marks_of(page):
    """The words of the first group's marks."""
    (marks, *_) = re.findall(r'<p class="marks">(.*?)</p>', page.content.decode())
    return re.sub("<.*?>", "", marks)


def test_one_decision_for_a_group_and_an_undo_for_one_member(client, three, mia):
    client.force_login(mia)
    question = question_of(three[0])
    (group, _) = groups_of(three[0].template, question, set())
    criterion = group.scores[1].criterion_id
    before = {grade.answer_id: grade.score for grade in group.members}
    sent = {
        "group": group.key, "criterion": criterion, "verdict": "unmet", "reason": "All copied it.",
        "member": [grade.pk for grade in group.members],
    }  # fmt: skip
    address = reverse("decide-group", args=[three[0].template_id, question])
    client.post(address, sent)
    decided = Grade.objects.filter(grader=Grader.HUMAN).select_related("human")
    assert len({grade.human.batch for grade in decided}) == 1
    assert [grade.criterion_scores.get(criterion=criterion).verdict for grade in decided] == [
        "unmet",
        "unmet",
    ]
    assert all(grade.score == before[grade.answer_id] - 2 for grade in decided)
    first, second = decided
    page = client.get(reverse("compare-groups", args=[three[0].template_id, question])).content.decode()
    told = re.findall(r'class="decision">([^<]+?)\s+<span class="verdict (\w+)"', page)
    assert told == [(group.scores[1].text, "unmet")] * 2, "what an undo takes back"
    assert page.count("Undo<") == 2
    client.post(reverse("undo-grade", args=[first.pk]))
    assert Grade.objects.effective().get(answer=first.answer).score == before[first.answer_id]
    assert Grade.objects.effective().get(answer=second.answer) == second


@pytest.mark.parametrize("broken", [{"reason": ""}, {"criterion": "x"}, {"verdict": "great"}])
def test_a_group_decision_that_lacks_something_says_so_and_decides_nothing(client, three, mia, broken):
    client.force_login(mia)
    question = question_of(three[0])
    (group, _) = groups_of(three[0].template, question, set())
    sent = {
        "group": group.key,
        "criterion": group.scores[0].criterion_id,
        "verdict": "unmet",
        "reason": "KEPT",
    }
    address = reverse("decide-group", args=[three[0].template_id, question])
    response = client.post(address, {**sent, "member": [group.members[0].pk], **broken})
    assert response.status_code == 422
    text = response.content.decode()
    assert 'role="alert"' in text
    ticked = {int(pk) for pk in re.findall(r'name="member"\s+value="(\d+)"\s+checked', text)}
    assert ticked & {grade.pk for grade in group.members} == {group.members[0].pk}, "as it was sent"
    if "criterion" not in broken:
        assert re.search(rf'value="{sent["criterion"]}"\s+selected', text)
    assert not Grade.objects.filter(grader=Grader.HUMAN).exists()


def test_a_member_that_was_graded_anew_meanwhile_is_left_out(three, mia, max_):
    answer = answer_at(three[0], 1)
    shown = answer.grades.get()
    by_hand(answer, max_, "unmet", "met")
    criterion = str(shown.criterion_scores.first().criterion_id)
    with pytest.raises(GradeConflictError):
        decide_in_group(
            answer, mia, shown=shown.pk, criterion_id=criterion, judged=Judgement(Verdict.UNMET, "x"),
            batch=uuid.uuid4(), now=timezone.now(),
        )  # fmt: skip


def test_only_decisions_for_groups_are_undone_from_there(client, three, mia):
    client.force_login(mia)
    grade = by_hand(answer_at(three[0], 1), mia, "met", "unmet")
    assert client.post(reverse("undo-grade", args=[grade.pk])).status_code == 404


# --- Agreement


def test_agreement_compares_the_effective_person_with_the_newest_machine(three, mia):
    """Ana's first answer: both criteria met by the machine; Mia says met, not met. Bob's she confirms."""
    machine = answer_at(three[0], 1).grades.get()
    assert [c.verdict for c in machine.criterion_scores.all()][:2] == ["met", "met"]
    by_hand(answer_at(three[0], 1), mia, "met", "unmet")
    bob = answer_at(three[1], 1)
    confirm(bob, mia, shown=bob.grades.get().pk, now=timezone.now())
    (figures,) = figures_for(three[0].template)
    assert figures.grader == Grader.KEYWORD
    assert (figures.marks.n, figures.unanchored.n) == (2, 0)
    assert figures.marks.exact.value == 0.5
    assert figures.marks.bias.value == pytest.approx(0.25)
    first, second, *_ = figures.criteria
    assert (first.agreement.n, first.agreement.exact.value) == (2, 1.0)
    assert (second.agreement.n, second.agreement.exact.value) == (2, 0.5)


def test_a_withdrawn_grade_is_in_no_figure_and_the_unanchored_sample_stands_apart(three, mia):
    withdraw(by_hand(answer_at(three[0], 1), mia, "unmet", "unmet"), mia, timezone.now())
    by_hand(answer_at(three[1], 1), mia, "met", "met", sees_machine=False)
    (figures,) = figures_for(three[0].template)
    assert (figures.marks.n, figures.unanchored.n) == (1, 1)
    assert figures.unanchored.exact.value == 1.0
    assert [one.agreement.n for one in figures.unanchored_criteria] == [1, 1, 1]


def test_what_somebody_said_blind_stays_in_the_sample_when_they_change_their_mind_on_seeing_the_machine(
    three, mia
):
    answer = answer_at(three[0], 1)
    blind = by_hand(answer, mia, "unmet", "met", sees_machine=False)
    by_hand(answer, mia, "met", "met", base=blind.pk)
    (figures,) = figures_for(three[0].template)
    assert [one.agreement.exact.value for one in figures.criteria[:2]] == [1.0, 1.0]
    assert [one.agreement.exact.value for one in figures.unanchored_criteria[:2]] == [0.0, 1.0]
    assert (figures.marks.n, figures.unanchored.n) == (1, 1)


@pytest.mark.parametrize(("graded_before", "compared"), [(False, [2, 1, 1]), (True, [2, 2, 2])])
def test_a_decision_for_a_group_is_compared_for_the_criterion_that_it_was_about(
    three, mia, graded_before, compared
):
    """The other verdicts are the machine's own, unless somebody had judged them before."""
    answer = answer_at(three[0], 1)
    if graded_before:
        by_hand(answer, mia, "met", "met")
    counting = answer.grades.by_effect().first()
    decide_in_group(
        answer, mia, shown=counting.pk, criterion_id=str(counting.criterion_scores.first().criterion_id),
        judged=Judgement(Verdict.UNMET, "No."), batch=uuid.uuid4(), now=timezone.now(),
    )  # fmt: skip
    by_hand(answer_at(three[1], 1), mia, "met", "met")
    (figures,) = figures_for(three[0].template)
    assert [one.agreement.n for one in figures.criteria] == compared
    assert figures.marks.n == compared[1]


def test_what_something_was_decided_on_top_of_is_not_said_to_be_undone(client, three, mia):
    client.force_login(mia)
    answer, decided = answer_at(three[0], 1), []
    for position in (1, 2):
        counting = answer.grades.by_effect().first()
        decided.append(
            decide_in_group(
                answer, mia, shown=counting.pk,
                criterion_id=str(counting.criterion_scores.get(position=position).criterion_id),
                judged=Judgement(Verdict.UNMET, "No."), batch=uuid.uuid4(), now=timezone.now(),
            )
        )  # fmt: skip
    page = client.post(reverse("undo-grade", args=[decided[0].pk]), follow=True).content.decode()
    assert "Not undone: something was decided on top of it" in page
    assert answer.grades.by_effect().first() == decided[1]
    for grade in reversed(decided):
        client.post(reverse("undo-grade", args=[grade.pk]))
    assert answer.grades.by_effect().first().grader == Grader.KEYWORD


def test_two_decisions_for_groups_are_compared_for_both_of_their_criteria(three, mia):
    answer = answer_at(three[0], 1)
    for position in (1, 2):
        counting = answer.grades.by_effect().first()
        decide_in_group(
            answer, mia, shown=counting.pk,
            criterion_id=str(counting.criterion_scores.get(position=position).criterion_id),
            judged=Judgement(Verdict.UNMET, "No."), batch=uuid.uuid4(), now=timezone.now(),
        )  # fmt: skip
    by_hand(answer_at(three[1], 1), mia, "met", "met")
    (figures,) = figures_for(three[0].template)
    assert [one.agreement.n for one in figures.criteria] == [2, 2, 1]


def test_who_has_to_read_blind_first_sees_no_figures_of_those_interviews(client, three, mia, max_):
    InterviewSession.objects.filter(pk=three[0].pk).update(blind_first=True)
    by_hand(answer_at(three[0], 1), mia, "met", "unmet", sees_machine=False)
    address = reverse("agreement", args=[three[0].template_id])
    seen = {}
    for reader in (mia, max_):
        client.force_login(reader)
        seen[reader] = client.get(address)
    assert not seen[max_].context["graders"]
    assert "read blind first" in seen[max_].content.decode()


def test_every_number_leads_to_the_answers_behind_it(client, three, mia):
    client.force_login(mia)
    by_hand(answer_at(three[0], 1), mia, "met", "unmet", reason="MIASREASON")
    text = client.get(reverse("agreement", args=[three[0].template_id])).content.decode()
    cells = [cell.strip() for cell in re.findall(r"<td>(.*?)</td>", text, re.DOTALL)]
    numbers = [cell for cell in cells if re.search(r"[1-9]", re.sub("<[^>]*>", "", cell))]
    assert numbers
    assert [cell for cell in numbers if not cell.startswith("<a href")] == []
    criterion = answer_at(three[0], 1).grades.by_effect().first().criterion_scores.all()[1].criterion_id
    address = reverse("agreement-answers", args=[three[0].template_id])
    rows = client.get(address, {"criterion": criterion, "show": "differ", "grader": "keyword"})
    assert "MIASREASON" in rows.content.decode()
    assert len(rows.context["page"].object_list) == 1
    assert not client.get(address, {"criterion": criterion, "show": "same"}).context["page"].object_list
    assert client.get(address, {"criterion": "x", "grader": "x", "show": "x"}).status_code == 200


def test_the_page_of_agreement_stays_small_and_every_criterion_is_reached(client, mia):
    """57 criteria, judged by people and by both machines, in pages of less than 60 kB."""
    assessment = assessment_session(UserFactory.create(name="Dora"), hiring_team=[mia], count=19)
    Worker().drain()
    for answer in assessment.answers.all():
        as_if_by_a_model(answer.grades.get())
        by_hand(answer, mia, "met", "unmet", sees_machine=False)
    client.force_login(mia)
    address = reverse("agreement", args=[assessment.template_id])
    reached = set()
    for number in range(1, 6):
        text = client.get(address, {"keyword": number, "llm": number}).content.decode()
        assert len(text.encode()) <= 60_000
        reached |= set(re.findall(r"grader=(\w+)&amp;criterion=([\w-]+)", text))
        assert (f"?llm={number + 1}&amp;keyword={number}#criteria-llm" in text) == (number < 5)
    assert len(reached) == 2 * 57


# --- Regrading


@pytest.fixture
def new_rubric(three):
    """The first question's rubric, with the second criterion taken out and published."""
    old = answer_at(three[0], 1).question_version.rubrics.get()
    draft = copy_as_draft(old)
    draft.criteria.filter(position=2).delete()
    publish(draft)
    return draft


def test_the_dry_run_shows_old_and_new_by_criterion_and_writes_nothing(three, new_rubric, mia):
    by_hand(answer_at(three[2], 1), mia, "met", "unmet")
    template = three[0].template
    assert [(rubric, machine, pinned) for rubric, machine, pinned in overview(template)] == [
        (new_rubric, 2, 1)
    ]
    counts = (Grade.objects.count(), GradingJob.objects.count())
    stale = stale_grades(template).exclude(grader=Grader.HUMAN).order_by("answer_id")
    run = dry_run(new_rubric, list(stale.select_related("answer__question_version")))[0]
    assert (run.grade.max_score, run.new_max) == (4, 2)
    gone = next(change for change in run.changes if not change.new)
    assert (gone.old, gone.text) == ("met", "Local variables survive between two calls.")
    assert counts == (Grade.objects.count(), GradingJob.objects.count())


def test_applying_grades_anew_what_the_machine_gave_and_leaves_what_people_gave(three, new_rubric, mia):
    by_hand(answer_at(three[2], 1), mia, "met", "unmet")
    template = three[0].template
    assert apply(template, new_rubric, mia, timezone.now()) == 2
    assert apply(template, new_rubric, mia, timezone.now()) == 0
    Worker().drain()
    counting = {grade.answer.interview_session_id: grade for grade in Grade.objects.effective().filter(
        answer__position=1, answer__interview_session__template=template)}  # fmt: skip
    assert counting[three[0].pk].rubric == new_rubric
    assert counting[three[2].pk].graded_by == mia
    assert answer_at(three[0], 1).grades.count() == 2
    assert [row[1:] for row in overview(template)] == [(0, 1)]


def test_what_is_graded_anew_counts_also_where_the_offline_grader_had_to_stand_in(three, new_rubric, mia):
    """The model gave the old mark, and is switched off by now."""
    stale = Grade.objects.effective().filter(pk__in=stale_grades(three[0].template).values("pk"))
    Grade.objects.filter(pk__in=[grade.pk for grade in stale]).update(grader=Grader.LLM, model="m")
    apply(three[0].template, new_rubric, mia, timezone.now())
    Worker().drain()
    assert overview(three[0].template) == []
    answer = answer_at(three[0], 1)
    counting = answer.grades.by_effect().first()
    assert (counting.grader, counting.rubric) == (Grader.KEYWORD, new_rubric)
    assert Grade.objects.effective().get(answer=answer) == counting
    by_person = by_hand(answer, mia, "met")
    assert Grade.objects.effective().get(answer=answer) == by_person


def test_a_rubric_that_is_taken_back_has_its_marks_back(three, new_rubric, mia):
    old = answer_at(three[0], 1).grades.get().rubric
    template = three[0].template
    apply(template, new_rubric, mia, timezone.now())
    Worker().drain()
    publish(old)
    assert answer_at(three[0], 1).grades.by_effect().first().rubric == old
    assert overview(template) == []


def test_the_pages_of_a_dry_run(client, three, new_rubric, mia, settings):
    client.force_login(mia)
    assert (
        "See what would change"
        in client.get(reverse("regrade", args=[three[0].template_id])).content.decode()
    )
    address = reverse("regrade-rubric", args=[three[0].template_id, new_rubric.pk])
    response = client.get(address)
    assert len(response.context["runs"]) == 3
    assert "not asked" in response.content.decode()
    settings.REVIEW_BLIND_SHARE = 1.0
    assert client.get(address).context["runs"] == []
    assert client.post(address).status_code == 302
    assert GradingJob.objects.filter(reason="regrade").count() == 3
