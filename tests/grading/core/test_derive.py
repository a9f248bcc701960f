"""A draft rubric from a reference answer: what becomes a criterion, how it reads, and what it is worth."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.core.derive import derive, prose, tables
from grading.core.derive.contrasts import told_apart
from grading.core.keyword import grade
from grading.core.rubric import Kind, Rubric
from questions.bank.reader import read

CONTENT = Path(__file__).parents[3] / "questions" / "bank" / "content"
BANKS = [read(path.read_text(encoding="utf-8"), path.name) for path in sorted(CONTENT.glob("*.md"))]
QUESTIONS = [question for bank in BANKS for question in bank.questions]
SHIPPED = [pytest.param(question, id=question.slug) for question in QUESTIONS]


def texts(rubric: Rubric) -> list[str]:
    return [criterion.text for criterion in rubric.criteria]


def test_the_items_of_a_list_become_criteria():
    answer = """
- **Stack**: the newest element comes out first
- **Queue**: the oldest element comes out first
- **Heap**: the smallest element comes out first
"""
    assert texts(derive(answer)) == [
        "Stack: the newest element comes out first.",
        "Queue: the oldest element comes out first.",
        "Heap: the smallest element comes out first.",
    ]


def test_a_definition_is_worth_more_than_the_items_below_it():
    answer = """
A load balancer spreads incoming connections over several identical servers.

**Strategies:**
- **Round robin**: each server in turn receives the next connection
- **Least connections**: the server with the fewest open connections receives it
- **Sticky**: one visitor always returns to the server that remembers him
"""
    assert [c.points for c in derive(answer, question="What is a load balancer?").criteria] == [2, 1, 1, 1]


def test_sentences_that_cannot_be_read_alone_stay_with_the_one_before():
    answer = (
        "A semaphore counts permits. This caps how many threads enter. A mutex is held by its owner only."
    )
    assert texts(derive(answer)) == [
        "A semaphore counts permits. This caps how many threads enter.",
        "A mutex is held by its owner only.",
    ]


def test_a_pronoun_is_replaced_by_what_it_stands_for():
    answer = (
        "Covering indexes hold every column that a query reads. They let the planner skip the table entirely."
    )
    rubric = derive(answer, question="What are covering indexes?")
    assert "Covering indexes let the planner skip the table entirely." in texts(rubric)


def test_a_fragment_takes_its_heading_along():
    answer = """
**Write-ahead log:**
- Appended before pages change
- Replayed after a crash
- Truncated at each checkpoint

**Limitations:**
- No protection against disk failure
- Grows until the next checkpoint
"""
    assert texts(derive(answer)) == [
        "Write-ahead log: appended before pages change.",
        "Write-ahead log: replayed after a crash.",
        "Write-ahead log: truncated at each checkpoint.",
        "Limitation: no protection against disk failure.",
        "Limitation: grows until the next checkpoint.",
    ]


def test_use_cases_are_one_criterion_of_which_some_suffice():
    answer = """
Message brokers decouple producers from consumers through durable queues.

**Use cases:**
- Sending invoices
- Resizing pictures
- Collecting metrics
- Warming caches
"""
    choice = derive(answer).criteria[-1]
    assert choice.text == (
        "Use cases, for example: sending invoices; resizing pictures; collecting metrics; warming caches."
    )
    assert (choice.enough, len(choice.cues)) == (2, 4)
    assert "invoices" in choice.cues[0]


def test_the_sentence_in_front_of_a_list_is_completed_by_its_items():
    answer = """
The planner estimates costs by reading:

1. Histograms of each column
2. The number of distinct values
3. Physical order of rows on disk
"""
    assert texts(derive(answer)) == [
        "The planner estimates costs.",
        "Reading histograms of each column.",
        "Reading the number of distinct values.",
        "Reading physical order of rows on disk.",
    ]


@pytest.mark.parametrize(
    "noise",
    [
        "**Benefits:**",
        "Let's look at the details of tombstones.",
        "Here is how tombstones look:",
        "See the chapter on compaction.",
        "There are several ways to handle tombstones.",
        "```python\nimport tombstones\nfrom compaction import level\n```",
        "```python\n# app/tombstones.py\n```",
        "## Tombstones",
    ],
    ids=["lead_in", "let_us", "here_is", "cross_reference", "there_are", "import", "path", "heading"],
)
def test_noise_is_no_criterion(noise):
    body = "A deleted row leaves a marker behind. Readers skip the marker. Compaction removes it after a grace period."
    with_noise = derive(f"{body}\n\n{noise}\n", question="What are tombstones?")
    assert texts(with_noise) == texts(derive(body, question="What are tombstones?"))


def test_a_reference_to_another_place_is_cut_off():
    (criterion,) = derive(
        "Vacuum reclaims dead tuples and freezes old ones (see the section on wraparound)."
    ).criteria
    assert criterion.text == "Vacuum reclaims dead tuples and freezes old ones."


def test_words_of_the_question_alone_are_no_criterion():
    items = "- Sharding splits rows\n- Replication copies rows\n- Both need routing"
    answer = f"Sharding and replication are different.\n\n{items}"
    rubric = derive(answer, question="How do sharding and replication differ?")
    assert "Sharding and replication are different." not in texts(rubric)


def test_what_comes_back_later_is_merged_and_worth_more():
    answer = """
