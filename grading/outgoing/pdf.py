"""A transcript as a PDF to print or to file: pure Python, so that it needs no system libraries."""

from __future__ import annotations

import datetime as dt
import logging
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from grading.marking import marked
from grading.outgoing.glyphs import drawable
from grading.rationales import beyond
from questions.rendering import inline_text

if TYPE_CHECKING:
    from fpdf import FPDF

INK, SOFT, LINE = (29, 30, 34), (93, 96, 104), (200, 196, 188)
MARGIN = 18  # mm
FONT = "fira"
VERDICTS = {
    "met": "met",
    "partial": "partly met",
    "unmet": "not met",
    "contradicted": "contradicted",
    "unsure": "unsure",
}
GAPS_TITLE = "Characters that are missing"
GAPS = (
    "“[3 characters]” stands for three characters that the font of this document does not have. "
    "The transcript on the site and the export as JSON have them."
)


def transcript_pdf(record: dict[str, Any], made_at: dt.datetime) -> bytes:
    """One interview as session_records gives it. What the font cannot draw is named, and the last line says so."""
    pdf = _document()
    whole, record = record, drawable(record, cast(Any, pdf.fonts[FONT]).cmap)
    pdf.set_title(record["candidate"]["name"] or record["candidate"]["email"])
    pdf.add_page()
    _heading(pdf, record, made_at)
    for answer in record["answers"]:
        _answer(pdf, answer, is_hidden=record["marks_hidden"])
    if record["reviews"]:
        _title(pdf, "Scorecards")
        for review in record["reviews"]:
            _text(pdf, f"{review['reviewer']}: {review['recommendation'].replace('_', ' ')}", bold=True)
            for part in (review["notes"], review["message"] and f"To the candidate: {review['message']}"):
                if part:
                    _text(pdf, part)
    if record != whole:
        _title(pdf, GAPS_TITLE)
        _text(pdf, GAPS, soft=True)
    return bytes(pdf.output())


def _document() -> FPDF:
    # Imported here: it costs a third of a second, which only this page needs.
    from fpdf import FPDF

    class Document(FPDF):
        def footer(self) -> None:
            self.set_y(-14)
            self.set_font(FONT, size=8)
            self.set_text_color(*SOFT)
            self.cell(0, 5, f"{self.title} · page {self.page_no()} of {{nb}}", align="C")

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    logging.getLogger("fpdf").setLevel(logging.ERROR)
    pdf = Document(format="A4")
    pdf.set_margins(MARGIN, MARGIN)
    pdf.set_auto_page_break(True, margin=MARGIN)
    # Cuts of their own: making them from a variable font would take ten seconds.
    fonts = resources.files("fontpkg_fira_sans") / "files"
    for style, name in (("", "FiraSans-Regular.ttf"), ("B", "FiraSans-SemiBold.ttf")):
        with resources.as_file(fonts / name) as path:
            pdf.add_font(FONT, style=style, fname=path)
    pdf.set_creator("Mockingbird")
    pdf.set_lang("en")
    return pdf


def _heading(pdf: FPDF, record: dict[str, Any], made_at: dt.datetime) -> None:
    candidate = record["candidate"]
    _text(pdf, candidate["name"] or candidate["email"], size=18, bold=True)
    finished = f"{record['submitted_at']:%d %B %Y, %H:%M %Z}" if record["submitted_at"] else "not finished"
    if record["ended_by"] == "deadline":
        finished += " by the deadline"
    _text(pdf, f"{record['template']['title']} · finished {finished} · printed {made_at:%d %B %Y}", soft=True)
    if record["marks_hidden"]:
        _text(
            pdf,
            "Marks and scorecards are hidden from whoever printed this: they read this interview blind first.",
        )
    elif record["score"] is not None:
        standing = (
            "confirmed by people"
            if record["confirmed_by_people"]
            else "provisional: nobody stands for every mark yet"
        )
        _text(pdf, f"{record['score']:g} of {record['max_score']:g} points ({standing})", bold=True, size=12)


def _answer(pdf: FPDF, answer: dict[str, Any], *, is_hidden: bool) -> None:
    _title(pdf, f"Question {answer['position']}")
    _text(pdf, inline_text(answer["title"]), bold=True)
    for segment in marked(answer["text"] or "Nothing was written here.", {}, []):
        if text := segment.text.strip("\n"):
            _text(pdf, text, size=10 if segment.is_code else 11, is_code=segment.is_code)
    grade = answer["grades"][0] if answer["grades"] else None
    if grade is None:
        _text(pdf, "Marks hidden." if is_hidden else "No mark.", soft=True)
        return
    who = grade["graded_by"] or {"keyword": "Offline grader", "llm": grade["model"] or "Language model"}.get(
        grade["grader"], ""
    )
    score = "no mark" if grade["score"] is None else f"{grade['score']:g} of {grade['max_score']:g}"
    provisional = "" if grade["grader"] == "human" else ", provisional"
    _text(pdf, f"{score} · {who}{provisional} · rubric {grade['rubric']}", soft=True)
    said = {
        (criterion["text"], criterion["rationale"])
        for one in answer["grades"]
        if one["grader"] != "human"
        for criterion in one["criteria"]
    }
    for number, criterion in enumerate(grade["criteria"], start=1):
        if criterion["kind"] == "misconception" and criterion["verdict"] == "unmet":
            continue
        outcome = f"{VERDICTS[criterion['verdict']]} ({criterion['points']:g})"
        _text(pdf, f"{number}. {inline_text(criterion['text'])}  –  {outcome}")
        if why := inline_text(beyond(criterion["rationale"], criterion["text"])):
            is_machines = (criterion["text"], criterion["rationale"]) in said
            _text(pdf, f"To the candidate: {why}" if is_machines else why, soft=True, indent=6)
        for quote in criterion["evidence"]:
            _text(pdf, f"“{quote['text']}”", soft=True, indent=6)
    for appeal in answer["appeals"]:
        decision = f": {appeal['decision']}" if appeal["decision"] else ""
        _text(pdf, f"Appeal on “{inline_text(appeal['criterion'])}”, {appeal['state']}{decision}", soft=True)


def _title(pdf: FPDF, text: str) -> None:
    pdf.ln(4)
    pdf.set_draw_color(*LINE)
    pdf.line(MARGIN, pdf.get_y(), pdf.w - MARGIN, pdf.get_y())
    pdf.ln(2)
    _text(pdf, text, bold=True, size=12)


def _text(
    pdf: FPDF,
    text: str,
    *,
    size: float = 10,
    bold: bool = False,
    soft: bool = False,
    indent: float = 0,
    is_code: bool = False,
) -> None:
    # Every reader of PDF has this one; it has no letters but those of ASCII that we could rely on.
    fixed_width = is_code and text.isascii()
    pdf.set_font("Courier" if fixed_width else FONT, style="B" if bold else "", size=size)
    pdf.set_text_color(*(SOFT if soft else INK))
    pdf.set_x(MARGIN + indent)
    width = pdf.w - 2 * MARGIN - indent
    pdf.multi_cell(width, size * 0.52, text.replace("\t", "    "), align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1)
