"""Questions that ask for some of what a reference answer lists: "Name two advantages of …"."""

import re
from collections import Counter
from collections.abc import Sequence

from grading.core.derive.blocks import Listing, Section, Text
from grading.core.derive.wording import split_sentences
from grading.core.text import tokenise

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_ASKS = re.compile(
    r"\b(?:name|list|give|state|mention|identify|describe|provide|what are)\s+(?P<between>(?:[\w’']+\s+){0,3}?)"
    r"(?P<number>[2-6]|two|three|four|five|six)\s+(?P<noun>[^.?!;:]*)",
    re.IGNORECASE,
)
# "Name the two phases" wants both; "in two sentences" is about length.
_NO_CHOICE = re.compile(r"\b(?:the|these|those|both|all|in|with|how|why|what)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"^(?:[\w-]+\s+){0,2}?(?!sentences|words|lines|pages|minutes)\w+s\b", re.IGNORECASE)
_MORE = re.compile(
    r"(?:\b(?:and|then|also)|,)\s+(?:please\s+)?"
    r"(?:explain|describe|discuss|say|tell|compare|how|why|what|which|when|give|name)\b"
    r"(?!\s+(?:them|each|it|both|one|briefly)\b)",
    re.IGNORECASE,
)
_ENUMERATOR = re.compile(r"(?:^|\s)\d{1,2}\s?[.)]\s?(?=[A-Z])")


def how_many(question: str) -> int:
    """How many things of a kind are enough for an answer, 2..6; 0 where the question does not say, or asks for
    something else besides.
    """
    sentences = split_sentences(question)
    for number, sentence in enumerate(sentences):
        found = _ASKS.search(sentence)
        things = _SEVERAL.match(found["noun"]) if found else None
        if not found or not things or _NO_CHOICE.search(found["between"]):
            continue
        about = _stems(things.group())
        others = (other for i, other in enumerate(sentences) if i != number and other.endswith("?"))
        if _MORE.search(found["noun"]) or any(about.isdisjoint(_stems(other)) for other in others):
            return 0
        written = found["number"].lower()
        return _NUMBERS.get(written) or int(written)
    return 0


def _stems(text: str) -> set[str]:
    return {token.stem for token in tokenise(text)}


def is_enumeration(sections: Sequence[Section], count: int) -> bool:
    """Whether an answer lists more than count things of a kind: in a list, by numbers, or in sentences that all
    begin alike.
    """
    blocks = [block for section in sections for block in section.blocks]
    listed = sum(len(block.items) for block in blocks if isinstance(block, Listing))
    if listed > count and all(isinstance(block, Listing | Text) for block in blocks):
        return True
    if not all(isinstance(block, Text) for block in blocks):
        return False
    text = "\n".join(block.whole for block in blocks if isinstance(block, Text))
    sentences = split_sentences(text)
    first = Counter(sentence.split()[0].lower() for sentence in sentences)
    alike = max(first.values(), default=0)
    return len(_ENUMERATOR.findall(text)) > count or (alike > count and alike >= 0.75 * len(sentences))
