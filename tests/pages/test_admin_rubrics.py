"""Rubrics in Django admin: made before anybody is marked by them, edited as drafts, published, then only shown."""

import pytest
from django.urls import reverse

from grading.models import Rubric
from tests.factories import QuestionVersionFactory, RubricFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ada")]


def criterion_forms(rubric, **changes):
    form = {
        "criteria-TOTAL_FORMS": rubric.criteria.count(),
        "criteria-INITIAL_FORMS": rubric.criteria.count(),
    }
    for index, criterion in enumerate(rubric.criteria.all()):
        fields = {
            "id": criterion.pk,
            "rubric": rubric.pk,
            "position": criterion.position,
            "kind": criterion.kind,
            "points": criterion.points,
            "text": criterion.text,
            "cues": "one | two\nthree",
            "examples": "Said so.\nOr so.",
            "correction": "",
        }
        form |= {f"criteria-{index}-{name}": value for name, value in (fields | changes).items()}
    return form


def test_a_published_rubric_is_shown_and_its_next_version_takes_its_place(client):
    rubric = RubricFactory.create()
    address = reverse("admin:grading_rubric_change", args=[rubric.pk])
    page = client.get(address).content.decode()
    assert "any of: one at a time | lazily | on demand" in page
    assert 'name="_save"' not in page
    response = client.post(reverse("admin:grading_rubric_next", args=[rubric.pk]))
    draft = Rubric.objects.get(number=2)
    assert client.post(response.url, criterion_forms(draft, points="3")).status_code == 302
    client.post(reverse("admin:grading_rubric_publish", args=[draft.pk]))
    rubric.refresh_from_db()
    draft.refresh_from_db()
    assert (rubric.status, draft.status) == ("retired", "published")
    criterion = draft.criteria.first()
    assert (criterion.points, criterion.cues, criterion.examples) == (
        3,
        [["one", "two"], ["three"]],
        ["Said so.", "Or so."],
    )
    assert rubric.criteria.first().points == 2


def test_a_question_written_here_gets_its_rubric_before_anybody_is_marked_by_it(client):
    version = QuestionVersionFactory.create()
    rubrics = reverse("admin:grading_rubric_changelist")
    page = client.get(rubrics, {"question_version__id__exact": version.pk}).content.decode()
    make = reverse("admin:grading_rubric_first", args=[version.pk])
    assert f'action="{make}"' in page
    assert not version.rubrics.exists(), "looking makes nothing"

    address = client.post(make).url
    rubric = version.rubrics.get()
    assert address == reverse("admin:grading_rubric_change", args=[rubric.pk])
    assert any("Kept state" in criterion.text for criterion in rubric.criteria.all())
    client.post(make)
    assert version.rubrics.count() == 1
    assert make not in client.get(rubrics, {"question_version__id__exact": version.pk}).content.decode()


def test_a_rubric_is_not_derived_from_a_draft_and_not_from_nothing(client):
    draft = QuestionVersionFactory.create(status="draft")
    page = client.get(
        reverse("admin:grading_rubric_changelist"), {"question_version__id__exact": draft.pk}
    ).content.decode()
    assert "once it is published" in page
    assert client.post(reverse("admin:grading_rubric_first", args=[draft.pk])).status_code == 404

    silent = QuestionVersionFactory.create(reference_answer=" ")
    page = client.post(reverse("admin:grading_rubric_first", args=[silent.pk]), follow=True).content.decode()
    assert "Nothing to mark is found in the reference answer" in page
    assert not silent.rubrics.exists()


@pytest.mark.parametrize("pk", ["x", "-1", "9" * 30, "\u0661"])
def test_the_rubrics_of_no_version_are_an_empty_list(client, pk):
    response = client.get(
        reverse("admin:grading_rubric_changelist"), {"question_version__id__exact": pk}, follow=True
    )
    assert response.status_code == 200
    assert "Make its rubric" not in response.content.decode()


def test_a_rubric_without_a_core_criterion_is_not_published(client):
    rubric = RubricFactory.create()
    client.post(reverse("admin:grading_rubric_next", args=[rubric.pk]))
    draft = Rubric.objects.get(number=2)
    draft.criteria.update(kind="bonus")
    page = client.post(reverse("admin:grading_rubric_publish", args=[draft.pk]), follow=True).content.decode()
    assert "needs a core criterion" in page
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_what_was_typed_into_a_draft_rubric_is_saved_before_it_is_published(client):
    rubric = RubricFactory.create()
    client.post(reverse("admin:grading_rubric_next", args=[rubric.pk]))
    draft = Rubric.objects.get(number=2)
    address = reverse("admin:grading_rubric_change", args=[draft.pk])
    client.post(address, criterion_forms(draft, points="3", text="Two\r\nlines.") | {"_publish": "1"})
    draft.refresh_from_db()
    assert draft.status == "published"
    assert {c.text for c in draft.criteria.all()} == {"Two lines."}


def test_the_truth_behind_a_misconception_goes_with_a_misconception_only(client):
    rubric = RubricFactory.create()
    client.post(reverse("admin:grading_rubric_next", args=[rubric.pk]))
    draft = Rubric.objects.get(number=2)
    address = reverse("admin:grading_rubric_change", args=[draft.pk])
    form = criterion_forms(draft, kind="core", correction="In truth not.")
    assert "goes with a misconception only" in client.post(address, form).content.decode()
