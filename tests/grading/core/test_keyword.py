"""The offline grader: verdicts that quote the answer, a score by code, feedback in words."""

import pytest

from grading.core.assessment import Verdict
from grading.core.keyword import grade
from grading.core.rubric import Criterion, Kind, Rubric
from tests.grading.core.offline_cases import CASES, INDEX, QUEUE, TUPLE, Case


def share(case: Case, answer: str) -> float:
    result = grade(case.question, case.rubric, answer)
    assert result.score is not None
    return result.score / result.max_score


@pytest.mark.parametrize("case", CASES)
def test_a_good_answer_gets_most_of_the_points(case: Case) -> None:
    assert share(case, case.good) >= 0.7


@pytest.mark.parametrize("case", CASES)
def test_the_reference_itself_gets_all_points(case: Case) -> None:
    reference = " ".join(c.text for c in case.rubric.criteria if c.kind is Kind.CORE)
    assert share(case, reference) >= 0.95


@pytest.mark.parametrize("case", CASES)
def test_confident_nonsense_in_the_right_words_gets_next_to_nothing(case: Case) -> None:
    assert share(case, case.wrong) <= 0.3


def test_a_missing_point_is_told_in_the_words_of_the_criterion() -> None:
    result = grade(QUEUE.question, QUEUE.rubric, "It stores messages until a worker has time for them.")
    last = result.criteria[-1]
    assert last.verdict in (Verdict.UNMET, Verdict.PARTIAL)
    assert "not acknowledged is delivered again" in last.rationale


def test_a_claimed_misconception_is_quoted_and_corrected() -> None:
    result = grade(TUPLE.question, TUPLE.rubric, "Tuples are mutable. Anything else I do not know.")
    claim = result.criteria[-1]
    assert claim.verdict is Verdict.CONTRADICTED
    assert [e.text for e in claim.evidence] == ["Tuples are mutable."]
    assert "Lists are the mutable ones." in claim.rationale


def test_a_denied_misconception_is_not_claimed() -> None:
    result = grade(TUPLE.question, TUPLE.rubric, "Nobody should think that tuples are mutable, they are not.")
    assert result.criteria[-1].verdict is Verdict.UNMET


def test_nobody_is_said_to_claim_what_two_clauses_hold() -> None:
    swapped = Criterion(
        "m", "Opening frees the file.", 1, Kind.MISCONCEPTION, cues=(("open cleanup", "opening frees"),)
    )
    rubric = Rubric((Criterion("c", "A file is opened first and freed last.", 2), swapped))

    def verdict(answer: str) -> Verdict:
        return grade("What happens to a file?", rubric, answer).criteria[-1].verdict

    assert verdict("First open / close, cleanup guaranteed.") is Verdict.UNMET
    assert verdict("The open cleanup is first.") is Verdict.CONTRADICTED


def test_one_right_word_is_an_answer() -> None:
    case = Rubric((Criterion("1", "LIFO", 1),))
    assert grade("In which order does a stack give back its items?", case, "LIFO").score == 1


def test_an_answer_without_words_is_a_plain_zero() -> None:
    for empty in ("", "   \n", "???"):
        result = grade(INDEX.question, INDEX.rubric, empty)
        assert result.score == 0
        assert all(c.evidence == () for c in result.criteria)


def test_a_rubric_without_core_criteria_gives_no_score() -> None:
    assert grade("Why?", Rubric(()), "Because.").score is None


def test_typos_are_forgiven() -> None:
    typos = "Each wriet gets slower since the indx has to be updatd together with the table."
    assert share(INDEX, typos) >= 0.8 * share(INDEX, INDEX.good)


def test_cues_find_what_was_said_in_other_words() -> None:
    groups = (
        ("freezes", "pauses", "stops there", "goes to sleep", "is suspended", "halts", "waits there", "suspends"),
        ("remembers", "keeps its variables", "variables survive", "state is kept", "keeps the locals", "locals stay",
         "picks up where", "continues where"),
    )  # fmt: skip
    text = "Execution is suspended at each yield and the local state survives."
    with_cues = Rubric(
        (Criterion("1", text, 1, cues=groups), Criterion("2", "It raises an error at the end.", 1))
    )
    without = Rubric((Criterion("1", text, 1), Criterion("2", "It raises an error at the end.", 1)))
    answer = "The body goes to sleep and later continues where it was, it remembers everything."
    question = "What does yield do?"
    assert (
        grade(question, with_cues, answer).criteria[0].credit
        > grade(question, without, answer).criteria[0].credit
    )


def test_swapped_sides_of_a_contrast_are_a_contradiction() -> None:
    contrast = ((("push", "adds an item on top"), ("pop", "removes and returns the newest item")),)
    rubric = Rubric(
        (
            Criterion("1", "push adds an item on top.", 1, contrasts=contrast),
            Criterion("2", "pop removes and returns the newest item.", 1, contrasts=(contrast[0][::-1],)),
        )
    )
    right = grade(
        "Explain the stack.", rubric, "With push you add an item on top, pop removes the newest item."
    )
    wrong = grade(
        "Explain the stack.", rubric, "With pop you add an item on top, push removes the newest item."
    )
    assert all(c.verdict is not Verdict.CONTRADICTED for c in right.criteria)
    assert all(c.verdict is Verdict.CONTRADICTED for c in wrong.criteria)


