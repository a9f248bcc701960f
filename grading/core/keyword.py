"""The offline grader: aligns an answer with each criterion, and quotes the words that it judged by."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from grading.core import integrity, scoring
from grading.core.alignment import Reading, Semantics, read
from grading.core.assessment import Assessment, CriterionAssessment, Span, Verdict
from grading.core.calibration import credit
from grading.core.contradiction import Mixed, denies_throughout, mixed_up, turned_over
from grading.core.cues import Found, Hit, index, look_for
from grading.core.features import (
    Answered,
    Compared,
    Wanted,
    answered,
    compare,
    compile_rubric,
    support_of_denials,
    support_of_truths,
)
from grading.core.feedback import rationale
from grading.core.guard import Doubt, inspect, is_list
from grading.core.rubric import Kind, Rubric
from grading.core.text import span

VERSION = "offline-1"

MET = 0.7  # credit from which a criterion counts as met
PARTIAL = 0.3
RICH = 8  # alternatives per cue group that somebody must have thought about
CUE_TRUST = 0.6  # what such cues decide; the rest is alignment
SCATTERED = 0.6  # what cues are worth that no one sentence holds together
BARE = 0.1  # what cues are worth without any alignment
RIVAL = (-0.04, 0.2)  # between these leads of a misconception a core criterion loses its credit
TRUER = -0.25  # a lead from which on down a claim of the misconception is none
SURENESS = (
    0.7  # people say the same of 83 % at no credit, of 57 to 66 % near a threshold, of 86 % at full credit
)
OUTSPOKEN = 3  # words of a cue, one more for its subject, that stand together by no chance
ABOUT = 0.3  # share of the criterion's words from which a sentence is about it, so that it can contradict it
DENIES_RIGHTLY = 0.6  # likeness to what the rubric denies itself from which a denial contradicts nothing
SUSPECT = 0.2  # share of the points contradicted from which what is not sure waits for a person
SURE = 0.95
# Between these an answer comes to speak of the rubric's subject at all: its words fit the rubric, or cover it. The
# bank's reference answers reach .53 and more of their own rubric, nine tenths of them at most .32 of another one.
TOPICAL = (0.2, 0.4)
KNOWN = (0.4, 0.6)
LOCAL_BASE, LOCAL_RISE = 0.25, 1.8  # the most that a criterion earns with so much of it found
# What is left of the credit of a near copy. A contradiction leaves nothing.
LEFT = {
    Doubt.NONE: 1.0,
    Doubt.NEGATED: 0.0,
    Doubt.OPPOSITE: 0.0,
    Doubt.SWAPPED: 0.08,
    Doubt.SHUFFLED: 0.04,
    Doubt.LISTED: 0.06,
}


class _Heard(NamedTuple):
    """What the answer's sentences sound like, by their number."""

    rivalry: dict[int, float]  # more like a misconception than like anything true, -1..1
    denials: dict[int, float]  # like what the rubric itself denies, 0..1
    claims: frozenset[int]  # in which a misconception stands as its author wrote it


@dataclass(frozen=True, slots=True)
class _Finding:
    """What was found for one criterion, before the criteria are looked at together."""

    compared: Compared
    hit: Hit
    mixed: Mixed
    doubt: Doubt
    credit: float
    against: tuple[Span, ...]  # where the answer says otherwise


def grade(
    question: str,
    rubric: Rubric,
    answer: str,
    *,
    level: str = "lexical",
    semantics: Semantics | None = None,
) -> Assessment:
    """Judge one answer by the rubric. Deterministic; score is in points, 0..rubric.max_points.

    The score is None where the rubric has no core criterion. semantics is what the level adds to *lexical*; its
    vectors are loaded outside the core. Raises ValueError for a level without it.
    """
    if (semantics.level if semantics else "lexical") != level:
        raise ValueError(f"the level “{level}” needs its vectors, see grading.semantics")
    compiled = compile_rubric(question, rubric)
    reading = read(answer, question)
    facts = answered(compiled, reading, semantics)
    where = index(reading, compiled.cue_words)
    whole = Doubt.LISTED if is_list(reading) else Doubt.NONE
    compared = [compare(wanted, facts, semantics) for wanted in compiled.wanted]
    hits = [look_for(wanted.cues, where, wanted.criterion.enough) for wanted in compiled.wanted]
    heard = _Heard(
        _rivalry(compiled.wanted, compared, support_of_truths(compiled, facts, semantics)),
        support_of_denials(compiled, facts, semantics),
        _claims(compiled.wanted, hits),
    )
    findings = [
        _examine(wanted, one, hit, facts, whole, level, heard)
        for wanted, one, hit in zip(compiled.wanted, compared, hits, strict=True)
    ]
    if compiled.many:
        findings = [replace(f, credit=0.0) if f.credit < PARTIAL else f for f in findings]
    refuses = denies_throughout(reading, compiled.denied)
    judged = _settle(compiled.wanted, findings, reading, refuses=refuses)
    return Assessment(
        criteria=judged,
        score=scoring.score(rubric, judged),
        max_score=rubric.max_points,
        flags=integrity.signals(rubric, reading, stuffed=whole is Doubt.LISTED),
        grader="offline",
        version=VERSION,
        level=level,
    )


