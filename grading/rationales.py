"""What a rationale says beyond the criterion and the verdict that stand right above it."""

import re

_SENTENCE_END = re.compile(r"[.!?]\s")


def beyond(rationale: str, criterion_text: str) -> str:
    """rationale without the sentence that repeats the criterion; "" where nothing else is said."""
    claim = criterion_text.strip().rstrip(".")
    before, found, after = rationale.partition(claim)
    if not claim or not found:
        return rationale.strip()
    ends = [end.end() for end in _SENTENCE_END.finditer(before)]
    kept = before[: ends[-1]] if ends else ""
    lead = before[len(kept) :].strip()
    if lead and not lead.endswith(":"):
        return rationale.strip()  # the criterion's words are part of a sentence that says something else
    return f"{kept.strip()} {after.lstrip('.').strip()}".strip()