def test_the_grade_names_its_grader_and_level() -> None:
    result = grade(INDEX.question, INDEX.rubric, INDEX.good)
    assert (result.grader, result.level) == ("offline", "lexical")
    assert result.version


def test_a_level_without_its_vectors_is_refused() -> None:
    with pytest.raises(ValueError, match="static"):
        grade(INDEX.question, INDEX.rubric, INDEX.good, level="static")


def test_what_is_not_met_earns_nothing_where_many_criteria_would_add_it_up() -> None:
    texts = (
        "The log is written first.",
        "A crash replays the log.",
        "Logs are sequential.",
        "A checkpoint cuts the log.",
    )
    rubric = Rubric(tuple(Criterion(text, text, 1) for text in texts))
    result = grade(
        "How does it recover?",
        rubric,
        "Something is written to a file first, I think, and then a crash is bad.",
    )
    hardly = [c for c in result.criteria if c.verdict is Verdict.UNMET]
    assert hardly
    assert {c.credit for c in hardly} == {0.0}


STACK = Rubric(
    (
        Criterion(
            "stack", "A stack hands out the newest item first, whatever came before it.", 2,
            cues=(("stack hands out newest", "stack gives newest", "stack is last in", "newest item"),),
            examples=("From a stack you take what was put on last.",),
        ),
        Criterion(
            "queue", "A queue hands out the oldest item first, so everybody is served in turn.", 2,
            cues=(("queue hands out oldest", "queue gives oldest", "queue is first in", "oldest item"),),
            examples=("A queue serves whoever has waited longest.",),
        ),
        Criterion(
            "cost", "Both add and remove an item in constant time.", 1,
            cues=(("constant time", "constant cost"), ("add", "push", "append"), ("remove", "pop", "take")),
        ),
        Criterion(
            "swapped", "A stack gives the oldest item, while a queue gives the newest item.", 2, Kind.MISCONCEPTION,
            cues=(("stack gives oldest", "queue gives newest", "stack hands out oldest", "queue hands out newest"),),
            examples=("A queue gives the newest item and a stack the oldest item.",),
        ),
    )
)  # fmt: skip


def verdicts(answer: str) -> list[Verdict]:
    result = grade("How do a stack and a queue differ?", STACK, answer)
    return [one.verdict for one in result.criteria if one.criterion_id in ("stack", "queue")]


@pytest.mark.parametrize(
    "answer",
    [
        "A stack gives the newest item, a queue gives the oldest item.",
        "A stack gives the newest item. A queue gives the oldest item.",
        "The stack is where you get the newest item; the queue is where you get the oldest item.",
    ],
)
def test_a_short_answer_that_says_it_all_counts_although_the_swapped_misconception_has_the_same_words(
    answer: str,
) -> None:
    assert verdicts(answer) == [Verdict.MET, Verdict.MET]


def test_the_swapped_misconception_itself_does_not() -> None:
    assert Verdict.MET not in verdicts("A stack gives the oldest item, a queue gives the newest item.")


@pytest.mark.parametrize(
    "answer", ["A stack gives the newest item.", "No idea.", "A stack, newest in some way."]
)
def test_the_offline_grader_is_never_surer_than_people_agree_with_it(answer: str) -> None:
    result = grade("How do a stack and a queue differ?", STACK, answer)
    assert max(one.confidence for one in result.criteria) <= 0.85


def test_naming_what_was_asked_about_is_no_news() -> None:
    once = Criterion(
        "once", "A generator is exhausted after one pass.", 1,
        cues=(
            ("generator", "generators", "it", "they", "iterator", "object", "result", "sequence"),
            ("exhausted", "only once", "single pass", "one pass", "used up", "empty afterwards", "consumed", "again"),
        ),
    )  # fmt: skip
    others = tuple(
        Criterion(str(i), text, 1)
        for i, text in enumerate(("It is lazy.", "It keeps state.", "It is short."))
    )

    def credit(answer: str) -> float:
        return grade("What is a generator?", Rubric((once, *others)), answer).criteria[0].credit

    assert credit("A generator is lazy.") == 0
    assert credit("A generator is lazy and works only once.") > 0.3


def test_a_word_of_its_own_is_no_misspelt_cue() -> None:
    tidy = ("cleans", "release", "close", "free", "tear down", "undo", "restore", "put back")
    rubric = Rubric((Criterion("1", "It cleans up what was taken.", 1, cues=(tidy,)),))
    marks = [
        grade("What does a context do?", rubric, f"It is {word} to everybody what was taken.").score
        for word in ("clear", "plain")
    ]
    assert marks[0] == marks[1]
