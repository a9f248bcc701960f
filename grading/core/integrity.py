"""Signals that an answer was written for the grader and not for a reader. They never change a score."""

import re
import unicodedata
from functools import lru_cache

from grading.core.alignment import Reading
from grading.core.instructions import instruction_spans
from grading.core.rubric import Rubric
from grading.core.text import INVISIBLE, STOPWORDS

INVISIBLE_FLAG = "invisible_characters"
MIXED_SCRIPTS = "mixed_scripts"
INSTRUCTION = "instruction_like"
ENCODED = "encoded_payload"
MARKUP = "markup"
STUFFING = "stuffing"
QUESTION_ECHO = "question_echo"
DUPLICATION = "duplication"
BOILERPLATE = "boilerplate"
FOREIGN = "other_language"
REFERENCE_COPY = "rubric_copy"

# Harmless in text: joiners inside emoji and Indic scripts, the variation selector of an emoji.
_HARMLESS = re.compile("[\u200d\ufe0f]")

_ENCODED = re.compile(
    r"(?:[A-Za-z0-9+/]{40,}={0,2}|(?:[0-9a-f]{2}[\s:]?){24,}|(?:\\u[0-9a-f]{4}){6,}|(?:[01]{8}\s?){6,})"
)
_MARKUP = re.compile(
    r"<\s*(?:script|iframe|img|svg|object|style|a)\b[^>]*>|javascript:"
    r"|^\s*[=+@-]\s*(?:cmd|HYPERLINK|IMPORT\w+|SUM|DDE)\b",
    re.IGNORECASE | re.MULTILINE,
)
_BOILERPLATE = re.compile(
    r"""\b(?:as\s+an?\s+(?:ai|large\s+language)\b|great\s+question|in\s+today's\s+(?:world|fast|digital)|
    it\s+(?:is|should\s+be)\s+(?:important|worth)\s+(?:to\s+note|noting)|very\s+important\s+and\s+(?:it\s+)?is\s+used|
    i\s+hope\s+this\s+helps|throughout\s+my\s+career|plays?\s+a\s+(?:crucial|vital|key)\s+role|
    in\s+conclusion|needless\s+to\s+say|at\s+the\s+end\s+of\s+the\s+day)""",
    re.IGNORECASE | re.VERBOSE,
)


# What a reader is told of a flag; those of other modules stand here too, so that all are named in one place.
IN_WORDS = {
    INVISIBLE_FLAG: "characters that nobody sees",
    MIXED_SCRIPTS: "letters of two scripts in one word",
    INSTRUCTION: "words addressed to whoever grades",
    ENCODED: "encoded text",
    MARKUP: "markup",
    STUFFING: "a list of words instead of statements",
    QUESTION_ECHO: "the question repeated",
    DUPLICATION: "sentences that stand there twice",
    BOILERPLATE: "stock phrases",
    FOREIGN: "another language",
    REFERENCE_COPY: "the words of the rubric",
    "garbled": "words in disorder",
    "judge_misled": "the model found something that cannot be there",
}


def in_words(flag: str) -> str:
    """For people; a flag that is not known here is shown as it is called."""
    return IN_WORDS.get(flag, flag.replace("_", " "))


def signals(rubric: Rubric, reading: Reading, *, stuffed: bool) -> tuple[str, ...]:
    """The names of all signals in an answer, in a fixed order. stuffed says that it is a list of words."""
    answer = reading.text
    tests = (
        (INVISIBLE_FLAG, has_invisible(answer)),
        (MIXED_SCRIPTS, has_mixed_scripts(answer)),
        (INSTRUCTION, is_instruction(answer)),
        (ENCODED, is_encoded(answer)),
        (MARKUP, is_markup(answer)),
        (STUFFING, stuffed),
        (QUESTION_ECHO, reading.echoes),
        (DUPLICATION, has_duplicates(reading)),
        (BOILERPLATE, len(_BOILERPLATE.findall(answer)) >= 2),
        (FOREIGN, is_foreign(reading)),
        (REFERENCE_COPY, is_copy(rubric, answer)),
    )
    return tuple(name for name, found in tests if found)


