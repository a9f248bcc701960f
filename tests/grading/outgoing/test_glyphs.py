"""What the font of a PDF lacks is named in the text, not printed as empty boxes."""

import datetime as dt
import logging

import pytest
from fpdf import FPDF

from grading.outgoing import pdf
from grading.outgoing.glyphs import drawable

LATIN = {ord(character) for character in "abcdefghijklmnopqrstuvwxyz [],."}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("in japanese, 日本語, so", "in japanese, [3 characters], so"),
        ("日", "[1 character]"),
        ("a\n\tb", "a\n\tb"),
        ("a\u200db\x07", "ab"),
        ("", ""),
    ],
)
def test_runs_of_missing_characters_are_counted_and_invisible_ones_dropped(text, shown):
    assert drawable(text, LATIN) == shown


def test_every_text_of_a_record_is_made_drawable_and_all_else_is_kept():
    record = {"name": "日本", "score": 2.5, "answers": [{"text": "a", "marks": None, "seen": True}]}
    assert drawable(record, LATIN) == {**record, "name": "[2 characters]"}


@pytest.mark.parametrize(("code", "font"), [("yield 1", "courier"), ("yield 'ż'", pdf.FONT)])
def test_fenced_code_is_printed_in_fixed_width_letters_where_they_are_to_be_had(monkeypatch, code, font):
    fonts = {}
    draw = FPDF.multi_cell

    def drawn(page, width, height, text, **how):
        fonts[text] = page.font_family
        return draw(page, width, height, text, **how)

    monkeypatch.setattr(FPDF, "multi_cell", drawn)
    fenced = f"```\n{code}\n```"
    record = transcript("Zoë", f"So:\n{fenced}\nand on.")
    pdf.transcript_pdf(record, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert (fonts["So:"], fonts[fenced], fonts["and on."]) == (pdf.FONT, font, pdf.FONT)


def transcript(name, text):
    answer = {"position": 1, "title": "What?", "text": text, "grades": [], "appeals": []}
    return {
        "candidate": {"name": name, "email": ""},
        "template": {"title": "Backend"},
        "submitted_at": None,
        "ended_by": "",
        "marks_hidden": False,
        "score": None,
        "answers": [answer],
        "reviews": [],
    }


@pytest.mark.parametrize(
    ("name", "text", "is_said"),
    [
        ("Zoë Шевченко", "Ελληνικά → “é”", False),
        ("Zoë", "日本語", True),
        ("陈", "Plain.", True),
        ("Zoë", "🙂", True),
    ],
)
def test_a_pdf_says_where_its_font_lacks_characters(monkeypatch, caplog, name, text, is_said):
    texts = []
    draw = pdf._text
    monkeypatch.setattr(pdf, "_text", lambda page, line, **how: (texts.append(line), draw(page, line, **how)))
    monkeypatch.setattr(logging.getLogger("fpdf"), "setLevel", lambda level: None)
    pdf.transcript_pdf(transcript(name, text), dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert (pdf.GAPS in texts) == is_said
    assert ("character" in "".join(texts).replace(pdf.GAPS, "").replace(pdf.GAPS_TITLE, "")) == is_said
    assert "missing" not in caplog.text
