"""Who is who: Ana sits the interviews, Mia and Max hire for them, Ned hires for others, and Ada runs the site."""

import pytest

from interview_site.accounts.models import Role
from tests.factories import UserFactory


@pytest.fixture
def ana():
    return UserFactory.create(name="Ana")


@pytest.fixture
def mia():
    return UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)


@pytest.fixture
def max_():
    return UserFactory.create(name="Max", role=Role.HIRING_MANAGER)


@pytest.fixture
def ned():
    return UserFactory.create(name="Ned", role=Role.HIRING_MANAGER)


@pytest.fixture
def ada():
    return UserFactory.create(name="Ada", role=Role.ADMIN)
