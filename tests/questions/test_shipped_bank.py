"""The bank that the project ships: complete, gradeable, in the promised order."""

from pathlib import Path

import pytest

from questions.bank.reader import read

CONTENT = Path(__file__).parents[2] / "questions/bank/content"
BANKS = {
    path.name: read(path.read_text(encoding="utf-8"), path.name) for path in sorted(CONTENT.glob("*.md"))
}
QUESTIONS = [question for bank in BANKS.values() for question in bank.questions]
PROMISED = """
    is-versus-equals global-interpreter-lock memory-management metaclasses method-kinds dictionary-internals
    generators closures-and-decorators context-managers fastapi-flask-django fastapi-openapi-docs
    fastapi-dependency-injection fastapi-performance fastapi-async-await fastapi-background-tasks
    fastapi-authentication fastapi-project-structure fastapi-databases fastapi-exception-handlers fastapi-security
""".split()


def test_every_file_is_read_without_an_error():
    assert [error for bank in BANKS.values() for error in bank.errors] == []


def test_the_promised_questions_come_first_and_in_order():
    assert [question.slug for question in QUESTIONS][: len(PROMISED)] == PROMISED


def test_there_are_at_least_twenty_more():
    assert len(QUESTIONS) >= len(PROMISED) + 20


def test_no_slug_comes_twice_across_the_files():
    slugs = [question.slug for question in QUESTIONS]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.slug)
def test_a_question_has_three_to_seven_key_points_and_two_misconceptions(question):
    kinds = [criterion.kind for criterion in question.rubric]
    assert 3 <= kinds.count("core") <= 7
    assert kinds.count("misconception") >= 2


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.slug)
def test_every_criterion_helps_the_offline_grader_and_every_misconception_names_the_truth(question):
    assert all(criterion.cues or criterion.examples for criterion in question.rubric)
    assert all(criterion.correction for criterion in question.rubric if criterion.kind == "misconception")
