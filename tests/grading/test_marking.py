"""An answer cut where evidence and code begin and end: nothing is lost, nothing is turned around."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.marking import Segment, marked, visible

VERDICTS = {1: "met", 2: "partial", 3: "contradicted"}
FENCED = "Like this:\n```python\nyield 1\n```\nand so on"


def test_a_quote_is_cut_out_of_the_answer_with_its_number_at_the_end():
    assert marked("abc def", VERDICTS, [(4, 7, 1)]) == (Segment("abc "), Segment("def", "met", (1,)))


def test_two_criteria_may_share_a_quote():
    assert marked("abc", VERDICTS, [(0, 3, 1), (0, 3, 2)]) == (Segment("abc", "met", (1, 2)),)


def test_where_quotes_overlap_the_contradiction_shows():
    segments = marked("abcdef", VERDICTS, [(0, 4, 1), (2, 6, 3)])
    assert [(s.text, s.verdict, s.numbers) for s in segments] == [
        ("ab", "met", ()),
        ("cd", "contradicted", (1,)),
        ("ef", "contradicted", (3,)),
    ]


def test_an_answer_without_evidence_is_one_plain_piece():
    assert marked("abc", {}, []) == (Segment("abc"),)
    assert marked("", {}, []) == ()


def test_fenced_code_is_told_from_prose_and_evidence_in_it_keeps_its_place():
    segments = marked(FENCED, VERDICTS, [(FENCED.index("yield"), FENCED.index("yield") + 7, 1)])
    assert [segment.text for segment in segments if segment.is_code] == ["```python\n", "yield 1", "\n```"]
    assert [segment.text for segment in segments if segment.numbers] == ["yield 1"]
    assert segments[0].html == "Like this:\n"
    assert segments[2].html == '<span class="mono">yield 1</span>'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("~~~\na\n~~~", "~~~\na\n~~~"),
        ("```\nnever closed", "```\nnever closed"),
        ("a `b` and ```c``` inline", ""),
        ("```c``` at the start of a line", ""),
        ("````\n```\n````\nrest", "````\n```\n````"),
    ],
)
def test_what_counts_as_fenced(text, code):
    assert "".join(segment.text for segment in marked(text, {}, []) if segment.is_code) == code


def test_an_answer_of_nothing_but_fences_loses_none():
    """So many that looking at each of them for each piece would take minutes."""
    text = "```\n" * 20_000
    assert "".join(segment.text for segment in marked(text, {}, [])) == text


spans = st.lists(st.tuples(st.integers(-2, 25), st.integers(-2, 25), st.integers(1, 3)), max_size=6)


@given(st.text(alphabet=st.sampled_from("ab` ~\n\u202e"), max_size=24), spans)
def test_every_character_comes_once_and_in_order(text, some):
    some = [(min(a, b), max(a, b), n) for a, b, n in some]
    assert "".join(segment.text for segment in marked(text, VERDICTS, some)) == text


@pytest.mark.parametrize("character", "\u202a\u202d\u202e\u2066\u2069")
def test_what_turns_text_around_is_seen_instead_of_obeyed(character):
    shown = visible(f"a{character}<b>")
    assert character not in shown
    assert f"U+{ord(character):04X}" in shown
    assert shown.endswith("&lt;b&gt;")
