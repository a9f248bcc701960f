"""A question that asks for some of what its reference answer lists is answered by any of them."""

import pytest

from grading.core import keyword
from grading.core.derive import derive
from grading.core.derive.asked import how_many
from grading.core.rubric import Kind, Rubric

QUESTION = "Which ways are there to keep secrets out of a repository? Name two ways."
LISTED = """
- Environment variables are set by whoever starts the process.
- A vault hands out short-lived tokens over the network.
- Encrypted files are decrypted by the deployment with a key of its own.
- Mounted volumes hold the values outside of the image.
"""
PROSE = """
Environment variables are set by whoever starts the process. A vault hands out short-lived tokens over the network.
Encrypted files are decrypted by the deployment with a key of its own.
"""
NUMBERED = "Ways: " + PROSE.strip().replace("Env", "1.Env").replace("A v", "2.A v").replace("Enc", "3.Enc")
ALIKE = "To read environment variables. To ask a vault for a token. To decrypt files on deployment. To mount a volume."


def points(rubric: Rubric, kind: Kind) -> list[float]:
    return [criterion.points for criterion in rubric.criteria if criterion.kind is kind]


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("Name two advantages of generators.", 2),
        ("What are three ways to share state?", 3),
        ("List any 3 isolation levels.", 3),
        ("What are the objectives of the protocol? Please state at least 4 objectives.", 4),
        ("Describe two challenges in 2-3 sentences.", 2),
        ("Name two pitfalls and explain them briefly.", 2),
    ],
)
def test_how_many_things_are_enough(question, count):
    assert how_many(question) == count


@pytest.mark.parametrize(
    "question",
    [
        "What is a generator?",
        "Name the two phases of garbage collection.",
        "Explain why circuit 2 is not a short circuit.",
        "What are two-phase commits?",
        "Describe a vault in two sentences.",
        "Name two idempotent methods and explain why retries need them.",
        "Which encoding fits a congested network? Give two reasons.",
        "Explain the difference between two lists.",
    ],
)
def test_a_number_in_a_question_is_not_always_a_choice(question):
    assert how_many(question) == 0


@pytest.mark.parametrize("reference", [LISTED, NUMBERED, ALIKE])
def test_two_things_of_a_list_make_the_maximum_and_all_are_worth_the_same(reference):
    rubric = derive(reference, question=QUESTION)

    assert rubric.max_points == 2
    assert points(rubric, Kind.CORE) == [1, 1]
    assert set(points(rubric, Kind.BONUS)) == {1}


def test_whichever_two_are_named_it_is_full_marks_and_one_is_half():
    rubric = derive(LISTED, question=QUESTION)
    first = "Environment variables, which are set by whoever starts the process."
    third = "Encrypted files that the deployment decrypts with a key of its own."
    last = "Mounted volumes: they hold the values outside of the image."

    assert keyword.grade(QUESTION, rubric, f"{first} {third}").score == pytest.approx(2)
    assert keyword.grade(QUESTION, rubric, f"{third} {last}").score == pytest.approx(2)
    assert keyword.grade(QUESTION, rubric, last).score == pytest.approx(1, abs=0.05)
    assert keyword.grade(QUESTION, rubric, "By caching the pages in memory for an hour.").score == 0


@pytest.mark.parametrize(
    ("question", "reference"),
    [
        ("How are secrets kept out of a repository?", LISTED),
        (QUESTION, PROSE),  # which of the sentences belong to one way, nobody can tell
        (QUESTION.replace("two", "five"), LISTED),
    ],
)
def test_otherwise_everything_is_wanted(question, reference):
    assert not points(derive(reference, question=question), Kind.BONUS)
