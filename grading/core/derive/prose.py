"""Sentences and lists of a reference answer as points."""

import re
from dataclasses import replace

from rapidfuzz.distance import Indel

from grading.core.derive.blocks import Item, Listing, Text
from grading.core.derive.contrasts import told_apart
from grading.core.derive.points import Origin, Pair, Point
from grading.core.derive.titles import is_choice, is_listing, is_rhetorical, labelled
from grading.core.derive.wording import (
    is_filler,
    is_predicate,
    lower_first,
    novel,
    plain_title,
    sentence,
    split_sentences,
    stems,
    without_connective,
    without_cross_references,
    word_count,
)

_LONGEST = 34  # words in one criterion; beyond that it is not one claim
_ANNOUNCING = re.compile(
    r"[,;]?\s*\b(?:by|via|through|with|using|in|on|for|as|from|such as)?\s*(?:\w+ing|follows|these|namely)?:$"
)
_TAIL = re.compile(r"\b(?:by|via|through) (\w+ing):$")
_WEAK_START = re.compile(
    r"^(?:this|that|these|those|it|they|the (?:former|latter|other)|here|both|such)\b", re.IGNORECASE
)
_PRONOUN = re.compile(r"^(they|it) ", re.IGNORECASE)
_DEFINES = re.compile(
    r"\b(?:is|are|means|refers to|occurs? when|consists? of|stands for|asks whether)\b|^[^,]{0,40}:",
    re.IGNORECASE,
)


def paragraph_points(text: Text, question: str, group: int, title: str, *, opening: bool) -> list[Point]:
    """One point per sentence that says something; opening marks the paragraph that the answer begins with."""
    points: list[Point] = []
    if text.lead and text.bold:
        body = _essence(text)
        if novel(body, question):
            points.append(Point(sentence(body), body, 1.0, Origin.ITEM, group, title, text.whole))
        sentences = split_sentences(text.rest)[_sentences_in(body, text) :]
    else:
        sentences = split_sentences(text.whole)
    first = (split_sentences(text.rest) or [""])[0]
    for index, raw in enumerate(sentences):
        body = without_connective(without_cross_references(raw))
        if body.endswith(":"):
            body = _ANNOUNCING.sub("", body).strip()
        if is_filler(body, question) or word_count(body) < 3:
            continue
        if points and _continues(points[-1], body):
            points[-1] = _joined(points[-1], body)
            continue
        body = _with_subject(body, first, question)
        asked = bool(stems(title) & stems(question)) and not is_rhetorical(title)
        defines = index == 0 and not text.lead and (opening or asked or _names_title(title, body))
        points.append(
            Point(
                text=sentence(labelled(title, body)),
                body=body,
                weight=2.0 if defines and (len(novel(body, question)) >= 3 or _DEFINES.search(body)) else 1.0,
                origin=Origin.DEFINITION if defines else Origin.SENTENCE,
                group=group,
                label=title,
                source=raw,
            )
        )
    return points


def _sentences_in(body: str, text: Text) -> int:
    """How many of the sentences behind a bold opening its criterion holds already."""
    first = (split_sentences(text.rest) or [""])[0].rstrip(".")
    return 1 if first and first.lower() in body.lower() else 0


def by_length(points: list[Point]) -> list[Point]:
    """The points of an answer that is nothing but sentences, weighted by how much each says: half a point for every
    three telling words.
    """
    return [
        replace(point, weight=min(3.0, max(0.5, round(len(stems(point.body)) / 3) / 2))) for point in points
    ]


def _names_title(title: str, body: str) -> bool:
    return (
        bool(title)
        and not is_rhetorical(title)
        and bool(_DEFINES.search(body))
        and bool(stems(title) & stems(body))
    )


def _continues(before: Point, body: str) -> bool:
    """Whether a sentence cannot be read without the one before, or says the same again."""
    if word_count(before.text) + word_count(body) > _LONGEST + 6:
        return False
    if _WEAK_START.match(body) and not (_PRONOUN.match(body) and word_count(body) >= 5):
        return True
    shared = stems(before.body) & stems(body)
    again = len(shared) >= 3 and len(shared) >= 0.42 * min(len(stems(body)), len(stems(before.body)))
    return again and not _parallel(before.body, body)


def _parallel(one: str, other: str) -> bool:
    """Whether two sentences are built alike, as those that set two things apart are ("A stack …. A queue ….")."""
    return Indel.normalized_similarity(one.lower().split(), other.lower().split()) >= 0.6


def _with_subject(body: str, first: str, question: str) -> str:
    """ "They implement …" with what they are, when the paragraph opens with a subject from the question."""
    pronoun = _PRONOUN.match(body)
    if not pronoun:
        return body
    asked, subject = stems(question), []
    for word in first.split():
        known = stems(word) <= asked if stems(word) else word.lower() in {"a", "an", "the"}
        if not known or not word.strip("`\"“”'’-").replace("-", "").replace("`", "").isalnum():
            break
        subject.append(word)
    if not subject or not stems(" ".join(subject)):
        subject = first.split()[
            : next((i for i, word in enumerate(first.split()[:6]) if word in {"is", "are"}), 0)
        ]
        if not subject or _WEAK_START.match(first):
            return body
    plural = subject[-1].lower().endswith("s") and not subject[-1].lower().endswith("ss")
    if plural != (pronoun.group(1).lower() == "they"):
        return body
    return f"{' '.join(subject)} {body[pronoun.end() :]}"


