"""Code in a reference answer as points: what its comments, definitions and well-known calls tell."""

import re
from dataclasses import replace
from itertools import zip_longest

from grading.core.derive.blocks import Code
from grading.core.derive.idioms import Clause, united
from grading.core.derive.points import Origin, Point
from grading.core.derive.segments import Segment, segments
from grading.core.derive.titles import is_choice, is_listing, is_rhetorical
from grading.core.derive.wording import lower_first, plain_title, sentence, stems, word_count

_MOST_CLAUSES = 4
_LONGEST = 40  # words
_PYTHON = frozenset({"", "python", "py", "python3", "pycon"})


def code_points(code: Code, group: int, title: str, *, alone: bool) -> list[Point]:
    """Points of one block of code. alone says that its section has nothing but code: then the code is all there
    is to judge by, and counts as much as an item; otherwise it only makes points of last resort.
    """
    if _is_tree(code.source):
        return _tree_points(code.source, group, title)
    if code.language in {"bash", "sh", "shell", "console"}:
        return _shell_points(code.source, group, title) if alone else []
    if code.language not in _PYTHON:
        return []
    told = [
        (clauses, segment)
        for segment in segments(code.source)
        if (clauses := _clauses(segment, title, alone=alone))
    ]
    if alone:
        return _points(_runs(told), group, title)
    # Beside prose, a comment that claims something may be worth a criterion; all the rest is worth one together.
    claiming = [one for one in told if one[1].remarks]
    silent = [one for one in told if not one[1].remarks]
    runs = _runs(claiming)
    if silent:
        runs.append(
            ([tuple(bundle) for bundle, _ in silent], [line for _, one in silent for line in one.excerpt])
        )
    points = [replace(point, origin=Origin.COMMENT, weight=1.0) for point in _points(runs, group, title)]
    return [point for point in points if word_count(point.body) >= 4]


Run = tuple[list[tuple[Clause, ...]], list[str]]


def _points(runs: list[Run], group: int, title: str) -> list[Point]:
    return [
        replace(code_point(tuple(bundles), group, title), excerpts=tuple(excerpt))
        for bundles, excerpt in runs
    ]


def _runs(told: list[tuple[list[Clause], Segment]]) -> list[Run]:
    """Neighbouring segments together when the later one shows nothing in general that the earlier did not; with the
    lines of code that show it.
    """
    runs: list[Run] = []
    for bundle, segment in told:
        said = {clause.text for earlier in (runs[-1][0] if runs else []) for clause in earlier}
        if not {clause.text for clause in bundle} <= said:
            runs.append(([], []))
        runs[-1][0].append(tuple(bundle))
        runs[-1][1].extend(segment.excerpt)
    return runs


def without_said(remark: Point, others: list[Point]) -> Point | None:
    """A point of last resort without the clauses that other code shows as well, or nothing."""
    said = [clause.text for other in others for bundle in other.bundles for clause in bundle]
    left = tuple(
        tuple(clause for clause in bundle if not any(_same(clause.text, text) for text in said))
        for bundle in remark.bundles
    )
    left = tuple(bundle for bundle in left if bundle)
    if not left or left == remark.bundles:
        return remark if left else None
    return replace(
        code_point(left, remark.group, remark.label), origin=Origin.COMMENT, excerpts=remark.excerpts
    )


def code_point(bundles: tuple[tuple[Clause, ...], ...], group: int, title: str) -> Point:
    """The clauses of one or several segments as one point: the first of each, and more as long as it is readable."""
    chosen: list[Clause] = []
    for clause in united(clause for row in zip_longest(*bundles) for clause in row if clause):
        known = any(_same(clause.text, other.text) for other in chosen)
        fits = not chosen or sum(word_count(c.text) for c in (*chosen, clause)) <= _LONGEST
        if fits and not known and len(chosen) < max(_MOST_CLAUSES, len(bundles)):
            chosen.append(clause)
    order = [clause.text for bundle in bundles for clause in bundle]
    chosen.sort(key=lambda clause: order.index(clause.text))
    general, detailed = (
        "; ".join([said[0], *map(lower_first, said[1:])])
        for said in ([clause.text for clause in chosen], [str(clause) for clause in chosen])
    )
    label = "" if is_choice(title) or is_listing(title) or is_rhetorical(title) else plain_title(title)
    if label and stems(label) <= stems(_CODE.sub(" ", chosen[0].text)):
        label = ""
    joiner = " – " if ": " in chosen[0].text else ": "
    return Point(
        text=sentence(f"{label}{joiner}{lower_first(detailed)}" if label else detailed),
        body=general,
        weight=1.0 if len(set(bundles)) < 3 else 1.5,
        origin=Origin.CODE,
        group=group,
        label=title,
        source=f"{title}: {detailed}" if title else detailed,
        examples=(sentence(general),) if general != detailed else (),
        bundles=bundles,
    )


