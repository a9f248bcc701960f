"""Comparing without names: Mia reads what Ana, Bob and Cem answered to one question."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.review.human_grading import confirm
from grading.review.releasing import release
from grading.rubrics import copy_as_draft, publish
from grading.worker import Worker
from tests.factories import answer_at
from tests.pages.conftest import page

pytestmark = pytest.mark.django_db


def question_of(assessment):
    return answer_at(assessment, 1).question_version.question_id


def test_the_criteria_stand_once_above_the_answers_with_the_numbers_that_the_answers_use(client, three, mia):
    text = page(client, "compare-question", three[0].template_id, question_of(three[0])).content.decode()
    criteria = answer_at(three[0], 1).grades.get().criterion_scores.all()
    for score in criteria:
        assert text.count(f'<li value="{score.position}">{score.text}') == 1
    numbers = {int(number) for number in re.findall(r'<span class="number">(\d+)</span>', text)}
    assert numbers <= {score.position for score in criteria}


@pytest.mark.parametrize("name", ["grade-answer", "compare-question"])
def test_numbers_of_one_quote_do_not_run_together(client, three, mia, name):
    quoted = [
        score.evidence.first() for score in answer_at(three[0], 1).grades.get().criterion_scores.all()[:2]
    ]
    type(quoted[0]).objects.update(start=0, end=10)
    args = [three[0].pk, 1] if name == "grade-answer" else [three[0].template_id, question_of(three[0])]
    assert "<sup>1, 2</sup>" in page(client, name, *args).content.decode()


def groups_page(client, three):
    return page(client, "compare-groups", three[0].template_id, question_of(three[0])).content.decode()


def decide(client, three, *answers):
    """Not met on the first criterion, for these answers."""
    grades = [answer.grades.by_effect().first() for answer in answers]
    criterion = grades[0].criterion_scores.first().criterion_id
    sent = {"criterion": criterion, "verdict": "unmet", "reason": "Why", "member": [one.pk for one in grades]}
    address = reverse("decide-group", args=[three[0].template_id, question_of(three[0])])
    return client.post(address, sent, follow=True).content.decode()


def test_a_group_is_decided_by_choosing_and_never_by_what_was_chosen_already(client, three, mia):
    text = groups_page(client, three)
    assert re.search(r'<select[^>]*name="verdict"[^>]*>\s*<option value="">', text)
    assert not re.search(r'<option value="\w+"\s+selected', text)
    assert '<optgroup label="Criteria">' in text
    assert '<optgroup label="Misconceptions' in text


def test_blank_answers_are_not_ticked_by_themselves(client, three, mia):
    second = answer_at(three[0], 2).question_version.question_id  # nobody wrote anything there
    text = page(client, "compare-groups", three[0].template_id, second).content.decode()
    assert text.count('name="member"') == 3
    assert "checked" not in text
    assert groups_page(client, three).count("checked") == 3


def test_marks_that_candidates_see_change_knowingly(client, three, ana, mia):
    assert "the candidate sees its mark" not in groups_page(client, three)
    release(three[0], mia, timezone.now())
    assert groups_page(client, three).count("the candidate sees its mark") == 1
    told = decide(client, three, answer_at(three[0], 1), answer_at(three[1], 1))
    assert "Decided for 2 answers. 1 of them can be seen by the candidate already." in told


def test_what_was_decided_for_groups_names_no_candidate(client, three, mia):
    text = decide(client, three, answer_at(three[1], 1))
    (decided,) = re.findall(r'aria-labelledby="decided".*?</section>', text, re.DOTALL)
    assert "Bob" not in decided
    assert answer_at(three[1], 1).final_text[:40] in decided


def test_answers_that_are_being_graded_anew_are_said_to_be(client, three, mia):
    old = answer_at(three[0], 1).question_version.rubrics.get()
    draft = copy_as_draft(old)
    draft.criteria.filter(position=2).delete()
    publish(draft)
    confirm(answer_at(three[2], 1), mia, shown=answer_at(three[2], 1).grades.get().pk, now=timezone.now())
    address = reverse("regrade-rubric", args=[three[0].template_id, draft.pk])
    assert "being graded anew" not in client.get(address).content.decode()
    listed = client.post(address, follow=True).content.decode()
    assert "2 answers are being graded anew." in listed
    assert "1 by people, which stays" in listed
    text = client.get(address).content.decode()
    assert "2 answers are being graded anew by this rubric already." in text
    assert ">Grade " not in text
    Worker().drain()
    assert "being graded anew" not in page(client, "regrade", three[0].template_id).content.decode()


@pytest.mark.parametrize("name", ["compare", "agreement", "regrade"])
def test_the_pages_about_a_templates_candidates_lead_to_the_template(client, assessment, mia, name):
    text = page(client, name, assessment.template_id).content.decode()
    (eyebrow,) = re.findall(r'<p class="eyebrow">(.*?)</p>', text)
    assert reverse("template-invitations", args=[assessment.template_id]) in eyebrow
