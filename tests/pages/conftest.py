"""A graded assessment: Ana sat it, Mia (signed in) and Max hire for it. Ada runs the site."""

import pytest
from django.urls import reverse

from interview_site.accounts.models import Role
from sessions.models import InterviewSession
from tests.factories import UserFactory
from tests.grading.review.conftest import GOOD, also_sat, sat


@pytest.fixture
def ana():
    return UserFactory.create(name="Ana")


@pytest.fixture
def mia(client):
    user = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(user)
    return user


@pytest.fixture
def ada(client):
    """An admin, signed in."""
    user = UserFactory.create(name="Ada", role=Role.ADMIN)
    client.force_login(user)
    return user


@pytest.fixture
def max_():
    return UserFactory.create(name="Max", role=Role.HIRING_MANAGER)


@pytest.fixture
def assessment(ana, mia, max_):
    return sat(ana, [mia, max_], appeal_days=7)


@pytest.fixture
def blind(assessment):
    InterviewSession.objects.filter(pk=assessment.pk).update(blind_first=True)
    assessment.refresh_from_db()
    return assessment


@pytest.fixture
def three(assessment):
    """Ana and Bob gave the same good answer, Cem said nothing to the point."""
    return [assessment, also_sat(assessment, "Bob", GOOD), also_sat(assessment, "Cem", "No idea at all.")]


def page(client, name, *args, **query):
    return client.get(reverse(name, args=args), query)
