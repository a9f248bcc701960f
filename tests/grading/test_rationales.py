"""A reader is told why, without reading the criterion twice."""

import pytest

from grading.rationales import beyond

CLAIM = "The result is an OpenAPI document, e.g. at `/openapi.json`."


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            f"This is a list of words: say what they do. Expected: {CLAIM}",
            "This is a list of words: say what they do.",
        ),
        (f"Not found in your answer: {CLAIM}", ""),
        (f"Your answer says otherwise here. Expected: {CLAIM}", ""),
        (CLAIM, ""),
        ("Says where, not what.", "Says where, not what."),
        (f"Found: {CLAIM} But only halfway.", "But only halfway."),
        (f"You deny that {CLAIM}", f"You deny that {CLAIM}"),
        ("", ""),
        ("Your answer covers this.", ""),
        ("Your answer does not claim this.", ""),
        (f"Your answer touches on this. In full: {CLAIM}", ""),
        ("This is a common misconception.", ""),
        (
            "This is a common misconception. It is a string.",
            "This is a common misconception. It is a string.",
        ),
    ],
)
def test_only_the_repetition_is_left_out(said, shown):
    assert beyond(said, CLAIM) == shown