def _rivalry(
    wanted: tuple[Wanted, ...], compared: list[Compared], truths: dict[int, float]
) -> dict[int, float]:
    """Per sentence how much more it sounds like a misconception than like anything true, -1..1.

    A misconception without examples is known by its cues, if it has some: one sentence is too little to go by.
    """
    false: dict[int, float] = {}
    true = dict(truths)
    for one, result in zip(wanted, compared, strict=True):
        if one.criterion.kind is not Kind.MISCONCEPTION:
            side = true
        elif one.criterion.examples or not one.criterion.cues:
            side = false
        else:
            continue
        for number, value in result.support.items():
            side[number] = max(value, side.get(number, 0.0))
    return {number: value - true.get(number, 0.0) for number, value in false.items()}


def _claims(wanted: tuple[Wanted, ...], hits: list[Hit]) -> frozenset[int]:
    return frozenset(
        found.sentence
        for one, hit in zip(wanted, hits, strict=True)
        if one.criterion.kind is Kind.MISCONCEPTION and hit.together
        for found in hit.spans
    )


def _examine(
    wanted: Wanted,
    compared: Compared,
    hit: Hit,
    facts: Answered,
    whole: Doubt,
    level: str,
    heard: _Heard,
) -> _Finding:
    reading = facts.reading
    mixed = mixed_up(wanted.sides, reading)
    if wanted.criterion.kind is Kind.MISCONCEPTION:
        claimed = hit.together and whole is Doubt.NONE and not _is_truer(hit, heard)
        against = _quotes(hit, reading) if claimed else ()
        return _Finding(compared, hit, mixed, whole, float(bool(against)), against)
    doubt = inspect(compared.target, compared.alignment, reading)
    doubt = min((doubt, whole), key=LEFT.__getitem__)
    earned = _blend(wanted, hit, credit(compared.features, len(wanted.targets) if facts.alone else 1, level))
    if not facts.alone:  # the rest of the answer cannot speak for this criterion
        earned = min(earned, max(LOCAL_BASE + LOCAL_RISE * compared.features.close, hit.share))
        fits = _smooth(compared.features.meaning + compared.features.overall / 2, *TOPICAL)
        earned *= max(fits, _smooth(compared.features.precision, *KNOWN))
    if not _is_claimed(wanted, hit, heard, reading):
        sentence = hit.spans[0].sentence if hit.together and hit.share >= 1 else compared.sentence
        earned *= 1 - _smooth(heard.rivalry.get(sentence, -1.0), *RIVAL)
    against = _against(compared, hit, doubt, reading, heard)
    return _Finding(compared, hit, mixed, doubt, 0.0 if against else earned * LEFT[doubt], against)


