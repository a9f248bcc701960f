"""A reference answer's Markdown as a small tree: sections of paragraphs, lists, tables and code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph, list item or cell without emphasis marks; `code` keeps its backticks.

    lead is a bold or colon-marked opening ("CPU-bound tasks"), without its colon; rest is what follows it. bold tells
    the two apart. claims says that the lead ended in a full stop, which makes it a sentence of its own.
    """

    lead: str
    rest: str
    claims: bool = False
    bold: bool = True

    @property
    def bold_lead(self) -> bool:
        return bool(self.lead) and self.bold

    @property
    def whole(self) -> str:
        if not self.lead:
            return self.rest
        return f"{self.lead}{'.' if self.claims else ':'} {self.rest}".strip()


@dataclass(frozen=True, slots=True)
class Item:
    text: Text
    children: tuple["Item", ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    language: str
    source: str


Block = Text | Listing | Table | Code

# Things set side by side are compared each with each. Nobody compares more than this; the rest of a longer list or
# table could not become one of eight criteria anyway.
MOST_ITEMS = 40
_MOST_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading or lead-in; the opening section has an empty title."""

    title: str
    blocks: tuple[Block, ...]


def parse(markdown: str) -> tuple[Section, ...]:
    """Split an answer at its headings and at paragraphs that are nothing but a lead-in ("**Benefits:**")."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    sections: list[Section] = []
    title, blocks = "", []  # type: tuple[str, list[Block]]
    for block in _blocks(tokens):
        opening = block if isinstance(block, str) else _lead_in(block)
        if opening is None:
            assert not isinstance(block, str)
            blocks.append(block)
            continue
        if blocks:
            sections.append(Section(title, tuple(blocks)))
        title, blocks = _clean_title(opening), []
    if blocks:
        sections.append(Section(title, tuple(blocks)))
    return tuple(sections)


def _lead_in(block: Block) -> str | None:
    """The title in a paragraph that only announces what follows, else None."""
    if not isinstance(block, Text) or block.claims:
        return None
    if block.lead and not block.rest:
        return block.lead
    if not block.lead and block.rest.endswith(":") and len(block.rest.split()) <= 4:
        return block.rest
    return None


def _clean_title(title: str) -> str:
    """Without numbering, the file that the code is in, and the colon; "Answer" is no title at all."""
    title = re.sub(r"^\(?\d+[.)]\s*", "", title.strip())
    title = re.sub(r"\s*\([\w./-]+\.\w{1,4}\)", "", title)
    title = title.strip().rstrip(":").strip()
    return "" if title.lower() in {"answer", "short answer", "reference answer"} else title


def _blocks(tokens: list[Token]) -> Iterator[Block | str]:
    """Top-level blocks in order; a heading comes as its bare text."""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = _closing(tokens, index)
        if token.type == "heading_open":
            yield plain(tokens[index + 1])
        elif token.type == "paragraph_open":
            title, inline = _title_line(tokens[index + 1])
            if title:
                yield title
            text = _text(inline)
            if text.lead or text.rest:
                yield text
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            yield _listing(tokens[index : end + 1])
        elif token.type == "table_open":
            yield _table(tokens[index : end + 1])
        elif token.type in {"fence", "code_block"}:
            yield Code(token.info.strip().split(" ")[0].lower(), token.content)
        elif token.type == "blockquote_open":
            yield from _blocks(tokens[index + 1 : end])
        index = end + 1


def _closing(tokens: list[Token], index: int) -> int:
    """Where the block that opens at the index closes; a block without children closes at once."""
    depth = 0
    for position in range(index, len(tokens)):
        depth += tokens[position].nesting
        if depth == 0:
            return position
    return len(tokens) - 1


def _listing(tokens: list[Token]) -> Listing:
    items: list[Item] = []
    index = 1
    while index < len(tokens) - 1:
        end = _closing(tokens, index)
        text, children = Text("", ""), []  # type: tuple[Text, list[Item]]
        for block in _blocks(tokens[index + 1 : end]):
            if isinstance(block, Text):
                text = (
                    block if text == Text("", "") else Text(text.lead, f"{text.rest} {block.whole}".strip())
                )
            elif isinstance(block, Listing):
                children.extend(block.items)
        items.append(Item(text, tuple(children)))
        index = end + 1
    return Listing(tuple(items[:MOST_ITEMS]))


def _table(tokens: list[Token]) -> Table:
    rows: list[list[str]] = []
    for position, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            rows[-1].append(plain(tokens[position + 1]))
    cut = [tuple(row[:_MOST_COLUMNS]) for row in rows]
    return Table(cut[0], tuple(row for row in cut[1:] if any(row))[:MOST_ITEMS])


def plain(inline: Token) -> str:
    """An inline token's text: emphasis, links and HTML fall away, `code` keeps its backticks."""
    return _tidy("".join(piece for piece, _ in _pieces(inline)))


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _pieces(inline: Token) -> Iterator[tuple[str, bool]]:
    """The pieces of text with whether each is bold."""
    bold = 0
    for token in inline.children or ():
        if token.type in {"strong_open", "strong_close"}:
            bold += token.nesting
        elif token.type in {"text", "text_special"}:
            yield token.content, bold > 0
        elif token.type == "code_inline":
            yield f"`{token.content}`", bold > 0
        elif token.type == "image":
            yield token.content, bold > 0
        elif token.type in {"softbreak", "hardbreak"}:
            yield " ", bold > 0


# What follows a bold opening and makes it a label for the rest: a colon, a dash or a full stop.
_AFTER_LEAD = re.compile(r"^\s*(?::|[–—]|-+\s)\s*")
# A label without emphasis: "Hash function: converts keys", never "http://" or "Note that it is so: …".
_PLAIN_LEAD = re.compile(r"^((?:[^\s:.!?]+ ){0,4}[^\s:.!?]+):\s+(?=\S)")
_PAREN = re.compile(r"^\s*(\([^()]*\))\s*(?::|[–—]|-+\s)\s*")


def _title_line(inline: Token) -> tuple[str, Token]:
    """A bold first line on its own is a title even when no blank line follows; with it, the rest."""
    children = inline.children or []
    ends = [index for index, child in enumerate(children) if child.type in {"softbreak", "hardbreak"}]
    if not ends or not children or (children[0].type != "strong_open" and children[0].content.strip()):
        return "", inline
    line, depth, outside = children[: ends[0]], 0, ""
    for child in line:
        depth += child.nesting if child.type.startswith("strong") else 0
        outside += child.content if depth == 0 else ""
    if outside.strip().rstrip(":"):
        return "", inline
    rest = Token("inline", "", 0)
    rest.children = children[ends[0] + 1 :]
    whole = Token("inline", "", 0)
    whole.children = line
    title = plain(whole)
    return (title, rest) if title and not title.endswith(".") else ("", inline)


def _text(inline: Token) -> Text:
    pieces = [piece for piece in _pieces(inline) if piece[0]]
    opening = ""
    while pieces and (pieces[0][1] or (opening == "" and not pieces[0][0].strip())):
        opening += pieces.pop(0)[0]
    opening, rest = opening.strip(), "".join(piece for piece, _ in pieces)
    if opening:
        if opening.endswith("."):
            return Text(_tidy(opening[:-1]), _tidy(rest), claims=True)
        if opening.endswith(":"):
            return Text(_tidy(opening[:-1]), _tidy(rest))
        if not rest.strip():
            return Text(_tidy(opening), "")
        if match := _AFTER_LEAD.match(rest):
            return Text(_tidy(opening), _tidy(rest[match.end() :]))
        if match := _PAREN.match(rest):
            return Text(_tidy(f"{opening} {match.group(1)}"), _tidy(rest[match.end() :]))
        return Text("", _tidy(opening + rest))
    text = _tidy(rest)
    if match := _PLAIN_LEAD.match(text):
        return Text(match.group(1), text[match.end() :], bold=False)
    return Text("", text)
