"""Impact ratios: the figures that Local Law 144 asks for, and nothing that tells of anybody."""

import csv
import datetime as dt
import io
import random

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models_review import SelfIdentification
from grading.outgoing.impact import FOLDED, NOT_STATED, SMALLEST, Considered, impact_ratios
from grading.review.scorecards import Card, save, submit
from interview_site.accounts.models import Role
from sessions.models import InterviewSession
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


def categories(rows, dimension):
    return {row.category: row.considered for row in rows if row.dimension == dimension}


def test_small_groups_are_one_row_that_names_none_of_them_and_tells_nothing():
    many = [*people("", 20, 10, ethnicity="white"), *people("", 9, 2, ethnicity="asian")]
    few = [*people("", SMALLEST - 1, 1, ethnicity="black"), *people("", 1, 1, ethnicity="native")]
    rows = impact_ratios([*many, *few])
    assert categories(rows, "ethnicity") == {"asian": 9, "white": 20, FOLDED: SMALLEST}
    row = row_of(rows, "ethnicity", FOLDED)
    assert (row.selected, row.selection_rate, row.selection_ratio, row.scored) == (None,) * 4


def test_all_people_less_the_rows_that_are_shown_is_no_small_group():
    """Twelve of 24 are selected, ten of 20 men: the two others would be the women."""
    rows = impact_ratios([*people("male", 20, 10), *people("female", SMALLEST - 1, 2)])
    assert categories(rows, "sex") == {FOLDED: 24}
    assert not [row for row in rows if row.selected is not None]


def test_a_row_by_sex_less_the_rows_by_both_is_no_small_group():
    white = [*people("male", 20, 9, ethnicity="white"), *people("female", 20, 9, ethnicity="white")]
    black = [*people("male", 9, 3, ethnicity="black"), *people("female", 9, 3, ethnicity="black")]
    asian = [*people("male", 9, 3, ethnicity="asian"), *people("female", 1, 1, ethnicity="asian")]
    rows = impact_ratios([*white, *black, *asian])
    assert categories(rows, "sex") == {"female": 30, "male": 38}
    assert categories(rows, "ethnicity") == {"asian": 10, "black": 18, "white": 40}
    # White and Black women would leave one of thirty; with either ethnicity alone it would be a sum of two.
    assert categories(rows, "both") == {"white / female": 20, "white / male": 20, FOLDED: 28}


def test_who_said_one_thing_and_not_the_other_is_not_what_is_left_over():
    """White people less white women and white men would be the one who did not say."""
    said = [*people("female", 10, 3, ethnicity="white"), *people("male", 10, 4, ethnicity="white")]
    black = [*people("female", 10, 0, ethnicity="black"), *people("male", 10, 0, ethnicity="black")]
    rows = impact_ratios([*said, *black, *people("", 1, 1, ethnicity="white")])
    assert categories(rows, "ethnicity") == {"black": 20, "white": 21}
    assert categories(rows, "both") == {FOLDED: 41}
    rows = impact_ratios([*said, *black, *people("female", 1, 1)])
    assert categories(rows, "sex") == {"female": 21, "male": 20}
    assert categories(rows, "both") == {"white / female": 10, "white / male": 10, FOLDED: 21}
    # Who said nothing at all takes nothing from anybody.
    rows = impact_ratios([*said, *black, *people("", 1, 1)])
    assert len(categories(rows, "both")) == SMALLEST


def test_a_few_without_a_score_are_not_what_is_left_over():
    rows = impact_ratios(
        [*people("male", 10, 3), *people("female", 9, 3), *people("female", 1, 1, share=None)]
    )
    assert {(row.category, row.considered, row.scored) for row in rows if row.dimension == "sex"} == {
        ("female", 10, None),
        ("male", 10, None),
    }


