"""Answers that need no model: nothing, noise, the question again, a list of words. They cost no money."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from grading.core.assessment import Assessment, CriterionAssessment, Verdict
from grading.core.evidence import find_quote, only_echoes
from grading.core.reading_copy import ReadingCopy
from grading.core.rubric import Rubric
from grading.core.scoring import score
from grading.core.text import STOPWORDS, content, tokenise
from grading.llm.verify import is_about, stems, vocabulary

VERSION = "gate-2"

_PASS = re.compile(
    r"""^\W*(?:(?:sorry|well|honestly|hmm+|um+|oh)\W+)*
    (?:i\s+(?:really\s+|honestly\s+|just\s+)?(?:do\s*n[o']?t|don’t|can\s*no?t|can't|can’t|have\s+no)\s+
         (?:know|remember|recall|understand|idea|clue|answer|think\s+of|have\s+(?:an?\s+)?(?:idea|clue|answer))
       |(?:i\s*(?:am|'m|’m)\s+)?not\s+(?:really\s+)?sure|no\s+(?:idea|clue|answer|comment)|never\s+heard\s+of
       |idk|dunno|pass|skip(?:ped)?|n\s*/\s*a|none|nothing|unknown|tbd|todo)
    (?:\W+(?:about|of|at|this|that|it|the|answer|question|topic|one|sorry|yet|right|now|all|how|to|here|tbh|really|i|we|never|used|learned|what|is))*\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_PLEASANT = re.compile(
    r"""\b(?:good|great|interesting|excellent|important)\s+(?:question|topic|concept)|very\s+important|widely\s+used|many\s+(?:ways|uses|
    benefits|applications|things)|best\s+practices?|it\s+depends|in\s+(?:today's|modern)|plays\s+a\s+\w+\s+role|thank\s+you|
    i\s+(?:have|am)\s+(?:a\s+lot\s+of\s+|much\s+|very\s+)?(?:experience|familiar|passionate|confident)|hope\s+this\s+helps|looking\s+forward""",
    re.IGNORECASE | re.VERBOSE,
)
# What is written in an answer's place. Another short answer may be a right one that the rubric has in other words.
_FILLERS = frozenset(
    """answer answers final solution thought thoughts process reasoning step steps think thinking solve lets ok okay
    sure yes yeah no true false right wrong correct good great nice perfect fine done hi hello test thanks thank please
    sorry everything anything something stuff whatever""".split()
)
# Questions that one such word, one of their own words, or a number may answer.
_YES_OR_NO = re.compile(
    r"""(?:^|[.?!:;,\n])\W*(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|may|must)\b|\bwhether\b
    |true\s+or\s+false""",
    re.IGNORECASE | re.VERBOSE,
)
_CHOICE = re.compile(r"\bor\b|\bwhich\b|\bwhether\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\bhow\b|\b(?:number|value|port|status|code|version|size|default|complexity|result|output)s?\b"
    r"|\b(?:print|return|evaluat|yield|rais)(?:e?s|ed|e)?\b",
    re.IGNORECASE,
)
_PICKS = re.compile(r"\b(?:both|either|neither)\b", re.IGNORECASE)
_NOTHING = ("none", "nothing", "null")  # an answer with one of them says what a criterion says with another
_CODE = re.compile(r"[(){}\[\]=;`]|->|::")
SHORT = 40  # words up to which pleasantries without a word of the subject are nothing
FEW = 3  # words up to which an answer may be a name, a value, a choice
MANY = 6  # words from which a list is one


@dataclass(frozen=True, slots=True)
class Gated:
    """A mark without a model. reason is for staff."""

    reason: str
    assessment: Assessment


def gate(question: str, rubric: Rubric, copy: ReadingCopy, offline: Assessment) -> Gated | None:
    """The honest mark for an answer that needs no model, or None: a model should read it."""
    text = copy.text.strip()
    words = tokenise(text)
    if is_named(text, rubric):
        return None
    if not words:
        reason = "speaks to the grader only" if copy.removed else "empty"
        why = "There is nothing here that answers the question."
        return _nothing(reason, rubric, offline, why)
    if _PASS.match(text):
        return _nothing("does not know", rubric, offline, "You say that you do not know.")
    if not content(words) and not (_CHOICE.search(question) and _PICKS.search(text)):
        return _nothing("function words", rubric, offline, "This says nothing about the question.")
    if only_echoes(text, question) and not is_choice(text, question):
        return _nothing("question echo", rubric, offline, "This repeats the question.")
    related = is_about(text, vocabulary(question, rubric))
    if not related and (is_filler(text, question) or (len(words) <= SHORT and _PLEASANT.search(text))):
        return _nothing("boilerplate", rubric, offline, "This says nothing about the question.")
    if is_word_list(text):
        return Gated("word list", replace(offline, version=f"{offline.version} {VERSION}"))
    return None


def is_named(text: str, rubric: Rubric) -> bool:
    """Whether an answer of a few words is what the rubric itself names: "None", "pass", `is`, `{}`. Function words must
    stand there as code, or by themselves as a cue.
    """
    name = text.strip("` \n\t").rstrip(".!").rstrip("` ")
    words = tokenise(name)
    if not name or len(words) > FEW or len(name) > SHORT:
        return False
    wanted = _NOTHING if name.lower() in _NOTHING else (name,)
    cues = {
        cue.strip("`").lower() for criterion in rubric.criteria for group in criterion.cues for cue in group
    }
    said = "\n".join(
        text for one in rubric.criteria for text in (one.text, *one.examples, one.correction, one.source)
    )
    if not words:
        return len(name) > 1 and not name.strip("(){}[]<>=+-*/%&|^~@") and name in said
    is_word = bool(content(words))
    return any(
        one.lower() in cues or f"`{one}`" in said or (is_word and find_quote(one, said) is not None)
        for one in wanted
    )


def is_choice(text: str, question: str) -> bool:
    """Whether the question offers a choice and the text takes some of it, rather than saying the question again."""
    asked = stems(question)
    return bool(_CHOICE.search(question)) and 2 * len(stems(text) & asked) <= len(asked)


def is_filler(text: str, question: str) -> bool:
    """Whether there are only a few words, and none that could be an answer to this question."""
    words = [word.text.lower() for word in content(tokenise(text))]
    if len(words) > FEW:
        return False
    if all(word in _FILLERS for word in words):
        return not _YES_OR_NO.search(question)
    return all(word.isdigit() for word in words) and not _NUMBER.search(question)


def is_word_list(text: str) -> bool:
    """Whether words are strung together that claim nothing: hardly a function word among many, and no code."""
    words = tokenise(text)
    if len(words) < MANY or len(_CODE.findall(text)) > len(words) / 8:
        return False
    function = sum(word.text in STOPWORDS for word in words)
    return function / len(words) < 0.12


def _nothing(reason: str, rubric: Rubric, offline: Assessment, why: str) -> Gated:
    """Unmet by every criterion: a zero that says for what. Flags stay."""
    criteria = tuple(CriterionAssessment(c.id, Verdict.UNMET, 0.0, (), why, 1.0) for c in rubric.criteria)
    assessment = Assessment(
        criteria,
        score(rubric, criteria),
        rubric.max_points,
        offline.flags,
        "offline",
        VERSION,
        offline.level,
    )
    return Gated(reason, assessment)
