"""What the offline grader tells the candidate about a criterion, in one or two sentences."""

from grading.core.assessment import Verdict
from grading.core.guard import Doubt
from grading.core.rubric import Criterion, Kind

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
            return f"This is a common misconception. {criterion.correction}".strip()
        return "Your answer does not claim this."
    if doubt in _DOUBTS and verdict in (Verdict.UNMET, Verdict.PARTIAL):
        return f"{_DOUBTS[doubt]} Expected: {claim}."
    match verdict:
        case Verdict.MET:
            return "Your answer covers this."
        case Verdict.PARTIAL:
            return f"Your answer touches on this. In full: {claim}."
        case Verdict.CONTRADICTED:
            return f"Your answer says otherwise here. Expected: {claim}."
        case Verdict.UNSURE:
            unclear = "Parts of your answer speak for this and others against it, so a person should look."
            return f"{unclear} Expected: {claim}."
        case _:
            return f"Not found in your answer: {claim}."
