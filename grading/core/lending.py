"""Lending: a derived rubric takes over the misconceptions that reviewed rubrics know of the same subject.

A reference answer says what is true, never what people get wrong about it, so a rubric derived from it cannot tell
confident nonsense in the right words from a right answer. Somebody who has reviewed a rubric on that subject can.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from grading.core import keyword
from grading.core.assessment import Assessment, Verdict
from grading.core.rubric import Kind, Rubric
from grading.core.text import content, sentence_texts, tokenise

# What a reference answer gets of a reviewed rubric on its own subject: the user's twenty reach .74 and more of the
# shipped rubric on theirs; on others with a common word in the question .8 at most, where the subjects overlap.
SAME_SUBJECT = 0.7
LEAST = 0.25  # points, the smallest step in which people give them
REFERENCE_SHARE = 0.95  # of its own rubric, that the reference answer must not lose by what is lent


class Reviewed(NamedTuple):
    """A question with a rubric that somebody has reviewed; name says where a lent criterion comes from."""

    name: str
    question: str
    reference: str
    rubric: Rubric


def with_lent(rubric: Rubric, question: str, reference: str, library: Sequence[Reviewed]) -> Rubric:
    """The rubric with the misconceptions of those reviewed ones that the reference answer satisfies, too.

    With them come the true sentences that they were reviewed beside, so that both sides are as well worded. Points
    are scaled to the rubric's maximum. None is taken that the reference answer itself claims, or that would cost it
    points. Deterministic; the same rubric where nothing fits.
    """
    share = _share(keyword.grade(question, rubric, reference))
    lenders = [one for one in library if _is_same_subject(one, question, reference)] if share else []
    truths = tuple(dict.fromkeys(text for one in lenders for text in _true_sentences(one)))
    criteria = rubric.criteria
    for one in lenders:
        scale = rubric.max_points / one.rubric.max_points
        for lent in one.rubric.criteria:
            if lent.kind is not Kind.MISCONCEPTION or lent.text in {c.text for c in criteria}:
                continue
            candidate = replace(lent, points=max(LEAST, round(lent.points * scale, 2)), source=one.name)
            assessment = keyword.grade(question, Rubric((*criteria, candidate), truths), reference)
            claimed = assessment.criteria[-1].verdict is not Verdict.UNMET
            if not claimed and _share(assessment) >= min(share, REFERENCE_SHARE):
                criteria = (*criteria, candidate)
    return Rubric(criteria, truths) if criteria != rubric.criteria else rubric


def _is_same_subject(one: Reviewed, question: str, reference: str) -> bool:
    if _subject(question).isdisjoint(_subject(one.question)):
        return False
    return _share(keyword.grade(one.question, one.rubric, reference)) >= SAME_SUBJECT


def _subject(question: str) -> set[str]:
    return {t.stem for t in content(tokenise(question))}


def _true_sentences(one: Reviewed) -> Iterator[str]:
    for criterion in one.rubric.criteria:
        if criterion.kind is Kind.CORE:
            yield from (criterion.text, *criterion.examples)
    yield from sentence_texts(one.reference)


def _share(assessment: Assessment) -> float:
    return assessment.score / assessment.max_score if assessment.score and assessment.max_score else 0.0
