"""Wording: fragments of a reference answer become sentences that a candidate can read."""

import re
from functools import lru_cache

from grading.core.text import content, tokenise

# Names that keep their capital inside a sentence although they look like ordinary words.
_NAMES = frozenset(
    """Alembic Ansible Apache Bash Celery C Django Docker Elasticsearch English Fernet Flask France Git Google Granian
    Gunicorn Hypercorn I Java Jinja Kafka Kubernetes Linux Lua Mongo Numba Pandas Playwright Postgres Prometheus
    Pydantic Python Rabbit Redis Rust Sentry Starlette Swagger Unicode Unix Uvicorn Windows Zope""".split()
)
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|cf|etc|approx|resp|incl|no|[A-Za-z])\.)$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?][\"”’)\]`]*\s+(?=[\"“‘(\[`@_]*[A-Z0-9`_@])")

_IMPERATIVE = frozenset(
    """add always avoid build call catch check choose close configure consider create define declare do don't enable
    ensure escape follow give handle hash import keep limit log make measure mock never note pass pin prefer provide
    raise read rely remember return run send set split store test use validate wrap write""".split()
)
_PREDICATE = re.compile(
    r"^(?:(?:is|are|has|have|can|cannot|must|may|does|do|will|never)\b|"
    r"(?:return|yield|execute|use|take|store|run|keep|hold|need|support|allow|give|make|create|call|raise|compare|"
    r"check|block|wait|handle|provide|require|produce|define|accept|expect|receive|send|share|copie|copy|own|get|"
    r"change|convert|load|cache|prevent|live|belong|work|start|stop|release|continue|scale|map|consume|evaluate|"
    r"generate|remember|offer|include|inherit|access|operate|modify|modifie|perform|read|write|count|free|"
    r"detect|depend|exist|group|let|propagate|swallow|validate|serialize|parse)(?:s|es)\b)",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"""^(?:
        (?:let'?s|let\ us|below|see|i\ would|refer\ to|read\ more|for\ more|the\ following|first\ of\ all)\b
      | here(?:'s|\ is|\ are|\ we)\b
      | as\ (?:shown|described|mentioned|noted)\b
      | consider\ (?:the|this|an?)\b
      | for\ (?:example|instance)\b[,:]?$
      | note\ that$
      | in\ this\ (?:answer|section|example)\b
      | (?:this|these|it|they)\ (?:is|are)\ (?:important|useful|as\ follows|worth)\b
      | there\ are\ (?:\w+\ ){0,3}(?:ways|kinds|types|reasons|things|options)\b
      | [^.:]{0,40}\b(?:comes?\ from|consists?\ of|is\ built\ on|has|have|are|needs?)
        \ (?:two|three|four|five|six|several|many)\ \w+(?:,[^.]*)?\.?$
      | to\ (?:sum\ up|summari[sz]e|conclude)\b
      | in\ (?:short|summary|conclusion)[,:]?$
      | more\ on\ (?:this|that)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_CROSS_REFERENCE = re.compile(
    r"""\s*\((?:see|cf\.|compare|more\ on)\b[^()]*\)
      | [,;]?\s*(?:see|as\ (?:shown|described|discussed|explained))\ (?:above|below|earlier|later)""",
    re.IGNORECASE | re.VERBOSE,
)

# Words that add nothing to what a question asks.
_GENERIC = frozenset(
    """achieve answer approach case come common concept consider detail difference different do example explain fact
    feature follow general get give good great handle have help idea implement important include introduce key kind
    let main make mean need number offer one option part point provide purpose question reason several show thing two
    three four five six type use useful various way work""".split()
)


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning."""
    return frozenset(token.stem for token in content(tokenise(text)))


def novel(text: str, question: str) -> frozenset[str]:
    """Stems that say more than the question and more than any answer could."""
    return stems(text) - stems(question) - generic_stems()


@lru_cache(maxsize=1)
def generic_stems() -> frozenset[str]:
    return frozenset(token.stem for token in tokenise(" ".join(_GENERIC)))


def is_filler(sentence: str, question: str) -> bool:
    """Whether a sentence only leads over, refers elsewhere, or repeats the question."""
    bare = sentence.strip()
    if _FILLER.match(bare):
        return True
    fresh = novel(bare, question)
    return not fresh or (len(fresh) < 2 and "`" not in bare and len(stems(bare)) < 5)


def split_sentences(text: str) -> list[str]:
    """Sentences and the members of an enumeration in running text ("1. … 2. …", "• …"), without their numbers.

    Abbreviations, version numbers and dotted names do not end a sentence.
    """
    return [
        bare
        for part in _ENUMERATOR.split(text)
        for sentence in _sentences(part)
        if (bare := _NUMBER.sub("", sentence))
    ]


_ENUMERATOR = re.compile(r"\s+[•●○▪]\s*|(?<=[.;:])\s+(?=(?:\d{1,2}[.)]|\(?[ivx]{1,4}\))\s*[A-Za-z])")
_NUMBER = re.compile(r"^(?:[•●○▪]\s*|\d{1,2}[.)]\s*(?=[A-Za-z]))?(?:\(?[ivx]{1,4}\)\s*)?")


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    start = checked = 0
    in_code = False
    for match in _SENTENCE_END.finditer(text):
        in_code ^= text.count("`", checked, match.start()) % 2 == 1
        checked = match.start()
        if in_code or _ABBREVIATION.search(text, max(0, match.start() - 8), match.start() + 1):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


_CONNECTIVE = re.compile(
    r"^(?:additionally|also|besides|consequently|furthermore|hence|however|in addition|moreover|therefore|thus|finally|"
    r"in other words|that is|first|second|third|then|so), (?=\S)",
    re.IGNORECASE,
)


def without_connective(text: str) -> str:
    """Without the "Therefore, " in front, which means nothing when the sentence stands alone."""
    return _CONNECTIVE.sub("", text)


def without_cross_references(text: str) -> str:
    return _CROSS_REFERENCE.sub("", text).strip()


def sentence(text: str) -> str:
    """With a capital in front and a full stop at the end. Code and names keep the case they have."""
    text = re.sub(r"\s+", " ", text).strip().rstrip(" ;,:")
    if not text:
        return ""
    if text[0].islower() and not re.match(r"\w*[A-Z_0-9(./=]", text.split(" ", 1)[0]):
        text = text[0].upper() + text[1:]
    return text if re.search(r"[.!?][\"”’)\]]*$", text) else text + "."


def parenthesised(text: str) -> str:
    """ "Testing: easy to mock" as "testing (easy to mock)", to stand in a list."""
    match = re.match(r"^([^:`()]{1,40}): ([^()]+)$", text.rstrip("."))
    if match and word_count(match.group(2)) <= 9:
        return f"{lower_first(match.group(1))} ({lower_first(match.group(2))})"
    return lower_first(text.rstrip(".")).replace(": ", " – ", 1)


def lower_first(text: str) -> str:
    """Without the capital of an ordinary first word, to stand behind a colon."""
    first = re.match(r"[A-Z][a-z]*(?:[-'’/][a-z]+)*(?![\w/])", text)
    if not first or first.group() in _NAMES or re.split(r"[-'’/]", first.group())[0] in _NAMES:
        return text
    if first.group() == "A" or len(first.group()) > 1:
        return text[0].lower() + text[1:]
    return text


def plain_title(title: str) -> str:
    """ "Cyclic Garbage Collector" as "Cyclic garbage collector"; names and acronyms stay."""
    before, bracket, after = title.strip().partition("(")
    words = before.split(" ")
    return " ".join([words[0], *(lower_first(word) for word in words[1:])]) + bracket + after


def is_imperative(text: str) -> bool:
    words = text.split(" ", 1)
    return bool(words) and words[0].lower().strip(",") in _IMPERATIVE


def is_predicate(text: str) -> bool:
    """Whether a table cell or fragment begins with a verb that wants a subject ("yields values")."""
    return bool(_PREDICATE.match(text))


_COUNTED = frozenset(
    {"function", "session", "exception", "version", "process", "class", "expression", "string"}
)


def with_article(term: str) -> str:
    """ "Instance method" as "an instance method"; names, code, plurals and mass nouns stay as they are."""
    lowered = lower_first(term)
    last = lowered.rsplit(" ", 1)[-1]
    mass = last.endswith(("s", "ing", "ion", "ness", "ment", "data")) and last not in _COUNTED
    if "`" in term or not (last.isalpha() and last.islower()) or mass:
        return lowered
    return f"{'an' if lowered[0] in 'aeiou' else 'a'} {lowered}"


def word_count(text: str) -> int:
    return len(text.split())