def _same(one: str, other: str) -> bool:
    """Whether two clauses say nearly the same; each naming code that the other does not name sets them apart."""
    if one == other:
        return True
    code, others = set(_CODE.findall(one)), set(_CODE.findall(other))
    if code - others and others - code:
        return False
    mine, theirs = stems(one), stems(other)
    return bool(mine and theirs) and len(mine & theirs) >= 0.6 * min(len(mine), len(theirs))


_CODE = re.compile(r"`[^`]+`")


def _clauses(segment: Segment, title: str, *, alone: bool) -> list[Clause]:
    """What a segment tells, the comment above it first."""
    remarks = [
        Clause(remark)
        for remark in segment.remarks
        if not any(_same(remark, str(said)) for said in segment.shown)
    ]
    told = [*segment.shown[:3], *remarks[:3]] if alone else [*remarks[:3], *segment.shown[:2]]
    headline = segment.headline.rstrip(":.")
    if not headline or stems(headline) <= stems(title) or any(stems(headline) <= stems(str(c)) for c in told):
        return told
    if not told:
        return (
            [Clause(headline)] if word_count(headline) >= 2 and (alone or word_count(headline) >= 4) else []
        )
    joiner = " – " if ": " in headline else ": "
    return [Clause(f"{headline}{joiner}{lower_first(told[0].text)}", told[0].details), *told[1:]]


def _is_tree(source: str) -> bool:
    return "├" in source or "└" in source


_ENTRY = re.compile(r"^(?P<indent>[\s│]*)(?:[├└]─+\s*)(?P<name>[\w.\-]+/?)\s*(?:#\s*(?P<note>.+))?$")


def _tree_points(source: str, group: int, title: str) -> list[Point]:
    """The folders of a project layout with what each is for; files only where they stand at the top."""
    folders, files = [], []
    for line in source.splitlines():
        match = _ENTRY.match(line)
        if not match or not match["note"]:
            continue
        entry = f"`{match['name']}` for {lower_first(match['note'].strip())}"
        if match["name"].endswith("/"):
            folders.append(entry)
        elif len(match["indent"]) <= 5:
            files.append(entry)
    label = plain_title(title) or "Project structure"
    half = (len(folders) + 1) // 2 if len(folders) > 5 else len(folders)
    points = [
        _enumeration(label, tuple(part), group, 2.0) for part in (folders[:half], folders[half:]) if part
    ]
    if len(files) >= 2:
        points.append(_enumeration(f"{label}, modules at the top", tuple(files[:5]), group, 1.0))
    return points


def _enumeration(label: str, clauses: tuple[str, ...], group: int, weight: float) -> Point:
    body = ", ".join(clauses)
    return Point(
        text=sentence(f"{label}: {body}"),
        body=body,
        weight=weight,
        origin=Origin.ITEM,
        group=group,
        label=label,
        source=body,
        items=clauses,
        enough=(len(clauses) * 2 + 2) // 3,
    )


def _shell_points(source: str, group: int, title: str) -> list[Point]:
    """What the commands do, by the comments above them."""
    notes, commands = [], []
    for line in source.splitlines():
        line = line.strip().removeprefix("$ ")
        if line.startswith("#"):
            notes.append(line.lstrip("# ").strip())
        elif line:
            commands.append(" ".join(re.sub(r"\"[^\"]*\"", "", line).split()[:3]))
    paired = [f"{lower_first(note)} (`{command}`)" for note, command in zip(notes, commands, strict=False)]
    clauses = tuple(map(Clause, paired)) or tuple(Clause(f"`{command}`") for command in commands)
    return [code_point((clauses,), group, title)] if clauses else []