def _joined(before: Point, body: str) -> Point:
    return Point(
        text=f"{before.text} {sentence(body)}",
        body=f"{before.body} {body}",
        weight=before.weight,
        origin=before.origin,
        group=before.group,
        label=before.label,
        source=f"{before.source} {body}",
        examples=before.examples,
    )


def list_points(
    listing: Listing, question: str, group: int, title: str, announced: str = "", *, leading: bool = False
) -> list[Point]:
    """One point per item; short examples of one thing become one point of which some suffice.

    announced is the sentence in front that the items complete ("… by inspecting:"); leading says that the answer
    opens with this list, so that its items are the heart of it.
    """
    items = [item for item in listing.items if item.text.lead or item.text.rest]
    bodies = [_essence(item.text, item.children) for item in items]
    if is_choice(title) and len(items) >= 3 and all(word_count(body) <= 14 for body in bodies):
        return [_choice(items, bodies, group, title)]
    tail = _TAIL.search(announced)
    contrasts = _sibling_contrasts(items, f"{question} {title}")
    points = []
    for index, (item, body) in enumerate(zip(items, bodies, strict=True)):
        if not stems(body) or (is_filler(body, question) and word_count(body) > 6):
            continue
        said = f"{tail.group(1).capitalize()} {lower_first(body)}" if tail else labelled(title, body)
        fragment = not item.text.lead and not is_predicate(body) and word_count(body) <= 6
        points.append(
            Point(
                text=sentence(said),
                body=body,
                weight=2.0 if leading else 1.0,
                origin=Origin.FRAGMENT if fragment else Origin.ITEM,
                group=group,
                label=title,
                source=item.text.whole,
                contrasts=contrasts.get(index, ()),
            )
        )
    return points


def _essence(text: Text, children: tuple[Item, ...] = ()) -> str:
    """The claim of an item: its lead and as many of its sentences as make one readable criterion."""
    sentences = split_sentences(without_cross_references(text.rest)) if text.rest else []
    rest = sentences[0] if sentences else ""
    if children and word_count(rest) + word_count(text.lead) <= 20:
        inner = "; ".join(lower_first(child.text.whole.rstrip(".")) for child in children)
        rest = f"{rest.rstrip(':.')}: {inner}" if rest else inner
    if not text.lead:
        return rest if word_count(rest) > 4 or len(sentences) < 2 else " ".join(sentences[:2])
    if not rest:
        return text.lead
    if text.claims and _is_claim(text.lead):
        lead = sentence(text.lead)
        return f"{lead} {sentence(rest)}" if word_count(lead) + word_count(rest) <= _LONGEST else lead
    return f"{plain_title(text.lead) if not text.claims else text.lead}: {lower_first(rest)}"


_VERB = re.compile(
    r"\b(?:is|are|was|has|have|can|cannot|must|may|does|do|will|needs?|never|always|not|runs?|gives?|makes?|takes?|"
    r"keeps?|holds?|stays?|becomes?|means?|\w{3,}(?:es|izes|ates|ends|ings?|uns|ows|eeps|olds|akes|ays|ets|eads|osts))\b"
)


def _is_claim(lead: str) -> bool:
    """Whether a bold opening is a sentence ("Results are cached") and not a label ("Short circuit")."""
    return word_count(lead) >= 3 and bool(_VERB.search(lead))


def _choice(items: list[Item], bodies: list[str], group: int, title: str) -> Point:
    named = [
        plain_title(item.text.lead) if item.text.lead else body
        for item, body in zip(items, bodies, strict=True)
    ]
    shown = bodies if sum(map(word_count, bodies)) <= 24 else named
    parts = "; ".join(lower_first(part.rstrip(".")) for part in shown)
    label = plain_title(title) if is_listing(title) or is_choice(title) else "Examples"
    return Point(
        text=sentence(f"{label}, for example: {parts}"),
        body=parts,
        weight=1.0 if len(items) < 4 else 1.5,
        origin=Origin.ITEM,
        group=group,
        label=title,
        source="; ".join(item.text.whole for item in items),
        items=tuple(bodies),
        enough=max(2, (len(items) + 1) // 3),
    )


def _term(text: Text) -> str:
    """What an item is about: its lead where that is a label, or the code that it begins with."""
    if text.lead:
        return "" if word_count(text.lead) > 4 or _is_claim(text.lead) else text.lead
    opening = re.match(r"^(?:use |prefer )?(`[^`]+`)", text.rest, re.IGNORECASE)
    return opening.group(1) if opening else ""


def _sibling_contrasts(items: list[Item], question: str) -> dict[int, tuple[tuple[Pair, ...], ...]]:
    """Items whose terms are told apart: kinds of one thing, opposites, or both asked about."""
    terms = [_term(item.text) for item in items]
    found: dict[int, tuple[tuple[Pair, ...], ...]] = {}
    for index, term in enumerate(terms):
        rivals = [
            (name, _property(items[other].text, name))
            for other, name in enumerate(terms)
            if term and name and told_apart(term, name, question)
        ]
        if rivals:
            found[index] = (((term, _property(items[index].text, term)), *rivals),)
    return found


def _property(text: Text, term: str) -> str:
    first = (split_sentences(text.rest) or [""])[0]
    return first if text.lead else " ".join(first.replace(term, "", 1).split())
