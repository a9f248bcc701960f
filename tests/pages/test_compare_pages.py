"""Comparing without names: Mia reads what Ana, Bob and Cem answered to one question."""

import re

import pytest

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
