"""What the offline grader tells the candidate about a criterion, in one or two sentences."""

from grading.core.assessment import Verdict
from grading.core.guard import Doubt
from grading.core.rubric import Criterion, Kind

COVERED = "Your answer covers this."
NOT_CLAIMED = "Your answer does not claim this."
TOUCHED = "Your answer touches on this."
OTHERWISE = "Your answer says otherwise here."
WRONG_BELIEF = "This is a common misconception."
# What the verdict says by itself, where nothing comes after it.
VERDICTS_IN_WORDS = frozenset({COVERED, NOT_CLAIMED, TOUCHED, OTHERWISE, WRONG_BELIEF})

_DOUBTS = {
    Doubt.SWAPPED: "The words are there, but some stand in each other's place.",
    Doubt.SHUFFLED: "The words are there, but not as a statement.",
    Doubt.LISTED: "This is a list of words: say what they do.",
}


def rationale(criterion: Criterion, verdict: Verdict, doubt: Doubt) -> str:
    """A sentence that says what was covered, what is missing in the criterion's own words, or what seems wrong."""
    claim = criterion.text.strip().rstrip(".")
    if criterion.kind is Kind.MISCONCEPTION:
        if verdict is Verdict.CONTRADICTED:
            return f"{WRONG_BELIEF} {criterion.correction}".strip()
        return NOT_CLAIMED
    if doubt in _DOUBTS and verdict in (Verdict.UNMET, Verdict.PARTIAL):
        return f"{_DOUBTS[doubt]} Expected: {claim}."
    match verdict:
        case Verdict.MET:
            return COVERED
        case Verdict.PARTIAL:
            return f"{TOUCHED} In full: {claim}."
        case Verdict.CONTRADICTED:
            return f"{OTHERWISE} Expected: {claim}."
        case Verdict.UNSURE:
            unclear = "Parts of your answer speak for this and others against it, so a person should look."
            return f"{unclear} Expected: {claim}."
        case _:
            return f"Not found in your answer: {claim}."
