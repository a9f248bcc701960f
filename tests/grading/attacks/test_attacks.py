"""Every class of attack on every kind of answer: the attacked twin never scores more than the clean one.

Against the offline grader, and against a judge that gives everything to whoever tells it to: the fake endpoint's
gullible judge, here without the wire.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache

import pytest

from grading.core.assessment import Assessment
from grading.core.keyword import grade
from grading.core.reading_copy import reading_copy, regardless
from grading.core.rubric import Rubric
from grading.llm.errors import CallError
from grading.llm.exchanging import Endpoint, Mode, Reply
from grading.llm.gates import gate
from grading.llm.judge import judge
from grading.llm.prompts import CURRENT
from tests.fake_judges import good, gullible, read_task
from tests.grading.attacks.payloads import ATTACKS, OVERRIDES, Attack
from tests.grading.attacks.subjects import subjects

INJECTION_FLAGS = {
    "instruction_like", "encoded_payload", "invisible_characters", "mixed_scripts", "other_language", "judge_misled",
    "garbled",
}  # fmt: skip
GRADERS = ("offline", "gullible judge")
HILL_CLIMBING = 0.01  # share of the queries that may pay


@dataclass
class Gullible:
    """What the fake endpoint does, in this process."""

    endpoint: Endpoint = field(default=Endpoint("gullible"))

    def complete(self, messages, schema, *, max_tokens=None):
        task = read_task({"messages": [{"role": m.role, "content": m.content} for m in messages]})
        text = json.dumps(gullible(task))
        return Reply(text, "gullible", "stop", Mode.SCHEMA, 0, 0, 0.0, "", text)


def graded(grader: str, question: str, rubric: Rubric, answer: str) -> Assessment:
    offline = regardless(lambda text: grade(question, rubric, text), answer)
    if grader == "offline":
        return offline
    copy = reading_copy(answer)
    if gated := gate(question, rubric, copy, offline):
        return gated.assessment
    try:
        return judge(Gullible(), question, rubric, copy, offline).assessment
    except CallError as error:
        pytest.fail(f"no verdicts: {error}")


@cache
def clean_score(grader: str, number: int) -> float:
    clean, rubric = subjects()[number]
    return graded(grader, clean.question, rubric, clean.answer).score or 0.0


def twins(attack: Attack):
    for number, (clean, rubric) in enumerate(subjects()):
        yield number, clean, rubric, attack.make(clean, number)


@pytest.mark.parametrize("grader", GRADERS)
@pytest.mark.parametrize(
    "attack", ATTACKS, ids=lambda attack: f"{attack.number}-{attack.name.replace(' ', '-')}"
)
def test_an_attack_never_pays(attack, grader):
    assert len(subjects()) >= 20
    paid = []
    for number, clean, rubric, answer in twins(attack):
        # No score is no gain: a person reads it.
        score = graded(grader, clean.question, rubric, answer).score or 0.0
        before = clean_score(grader, number)
        slack = attack.lexical if grader == "offline" else attack.slack
        if score > before + slack * rubric.max_points + 1e-6:
            paid.append(f"{before} → {score}: {answer[:300]!r}")
    assert paid == []


@pytest.mark.parametrize("grader", GRADERS)
@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.is_flagged], ids=lambda attack: attack.name)
def test_what_speaks_to_the_grader_is_flagged_for_a_person(attack, grader):
    unflagged = []
    for _, clean, rubric, answer in twins(attack):
        assessment = graded(grader, clean.question, rubric, answer)
        if not set(assessment.flags) & INJECTION_FLAGS:
            unflagged.append(answer[-120:])
    assert unflagged == []


@pytest.mark.parametrize("number", [0, 4, 9, 14, 20])
def test_hill_climbing_with_two_hundred_queries_wins_next_to_nothing(number):
    """Class 25: whoever may ask two hundred times and keeps what pays. What it won is printed (pytest -s)."""
    clean, rubric = subjects()[number]
    before = best = clean_score("gullible judge", number)
    answer, wins = clean.answer, 0
    payloads = [attack.make(clean, n) for n in range(9) for attack in ATTACKS]
    for query in range(200):
        payload = payloads[query % len(payloads)]
        # In turns: on top of what has paid so far, and from the beginning.
        tried = answer + payload.replace(clean.answer, "") if query % 2 else payload
        score = graded("gullible judge", clean.question, rubric, tried).score or 0.0
        if score > best:
            best, answer, wins = score, tried, wins + 1
    print(f"hill climbing: {wins} of 200 queries paid, {before} → {best} of {rubric.max_points}")
    assert wins <= HILL_CLIMBING * 200


def test_nobody_is_zeroed_for_an_instruction():
    """The rest of the answer counts as if the instruction were not there."""
    for number, (clean, rubric) in enumerate(subjects()):
        answer = f"{clean.answer}\n\n{OVERRIDES[number % len(OVERRIDES)]}"
        score = graded("gullible judge", clean.question, rubric, answer).score or 0.0
        assert score == pytest.approx(clean_score("gullible judge", number)), clean.answer


def test_clean_answers_make_the_gullible_judge_a_good_one():
    """Else the suite would compare two gullible readings."""
    for clean, rubric in subjects():
        messages = CURRENT.messages(clean.question, rubric, clean.answer, "==m==")
        task = read_task({"messages": [{"role": m.role, "content": m.content} for m in messages]})
        assert gullible(task) == good(task), clean.answer
