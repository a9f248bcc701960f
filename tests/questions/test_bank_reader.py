"""The reader of the bank format: what it understands, and what it says about the rest."""

import pytest

from questions.bank.reader import read

ONE = """\
# Bank

## Python

### Iteration

#### Q: What does `yield` do?

<!-- slug: yield; difficulty: hard; tags: generators, iterators -->

More of it.

**Answer:**

It pauses.

**Explanation:**

See the docs.

**Grader note:**

Be kind.

**Rubric:**

- (2) It pauses the function.
  - any of: pause | suspend
  - any of: function
  - for example: Execution stops there for now.
- (bonus 0.5) `send` exists.
- (misconception 1) It ends the function.
  - in fact: `return` does.
"""


def test_a_question_is_read_with_everything_that_belongs_to_it():
    bank = read(ONE)
    assert bank.errors == ()
    assert bank.title == "Bank"
    (question,) = bank.questions
    assert question.slug == "yield"
    assert question.prompt == "What does `yield` do?\n\nMore of it."
    assert question.reference_answer == "It pauses."
    assert question.topics == ("Python", "Iteration")
    assert question.difficulty == "hard"
    assert question.tags == ("generators", "iterators")
    assert question.explanation == "See the docs."
    assert question.grader_note == "Be kind."
    assert question.line == 7


def test_a_rubric_is_read_with_points_kinds_cues_and_examples():
    core, bonus, misconception = read(ONE).questions[0].rubric
    assert (core.kind, core.points, core.text) == ("core", 2, "It pauses the function.")
    assert core.cues == (("pause", "suspend"), ("function",))
    assert core.examples == ("Execution stops there for now.",)
    assert (bonus.kind, bonus.points) == ("bonus", 0.5)
    assert (misconception.kind, misconception.correction) == ("misconception", "`return` does.")


def test_a_question_without_metadata_gets_a_slug_and_a_difficulty():
    (question,) = read("## T\n#### Q: What is `==`, really?\n**Answer:**\nEquality.").questions
    assert (question.slug, question.difficulty, question.tags) == ("what-is-really", "medium", ())


@pytest.mark.parametrize("fence", ["```", "~~~~", "````"])
def test_headings_and_sections_inside_code_fences_are_code(fence):
    code = f"{fence}python\n# A comment\n## Not a topic\n#### Q: Not a question\n**Answer:**\n{fence}"
    bank = read(f"## T\n#### Q: One?\n**Answer:**\n{code}\n#### Q: Two?\n**Answer:**\nYes.")
    assert [q.prompt for q in bank.questions] == ["One?", "Two?"]
    assert bank.questions[0].reference_answer == code


def test_a_shorter_fence_does_not_close_a_longer_one():
    answer = "````\n```\n## Not a topic\n````"
    assert read(f"## T\n#### Q: One?\n**Answer:**\n{answer}").questions[0].reference_answer == answer


def test_windows_line_ends_and_a_byte_order_mark_are_understood():
    (question,) = read("\ufeff## T\r\n\r\n#### Q: One?\r\n\r\n**Answer:**\r\n\r\nYes.\r\n").questions
    assert question.reference_answer == "Yes."


def test_topics_of_the_same_level_replace_each_other():
    headings = {1: "## A\n### A1", 2: "### A2", 3: "## B"}
    text = "\n".join(f"{heading}\n#### Q: {n}?\n**Answer:**\nx" for n, heading in headings.items())
    assert [q.topics for q in read(text).questions] == [("A", "A1"), ("A", "A2"), ("B",)]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("## T\n\n#### Q: One?\n\nNo answer here.", 3, "no **Answer:**"),
        ("## T\n#### Q: One?\n**Answer:**\n   \n", 2, "is empty"),
        ("#### Q: One?\n**Answer:**\nYes.", 1, "no topic"),
        ("## T\n#### Q:\n**Answer:**\nYes.", 2, "no text"),
        ("## T\n#### Q: One?\n<!-- difficulty: brutal -->\n**Answer:**\nYes.", 3, "brutal"),
        ("## T\n#### Q: One?\n<!-- slug: Not OK -->\n**Answer:**\nYes.", 3, "Not OK"),
        ("## T\n#### Q: One?\n<!-- colour: red -->\n**Answer:**\nYes.", 3, "colour"),
        ("## T\n#### Q: One?\n<!-- nonsense -->\n**Answer:**\nYes.", 3, "key: value"),
        ("## T\n#### Q: One?\n**Answer:**\nYes.\n**Answer:**\nNo.", 5, "second"),
        ("## T\n#### Q: ???\n**Answer:**\nYes.", 2, "slug"),
        ("## T\n#### Q: One?\n**Answer:**\nYes.\n**Rubric:**\n- two points for it", 6, "rubric"),
        ("## T\n#### Q: One?\n**Answer:**\nYes.\n**Rubric:**\n- (0) Nothing.", 6, "points"),
        ("## T\n#### Q: One?\n**Answer:**\nYes.\n**Rubric:**\n- (bonus 1) More.", 2, "core"),
        ("## T\n#### Q: One?\n**Answer:**\nYes.\n**Rubric:**\n- (1) A.\n  - in fact: B.", 7, "misconception"),
        ("## T\n#### Q: One?\n**Answer:**\nYes.\n**Rubric:**\n- (1.005) A.", 6, "two decimals"),
        ("## T\n#### Q: One?\n<!-- slug: a; slug: b -->\n**Answer:**\nYes.", 3, "twice"),
        ("## T\n#### Q: One?\n<!-- slug: a\n**Answer:**\nYes.", 3, "never closed"),
        ("## T\n#### Q: One?\n**Answer:**\nYes.\n<!-- slug: a -->", 5, "above **Answer:**"),
        ("## T\n#### Q: One?\n<!-- slug: a --> More.\n**Answer:**\nYes.", 3, "a line of its own"),
        ("## T\n#### Q: One?\n**Answer:** Yes.", 3, "a line of its own"),
        ("## T\n#### Q: One?\n**Answer:**\nYes.\n**Grader note**:\nSecret.", 5, "**Grader note:**"),
        ("## T\n#### Q: One?\n**Answer:**\nYes.\n**rubric:**\n- (1) A.", 5, "**Rubric:**"),
        ("## T\n#### Q: One?\n**Answer:**\nY\x00s.", 4, "NUL"),
        ("## " + "T" * 201 + "\n#### Q: One?\n**Answer:**\nYes.", 1, "200"),
        ("Nothing at all", 1, "No question"),
    ],
)
def test_an_error_names_file_and_line_and_says_what_is_wrong(text, line, says):
    (error,) = read(text, "my.md").errors
    assert str(error).startswith(f"my.md:{line}: ")
    assert says in error.message


