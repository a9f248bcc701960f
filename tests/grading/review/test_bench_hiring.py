"""The command behind the figures of docs/operations.md: it makes the data once, then measures."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from sessions.models import InterviewSession
from tests.factories import UserFactory, practice_session, ready_questions

pytestmark = pytest.mark.django_db


def measured():
    written = io.StringIO()
    call_command("bench_hiring", sessions=6, questions=2, rounds=1, stdout=written)
    return written.getvalue()


def test_it_makes_the_interviews_once_and_no_page_takes_more_than_eight_queries():
    ready_questions(2)
    for _ in range(2):
        said = measured()
        assert InterviewSession.objects.count() == 6
    counts = [int(number) for number in re.findall(r"(\d+) queries", said)]
    assert len(counts) >= 4
    assert max(counts) <= 8, said


def test_it_leaves_a_database_in_use_alone():
    practice_session(UserFactory.create())
    with pytest.raises(CommandError, match="holds interviews"):
        measured()
