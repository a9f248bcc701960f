"""When a second call is worth its price: what the offline grader says against the model, and how much hangs on it."""

from __future__ import annotations

import pytest

from grading.core.assessment import Assessment, CriterionAssessment, Span, Verdict
from grading.core.rubric import Criterion, Kind, Rubric
from grading.llm.judge import Reading, keys_in_doubt
from grading.llm.parse import Parsed
from grading.llm.prompts import v1
from grading.llm.verify import Checked, Doubt, unsure

QUESTION = "What is a generator?"
RUBRIC = Rubric(
    (
        Criterion("lazy", "Values are computed one at a time, on demand.", 6),
        Criterion("state", "Local variables survive between two calls.", 2),
        Criterion("once", "It can be walked through only once.", 2),
        Criterion("send", "It can be sent values.", 2, Kind.BONUS),
        Criterion("all", "All values are computed up front.", 1, Kind.MISCONCEPTION),
    )
)
KEY = {criterion.id: key for key, criterion in v1.keys_for(RUBRIC).items()}
SEES = {
    "met": (Verdict.MET, 1.0),
    "nothing": (Verdict.UNMET, 0.0),
    "the opposite": (Verdict.CONTRADICTED, 0.0),
}


def opinion(criterion, verdict, credit=None, quote=""):
    credit = 1.0 if credit is None and verdict is Verdict.MET else credit or 0.0
    evidence = (Span(0, len(quote), quote),) if quote else ()
    return CriterionAssessment(criterion, verdict, credit, evidence, confidence=0.95)


def asked_again(offline, *, model=(), doubtful=()):
    """The criteria asked again. offline: {criterion: what the offline grader sees}, elsewhere half of it; the model
    finds everything but the misconception, unless model says otherwise.
    """
    checked = {}
    for criterion in RUBRIC.criteria:
        found = opinion(criterion.id, Verdict.MET, quote=criterion.text)
        if criterion.kind is Kind.MISCONCEPTION:
            found = opinion(criterion.id, Verdict.UNMET)
        found = dict(model).get(criterion.id, found)
        doubt = Doubt.NONE
        if criterion.id in doubtful:
            found, doubt = unsure(criterion, ""), Doubt.UNSURE
        checked[KEY[criterion.id]] = Checked(found, doubt)
    rows = tuple(opinion(c.id, *SEES.get(offline.get(c.id), (Verdict.PARTIAL, 0.5))) for c in RUBRIC.criteria)
    assessment = Assessment(rows, 5.0, RUBRIC.max_points)
    first = Reading(Parsed({}), checked, misled=False)
    keys = keys_in_doubt(first, QUESTION, RUBRIC, assessment, v1)
    return {name for name, key in KEY.items() if key in keys}


def test_where_both_graders_see_about_the_same_nothing_is_asked():
    assert asked_again({}) == set()
    assert asked_again({"lazy": "met", "state": "met"}) == set()


def test_what_the_offline_grader_merely_does_not_see_is_asked_where_a_quarter_of_the_marks_hangs_on_it():
    assert asked_again({"lazy": "nothing"}) == {"lazy"}
    assert asked_again({"state": "nothing"}) == set()
    assert asked_again({"state": "nothing", "once": "nothing"}) == {"state", "once"}


def test_what_only_the_offline_grader_sees_is_asked_where_a_quarter_of_the_marks_hangs_on_it():
    unmet = {name: opinion(name, Verdict.UNMET) for name in ("lazy", "state")}
    assert asked_again({"lazy": "met"}, model=unmet) == {"lazy"}
    assert asked_again({"state": "met"}, model=unmet) == set()


def test_a_weak_doubt_comes_along_where_a_call_is_made_anyway():
    assert asked_again({"state": "nothing"}, doubtful=["once"]) == {"state", "once"}
    assert asked_again({"state": "nothing", "once": "the opposite"}) == {"state", "once"}


@pytest.mark.parametrize("criterion", ["lazy", "state", "all"])
def test_an_opposite_that_the_offline_grader_can_point_to_is_always_asked(criterion):
    assert asked_again({criterion: "the opposite"}) == {criterion}


def test_a_quote_without_a_word_of_its_criterion_is_asked_whatever_hangs_on_it():
    elsewhere = {"state": opinion("state", Verdict.MET, quote="A generator is computed on demand.")}
    assert asked_again({"state": "nothing"}, model=elsewhere) == {"state"}


def test_a_bonus_which_only_fills_up_is_no_reason_by_itself():
    assert asked_again({"send": "the opposite"}) == set()
    assert asked_again({"send": "the opposite", "state": "the opposite"}) == {"send", "state"}
