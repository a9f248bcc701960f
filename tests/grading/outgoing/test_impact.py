"""Impact ratios: the figures that Local Law 144 asks for, and nothing that tells of anybody."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models_review import SelfIdentification
from grading.outgoing.impact import SMALLEST, Considered, impact_ratios
from grading.review.scorecards import Card, submit
from interview_site.accounts.models import Role
from tests.factories import UserFactory
from tests.grading.review.conftest import sat


def people(sex, count, selected, share=0.5, ethnicity=""):
    return [Considered(sex, ethnicity, number < selected, share) for number in range(count)]


def row_of(rows, dimension, category):
    return next(row for row in rows if (row.dimension, row.category) == (dimension, category))


def test_a_worked_example():
    """40 of 80 men and 12 of 40 women are selected: rates .5 and .3, ratios 1 and .6."""
    rows = impact_ratios([*people("male", 80, 40), *people("female", 40, 12)])
    men, women = row_of(rows, "sex", "male"), row_of(rows, "sex", "female")
    assert (men.selection_rate, men.selection_ratio) == (0.5, 1.0)
    assert women.selection_rate == pytest.approx(0.3)
    assert women.selection_ratio == pytest.approx(0.6)


def test_the_scoring_rate_is_the_share_above_the_median_of_everybody():
    low, high = people("female", 6, 0, share=0.2), people("male", 6, 0, share=0.9)
    rows = impact_ratios([*low, *high, *people("female", 6, 0, share=0.9)])
    assert row_of(rows, "sex", "female").scoring_rate == 0.0
    assert row_of(impact_ratios([*low, *low, *high]), "sex", "male").scoring_ratio == 1.0


def test_a_small_group_is_counted_and_told_nothing_about():
    rows = impact_ratios([*people("male", 20, 10), *people("female", SMALLEST - 1, 1)])
    women = row_of(rows, "sex", "female")
    assert women.considered == SMALLEST - 1
    assert (women.selected, women.selection_rate, women.selection_ratio, women.scored) == (None,) * 4


def test_who_did_not_say_has_no_ratio():
    row = row_of(impact_ratios([*people("", 9, 9), *people("male", 9, 3)]), "sex", "not stated")
    assert (row.considered, row.selection_ratio) == (9, None)


def test_nobody_at_all_is_no_error():
    assert impact_ratios([]) == []


@pytest.mark.django_db
def test_candidates_say_it_voluntarily_and_the_hiring_team_never_sees_it(client):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    ana = UserFactory.create(name="Ana")
    assessment = sat(ana, [mia])
    client.force_login(ana)
    client.post(reverse("about-me", args=[assessment.pk]), {"sex": "female", "ethnicity": ""})
    client.post(reverse("about-me", args=[assessment.pk]), {"sex": "female", "ethnicity": "pacific"})
    stored = SelfIdentification.objects.get()
    assert (stored.sex, stored.ethnicity) == ("female", "pacific")
    client.force_login(mia)
    pages = [
        reverse("transcript", args=[assessment.pk]),
        reverse("compare", args=[assessment.template_id]),
        reverse("inbox"),
    ]
    text = "".join(client.get(page).content.decode() for page in pages)
    text += b"".join(
        client.get(reverse("export-json", args=[assessment.template_id])).streaming_content
    ).decode()
    assert "pacific" not in text.casefold()
    assert client.get(reverse("export-impact", args=[assessment.template_id])).status_code == 403


@pytest.mark.django_db
def test_the_file_holds_counts_by_category(client):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    assessment = sat(UserFactory.create(), [mia])
    SelfIdentification.objects.create(interview_session=assessment, sex="female")
    submit(assessment, mia, Card("yes"), 0, timezone.now())
    client.force_login(UserFactory.create(name="Ada", role=Role.ADMIN))
    text = client.get(reverse("export-impact", args=[assessment.template_id])).content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {(row["dimension"], row["category"], row["considered"]) for row in rows} == {
        ("sex", "female", "1"),
        ("ethnicity", "not stated", "1"),
        ("both", "not stated", "1"),
    }
