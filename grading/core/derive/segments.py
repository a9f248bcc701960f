"""Python source as segments: statements that belong together, with what their comments say of them."""

import ast
import io
import re
import textwrap
import tokenize
from dataclasses import dataclass, replace
from typing import NamedTuple

from grading.core.derive.idioms import Clause, exception_classes, idioms, is_exception, united
from grading.core.derive.wording import stems


@dataclass(frozen=True, slots=True)
class Segment:
    """headline is the comment above the statements, shown what they do, remarks what comments inside them claim,
    excerpt the lines of code that show it.
    """

    headline: str
    shown: tuple[Clause, ...]
    remarks: tuple[str, ...]
    excerpt: tuple[str, ...] = ()


class Comment(NamedTuple):
    text: str
    line: int
    alone: bool  # on a line of its own


def segments(source: str) -> list[Segment]:
    """The segments of Python source that show or say something; of invalid Python only what comments say."""
    source = textwrap.dedent(source)
    comments = _comments(source)
    try:
        body = ast.parse(source).body
    except SyntaxError:
        remarks = tuple(comment.text for comment in comments if is_claim(comment.text))
        return [Segment("", (), remarks)] if remarks else []
    found: list[Segment] = []
    previous_end = 0
    pending = ""  # the comment above an import is about what the import is for
    family: list[ast.ClassDef] = []
    for index, node in enumerate(body):
        start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        end = node.end_lineno or start
        last = len(source.splitlines()) if index + 1 == len(body) else end
        above = [c.text for c in comments if c.alone and previous_end < c.line < start]
        inside = [c.text for c in comments if start <= c.line <= last]
        fresh = bool(above)
        previous_end = end
        headline = next((text for text in reversed(above) if _is_headline(text)), "")
        if isinstance(node, ast.Import | ast.ImportFrom):
            pending = headline or pending
            continue
        if not headline and not fresh:
            headline = pending
        pending, fresh = "", fresh or bool(headline)
        remarks = tuple(text for text in above if text != headline and is_claim(text))
        remarks += tuple(
            _result(node, text) or text for text in inside if _result(node, text) or is_claim(text)
        )
        shown = tuple(idioms(node))
        if is_exception(node, [member.name for member in family]):
            family = [node] if fresh else [*family, node]
            shown = (exception_classes(family),)
            if len(family) > 1:
                found[-1] = replace(
                    _together(found[-1], Segment("", (), remarks, _telling_lines(node, source))), shown=shown
                )
                continue
        else:
            family = []
        segment = Segment(headline, shown, remarks, _telling_lines(node, source))
        if found and not fresh and _flat(node):
            found[-1] = _together(found[-1], segment)
        elif headline or shown or remarks:
            found.append(segment)
    return _without_empty(found)


def _flat(node: ast.stmt) -> bool:
    """Whether a statement only goes on with what stands above it."""
    return not isinstance(
        node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.With | ast.AsyncWith
    )


def _together(one: Segment, other: Segment) -> Segment:
    return replace(
        one,
        shown=tuple(united((*one.shown, *other.shown))),
        remarks=tuple(dict.fromkeys((*one.remarks, *other.remarks))),
        excerpt=tuple(dict.fromkeys((*one.excerpt, *other.excerpt)))[:_MOST_LINES],
    )


_MOST_LINES = 8


def _telling_lines(node: ast.stmt, source: str) -> tuple[str, ...]:
    """The lines that open definitions, decorate them, or make a call that has a meaning of its own."""
    lines = source.splitlines()
    numbers: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([inner.lineno, *(d.lineno for d in inner.decorator_list)])
            numbers.update(range(first, max(inner.body[0].lineno, inner.lineno + 1)))
        elif isinstance(inner, ast.Call | ast.Raise | ast.Try | ast.With) and idioms(inner):
            last = inner.lineno if isinstance(inner, ast.Try | ast.With) else inner.end_lineno or inner.lineno
            numbers.update(range(inner.lineno, last + 1))
    numbers = numbers or {node.lineno}
    shown = [lines[number - 1].split("  #")[0].strip() for number in sorted(numbers)]
    return tuple(line for line in shown if line and not line.startswith("#"))[:_MOST_LINES]


def _without_empty(found: list[Segment]) -> list[Segment]:
    """Segments with remarks alone go to the one before them: they comment on its use."""
    kept: list[Segment] = []
    for segment in found:
        if kept and not segment.shown and not segment.headline and kept[-1].shown:
            kept[-1] = _together(kept[-1], segment)
        else:
            kept.append(segment)
    return kept


def _comments(source: str) -> list[Comment]:
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                text = token.string.lstrip("#").strip()
                found.append(Comment(text, token.start[0], token.line.strip().startswith("#")))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass  # what was read so far is good enough: the code may be pseudo code
    return _paragraphs(found)


def _paragraphs(comments: list[Comment]) -> list[Comment]:
    """A comment that goes on in lower case on the next line is one comment."""
    joined: list[Comment] = []
    for comment in comments:
        before = joined[-1] if joined else None
        if (
            before
            and before.alone
            and comment.alone
            and comment.line == before.line + 1
            and comment.text[:1].islower()
        ):
            joined[-1] = Comment(f"{before.text} {comment.text}", comment.line, alone=True)
        else:
            joined.append(comment)
    return joined


_PATH = re.compile(r"^[\w./-]+\.\w{1,5}$")
_LABELS = frozenset(
    """usage configuration config example examples output result results imports setup test tests note models model
    utility utilities functions function classes class main user users routes schemas heavy processing task your
    code here todo optional required generated endpoint endpoints in a the of with custom""".split()
)
_CODE_LIKE = re.compile(
    r"^[\w.]+ ?(?:=|\()|[{};]$|^\W|^(?:def|class|import|from|return|for|if|with|async|await|@)\b[^.]*[:(]"
)
_CLAIM_VERB = re.compile(
    r"\b(?:is|are|was|can(?:not|'t)?|must|may|will|won'?t|does(?:n'?t)?|do(?:n'?t)?|has|have|never|always|only|not|"
    r"equivalent|same|\w{3,}(?:s|ed))\b|^(?:use|return|add|validate|handle|release|prevent|avoid|run|call|send|queue)s?\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"^(?:your|some|may|simulate|dummy|fake|e\.g\.|etc|\.\.\.|or\b|and\b|usage|output|prints?\b|no query$|shows? )",
    re.IGNORECASE,
)


def _is_headline(text: str) -> bool:
    words = {word.lower() for word in re.findall(r"[A-Za-z]+", text)}
    return bool(words) and not _PATH.match(text) and not _CODE_LIKE.search(text) and not words <= _LABELS


def is_claim(text: str) -> bool:
    """Whether a comment says something that an answer could say too."""
    return (
        _is_headline(text)
        and not _PLACEHOLDER.match(text)
        and len(stems(text)) >= 3
        and bool(_CLAIM_VERB.search(text))
    )


def _result(node: ast.stmt, comment: str) -> str:
    """What a comment behind print(expression) tells: "`a is b` is False (different objects)"."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return ""
    call = node.value
    if not (isinstance(call.func, ast.Name) and call.func.id == "print" and len(call.args) == 1):
        return ""
    match = re.match(r"^(True|False)\s*\((.+)\)$", comment)
    return f"`{ast.unparse(call.args[0])}` is {match.group(1)} ({match.group(2)})" if match else ""