def _smooth(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _blend(wanted: Wanted, hit: Hit, aligned: float) -> float:
    """Cues decide in so far as somebody has thought about them; scattered over an answer they are worth less."""
    groups = wanted.criterion.cues
    if not groups:
        return aligned
    trust = CUE_TRUST * min(1.0, sum(map(len, groups)) / len(groups) / RICH) ** 2
    share = hit.share if hit.together else SCATTERED * hit.share
    return (1 - trust) * aligned + trust * share * (BARE + (1 - BARE) * min(1.0, 2 * aligned))


def _is_claimed(wanted: Wanted, hit: Hit, heard: _Heard, reading: Reading) -> bool:
    """Whether all that the criterion asks for stands in a sentence that claims no misconception, part of it in so many
    words that chance cannot have put them together: what else the sentence sounds like then counts for nothing.
    """
    if not hit.together or hit.share < 1:
        return False
    if not heard.claims.isdisjoint(found.sentence for found in hit.spans):
        return False
    return any(found.size + _has_subject(wanted, found, reading) >= OUTSPOKEN for found in hit.spans)


def _has_subject(wanted: Wanted, found: Found, reading: Reading) -> bool:
    """Whether the criterion's subject stands in the cue or before it in its sentence, no other one's after it."""
    begin = reading.sentences[found.sentence].tokens[0].start
    for token in reversed(reading.tokens[: found.last + 1]):
        if token.start < begin or token.stem in wanted.others:
            return False
        if token.stem == wanted.subject:
            return True
    return False


def _is_truer(hit: Hit, heard: _Heard) -> bool:
    """Whether what sounds like a misconception sounds far more like something true."""
    leads = [heard.rivalry.get(found.sentence, 0.0) for found in hit.spans]
    return bool(leads) and max(leads) <= TRUER


def _against(compared: Compared, hit: Hit, doubt: Doubt, reading: Reading, heard: _Heard) -> tuple[Span, ...]:
    """Where the answer says the opposite of the criterion, if it does. A list of words says nothing."""
    if doubt is Doubt.LISTED:
        return ()
    if doubt in (Doubt.NEGATED, Doubt.OPPOSITE):
        return _sentence(compared, reading)
    about = compared.features.focus >= ABOUT and heard.denials.get(compared.sentence, 0.0) < DENIES_RIGHTLY
    if not about:
        return ()
    turned = turned_over(compared.target, compared.alignment, reading, compared.sentence)
    if turned:
        return (span(reading.text, turned.clause.start, turned.clause.end),)
    if hit.denied >= 0.5 and hit.share + hit.denied >= 1 and hit.share < 1:
        return _sentence(compared, reading)
    return ()


def _settle(
    wanted: tuple[Wanted, ...], findings: list[_Finding], reading: Reading, *, refuses: bool
) -> tuple[CriterionAssessment, ...]:
    """The verdicts, once it is known how much of the answer contradicts the rubric, or denies whatever it says."""
    right = sum(f.mixed.right for f in findings)
    wrong = sum(f.mixed.wrong for f in findings)
    # One word in the wrong place may be chance; two things that each have what is the other's are not.
    confused = wrong > right and len(frozenset().union(*(f.mixed.terms for f in findings))) >= 2
    contradicted = [
        bool(f.against) or (confused and f.mixed.wrong >= max(1, f.mixed.right)) for f in findings
    ]
    total = sum(w.criterion.points for w in wanted if w.criterion.kind is Kind.CORE)
    lost = sum(w.criterion.points for w, c in zip(wanted, contradicted, strict=True) if c)
    suspect = total > 0 and lost / total >= SUSPECT
    sure = math.inf if refuses else SURE if suspect else 0.0
    return tuple(
        _verdict(w, f, reading, contradicted=c, sure=sure)
        for w, f, c in zip(wanted, findings, contradicted, strict=True)
    )


def _verdict(
    wanted: Wanted, finding: _Finding, reading: Reading, *, contradicted: bool, sure: float
) -> CriterionAssessment:
    """sure is the credit below which what is found waits for a person."""
    criterion = wanted.criterion
    evidence: tuple[Span, ...] = ()
    share = finding.credit
    if criterion.kind is Kind.MISCONCEPTION:
        verdict = Verdict.CONTRADICTED if finding.against else Verdict.UNMET
        evidence, share = finding.against, float(bool(finding.against))
        confidence = 0.7 if finding.against else 0.8
    elif contradicted:
        # All that the criterion asks for stands together and undenied: the signals disagree, so a person looks.
        said = finding.hit.together and finding.hit.share >= 1 and finding.hit.denied == 0
        verdict, share, confidence = (
            Verdict.UNSURE if said else Verdict.CONTRADICTED,
            0.0,
            0.4 if said else 0.7,
        )
        evidence = finding.against or _stretch(finding.mixed, reading)
    else:
        verdict = Verdict.MET if share >= MET else Verdict.PARTIAL if share >= PARTIAL else Verdict.UNMET
        if verdict is not Verdict.UNMET and share < sure:
            verdict = Verdict.UNSURE
        if verdict is not Verdict.UNMET:
            evidence = _quotes(finding.hit, reading) or _sentence(finding.compared, reading)
        confidence = round(0.5 + abs(share - 0.5) * SURENESS, 3)
    said_of_it = rationale(criterion, verdict, finding.doubt)
    return CriterionAssessment(criterion.id, verdict, round(share, 4), evidence, said_of_it, confidence)


def _quotes(hit: Hit, reading: Reading) -> tuple[Span, ...]:
    """The sentences in which the cues stand; long ones only from the first cue to the last."""
    spans: dict[int, tuple[int, int]] = {}
    for found in hit.spans:
        first, last = spans.get(found.sentence, (found.first, found.last))
        spans[found.sentence] = (min(first, found.first), max(last, found.last))
    return tuple(_around(reading, number, *bounds) for number, bounds in sorted(spans.items()))


_LONG = 160  # characters of a sentence that are still worth quoting as a whole


def _around(reading: Reading, number: int, first: int, last: int) -> Span:
    sentence = reading.sentences[number]
    if sentence.end - sentence.start <= _LONG:
        return span(reading.text, sentence.start, sentence.end)
    return span(reading.text, reading.tokens[first].start, reading.tokens[last].end)


def _stretch(mixed: Mixed, reading: Reading) -> tuple[Span, ...]:
    return (span(reading.text, reading.tokens[mixed.first].start, reading.tokens[mixed.last].end),)


def _sentence(compared: Compared, reading: Reading) -> tuple[Span, ...]:
    if compared.sentence < 0:
        return ()
    sentence = reading.sentences[compared.sentence]
    return (span(reading.text, sentence.start, sentence.end),)
