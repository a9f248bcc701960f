"""Candidates side by side, groups with one decision and an undo for each member, and one question across all."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models import Grade, Grader, Verdict
from grading.review.comparing import candidates_of, cells_for, groups_of, hidden_sessions, shuffled
from grading.review.human_grading import GradeConflictError, Judgement, decide_in_group
from grading.review.scorecards import Card, submit
from sessions.models import InterviewSession
from tests.factories import answer_at
from tests.grading.review.test_human_grading import by_hand

pytestmark = pytest.mark.django_db


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
