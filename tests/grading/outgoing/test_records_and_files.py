"""Files that leave the house: no formulas, nothing that the reader may not see, nothing of other teams."""

import csv
import io
import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grading.outgoing.pdf import transcript_pdf
from grading.outgoing.records import CSV_COLUMNS, formula_safe, session_records
from interview_site.accounts.models import AuditEntry, Role
from sessions.models import InterviewSession
from tests.factories import UserFactory, answer_at, practice_session
from tests.grading.review.conftest import GOOD, sat
from tests.grading.review.test_human_grading import by_hand

pytestmark = pytest.mark.django_db

EVIL = '=HYPERLINK("http://evil.example","click")'


@pytest.fixture
def mia(client):
    user = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(user)
    return user


@pytest.fixture
def assessment(mia):
    return sat(UserFactory.create(name="Ana"), [mia], appeal_days=7)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0=", "＝"])
def test_what_a_spreadsheet_takes_for_a_formula_gets_an_apostrophe(start):
    assert formula_safe(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("cell", ["plain", "", "a=b", "a; b", "a -b", "a\nb", "'quoted", 3, -3.5, None])
def test_everything_else_stays_as_it_is(cell):
    assert formula_safe(cell) is cell


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "before", ["yes;", "yes\t", "yes\n", "yes\r\n", "; ", ";\u00a0", ';"', ";;", "\n;\t", 'a "b" ;']
)
@pytest.mark.parametrize("sign", list("=+-@＝"))
def test_no_cell_begins_a_formula_wherever_a_spreadsheet_splits(delimiter, before, sign):
    file = io.StringIO()
    csv.writer(file).writerow(["Ana", formula_safe(f'{before}{sign}HYPERLINK("http://evil.example")'), 3])
    rows = csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=delimiter)
    cells = [cell.lstrip(' \u00a0\t\r\n"') for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(sign)]


def test_a_text_of_separators_is_made_safe_at_once():
    formula_safe(";\n" * 100_000 + " " * 100_000 + "=")


def rows_of(client, template_id):
    response = client.get(reverse("export-csv", args=[template_id]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_csv_has_a_row_for_each_answer_and_no_formula_in_any(client, mia):
    candidate = UserFactory.create(name="@Ana", email="ana@example.com")
    assessment = sat(candidate, [mia], text=EVIL)
    header, first, second = rows_of(client, assessment.template_id)
    assert tuple(header) == CSV_COLUMNS
    row = dict(zip(header, first, strict=True))
    assert (row["candidate"], row["answer"]) == ("'@Ana", f"'{EVIL}")
    assert not [cell for cell in [*first, *second] if cell.startswith(("=", "+", "-", "@"))]
    assert row["confirmed_by_a_person"] == "no"


def test_what_the_machine_flagged_stays_in_the_csv_when_a_person_has_graded(client, assessment, mia):
    answer = answer_at(assessment, 1)
    answer.grades.update(flags=["instruction_like"])
    by_hand(answer, mia, "met", "unmet")
    header, first, _second = rows_of(client, assessment.template_id)
    row = dict(zip(header, first, strict=True))
    assert (row["grader"], row["flags"]) == ("human", "instruction_like")


def test_the_json_has_every_grade_with_criteria_and_quotes(client, assessment, mia):
    by_hand(answer_at(assessment, 1), mia, "met", "unmet")
    response = client.get(reverse("export-json", args=[assessment.template_id]))
    (record,) = json.loads(b"".join(response.streaming_content))
    answer = record["answers"][0]
    assert answer["text"] == GOOD
    assert [grade["grader"] for grade in answer["grades"]] == ["human", "keyword"]
    quote = answer["grades"][1]["criteria"][0]["evidence"][0]
    assert GOOD[quote["start"] : quote["end"]] == quote["text"]


def test_practice_other_teams_and_unfinished_interviews_are_in_no_file(client, assessment, mia):
    practice_session(UserFactory.create())
    sat(UserFactory.create(), [UserFactory.create(name="Ned", role=Role.HIRING_MANAGER)])
    response = client.get(reverse("export-json", args=[assessment.template_id]))
    records = json.loads(b"".join(response.streaming_content))
    assert [record["id"] for record in records] == [str(assessment.pk)]


def test_who_is_to_read_blind_gets_the_answers_without_marks_in_every_file(client, assessment, mia):
    InterviewSession.objects.filter(pk=assessment.pk).update(blind_first=True)
    header, first, _ = rows_of(client, assessment.template_id)
    row = dict(zip(header, first, strict=True))
    assert (row["marks_hidden"], row["score"], row["verdicts"], row["answer"]) == ("yes", "", "", GOOD)
    response = client.get(reverse("export-json", args=[assessment.template_id]))
    (record,) = json.loads(b"".join(response.streaming_content))
    assert record["score"] is None
    assert not record["answers"][0]["grades"]
    assert client.get(reverse("export-pdf", args=[assessment.pk])).content.startswith(b"%PDF")


def test_the_number_of_queries_does_not_grow_with_the_interviews(assessment, mia):
    def count():
        rows = InterviewSession.objects.readable_by_hiring(mia).order_by("pk")
        with CaptureQueriesContext(connection) as captured:
            list(session_records(rows, mia))
        return len(captured)

    before = count()
    for _ in range(4):
        sat(UserFactory.create(), [mia])
    assert count() == before


def test_a_transcript_in_any_script_becomes_a_pdf(client, mia):
    candidate = UserFactory.create(name="Zoë Ångström-Шевченко", email="zoe@example.com")
    text = "Ünïcode, Ελληνικά, кириллица, 日本語, 🙂\x07\n\n\tcode = [1, 2]\n" + "word " * 400 + "x" * 500
    assessment = sat(candidate, [mia], text=text)
    (record,) = session_records(InterviewSession.objects.filter(pk=assessment.pk), mia)
    content = transcript_pdf(record, timezone.now())
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    response = client.get(reverse("export-pdf", args=[assessment.pk]))
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("name", ["export-csv", "export-json"])
def test_an_export_is_in_the_audit_log(client, assessment, mia, name):
    b"".join(client.get(reverse(name, args=[assessment.template_id])).streaming_content)
    entry = AuditEntry.objects.order_by("number").last()
    assert (entry.action, entry.actor_id) == (name.replace("-", "."), mia.pk)


def test_a_record_is_plain_data(assessment, mia):
    (record,) = session_records(InterviewSession.objects.filter(pk=assessment.pk), mia)
    assert json.loads(json.dumps(record, cls=DjangoJSONEncoder))["id"] == str(assessment.pk)
