"""Cue groups for a criterion: the few concepts it turns on, each with other ways to name it."""

import re
from functools import lru_cache

from grading.core.derive.wording import generic_stems, stems
from grading.core.text import STOPWORDS, stem, tokenise

_MOST_GROUPS = 3
_MOST_IDENTIFIERS = 6

# Ways to name a concept, in the words of people who talk about software. The first column is a head word as it
# stands in reference answers; any other of the line may stand there as well.
_VOCABULARY = """
    mutex | lock
    simultaneously | at the same time | concurrently | in parallel | at once
    concurrent | parallel | at the same time | simultaneous
    identity | same object | same memory | same address | `id()`
    value | contents | content | equal
    deallocated | freed | released | destroyed | reclaimed
    circular references | reference cycles | cycles | cyclic | point to each other | refer to each other
    lazily | on demand | one at a time | one by one | when needed | as needed
    lazy | on demand | one at a time | one by one | when needed | as needed
    on-demand | lazily | one at a time | when asked | when needed
    infinite | endless | unbounded | never ends
    memory | RAM | memory footprint
    efficient | little memory | saves | less memory | economical
    enclosing | outer | surrounding
    nested | inner
    captures | remembers | keeps | closes over | retains | holds on to
    modify | change | alter | wrap | extend
    automatically | by itself | for free | without extra code | generated
    automatic | by itself | for free | without extra code | generated
    documentation | docs | Swagger
    validation | validate | checks | checked
    asynchronous | async | non-blocking
    synchronous | sync | blocking
    blocks | waits | stuck | held up | sits idle
    waits | blocks | idle | stuck
    event loop | loop
    retry | retries | try again | retried
    restarts | crashes | dies | goes down | killed
    lost | gone | disappear | vanish | dropped
    distributed | other machines | several machines | separate process
    inject | inject | hand in | pass in | provide | supply
    reuse | share | shared | use again | once
    mock | fake | override | replace | stub | swap
    hashed | hash | bcrypt | argon2 | not plain text
    expiry | expire | expires | expiration | `exp`
    role | roles | permission | permissions | admin | RBAC
    token | JWT | bearer
    header | headers
    password | passwords | credentials
    secret | secrets | key | keys
    injection | injected | concatenate | string formatting
    parameterized | bound parameters | placeholders | parameters
    rate | throttle | limit | requests per minute
    migration | migrations | Alembic | schema changes
    session | sessions
    engine | connection pool
    middleware | around every request | every request
    exception | error
    handler | handlers | handle
    structure | layout | folders | packages
    routes | routers | endpoints
    configuration | settings | environment variables | config
    environment | env | `.env`
    logging | logs | log
    queue | broker | worker | Celery
    multiprocessing | processes | several processes | separate processes
    cpu-bound | computation | CPU heavy | number crunching | calculations
    i/o-bound | network | disk | waiting
    collisions | collision | same slot | same bucket | clash
    bucket | slot | position | index
    probing | next slot | other slot | try another
    uniformly | evenly | spread
    constant | O(1)
    constructor | constructors | factory | from_string
    utility | helper | helpers
    singleton | only one | None
    interned | interns | cached | caches | small integers
    closed | closes | cleanup | clean up | released
    resource | resources | file | connection
    serialization | serialize | convert | JSON
    compiled | Cython | Rust | C
    fast | quick | speed | high performance
    concurrency | many requests | thousands
    connections | requests | clients
    type hints | annotations | types
    docstring | docstrings
    immutable | cannot change | can't be changed
    mutable | can change | can be changed
    rolled back | rollback | undone
    commit | commits | committed
    transaction | atomic
    cache | cached | caching
    index | indexes | indices
    idempotent | repeat | same effect
    stateless | no state
    subclass | inherit | derived
    iterator | iterate | `next`
    default | defaults | by default
    decorator | decorators | wrapper | `@`
    thread | threads | threading
    separate | separation | decoupled | apart
    maintain | maintainable | easy to change
    scale | scalable | grow
    test | tests | testing | testable
"""


def cue_groups(
    text: str, question: str, said: frozenset[str], *, items: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], ...]:
    """Up to three concepts of a criterion, in its order; for a choice, one group per item.

    said holds the stems of the whole reference answer: words that only stand in the criterion, because a fragment or
    code was put into a sentence, are no cues. Nor are words of the question, unless there is nothing else.
    """
    if items:
        groups = [group for item in items if (group := _item_group(item, question))]
        return tuple(dict.fromkeys(groups))
    identifiers = _identifiers(text, question)
    words = _words(_CODE.sub(" ", text), question) or ([] if identifiers else _words(text, ""))
    words = [word for word in words if stems(word) <= said]
    room = _MOST_GROUPS - (1 if identifiers else 0)
    chosen = sorted(sorted(words, key=lambda word: -_telling(word))[:room], key=words.index)
    groups = [identifiers] if identifiers else []
    groups += [_with_alternatives(word) for word in chosen]
    return tuple(dict.fromkeys(groups))