@pytest.mark.parametrize("column", ["considered", "scored", "unscored"])
@pytest.mark.parametrize("seed", range(100))
def test_no_sum_of_rows_leaves_a_small_group(seed, column):
    dice = random.Random(seed)
    ethnicities = ["white", "black", "asian", "hispanic"][: dice.randint(1, 4)]
    sizes = [0, 8, 20, 40, *dice.choice([[], [1, 3, 4, 5]])]
    everybody = [
        one
        for ethnicity in [*ethnicities, ""]
        for sex in ["female", "male", ""]
        for share in [0.5, *dice.choice([[], [None]])]
        for one in people(sex, dice.choice(sizes), 1, share=share, ethnicity=ethnicity)
    ]
    counted = [
        one for one in everybody if column == "considered" or (one.share is None) == (column == "unscored")
    ]
    given = {
        (row.dimension, row.category): row.considered - row.scored
        if column == "unscored"
        else getattr(row, column)
        for row in impact_ratios(everybody)
        if row.selected is not None and (column == "considered" or row.scored is not None)
    }
    assert not set(given.values()) & set(range(1, SMALLEST))
    ethnicities_by_sex = {category.split(" / ")[0] for kind, category in given if kind == "both"}
    assert ethnicities_by_sex <= {category for kind, category in given if kind == "ethnicity"}
    # Who did not say it counts in what is left over, and is no secret where nobody else is left.
    sums = {("all", name): sum(bool(getattr(one, name)) for one in counted) for name in ("sex", "ethnicity")}
    for (dimension, name), total in (sums | given).items():
        parts = [
            count
            for (kind, category), count in given.items()
            if (dimension == "all" and kind == name) or (kind == "both" and name in category.split(" / "))
        ]
        unsaid = len(counted) - total if dimension == "all" else 0
        assert total == sum(parts) or total + unsaid - sum(parts) >= SMALLEST or not parts


def test_points_of_few_are_not_given_where_many_were_considered():
    unscored = [*people("male", 9, 3, share=None), *people("female", 9, 3)]
    rows = impact_ratios([*unscored, *people("male", 1, 1)])
    row = row_of(rows, "sex", "male")
    assert (row.considered, row.selected, row.scored, row.scoring_rate) == (10, 4, None, None)


def test_who_did_not_say_has_no_ratio():
    row = row_of(impact_ratios([*people("", 9, 9), *people("male", 9, 3)]), "sex", NOT_STATED)
    assert (row.considered, row.selection_ratio) == (9, None)


@pytest.mark.parametrize("sex", ["", "female"])
def test_of_a_single_person_not_even_whether_they_said_something_can_be_read(sex):
    rows = impact_ratios(people(sex, 1, 1, ethnicity=sex and "native"))
    assert [(row.dimension, row.category, row.considered) for row in rows] == [
        ("sex", FOLDED, 1),
        ("ethnicity", FOLDED, 1),
        ("both", FOLDED, 1),
    ]


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
    assessments = [sat(UserFactory.create(), [mia]) for _ in range(SMALLEST)]
    template = assessments[0].template
    InterviewSession.objects.update(template=template)
    for assessment in assessments:
        SelfIdentification.objects.create(interview_session=assessment, sex="female")
        submit(assessment, mia, Card("yes"), 0, timezone.now())
    client.force_login(UserFactory.create(name="Ada", role=Role.ADMIN))
    text = client.get(reverse("export-impact", args=[template.pk])).content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {(row["dimension"], row["category"], row["considered"]) for row in rows} == {
        ("sex", "female", "5"),
        ("ethnicity", "not stated", "5"),
        ("both", "not stated", "5"),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("words", "selected"), [(["yes", "strong_no"], "0"), (["no", "strong_yes"], "5")])
def test_the_scorecard_that_was_submitted_last_says_who_is_selected(client, words, selected):
    team = [UserFactory.create(role=Role.HIRING_MANAGER) for _ in words]
    assessments = [sat(UserFactory.create(), team) for _ in range(SMALLEST)]
    template = assessments[0].template
    InterviewSession.objects.update(template=template)
    now = timezone.now()
    for assessment in assessments:
        SelfIdentification.objects.create(interview_session=assessment, sex="male")
        for day, (reviewer, word) in enumerate(zip(team, words, strict=True)):
            submit(assessment, reviewer, Card(word), 0, now + dt.timedelta(days=day))
        # A draft is nobody's word.
        save(assessment, UserFactory.create(role=Role.HIRING_MANAGER), Card("yes"), 0, now + dt.timedelta(9))
    client.force_login(UserFactory.create(name="Ada", role=Role.ADMIN))
    text = client.get(reverse("export-impact", args=[template.pk])).content.decode()
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["category"], row["selected"]) == ("male", selected)


@pytest.mark.django_db
def test_five_sittings_are_not_five_people(client):
    ana = UserFactory.create(name="Ana")
    assessments = [sat(ana, []) for _ in range(SMALLEST)]
    template = assessments[0].template
    InterviewSession.objects.update(template=template)
    for assessment in assessments:
        SelfIdentification.objects.create(interview_session=assessment, sex="female")
    client.force_login(UserFactory.create(name="Ada", role=Role.ADMIN))
    text = client.get(reverse("export-impact", args=[template.pk])).content.decode()
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["category"], row["considered"]) == (FOLDED, "1")
