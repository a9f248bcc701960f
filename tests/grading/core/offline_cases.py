"""Made-up questions with rubrics and answers, for the tests of the offline grader."""

from dataclasses import dataclass

from grading.core.rubric import Criterion, Kind, Rubric


@dataclass(frozen=True)
class Case:
    """A question, its rubric, and answers of which it is known what they are worth."""

    question: str
    rubric: Rubric
    good: str
    wrong: str


def core(text: str, points: float = 2, **more: object) -> Criterion:
    return Criterion(text[:20], text, points, **more)  # type: ignore[arg-type]


_LIST = ("list", "mutable, items can be added and replaced")
_TUPLE = ("tuple", "immutable, keeps the items that it was created with")

TUPLE = Case(
    question="What is the difference between a tuple and a list?",
    rubric=Rubric(
        (
            core(
                "A list is mutable: items can be added and replaced after creation.",
                contrasts=((_LIST, _TUPLE),),
            ),
            core(
                "A tuple is immutable, so it keeps the items that it was created with.",
                contrasts=((_TUPLE, _LIST),),
            ),
            core("A tuple of hashable items can be a dictionary key.", 1),
            Criterion(
                "swap",
                "Tuples are mutable and lists are immutable.",
                2,
                Kind.MISCONCEPTION,
                cues=(
                    ("tuple is mutable", "tuples are mutable", "list is immutable", "lists are immutable"),
                ),
                correction="Lists are the mutable ones.",
            ),
        )
    ),
    good=(
        "A list is mutable, you can add and replace items after its creation. "
        "A tuple is immutable: it keeps the items it was created with. "
        "That is why a tuple of hashable items can be the key of a dictionary."
    ),
    wrong=(
        "A tuple is mutable: items can be added and replaced after creation. "
        "A list is immutable, so it keeps the items that it was created with."
    ),
)

QUEUE = Case(
    question="How does a message queue help a web service?",
    rubric=Rubric(
        (
            core(
                "The queue stores the messages until a worker has time for them, so peaks in traffic are smoothed."
            ),
            core("Producer and consumer are decoupled: one can fail or be deployed without the other."),
            core("A message that was not acknowledged is delivered again after a crash of the worker.", 1),
        )
    ),
    good=(
        "Messages are stored in it until some worker has time, which smooths out peaks in traffic. "
        "The producer and the consumer are decoupled, so one of them can fail or be deployed on its own. "
        "When the worker crashes before it has acknowledged a message, the message is delivered again."
    ),
    wrong=(
        "The queue does not store the messages until a worker has time for them, so peaks in traffic are not smoothed. "
        "Producer and consumer are not decoupled: one can not fail or be deployed without the other."
    ),
)

INDEX = Case(
    question="What does an index cost?",
    rubric=Rubric(
        (core("Every write becomes slower, because the index must be updated along with the table."),)
    ),
    good="Each write gets slower since the index has to be updated together with the table.",
    wrong="Every write becomes faster, because the index must be updated along with the table.",
)

CASES = (TUPLE, QUEUE, INDEX)
