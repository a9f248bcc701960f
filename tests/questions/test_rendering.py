"""Markdown becomes HTML that is safe to show."""

import pytest

from questions.rendering import inline_html, to_html

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "![x](http://example.com/pixel.png)",
    '<a href="#" hx-get="/admin/" hx-trigger="load">x</a>',
    '<div data-hx-post="/x" style="position:fixed" class="card" id="main">x</div>',
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=//example.com></iframe>",
    "```<script>alert(1)</script>\n<b onclick=x>\n```",
    "`<script>alert(1)</script>`",
    "<!-- --><form action=//example.com><input name=a></form>",
    '[a](<x" onmouseover="alert(1)>)',
]


@pytest.mark.parametrize("render", [to_html, inline_html])
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_an_attack_becomes_markup(render, attack):
    html = render(attack)
    for forbidden in (
        "<script",
        "<img",
        "<iframe",
        "<svg",
        "<form",
        "<div",
        "javascript:",
        "data:text",
        "vbscript:",
    ):
        if forbidden.startswith("<"):
            assert forbidden not in html
        else:
            assert f'href="{forbidden}' not in html
    for attribute in (" onerror=", " onclick=", " onmouseover=", " hx-", " data-hx", " style=", " id="):
        assert not any(
            attribute in tag for tag in html.split("<")[1:] if ">" in tag and attribute in tag.split(">")[0]
        )


def test_code_is_highlighted_by_classes():
    html = to_html("```python\ndef f(): return 1\n```")
    assert '<pre class="code" tabindex="0"><code>' in html
    assert '<span class="k">def</span>' in html


def test_code_in_an_unknown_language_is_shown_plainly():
    assert "a &lt; b" in to_html("```nonesuch\na < b\n```")


def test_headings_begin_below_those_of_the_page():
    assert to_html("# One") == "<h3>One</h3>\n"


def test_tables_are_tables():
    assert "<table>" in to_html("| a | b |\n|---|---|\n| 1 | 2 |")


def test_one_line_gets_no_paragraph():
    assert inline_html("`a` and *b*") == "<code>a</code> and <em>b</em>"
