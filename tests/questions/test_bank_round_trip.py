"""Reading what was written gives the same bank."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.bank.fitting import criterion_misfits, parted
from questions.bank.model import Bank, BankCriterion, BankQuestion
from questions.bank.reader import read
from questions.bank.writer import write

SHIPPED = sorted((Path(__file__).parents[2] / "questions/bank/content").glob("*.md"))

letters = st.text("abc `|*-#:>()<!\\é漢\u200b", min_size=1, max_size=20)
words = letters.map(str.strip).filter(lambda text: text and "-->" not in text)
sentences = words.map(lambda t: f"x {t} x")
blocks = st.one_of(
    sentences,
    words.map(lambda t: f"```python\n# {t}\n#### Q: {t}\n**Answer:**\n\n    indented  \n```"),
    st.lists(words, min_size=1, max_size=3).map(
        lambda items: "\n".join(f"- x{i}\n  - nested" for i in items)
    ),
    st.tuples(words, words).map(lambda t: f"| a | b |\n|---|---|\n| x{t[0]} | {t[1]}x |"),
)
markdown = st.lists(blocks, min_size=1, max_size=3).map("\n\n".join)
cues = st.text("ab`_=.", min_size=1, max_size=8)
criteria = st.builds(
    BankCriterion,
    text=sentences,
    points=st.sampled_from([0.5, 1, 2, 3]),
    kind=st.sampled_from(["core", "bonus"]),
    cues=st.lists(st.lists(cues, min_size=1, max_size=3).map(tuple), max_size=2).map(tuple),
    examples=st.lists(sentences, max_size=2).map(tuple),
)
misconceptions = st.builds(
    BankCriterion, text=sentences, kind=st.just("misconception"), points=st.just(1), correction=sentences
)
questions = st.builds(
    BankQuestion,
    slug=st.just("slug"),
    prompt=st.one_of(sentences, st.tuples(sentences, markdown).map("\n\n".join)),
    reference_answer=markdown,
    topics=st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, max_size=2).map(tuple),
    difficulty=st.sampled_from(["easy", "medium", "hard"]),
    tags=st.lists(st.text("abc-", min_size=1, max_size=5), max_size=3).map(tuple),
    explanation=st.one_of(st.just(""), markdown),
    grader_note=st.one_of(st.just(""), markdown),
    rubric=st.one_of(
        st.just(()),
        st.lists(st.one_of(criteria, misconceptions), min_size=1, max_size=3).map(
            lambda some: (BankCriterion("x core x"), *some)
        ),
    ),
)


@given(st.lists(questions, min_size=1, max_size=4))
def test_reading_what_was_written_gives_the_same_bank(some):
    bank = Bank("Title", tuple(replace(q, slug=f"slug-{n}") for n, q in enumerate(some)))
    assert read(write(bank)) == bank


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.name)
def test_the_shipped_bank_survives_the_round_trip(path):
    bank = read(path.read_text(encoding="utf-8"))
    assert read(write(bank)) == bank


FINE = BankQuestion("fine", "Two?", "Yes.", ("T",))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("reference_answer", "## A heading", "heading"),
        ("reference_answer", "text\n\n#### Q: another question?", "heading"),
        ("reference_answer", "**Rubric:**\n\nmine", "section"),
        ("reference_answer", "```\nopen", "never closed"),
        ("reference_answer", "<!-- slug: x -->", "comment"),
        ("reference_answer", "", "empty"),
        ("reference_answer", "\n\nx", "Blank lines"),
        ("prompt", "One?\nMore", "first line is the question"),
        ("prompt", "Which one is #", "end of a heading"),
        ("explanation", "### Note\n\ntext", "heading"),
        ("grader_note", "a\x00b", "NUL"),
        ("slug", "My_Slug", "small letters"),
        ("topics", ("Q: T",), "topic"),
        ("topics", ("A", "B", "C"), "two deep"),
        ("tags", ("a;b",), "semicolon"),
        ("rubric", (BankCriterion("One\nTwo"),), "one line"),
    ],
)
def test_what_the_format_cannot_hold_is_named_with_field_and_reason(field, value, says):
    question = replace(BankQuestion("my-slug", "One?", "Yes.", ("T",)), **{field: value})
    bank, (complaint,) = parted(Bank("Title", (question, FINE)))
    assert complaint.startswith(f"{question.slug}: {field.replace('_', ' ')}: ")
    assert says in complaint
    assert bank.questions == (FINE,)
    with pytest.raises(ValueError, match=question.slug):
        write(Bank("", (question,)))


def test_a_question_is_never_written_into_the_topic_of_another():
    with pytest.raises(ValueError, match="two"):
        write(Bank("", (replace(FINE, slug="one"), replace(FINE, slug="two", topics=("T #",)))))


@pytest.mark.parametrize("title", ["Two\nlines", "Ends with #", " "])
def test_a_title_that_would_be_read_as_another_is_refused(title):
    with pytest.raises(ValueError, match="title"):
        write(Bank(title, (FINE,)))


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("text", "a\nb", "core"),
        ("examples", ("a\nb",), "core"),
        ("cues", (("a | b",),), "core"),
        ("correction", "a\nb", "misconception"),
        ("correction", "goes with a misconception", "core"),
        ("points", 1.005, "core"),
    ],
)
def test_a_criterion_that_the_format_cannot_hold_is_named_by_its_field(field, value, kind):
    assert list(criterion_misfits(kind, **{field: value})) == [field]