def has_invisible(answer: str) -> bool:
    """Whether there are characters that nobody sees, emoji joiners aside."""
    return not answer.isascii() and bool(INVISIBLE.search(_HARMLESS.sub("", answer)))


def has_mixed_scripts(answer: str) -> bool:
    """Whether one word mixes Latin letters with look-alikes of another script."""
    if answer.isascii():
        return False
    for word in re.findall(r"[^\W\d_]+", answer):
        if not word.isascii() and len(word) > 2:  # "Δt" is a quantity
            scripts = {unicodedata.name(ch, "").split(" ", 1)[0] for ch in word}
            if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH"}:
                return True
            if any(name.startswith("MATHEMATICAL") for name in scripts):
                return True
    return False


def is_instruction(answer: str) -> bool:
    """Whether something in it speaks to a grader or to a model, or looks like their input or output."""
    return bool(instruction_spans(_plain(answer)))


def _plain(answer: str) -> str:
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", answer)) if not answer.isascii() else answer


def is_encoded(answer: str) -> bool:
    """Whether a stretch looks like Base64, hexadecimal, escapes or bits."""
    if len(answer) < 40 or ("\\u" not in answer and max(map(len, answer.split()), default=0) < 40):
        digits = sum(map(answer.count, "0123456789"))
        if digits < 24:
            return False
    return bool(_ENCODED.search(answer))


def is_markup(answer: str) -> bool:
    """Whether it holds HTML that does something, or a spreadsheet formula."""
    if "<" not in answer and "script" not in answer and not _FORMULA.search(answer):
        return False
    return bool(_MARKUP.search(answer))


_FORMULA = re.compile(r"^\s*[=+@-]", re.MULTILINE)


def has_duplicates(reading: Reading) -> bool:
    """Whether a sentence of five words or more comes twice."""
    if len(reading.sentences) < 2:
        return False
    seen: set[tuple[str, ...]] = set()
    for sentence in reading.sentences:
        words = tuple(t.text for t in sentence.tokens)
        if len(words) >= 5:
            if words in seen:
                return True
            seen.add(words)
    return False


def is_foreign(reading: Reading) -> bool:
    """Whether a longer text has next to no English function words, but words of other languages or scripts."""
    words = [t.text for t in reading.tokens if t.text.isalpha() and len(t.text) > 1]
    if len(words) < 8 or sum(w in STOPWORDS for w in words) > 0.25 * len(words):
        return False
    other = sum(w in _OTHER_FUNCTION_WORDS or not w.isascii() for w in words)
    return other / len(words) > 0.2


_OTHER_FUNCTION_WORDS = frozenset(
    """der die das und ist nicht ein eine mit von den dem auf für werden wird sich auch oder wenn
    el los las que del una por con para como pero esta está son más se lo su
    le les des une est dans pour qui sur avec pas ce il elle sont nous vous
    il gli che di della non per sono questo nel con più
    o os um uma não com dos das em para
    het een van niet dat voor zijn met""".split()
) - {"die", "con", "per", "son", "se", "as", "o", "em", "met", "van", "il"}


def is_copy(rubric: Rubric, answer: str) -> bool:
    """Whether two criteria of eight words or more stand in the answer word for word."""
    if len(rubric.criteria) < 2:
        return False
    text = " ".join(answer.casefold().split())
    return sum(bool(claim := _long_claim(c.text)) and claim in text for c in rubric.criteria) >= 2


@lru_cache(maxsize=4096)  # the criteria of some hundred rubrics
def _long_claim(text: str) -> str:
    """The text as it is compared, or nothing if it is short."""
    words = text.casefold().split()
    return " ".join(words) if len(words) >= 8 else ""
