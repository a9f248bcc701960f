"""A model's text becomes verdicts, or is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.core.assessment import Verdict
from grading.llm.parse import MAX_TEXT, GradeParseError, parse

KEYS = ["c1", "c2"]


def row(key="c1", verdict="met", **fields):
    return {
        "key": key,
        "verdict": verdict,
        "quotes": ["a"],
        "rationale": "Because.",
        "confidence": "high",
        **fields,
    }


def text(*rows, **fields):
    return json.dumps({"criteria": list(rows), **fields})


def test_verdict_quotes_rationale_and_confidence_are_read():
    said = parse(text(row(), row("c2", "unmet", quotes=[])), KEYS).verdicts
    assert (said["c1"].verdict, said["c1"].quotes, said["c1"].rationale) == (Verdict.MET, ("a",), "Because.")
    assert said["c1"].confidence == 0.9
    assert said["c2"].verdict is Verdict.UNMET


@pytest.mark.parametrize(
    "wrapped",
    [
        "{}",
        "```json\n{}\n```",
        "Sure! {} Anything else?",
        "<think>{{hm}}</think>{}",
        "\ufeff{}",
        '{{"a": 1}} {}',
    ],
)
def test_what_stands_around_the_json_is_of_no_interest(wrapped):
    assert parse(wrapped.format(text(row())), KEYS).verdicts["c1"].verdict is Verdict.MET


def test_a_criterion_that_is_left_out_is_unsure():
    parsed = parse(text(row()), KEYS)
    assert parsed.verdicts["c2"].verdict is Verdict.UNSURE
    assert parsed.missing == ("c2",)


def test_criteria_that_nobody_asked_for_are_dropped():
    assert set(parse(text(row(), row("c9")), KEYS).verdicts) == {"c1", "c2"}


def test_numbers_are_never_read():
    parsed = parse(text(row(verdict=1), row("c2", "0.9"), score=10), KEYS)
    assert {v.verdict for v in parsed.verdicts.values()} == {Verdict.UNSURE}


def test_two_verdicts_on_one_criterion_are_none():
    assert parse(text(row(), row(verdict="unmet")), KEYS).verdicts["c1"].verdict is Verdict.UNSURE


def test_a_row_or_a_list_that_is_given_twice_is_none():
    twice = text(row(), row("c2")).replace('"verdict": "met"', '"verdict": "unmet", "verdict": "met"', 1)
    said = parse(twice, KEYS)
    assert (said.verdicts["c1"].verdict, said.verdicts["c2"].verdict) == (Verdict.UNSURE, Verdict.MET)
    with pytest.raises(GradeParseError):
        parse(text(row())[:-1] + ", " + text(row(verdict="unmet"))[1:], KEYS)


DRAFT = text(row(verdict="unsure"))


@pytest.mark.parametrize(
    "wrapped",
    [
        "<think>Perhaps {draft}? No.</think>\n{reply}",
        "Perhaps {draft}? No.\n</think>\n\n{reply}",
        "<think>One</think><think>{draft}</think>```json\n{reply}\n```",
        "Here it is: {reply}",
        "{reply}",
    ],
)
@pytest.mark.parametrize("quotes", [["a"], ["<think>"], ["</think>"], ["<think> b", "c </think>"]])
def test_thoughts_are_not_verdicts_and_their_tags_may_be_quoted(wrapped, quotes):
    reply = text(row(quotes=quotes), row("c2", "unmet", quotes=[]))
    said = parse(wrapped.replace("{draft}", DRAFT).replace("{reply}", reply), KEYS)
    assert said.verdicts["c1"].quotes == tuple(quotes)
    assert said.missing == ()


def test_rows_by_key_are_as_good_as_a_list():
    by_key = json.dumps({"criteria": {"c1": {"verdict": "Partially met", "quotes": "a", "rationale": None}}})
    said = parse(by_key, KEYS).verdicts["c1"]
    assert (said.verdict, said.quotes, said.rationale) == (Verdict.PARTIAL, ("a",), "")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "8 out of 10",
        "{",
        '{"criteria": []}',
        '{"criteria": [{"key": "c9", "verdict": "met"}]}',
        "[1, 2]",
        "null",
    ],
)
def test_a_reply_without_verdicts_is_an_error(bad):
    with pytest.raises(GradeParseError):
        parse(bad, KEYS)


def test_of_two_different_sets_of_verdicts_nobody_can_say_which_was_meant():
    with pytest.raises(GradeParseError):
        parse(text(row()) + text(row(verdict="unmet")), KEYS)
    assert parse(text(row()) + text(row()), KEYS).verdicts["c1"].verdict is Verdict.MET


def test_texts_are_one_line_and_not_endless():
    said = parse(text(row(rationale="a\nb\x00\u202e " + "x" * 2000)), KEYS).verdicts["c1"].rationale
    assert said.startswith("a b x")
    assert len(said) <= MAX_TEXT


@given(st.text(max_size=300))
def test_any_text_gives_verdicts_or_the_one_error(anything):
    try:
        parsed = parse(anything, KEYS)
    except GradeParseError:
        return
    assert set(parsed.verdicts) == set(KEYS)
