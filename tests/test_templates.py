"""Templates and browser code as a whole: what a strict policy forbids, what no page may lose, what things weigh."""

import gzip
import json
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

from grading.marking import Segment

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted((ROOT / "static" / "js").glob("*.js"))
CANDIDATE_MODULES = [module for module in MODULES if not module.name.startswith("admin-")]
VERDICTS = {
    "met": "met",
    "partial": "partly met",
    "unmet": "not met",
    "contradicted": "contradicted",
    "unsure": "unsure",
}

each_template = pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates"))
)
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


@each_template
def test_a_template_compiles(path):
    get_template(str(path.relative_to(ROOT / "templates")))


def test_a_moment_is_followed_by_what_follows_it():
    moment = render_to_string("_when.html", {"at": datetime(2026, 11, 29, tzinfo=UTC)})
    assert moment == moment.strip()


@each_template
def test_a_template_has_nothing_that_the_content_security_policy_forbids(path):
    markup = path.read_text()
    assert not re.search(r"<style\b|\sstyle=", markup)
    assert not re.search(r"\son[a-z]+=", markup)
    assert not re.search(r"javascript:|\bhx-on\b|\bhx-vals=['\"]js:", markup)
    for attributes in re.findall(r"<script\b([^>]*)>", markup):
        assert "src=" in attributes


@each_template
def test_a_form_says_where_it_goes(path):
    """What was sent is carried out after a password was asked for, and its page then has the address of the asking."""
    for form in re.findall(r"<form\b[^>]*>", path.read_text()):
        assert "action=" in form or 'method="get"' in form or "formaction" in path.read_text()


@each_template
def test_whoever_opens_a_new_page_by_post_sends_the_token(path):
    for form in re.findall(r"<form\b.*?</form>", path.read_text(), flags=re.DOTALL):
        assert (
            'method="get"' in form
            or "csrf_token" in form
            or "account/_fields.html" in form
            or "slot body" in form
        )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("sessions/interview.html", "answer.final_text"),
        ("sessions/interview.html", "prompt_html"),
        ("grading/_answer_card.html", "segment.html"),
        ("grading/_answer_card.html", "card.title_html"),
        ("grading/_answer_card.html", "card.reference_html"),
    ],
)
def test_what_people_wrote_stands_where_htmx_does_nothing(template, text):
    markup = (ROOT / "templates" / template).read_text()
    before = markup[: markup.index("{{ " + text)]
    opened = re.findall(r"<(?:div|h2)\b[^>]*>", before)
    assert "hx-disable" in opened[-1]


def test_htmx_runs_with_everything_off_that_could_run_foreign_code():
    markup = render_to_string("_htmx.html")
    config = json.loads(unescape(re.search(r"content='([^']+)'", markup)[1]))
    assert config["selfRequestsOnly"] is True
    assert config["historyCacheSize"] == 0
    assert not config["allowEval"]
    assert not config["allowScriptTags"]
    assert not config["includeIndicatorStyles"]


@pytest.mark.parametrize(
    ("code", "is_shown"),
    [
        ("200", True),
        ("302", True),
        ("401", True),
        ("409", True),
        # Too large to be read: no page could give the text back, so the one that has it stays.
        ("413", False),
        ("422", True),
        ("404", False),
        ("500", False),
    ],
)
def test_htmx_shows_the_pages_that_say_why_something_was_refused(code, is_shown):
    markup = render_to_string("_htmx.html")
    config = json.loads(unescape(re.search(r"content='([^']+)'", markup)[1]))
    rule = next(rule for rule in config["responseHandling"] if re.search(rule["code"], code))
    assert rule["swap"] is is_shown


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_verdict_is_a_word_and_a_shape_of_its_own_besides_its_colour(verdict):
    shown = {
        name: render_to_string("_verdict.html", {"verdict": name, "label": label})
        for name, label in VERDICTS.items()
    }
    assert VERDICTS[verdict] in re.sub(r"<[^>]+>", "", shown[verdict])
    shapes = {name: "".join(re.findall(r"<(?:path|circle)[^>]+>", markup)) for name, markup in shown.items()}
    assert shapes[verdict]
    assert [name for name, shape in shapes.items() if shape == shapes[verdict]] == [verdict]


def test_the_marked_answer_keeps_every_character_and_nothing_between_its_pieces():
    pieces = [
        Segment("  two\n\n"),
        Segment("words <b>", "met", (1,)),
        Segment("\tend ", is_code=True),
    ]
    card = {"position": 1, "state": "graded", "segments": pieces}
    markup = render_to_string("grading/_answer_card.html", {"card": card})
    answer = re.search(r'<div class="answer"[^>]*>(.*?)</div>', markup, flags=re.DOTALL)[1]
    without_numbers = re.sub(r"<sup>.*?</sup>", "", answer, flags=re.DOTALL)
    assert unescape(re.sub(r"<[^>]+>", "", without_numbers)) == "  two\n\nwords <b>\tend "


@pytest.mark.parametrize("template", ["grading/_progress.html", "grading/_result_status.html"])
def test_a_polled_fragment_without_an_interval_has_no_trigger(template):
    session_id = "00000000-0000-0000-0000-000000000001"
    context = {
        "session_id": session_id,
        "interview_session": {"id": session_id},
        "result": {},
        "poll_step": 3,
    }
    assert "hx-trigger" in render_to_string(template, {**context, "poll_seconds": 5})
    assert "hx-trigger" not in render_to_string(template, {**context, "poll_seconds": None})


def test_the_page_of_a_server_error_needs_no_context():
    assert "Something went wrong" in render_to_string("500.html")


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html"])
def test_a_page_of_an_error_says_what_to_do_next(name):
    markup = render_to_string(name, request=RequestFactory().get("/"))
    assert re.search(r'<main\b.*<a href="/">', markup, flags=re.DOTALL)


@each_module
def test_a_module_imports_no_other_because_published_names_carry_hashes(module):
    assert not re.search(r"^\s*import\b|\bimport\(", module.read_text(), flags=re.MULTILINE)


def test_our_browser_code_on_candidate_pages_weighs_less_than_20_kb_packed():
    assert sum(len(gzip.compress(module.read_bytes())) for module in CANDIDATE_MODULES) < 20_000


def test_vendored_files_are_the_versions_that_are_written_down():
    packed = (ROOT / "static" / "vendor" / "pico" / "pico.min.css").read_text()
    version = re.search(r"Pico CSS \S+ v([\d.]+)", packed)[1]
    assert f"| {version} |" in (ROOT / "static" / "vendor" / "VERSIONS.md").read_text()
    assert (ROOT / "static" / "vendor" / "pico" / "LICENSE.md").exists()