| Property | Kafka | RabbitMQ |
|---|---|---|
| Retention | Keeps messages for days | Deletes after acknowledgement |
| Ordering | Per partition | Per queue |
| Replay | Any offset | None |

**Key advantages of Kafka:**
1. **Replay** of old messages
2. **Ordering** by key
"""
    rubric = derive(answer, question="How do Kafka and RabbitMQ differ?")
    assert len(rubric.criteria) == 3
    assert [c.points for c in rubric.criteria] == [1, 1.5, 1.5]


def test_a_comparison_gives_a_criterion_per_row_and_the_contrast():
    answer = """
| Aspect | Process | Thread |
|---|---|---|
| Memory | own address space | shared address space |
| Crash | takes down only itself | takes down all of them |
| Start | slow | fast |
"""
    rubric = derive(answer, question="How do processes and threads differ?")
    assert texts(rubric) == [
        "Memory: process – own address space; thread – shared address space.",
        "Crash: a process takes down only itself; a thread takes down all of them.",
        "Start: process – slow; thread – fast.",
    ]
    assert rubric.criteria[0].contrasts[0] == (
        ("Process", "own address space"),
        ("Thread", "shared address space"),
    )


def test_a_row_about_one_term_reads_as_a_sentence():
    answer = """
| Kind | First argument | Access to | Use |
|---|---|---|---|
| Bound hook | `this` | Object and module | Changing the object |
| Free hook | None | Neither object nor module | Plain helpers |
"""
    rubric = derive(answer, question="Which kinds of hooks are there?")
    assert texts(rubric) == [
        "A bound hook takes `this` as its first argument and has access to object and module.",
        "A bound hook is used for changing the object.",
        "A free hook takes no implicit first argument and has access to neither object nor module.",
        "A free hook is used for plain helpers.",
    ]
    assert (("Free hook", "None"), ("Bound hook", "`this`")) in rubric.criteria[2].contrasts


def test_two_columns_are_two_terms_when_the_question_asks_about_them():
    answer = """
