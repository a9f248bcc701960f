"""Machine against people: whose verdicts are compared, which sample they belong to, and the answers behind a number."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models import CriterionScore, Grader, Verdict
from grading.review.agreement_figures import figures_for
from grading.review.human_grading import Judgement, confirm, decide_in_group, withdraw
from grading.worker import Worker
from sessions.models import InterviewSession
from tests.factories import UserFactory, answer_at, assessment_session
from tests.grading.review.test_human_grading import by_hand

pytestmark = pytest.mark.django_db


def as_if_by_a_model(grade):
    """The offline grader's grade once more, in the name of a model."""
    scores = list(grade.criterion_scores.all())
    grade.pk, grade.job, grade.grader, grade._state.adding = None, None, Grader.LLM, True
    grade.save()
    for score in scores:
        score.pk, score.grade = None, grade
    CriterionScore.objects.bulk_create(scores)


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