def test_one_bad_question_never_stops_the_others():
    bank = read("## T\n#### Q: One?\nno answer\n#### Q: Two?\n**Answer:**\nYes.\n#### Q: Three?\nnone")
    assert [q.prompt for q in bank.questions] == ["Two?"]
    assert [e.line for e in bank.errors] == [2, 7]


def test_a_slug_that_is_taken_is_an_error_of_the_second_question():
    bank = read("## T\n#### Q: One?\n**Answer:**\nYes.\n#### Q: One?\n**Answer:**\nNo.")
    assert [q.reference_answer for q in bank.questions] == ["Yes."]
    assert "line 2" in bank.errors[0].message


@pytest.mark.parametrize("text", ["", "\x00", "#", "####", "#### Q", "```", "<!--", "**Answer:**"])
def test_nonsense_is_an_error_and_never_an_exception(text):
    assert read(text).questions == ()
    assert read(text).errors


def test_a_code_fence_that_is_never_closed_costs_its_own_question_and_no_other():
    code = "```python\n# a remark\nx"
    bank = read(f"## T\n#### Q: One?\n**Answer:**\n{code}\n#### Q: Two?\n**Answer:**\nYes.", "my.md")
    assert [str(error)[:8] for error in bank.errors] == ["my.md:4:"]
    assert [question.prompt for question in bank.questions] == ["Two?"]


@pytest.mark.parametrize("heading", ["# A", "## A", "### A"])
@pytest.mark.parametrize("below", ["text", "```\ncode\n```", "#### No question\n\ntext"])
def test_a_heading_that_would_cut_an_answer_is_an_error_and_the_next_question_is_read(heading, below):
    bank = read(
        f"## T\n#### Q: One?\n**Answer:**\nYes.\n\n{heading}\n\n{below}\n#### Q: Two?\n**Answer:**\n2"
    )
    assert [question.prompt for question in bank.questions] == ["Two?"]
    assert [error.line for error in bank.errors] == [6]
    assert "line 2" in bank.errors[0].message


def test_rules_and_comments_may_stand_between_topics_and_text_above_the_first_question():
    between = "---\n\n## B\n\n<!-- a remark\nof two lines -->\n"
    bank = read(
        f"# Title\n\nHello.\n\n## A\n\nAbout A.\n\n#### Q: One?\n**Answer:**\n1\n{between}\n"
        "#### Q: Two?\n**Answer:**\n2\n"
    )
    assert (bank.errors, [q.topics for q in bank.questions]) == ((), [("A",), ("B",)])


def test_headings_of_a_lower_level_belong_to_the_answer():
    (question,) = read("## T\n#### Q: One?\n**Answer:**\n##### Part\nYes.").questions
    assert question.reference_answer == "##### Part\nYes."


def test_metadata_may_take_several_lines():
    comment = "<!--\nslug: my-slug\ndifficulty: hard; tags: a, b\n-->"
    (question,) = read(f"## T\n#### Q: One?\n\n{comment}\n\nMore.\n\n**Answer:**\nYes.").questions
    assert (question.slug, question.difficulty, question.tags) == ("my-slug", "hard", ("a", "b"))
    assert question.prompt == "One?\n\nMore."


def test_a_slug_made_from_the_text_is_one_that_the_format_takes():
    (question,) = read("## T\n#### Q: What does `get_or_create` do?\n**Answer:**\nBoth.").questions
    assert question.slug == "what-does-get-or-create-do"


def test_the_hash_at_the_end_of_a_name_is_no_mark_of_a_heading():
    assert read("## C# #\n#### Q: One?\n**Answer:**\nx").questions[0].topics == ("C#",)


@pytest.mark.parametrize("heading", ["### Q: Two?", "####Q: Two?", "#### Question: Two?", "##### Q: Two?"])
def test_what_almost_begins_a_question_is_an_error_and_leaves_the_one_before_it_alone(heading):
    bank = read(
        f"## T\n#### Q: One?\n**Answer:**\nYes.\n{heading}\n**Answer:**\nNo.\n#### Q: Three?\n**Answer:**\n3"
    )
    assert [q.reference_answer for q in bank.questions] == ["Yes.", "3"]
    assert [error.line for error in bank.errors] == [5]
