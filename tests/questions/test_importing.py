"""Importing and exporting banks: idempotent, and an edit makes a version."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from grading.models import Rubric, RubricOrigin
from grading.rubrics import copy_as_draft, publish
from questions.models import Question, QuestionVersion, Topic
from questions.publishing import copy_as_draft as copy_version
from questions.publishing import publish as publish_version
from questions.publishing import retire
from tests.factories import QuestionVersionFactory, TopicFactory

pytestmark = pytest.mark.django_db

BANK = """\
# Bank

## Python

### Iteration

#### Q: What does `yield` do?

<!-- slug: yield; difficulty: easy -->

**Answer:**

- It pauses the function.
- It hands out a value.
- The next call goes on from there.

#### Q: What is an iterator?

<!-- slug: iterator -->

**Answer:**

An object with `__next__`, which raises `StopIteration` at the end.

**Rubric:**

- (2) It has a `__next__` method.
- (1) `StopIteration` marks the end.
"""


@pytest.fixture
def bank(tmp_path):
    path = tmp_path / "bank.md"
    path.write_text(BANK)
    return path


def run(command, *args):
    out, err = StringIO(), StringIO()
    call_command(command, *map(str, args), stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def test_an_import_creates_topics_ready_questions_and_published_rubrics(bank):
    assert "2 created, 0 updated, 0 unchanged, 0 failed" in run("import_bank", bank)
    assert Topic.objects.get(title="Iteration").parent.title == "Python"
    version = QuestionVersion.objects.ready().get(question__slug="yield")
    assert version.difficulty == "easy"
    assert version.rubrics.get().origin == RubricOrigin.DERIVED
    written = QuestionVersion.objects.ready().get(question__slug="iterator").rubrics.get()
    assert (written.origin, written.status) == (RubricOrigin.BANK, "published")
    assert [c.text for c in written.criteria.all()] == [
        "It has a `__next__` method.",
        "`StopIteration` marks the end.",
    ]


def test_importing_again_changes_nothing(bank):
    run("import_bank", bank)
    before = list(QuestionVersion.objects.values()), list(Rubric.objects.values())
    assert "0 created, 0 updated, 2 unchanged, 0 failed" in run("import_bank", bank)
    assert (list(QuestionVersion.objects.values()), list(Rubric.objects.values())) == before


def test_an_edited_answer_makes_a_new_version_and_leaves_the_old_one_as_it_was(bank):
    run("import_bank", bank)
    bank.write_text(BANK.replace("It hands out a value.", "It hands a value to the caller."))
    said = run("import_bank", bank)
    assert "0 created, 1 updated, 1 unchanged, 0 failed" in said
    assert "1 rubric published" in said
    new, old = QuestionVersion.objects.filter(question__slug="yield").order_by("-number")
    assert (new.number, new.status, old.number, old.status) == (2, "ready", 1, "retired")
    assert "hands out a value" in old.reference_answer
    assert new.rubrics.get().criteria.exists()


def test_an_edited_rubric_makes_the_next_rubric_of_the_same_version(bank):
    run("import_bank", bank)
    bank.write_text(BANK.replace("- (1) `StopIteration`", "- (2) `StopIteration`"))
    assert "0 created, 0 updated, 2 unchanged, 0 failed" in run("import_bank", bank)
    rubrics = QuestionVersion.objects.get(question__slug="iterator").rubrics.order_by("number")
    assert [(r.number, r.status) for r in rubrics] == [(1, "retired"), (2, "published")]


def test_an_import_does_not_overwrite_a_rubric_that_a_person_has_edited_since(bank):
    run("import_bank", bank)
    edited = copy_as_draft(Rubric.objects.get(question_version__question__slug="iterator"))
    edited.criteria.update(points=5)
    publish(edited)
    run("import_bank", bank)
    edited.refresh_from_db()
    assert edited.status == "published"


@pytest.fixture
def edited(bank):
    """The question `yield` as Ada edited it in the admin after the import."""
    run("import_bank", bank)
    version = copy_version(QuestionVersion.objects.ready().get(question__slug="yield"))
    version.reference_answer = "What Ada wrote."
    version.save()
    publish_version(version)
    return version


def test_importing_the_same_file_again_leaves_what_a_person_has_edited(bank, edited):
    assert "0 created, 0 updated, 2 unchanged, 0 failed" in run("import_bank", bank)
    edited.refresh_from_db()
    assert edited.status == "ready"
    assert QuestionVersion.objects.count() == 3


def test_what_was_imported_before_imports_were_noted_is_known_by_its_text(bank, edited):
    Question.objects.update(imported={})
    for _ in range(2):
        assert "0 created, 0 updated, 2 unchanged, 0 failed" in run("import_bank", bank)
    edited.refresh_from_db()
    assert edited.status == "ready"


def test_where_the_file_and_a_person_have_changed_a_question_theirs_is_kept_and_named(bank, edited):
    bank.write_text(BANK.replace("It hands out a value.", "It hands a value to the caller."))
    for _ in range(2):  # it stays said until somebody decides
        said = run("import_bank", bank)
        assert "0 created, 0 updated, 1 unchanged, 0 failed, 1 kept" in said
        assert "kept      yield (ready version 2)" in said
        assert "--overwrite" in said
    edited.refresh_from_db()
    assert edited.status == "ready"


@pytest.mark.parametrize("change", ["It hands out a value.", "It hands a value to the caller."])
def test_overwriting_takes_the_text_of_the_file_and_leaves_the_edit_in_the_history(bank, edited, change):
    bank.write_text(BANK.replace("It hands out a value.", change))
    assert "1 updated" in run("import_bank", bank, "--overwrite")
    assert change in QuestionVersion.objects.ready().get(question__slug="yield").reference_answer
    edited.refresh_from_db()
    assert (edited.status, edited.reference_answer) == ("retired", "What Ada wrote.")
    assert "2 unchanged" in run("import_bank", bank)


def test_an_edit_that_was_exported_imports_as_unchanged_and_is_then_what_was_imported_last(bank, edited):
    run("export_bank", bank)
    assert "2 unchanged" in run("import_bank", bank)
    bank.write_text(bank.read_text().replace("What Ada wrote.", "What Ada wrote in the file."))
    assert "1 updated" in run("import_bank", bank)


def test_a_question_that_a_person_wrote_under_the_slug_is_kept(bank):
    QuestionVersionFactory.create(question__slug="yield")
    assert "1 created, 0 updated, 0 unchanged, 0 failed, 1 kept" in run("import_bank", bank)


def test_a_retired_question_stays_retired_when_the_file_changes(bank):
    run("import_bank", bank)
    retire(QuestionVersion.objects.get(question__slug="yield"))
    bank.write_text(BANK.replace("It hands out a value.", "Another."))
    assert "1 kept" in run("import_bank", bank)
    assert not QuestionVersion.objects.ready().filter(question__slug="yield").exists()


def test_a_question_that_a_person_moved_to_another_topic_stays_there_until_the_file_moves_it(bank):
    run("import_bank", bank)
    question, other = Question.objects.get(slug="yield"), TopicFactory.create(title="Other")
    Question.objects.filter(pk=question.pk).update(topic=other, position=9)
    run("import_bank", bank)
    question.refresh_from_db()
    assert (question.topic, question.position) == (other, 9)
    bank.write_text(BANK.replace("### Iteration", "### Iterating"))
    run("import_bank", bank)
    question.refresh_from_db()
    assert question.topic.title == "Iterating"


def test_a_topic_that_a_person_renamed_does_not_come_back(bank):
    run("import_bank", bank)
    Topic.objects.filter(title="Python").update(title="Python 3")
    run("import_bank", bank)
    assert set(Topic.objects.values_list("title", flat=True)) == {"Python 3", "Iteration"}


def rubric_edited_by_ada():
    edited = copy_as_draft(Rubric.objects.get(question_version__question__slug="iterator"))
    edited.criteria.update(points=5)
    publish(edited)
    return edited


def test_a_rubric_that_a_person_edited_goes_along_when_the_file_changes_only_the_answer(bank):
    run("import_bank", bank)
    rubric_edited_by_ada()
    bank.write_text(BANK.replace("at the end.", "when nothing is left."))
    assert "1 updated" in run("import_bank", bank)
    version = QuestionVersion.objects.ready().get(question__slug="iterator")
    assert version.rubrics.get(status="published").to_core().max_points == 10


def test_where_the_file_and_a_person_have_changed_a_rubric_theirs_is_kept_and_named(bank):
    run("import_bank", bank)
    edited = rubric_edited_by_ada()
    bank.write_text(BANK.replace("- (1) `StopIteration`", "- (2) `StopIteration`"))
    assert "kept      rubric of iterator" in run("import_bank", bank)
    edited.refresh_from_db()
    assert edited.status == "published"
    run("import_bank", bank, "--overwrite")
    edited.refresh_from_db()
    assert edited.status == "retired"
    assert Rubric.objects.get(question_version__question__slug="iterator", status="published").number == 3


def test_a_rubric_is_not_taken_where_the_answer_that_it_was_written_for_is_not(bank):
    run("import_bank", bank)
    version = copy_version(QuestionVersion.objects.ready().get(question__slug="iterator"))
    publish_version(version)
    QuestionVersion.objects.filter(pk=version.pk).update(reference_answer="What Ada wrote.")
    bank.write_text(BANK.replace("at the end.", "last.").replace("- (1) `Stop", "- (2) `Stop"))
    assert "1 kept" in run("import_bank", bank)
    assert not Rubric.objects.filter(question_version=version).exists()


def test_a_question_without_its_rubric_is_not_stored_at_all(bank, monkeypatch):
    def broken(*_):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr("grading.importing.publish_from_bank", broken)
    with pytest.raises(CommandError, match="1 not imported"):
        run("import_bank", bank)
    assert list(Question.objects.values_list("slug", flat=True)) == ["yield"]


def test_a_slug_in_two_files_is_an_error_that_names_both_places(bank, tmp_path):
    other = tmp_path / "more.md"
    other.write_text("## Python\n#### Q: Another?\n<!-- slug: yield -->\n**Answer:**\nYes.\n")
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="1 not imported"):
        call_command("import_bank", str(bank), str(other), stdout=out, stderr=err)
    assert f"{other}:2: The slug “yield” is taken by {bank}:7." in err.getvalue()
    assert "2 created, 0 updated, 0 unchanged, 1 failed" in out.getvalue()


def test_a_file_that_is_named_twice_is_imported_once(bank, tmp_path):
    assert "2 created, 0 updated, 0 unchanged, 0 failed" in run("import_bank", tmp_path, bank)


def test_a_folder_without_a_bank_is_named(tmp_path):
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("import_bank", str(tmp_path), stdout=StringIO(), stderr=err)
    assert "there is no .md file" in err.getvalue()


def test_an_import_does_not_revive_a_question_that_was_retired(bank):
    run("import_bank", bank)
    retire(QuestionVersion.objects.get(question__slug="yield"))
    run("import_bank", bank)
    assert not QuestionVersion.objects.ready().filter(question__slug="yield").exists()


def test_one_bad_question_is_named_with_its_line_and_the_others_are_kept(bank):
    bank.write_text(BANK + "\n#### Q: Nobody knows?\n")
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="1 not imported; everything else was"):
        call_command("import_bank", str(bank), stdout=out, stderr=err)
    assert f"{bank}:30: The question has no **Answer:**." in err.getvalue()
    assert "2 created, 0 updated, 0 unchanged, 1 failed" in out.getvalue()
    assert Question.objects.count() == 2


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00bad"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "missing.md"
    if content:
        path.write_bytes(content)
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("import_bank", str(path), stdout=StringIO(), stderr=err)
    assert "missing.md: cannot be read" in err.getvalue()


def test_a_folder_means_its_markdown_files(bank, tmp_path):
    (tmp_path / "notes.txt").write_text("not a bank")
    assert "2 created" in run("import_bank", tmp_path)


def test_what_was_exported_imports_as_unchanged(bank, tmp_path):
    run("import_bank", bank)
    exported = tmp_path / "exported.md"
    assert "2 questions written" in run("export_bank", exported)
    assert "0 created, 0 updated, 2 unchanged, 0 failed" in run("import_bank", exported)
    assert Rubric.objects.count() == 2


def test_what_was_exported_with_its_derived_rubrics_imports_as_unchanged(bank, tmp_path):
    run("import_bank", bank)
    exported = tmp_path / "exported.md"
    run("export_bank", exported, "--derived")
    assert "published" not in run("import_bank", exported)
    assert Rubric.objects.count() == 2


def test_a_second_export_is_the_same_to_the_letter(bank, tmp_path):
    run("import_bank", bank)
    first, second = tmp_path / "1.md", tmp_path / "2.md"
    run("export_bank", first)
    run("import_bank", first)
    run("export_bank", second)
    assert first.read_text() == second.read_text()


def test_an_export_goes_to_standard_output_without_a_path(bank, capsys):
    run("import_bank", bank)
    call_command("export_bank")
    assert "#### Q: What does `yield` do?" in capsys.readouterr().out


def test_an_export_writes_the_rest_and_names_what_the_format_cannot_hold(bank, tmp_path):
    run("import_bank", bank)
    QuestionVersion.objects.filter(question__slug="yield").update(reference_answer="## Cut\n\nhere")
    path, err = tmp_path / "exported.md", StringIO()
    with pytest.raises(CommandError, match="1 not written; everything else was"):
        call_command("export_bank", str(path), stderr=err)
    assert "yield: reference answer: Line 1, “## Cut”" in err.getvalue()
    assert "1 questions written" in err.getvalue()
    assert "#### Q: What is an iterator?" in path.read_text()