_CODE = re.compile(r"`([^`]+)`")


def _identifiers(text: str, question: str) -> tuple[str, ...]:
    """The code in a sentence as one group: naming any of it shows that one knows."""
    asked = stems(question)
    found: list[str] = []
    for code in _CODE.findall(text):
        if len(code) > 40 or "`" + code + "`" in question or (stems(code) and stems(code) <= asked):
            continue
        found.append(f"`{code}`")
        found.extend(_spoken(code))
    return tuple(dict.fromkeys(found))[:_MOST_IDENTIFIERS]


def _spoken(code: str) -> list[str]:
    """How people say an identifier: `__eq__` as "dunder eq", `OAuth2PasswordBearer` as its words."""
    if match := re.fullmatch(r"__(\w+)__(?:\(\))?", code):
        return [f"dunder {match.group(1)}"]
    words = [token.text for token in tokenise(code)]
    name = re.fullmatch(r"@?[\w.]+(?:\(\))?", code)
    return [" ".join(words)] if name and 2 <= len(words) <= 4 else []


def _words(text: str, question: str) -> list[str]:
    """The telling words of a sentence, in order, each stem once; "reference cycles" and the like stay together."""
    unwanted = stems(question) | generic_stems() | _dull_stems()
    lowered = text.lower()
    found = [phrase for phrase in _phrases() if phrase in lowered and not stems(phrase) <= unwanted]
    seen = set().union(*(stems(phrase) for phrase in found)) if found else set()
    for token in tokenise(text):
        if token.text in STOPWORDS or token.stem in unwanted or token.stem in seen or len(token.text) < 3:
            continue
        if token.text.endswith("ly") and token.stem not in _alternatives():
            continue
        seen.add(token.stem)
        found.append(text[token.start : token.end])
    return sorted(found, key=lambda word: lowered.find(word.lower()))


# Words that stand in any sentence and tell nothing about what it claims.
_DULL = """
    able allow also another based become begin belong bring called certain come contain correct create current depend
    every exist first full general given good group high include item keep large level like list long low maintain
    many multiple more most name need new next normal number old operation order other own part place possible
    primary proper put real reach related result return second see seen set single small specific stand start state
    supplemented support system take tell term thing time together true turn understand want whole word work
"""


@lru_cache(maxsize=1)
def _dull_stems() -> frozenset[str]:
    return frozenset(token.stem for token in tokenise(_DULL)) - frozenset(_alternatives())


def _telling(word: str) -> float:
    """How much a word says: known concepts first, then names, then long words."""
    known = 4.0 if stem(word.lower()) in _alternatives() or word.lower() in _phrases() else 0.0
    name = 2.0 if any(char.isupper() or char.isdigit() for char in word[1:]) else 0.0
    return known + name + min(len(word), 12) / 4


def _item_group(item: str, question: str) -> tuple[str, ...]:
    identifiers = _identifiers(item, question)
    words = sorted(_words(_CODE.sub(" ", item), question), key=lambda word: -_telling(word))[:3]
    return tuple(
        dict.fromkeys((*identifiers[:3], *(word.lower() if word.istitle() else word for word in words)))
    )


def _with_alternatives(word: str) -> tuple[str, ...]:
    plain = word.lower() if word.istitle() else word
    others = _phrases().get(word.lower()) or _alternatives().get(stem(word.lower()), ())
    return tuple(dict.fromkeys((plain, *(other for other in others if other.lower() != plain.lower()))))


@lru_cache(maxsize=1)
def _lines() -> tuple[tuple[str, ...], ...]:
    rows = [line.split(" | ") for line in _VOCABULARY.strip().splitlines()]
    return tuple(tuple(cell.strip() for cell in row) for row in rows)


@lru_cache(maxsize=1)
def _alternatives() -> dict[str, tuple[str, ...]]:
    """Head words of one word by stem, with their whole line."""
    return {
        stem(row[0]): row for row in _lines() if " " not in row[0] and "/" not in row[0] and "-" not in row[0]
    }


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[str, ...]]:
    """Head phrases of several words, with their whole line."""
    return {row[0]: row for row in _lines() if " " in row[0] or "/" in row[0] or "-" in row[0]}
