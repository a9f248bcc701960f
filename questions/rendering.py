"""Markdown to HTML that is safe to show: markdown-it-py, Pygments for code, nh3 for what may pass."""

from functools import lru_cache
from html import escape

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

_TAGS = frozenset(
    "a b blockquote br code del div em h3 h4 h5 h6 hr li ol p pre s strong sub sup table tbody td th thead tr ul "
    "span".split()
)
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "pre": {"tabindex"}}
_CLASSES = {"pre": {"code"}, "span": {name for name in STANDARD_TYPES.values() if name}}


def _highlight(code: str, language: str, _attributes: str) -> str:
    """Code with Pygments' token classes. A scrolling block takes keyboard focus."""
    try:
        lexer = get_lexer_by_name(language or "python", stripnl=False)
        body = highlight(code, lexer, HtmlFormatter(nowrap=True))
    except ClassNotFound:
        body = escape(code)
    return f'<pre class="code" tabindex="0"><code>{body}</code></pre>'


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "highlight": _highlight}).enable(
        ["table", "strikethrough"]
    )


_markdown = _parser()


@lru_cache(maxsize=2048)
def to_html(markdown: str) -> SafeString:
    """Markdown as HTML. Raw HTML in it is shown as text; headings begin at h3, below the page's own."""
    tokens = _markdown.parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return _safe(html)


@lru_cache(maxsize=4096)
def inline_html(markdown: str) -> SafeString:
    """One line of Markdown (code, emphasis) as HTML without a paragraph around it."""
    return _safe(_markdown.renderInline(markdown))


def inline_text(markdown: str) -> str:
    """The same for a heading or a file that cannot set code: without the signs for it."""
    return markdown.replace("`", "")


def _safe(html: str) -> SafeString:
    cleaned = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        allowed_classes={tag: set(names) for tag, names in _CLASSES.items()},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(cleaned)  # noqa: S308
