"""A model's verdicts, checked: without a quote that stands in the answer, nothing is met, partial or contradicted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from grading.core.assessment import CriterionAssessment, Span, Verdict
from grading.core.evidence import only_echoes
from grading.core.reading_copy import ReadingCopy
from grading.core.rubric import Criterion, Kind, Rubric
from grading.core.text import content, tokenise
from grading.llm.parse import RawVerdict

CREDIT = {
    Verdict.MET: 1.0,
    Verdict.PARTIAL: 0.5,
    Verdict.UNMET: 0.0,
    Verdict.CONTRADICTED: 0.0,
    Verdict.UNSURE: 0.0,
}
_CLAIMS = frozenset({Verdict.MET, Verdict.PARTIAL, Verdict.CONTRADICTED})


class Doubt(StrEnum):
    """Why a verdict is not believed yet."""

    NONE = ""
    UNSURE = "the model is unsure"
    NO_EVIDENCE = "no quote stands in the answer"
    DISAGREES = "the offline grader strongly disagrees"
    MISLED = "the model also found what is in no answer"


@dataclass(frozen=True, slots=True)
class Checked:
    """One verdict and how far it is believed."""

    assessment: CriterionAssessment
    doubt: Doubt = Doubt.NONE

    @property
    def verdict(self) -> Verdict:
        return self.assessment.verdict


def check(
    criterion: Criterion, said: RawVerdict, question: str, rubric: Rubric, copy: ReadingCopy
) -> Checked:
    """The verdict where its evidence holds, else unsure with the reason."""
    verdict = said.verdict
    if criterion.kind is Kind.MISCONCEPTION and verdict in {Verdict.MET, Verdict.PARTIAL}:
        return Checked(unsure(criterion, said.rationale), Doubt.UNSURE)  # it may mean claimed or avoided
    if verdict is Verdict.UNSURE:
        return Checked(unsure(criterion, said.rationale), Doubt.UNSURE)
    evidence = found_quotes(said.quotes, question, rubric, copy) if verdict in _CLAIMS else ()
    if verdict in _CLAIMS and not evidence:
        return Checked(unsure(criterion, ""), Doubt.NO_EVIDENCE)
    return Checked(
        CriterionAssessment(
            criterion_id=criterion.id,
            verdict=verdict,
            credit=credit_for(criterion, verdict),
            evidence=evidence,
            rationale=said.rationale,
            confidence=said.confidence,
        )
    )


def credit_for(criterion: Criterion, verdict: Verdict) -> float:
    """0..1; for a misconception, the share of its points that is taken away."""
    if criterion.kind is Kind.MISCONCEPTION:
        return 1.0 if verdict is Verdict.CONTRADICTED else 0.0
    return CREDIT[verdict]


def unsure(criterion: Criterion, rationale: str) -> CriterionAssessment:
    return CriterionAssessment(criterion.id, Verdict.UNSURE, 0.0, (), rationale, 0.0)


def found_quotes(
    quotes: tuple[str, ...], question: str, rubric: Rubric, copy: ReadingCopy
) -> tuple[Span, ...]:
    """The quotes that count as evidence: in the answer, more than the question, and about the subject at all."""
    spans: dict[tuple[int, int], Span] = {}
    for quote in quotes:
        span = copy.find(quote)
        if span is None or only_echoes(span.text, question):
            continue
        if not is_about(span.text, vocabulary(question, rubric)):
            continue
        spans[span.start, span.end] = span
    return tuple(spans[place] for place in sorted(spans))


def is_about(text: str, words: frozenset[str]) -> bool:
    """Whether a text shares at least one word that carries meaning with those."""
    return any(token.stem in words for token in content(tokenise(text)))


@lru_cache(maxsize=512)
def vocabulary(question: str, rubric: Rubric) -> frozenset[str]:
    """Stems of all that the question and its rubric speak of."""
    return stems(question).union(*(own_words(criterion) for criterion in rubric.criteria))


@lru_cache(maxsize=4096)
def own_words(criterion: Criterion) -> frozenset[str]:
    """Stems of what one criterion speaks of, with its examples and cues."""
    cues = (cue for group in criterion.cues for cue in group)
    return stems(
        " \n ".join([criterion.text, *criterion.examples, criterion.correction, criterion.source, *cues])
    )


def stems(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in content(tokenise(text)))


def disagrees(criterion: Criterion, mine: CriterionAssessment, offline: CriterionAssessment | None) -> bool:
    """Whether the offline grader, sure of itself, says the opposite and can point to words of the answer for it."""
    if offline is None or mine.verdict is Verdict.UNSURE or offline.verdict is not Verdict.CONTRADICTED:
        return False
    if criterion.kind is Kind.MISCONCEPTION:
        return mine.verdict is Verdict.UNMET and offline.confidence >= 0.6
    return mine.verdict is Verdict.MET and offline.confidence >= 0.5


def differs(criterion: Criterion, mine: CriterionAssessment, offline: CriterionAssessment | None) -> bool:
    """Whether the offline grader finds next to nothing of what I find, or all of what I do not. That is weak
    evidence: it goes by words, and misses what is said in others.
    """
    if offline is None or criterion.kind is Kind.MISCONCEPTION:
        return False
    if mine.verdict is Verdict.MET:
        return offline.verdict is Verdict.UNMET and offline.credit <= 0.05
    # What the model quotes as contradicted stands: the offline grader's *met* is no evidence against it, since it
    # cannot tell a confident mistake in the rubric's own words from the real thing.
    if mine.verdict is Verdict.UNMET:
        return criterion.kind is Kind.CORE and offline.verdict is Verdict.MET and offline.credit >= 0.97
    return False


def quotes_own_words(criterion: Criterion, spans: Iterable[Span], question: str) -> bool:
    """Whether a quote has a word of what this criterion speaks of. Words of the question are nobody's own: they would
    make everything related.
    """
    own = own_words(criterion) - stems(question)
    return any(is_about(span.text, own) for span in spans)


def settle(criterion: Criterion, first: Checked, second: Checked, question: str) -> CriterionAssessment:
    """One verdict out of two readings: where they cannot be reconciled it stays unsure, for a person.

    A verdict that the offline grader contradicts needs both readings and a quote in the criterion's own words.
    """
    one, two = first.assessment, second.assessment
    if first.doubt is Doubt.DISAGREES:
        if two.verdict is not one.verdict:
            return _lower(criterion, one, two)
        if two.evidence and not quotes_own_words(criterion, (*one.evidence, *two.evidence), question):
            return unsure(criterion, two.rationale)
        return two
    if two.verdict is Verdict.UNSURE:
        return unsure(criterion, two.rationale or one.rationale)
    return two  # the first said nothing that could be checked


def _lower(criterion: Criterion, one: CriterionAssessment, two: CriterionAssessment) -> CriterionAssessment:
    """Neighbouring verdicts: the lower one. Opposite ones: unsure."""
    order = (Verdict.MET, Verdict.PARTIAL, Verdict.UNMET)
    if criterion.kind is Kind.MISCONCEPTION or one.verdict not in order or two.verdict not in order:
        return unsure(criterion, "")
    if abs(order.index(one.verdict) - order.index(two.verdict)) > 1:
        return unsure(criterion, "")
    return max(one, two, key=lambda a: order.index(a.verdict))