| Eager loading | Lazy loading |
|---|---|
| Loads relations at once | Loads relations when touched |
| Memory: everything | Memory: only what is read |
"""
    rubric = derive(answer, question="How does lazy loading differ from eager loading?")
    assert texts(rubric) == [
        "Eager loading loads relations at once; lazy loading loads relations when touched.",
        "Memory: eager loading – everything; lazy loading – only what is read.",
    ]


def test_items_about_terms_that_are_told_apart_know_each_other():
    answer = (
        "- **Read locks**: several readers may hold one\n- **Write locks**: only a single writer may hold one"
    )
    read_lock, write_lock = derive(answer).criteria
    assert read_lock.contrasts == (
        (
            ("Read locks", "several readers may hold one"),
            ("Write locks", "only a single writer may hold one"),
        ),
    )
    assert write_lock.contrasts[0][0] == ("Write locks", "only a single writer may hold one")


def test_sections_side_by_side_know_each_other():
    push = "**Push:**\n- Server sends at once\n- Needs open sockets"
    pull = "**Pull:**\n- Client asks repeatedly\n- Wastes requests"
    rubric = derive(f"{push}\n\n{pull}")
    assert rubric.criteria[0].contrasts[0] == (
        ("Push", "Server sends at once"),
        ("Pull", "Client asks repeatedly"),
        ("Pull", "Wastes requests"),
    )


def test_cues_name_other_ways_to_say_it_and_the_identifiers():
    (criterion,) = derive("A mutex lets threads call `acquire_lock` one after another.").criteria
    groups = [set(group) for group in criterion.cues]
    assert {"`acquire_lock`", "acquire lock"} in groups
    assert {"mutex", "lock"} in groups


def test_words_of_the_question_are_no_cues():
    rubric = derive("A tombstone marks a deleted row until compaction.", question="What is a tombstone?")
    assert "tombstone" not in {alternative for group in rubric.criteria[0].cues for alternative in group}


def test_everything_derived_is_a_core_criterion_with_its_source():
    for criterion in derive(
        "- Bloom filters never miss a member\n- Bloom filters may report strangers"
    ).criteria:
        assert criterion.kind is Kind.CORE
        assert criterion.source.startswith("Bloom filters")


def test_the_same_answer_gives_the_same_rubric_with_the_same_ids():
    question = QUESTIONS[0]
    first, second = (derive(question.reference_answer, question=question.prompt) for _ in range(2))
    assert first == second
    assert len({criterion.id for criterion in first.criteria}) == len(first.criteria)


def test_an_answer_of_one_sentence_is_one_criterion():
    assert texts(derive("last in, first out")) == ["Last in, first out."]


def test_an_answer_that_only_repeats_the_question_still_gives_a_criterion():
    assert texts(derive("Terminal one is connected.", question="Is terminal one connected?")) == [
        "Terminal one is connected."
    ]


def test_a_blank_answer_gives_an_empty_rubric():
    assert derive(" \n\n").criteria == ()


@given(st.text(max_size=300))
def test_any_text_gives_a_rubric_that_can_be_scored(answer):
    rubric = derive(answer)
    assert all(criterion.points > 0 and criterion.text.strip() for criterion in rubric.criteria)
    assert len(rubric.criteria) <= 8


@given(
    st.lists(
        st.sampled_from(["- ", "**", "| ", "\n", "# ", "`", "word ", "1. ", ": ", "```\n", "---|"]),
        max_size=60,
    )
)
def test_any_markup_gives_a_rubric_that_can_be_scored(pieces):
    rubric = derive("".join(pieces))
    assert all(criterion.points > 0 and criterion.text.strip() for criterion in rubric.criteria)


@pytest.mark.parametrize("question", SHIPPED)
def test_every_shipped_answer_gives_three_to_eight_readable_criteria(question):
    rubric = derive(question.reference_answer, question=question.prompt)
    assert 3 <= len(rubric.criteria) <= 8
    assert max(c.points for c in rubric.criteria) <= rubric.max_points / 2
    for criterion in rubric.criteria:
        assert criterion.text[0].isupper() or not criterion.text[0].isalpha()
        assert criterion.text[-1] in ".!?”)"
        assert len(criterion.text.split()) <= 70
        assert criterion.cues
        assert criterion.points * 2 == int(criterion.points * 2)


@pytest.mark.parametrize("question", SHIPPED)
def test_every_shipped_answer_satisfies_the_rubric_derived_from_it(question):
    rubric = derive(question.reference_answer, question=question.prompt)
    score = grade(question.prompt, rubric, question.reference_answer).score
    assert score is not None
    assert score >= 0.95 * rubric.max_points


def test_a_very_long_answer_gives_no_more_criteria_than_a_person_reads():
    answer = "\n".join(f"- Fact number {number} about subject {number} stands alone" for number in range(500))
    assert len(derive(answer).criteria) == 8


LONG_LISTS = {
    "list": ("", "- **kind {} lock**: meaning {}."),
    "table": ("| Name | Meaning | Cost |\n|---|---|---|\n", "| kind {} lock | meaning {} | cost {} |"),
}


@pytest.mark.parametrize("name", LONG_LISTS)
def test_the_work_on_what_stands_side_by_side_does_not_grow_with_the_square_of_its_length(name, monkeypatch):
    head, line = LONG_LISTS[name]
    compared = 0

    def counting(*args):
        nonlocal compared
        compared += 1
        return told_apart(*args)

    monkeypatch.setattr(prose, "told_apart", counting)
    monkeypatch.setattr(tables, "told_apart", counting)
    counts = []
    for length in (100, 400):
        compared = 0
        rubric = derive(
            head + "\n".join(line.format(n, n, n) for n in range(length)), question="What is there?"
        )
        pairs = sum(len(pairs) for criterion in rubric.criteria for pairs in criterion.contrasts)
        counts.append((compared, pairs))
    (before, pairs_before), (after, pairs_after) = counts
    assert 0 < after <= 4 * before
    assert 0 < pairs_after <= 4 * pairs_before


@pytest.mark.parametrize(("length", "compared"), [(5, True), (30, False)])
def test_sections_too_long_to_be_compared_know_nothing_of_each_other(length, compared):
    lists = "\n\nThere is more to be said about it here.\n\n".join(
        "\n".join(f"- {{0}} fact {n} of part {part}" for n in range(length)) for part in range(2)
    )
    answer = "\n\n".join(f"**{side} counting:**\n\n{lists.format(side)}" for side in ("Simple", "Cyclic"))
    assert any(criterion.contrasts for criterion in derive(answer).criteria) == compared


def test_an_example_of_a_joined_criterion_says_all_of_it():
    rows = "\n".join(f"| Signal {number} | meaning {number} | {number} seconds |" for number in range(1, 10))
    rubric = derive(
        f"| Signal | Meaning | Delay |\n|---|---|---|\n{rows}", question="Which signals are there?"
    )
    assert len(rubric.criteria) == 8
    (joined,) = (criterion for criterion in rubric.criteria if criterion.points > 1)
    (example,) = joined.examples
    assert example == "Signal 1: meaning 1, 1 seconds. Signal 2: meaning 2, 2 seconds."
