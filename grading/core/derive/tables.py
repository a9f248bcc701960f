"""Tables: a row of a comparison is a criterion, and says which property belongs to which term."""

import re
from collections.abc import Iterable

from grading.core.derive.blocks import Table
from grading.core.derive.contrasts import told_apart
from grading.core.derive.points import Origin, Pair, Point
from grading.core.derive.wording import (
    is_predicate,
    lower_first,
    plain_title,
    sentence,
    stems,
    with_article,
    word_count,
)

_ASPECT_HEADERS = frozenset(
    """aspect attribute characteristic criteria criterion detail dimension feature issue item metric point property
    question topic what""".split()
)
_VALUE_HEADERS = re.compile(
    r"""^(?:access(?:es)?(?:\ to)? | use(?:s|d\ for|\ cases?)? | purpose | meaning | means | description | role
      | examples? | when.* | what.* | how.* | why.* | where.* | effects? | results? | returns? | raises | type | default
      | complexity | cost | notes? | behaviou?r | tools? | suits | fits | typical.* | best\ for | good\ for | does
      | consequence | contains | holds | remarks? | answer)$""",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST_TERM = 4  # words; a longer one is a situation, not a thing that could be mixed up
_NOTHING = re.compile(r"^(?:none|no|nothing|-|–|—|n/?a|not?)$", re.IGNORECASE)
_USE_HEADER = re.compile(
    r"^(?:typical |common |main )?(?:use cases?|uses?|used for|usage|purpose|good for|best for)$",
    re.IGNORECASE,
)
_VERB_HEADER = re.compile(
    r"""^(?:allows|blocks|can|contains|costs|creates|gets|gives|happens|has|holds|knows|loads|means|must|needs|provides|
        raises|reaches|receives|requires|returns|runs|sees|stores|suits|supports|takes|uses|waits|works|yields)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def table_points(table: Table, question: str, group: int, title: str = "") -> list[Point]:
    """The points of a table, in its order; their contrasts name the terms that must not be mixed up."""
    header = tuple(plain_title(name) for name in table.header)
    rows = [tuple(_calm(cell) for cell in row) for row in table.rows if len(row) == len(header)]
    if len(header) < 2 or not rows:
        return []
    if _compares_columns(header, rows, question):
        if _has_aspects(header, rows, question):
            aspects = [(row[0], list(zip(header[1:], row[1:], strict=True))) for row in rows]
        else:
            aspects = [_aspect_in_cells(header, row) for row in rows]
        return [_by_aspect(aspect, pairs, group, title) for aspect, pairs in aspects]
    return _by_term(header, rows, group, question)


def _calm(cell: str) -> str:
    """A short cell without the capitals of a headline."""
    return plain_title(cell) if word_count(cell) <= 3 else cell


def _has_aspects(header: tuple[str, ...], rows: list[tuple[str, ...]], question: str) -> bool:
    """Whether the first column names what is compared, and is not itself one of the things compared."""
    first = header[0].strip().lower()
    if not first or first in _ASPECT_HEADERS or first.rstrip("s") in _ASPECT_HEADERS:
        return True
    if len(header) == 2:
        return False
    names = sum(word_count(row[0]) for row in rows) * (len(header) - 1)
    told = sum(word_count(cell) for row in rows for cell in row[1:])
    return not stems(first) <= stems(question) or names < 0.6 * told


def _compares_columns(header: tuple[str, ...], rows: list[tuple[str, ...]], question: str) -> bool:
    """Whether the columns are the things compared ("Regular function | Generator"), and not the rows."""
    values = header[1:]
    if any(_VALUE_HEADERS.match(name.strip().rstrip("?")) or _VERB_HEADER.match(name) for name in values):
        return False
    first = header[0].strip().lower()
    if not first or first in _ASPECT_HEADERS:
        return True
    asked = stems(question)
    in_columns = sum(bool(stems(name) & asked) for name in values) / len(values)
    in_rows = sum(bool(stems(row[0]) & asked) for row in rows) / len(rows)
    return in_columns > in_rows


def _aspect_in_cells(header: tuple[str, ...], row: tuple[str, ...]) -> tuple[str, list[Pair]]:
    """A row without a column for the aspect; cells may carry it themselves ("Memory: stores all data")."""
    split = [cell.split(": ", 1) for cell in row]
    shared = {cell[0].lower() for cell in split if len(cell) == 2}
    if len(shared) == 1 and all(len(cell) == 2 for cell in split):
        return split[0][0], [(name, cell[1]) for name, cell in zip(header, split, strict=True)]
    return "", list(zip(header, row, strict=True))


def _by_aspect(aspect: str, pairs: list[Pair], group: int, title: str) -> Point:
    pairs = [(term, cell) for term, cell in pairs if cell]
    alike: dict[str, list[str]] = {}
    for term, cell in pairs:
        alike.setdefault(cell, []).append(term)
    parts = [_clause(_and(terms), cell, plural=len(terms) > 1) for cell, terms in alike.items()]
    body = "; ".join(parts)
    text = sentence(f"{aspect}: {body}" if aspect else body)
    contrasts = tuple(
        (pair, *(other for other in pairs if other != pair and other[1] != pair[1])) for pair in pairs
    )
    return Point(
        text=text,
        body=body,
        weight=1.0,
        origin=Origin.ROW,
        group=group,
        label=aspect or title,
        source=" | ".join([*([aspect] if aspect else []), *(f"{term}: {cell}" for term, cell in pairs)]),
        contrasts=tuple(contrast for contrast in contrasts if len(contrast) > 1),
    )


def _clause(term: str, cell: str, *, plural: bool) -> str:
    if is_predicate(cell) and not plural:
        return f"{with_article(term)} {lower_first(cell)}"
    return f"{lower_first(term)} – {lower_first(cell)}"


def _by_term(header: tuple[str, ...], rows: list[tuple[str, ...]], group: int, question: str) -> list[Point]:
    points = []
    columns = list(range(1, len(header)))
    uses = [column for column in columns if _USE_HEADER.match(header[column])]
    facts = [column for column in columns if column not in uses]
    for row in rows:
        # One criterion is one claim: what a term is for stands apart from what it is, unless both are short.
        long = sum(word_count(row[column]) for column in columns) > 14 or len(columns) > 2
        bundles = [facts, uses] if facts and uses and long else [columns]
        for bundle in _short_enough(bundles, row):
            point = _row_point(header, rows, row, bundle, group, question)
            if point:
                points.append(point)
    return points


def _short_enough(bundles: Iterable[list[int]], row: tuple[str, ...]) -> Iterable[list[int]]:
    """Columns that would make too long a sentence together come one by one."""
    for bundle in bundles:
        if len(bundle) > 1 and sum(word_count(row[column]) for column in bundle) > 24:
            yield from ([column] for column in bundle)
        else:
            yield bundle


def _row_point(
    header: tuple[str, ...],
    rows: list[tuple[str, ...]],
    row: tuple[str, ...],
    columns: list[int],
    group: int,
    question: str,
) -> Point | None:
    term = row[0]
    filled = [column for column in columns if row[column]]
    if not filled:
        return None
    phrases = [_phrase(header[column], row[column]) for column in filled]
    if all(_has_verbs(header, rows, column) for column in filled):
        body = _and(phrases)
        text = f"{with_article(term)} {body}"
    elif len(header) == 2:
        body = lower_first(row[1])
        text = f"{term}: {body}"
    else:
        body = "; ".join(
            phrase
            if _has_verbs(header, rows, column) and " as its " not in phrase
            else _entry(header[column], row[column])
            for phrase, column in zip(phrases, filled, strict=True)
        )
        text = f"{term}: {body}"
    contrasts: list[tuple[Pair, ...]] = []
    asked = bool(stems(header[0]) & stems(question))
    for column in columns:
        rivals = tuple(
            (other[0], other[column])
            for other in rows
            if other[column] != row[column] and (asked or told_apart(term, other[0], question))
        )
        if (
            rivals
            and row[column]
            and all(word_count(one) <= _LONGEST_TERM for one, _ in ((term, ""), *rivals))
        ):
            contrasts.append(((term, row[column]), *rivals))
    return Point(
        text=sentence(text),
        body=body,
        weight=1.0,
        origin=Origin.ROW,
        group=group,
        label=term,
        source=" | ".join([term, *(f"{header[column]}: {row[column]}" for column in columns)]),
        examples=(sentence(f"{term}: {', '.join(lower_first(row[column]) for column in filled)}"),),
        contrasts=tuple(contrasts),
    )


def _has_verbs(header: tuple[str, ...], rows: list[tuple[str, ...]], column: int) -> bool:
    """Whether every cell of a column can be put as a predicate; the rows of one table are worded alike."""
    return all(_phrase(header[column], row[column]) for row in rows if row[column])


def _phrase(header: str, cell: str) -> str:
    """A cell as a predicate of its row's term, or nothing when its header gives no verb for that."""
    name, value = lower_first(header.strip().rstrip("?")), lower_first(cell)
    short = word_count(value) <= 6
    if _NOTHING.match(cell):
        if match := re.match(r"^(first )?(.*(?:parameter|argument))$", name):
            return f"takes no implicit {match.group(1) or ''}{match.group(2).removeprefix('first ')}"
        return f"has access to {value}" if name.startswith("access") else ""
    if re.match(r"^(?:yes|not?|never|always)\b", value):
        return ""
    if re.search(r"parameter$|argument$", name):
        return f"takes {value} as its {name}" if short else ""
    if re.match(r"^access(?:es)?(?: to)?$", name):
        return f"has access to {value}"
    if re.match(r"^(?:what it is|what is it|meaning|is)$", name):
        return (
            value if is_predicate(value) else f"is {value}" if re.match(r"(?:an?|the|one)\b", value) else ""
        )
    if _USE_HEADER.match(name):
        return f"is used for {value}"
    if _VERB_HEADER.match(name):
        return f"{name.removesuffix(' when') if value.startswith(('always', 'never')) else name} {value}"
    if is_predicate(value):
        return value
    if not short or not re.fullmatch(r"[a-z]+(?: [a-z]+)?", name) or _QUESTION.match(name):
        return ""
    return f"has {value} as its {name}"


_QUESTION = re.compile(
    r"^(?:how|what|why|where|when|who|which|does|do|must|can|is|are|in|if|while|after|before|during|on)\b"
)


_SAYS_NOTHING = re.compile(r"^(?:what|how|meaning|description|answer|behaviou?r)\b[^?]*$")


def _entry(header: str, cell: str) -> str:
    """A cell that makes no predicate: on its own when its header only asks, else behind its header."""
    name = lower_first(header.strip())
    return lower_first(cell) if _SAYS_NOTHING.match(name) else f"{name.rstrip('?')}: {lower_first(cell)}"


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
