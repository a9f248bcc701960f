"""What the benchmarks of the model share: the project in a temporary folder, a fake endpoint, answers to grade."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.fakes import FakeEndpoint, fake_endpoint

ANSWER = "The values are computed one at a time, on demand. The local variables survive between two calls."


@contextmanager
def project(*, postgresql: bool, **variables: str) -> Iterator[FakeEndpoint]:
    """Django, set up and migrated on SQLite or a PostgreSQL of its own; only once in a process."""
    from tests import services

    with ExitStack() as stack:
        folder = tempfile.mkdtemp(prefix="mockingbird-bench-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        fake = stack.enter_context(fake_endpoint())
        url = stack.enter_context(services.postgresql()) if postgresql else ""
        os.environ.update(
            DJANGO_SETTINGS_MODULE="interview_site.settings",
            ENV_FILE=os.devnull,
            VAR_DIR=folder,
            DATABASE_URL=url,
            REDIS_URL="",
            GRADING_MODEL="fake-1",
            OPENAI_API_KEY="a-key",
            OPENAI_BASE_URL=fake.url,
            **variables,
        )
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0)
        stack.callback(connections.close_all)
        yield fake


def prepare_jobs(count: int) -> int:
    """So many submitted answers with a queued job each."""
    from django.utils import timezone

    from grading.models import GradingJob, Rubric
    from sessions.models import Answer, InterviewSession
    from sessions.states import AnswerStatus, Mode
    from tests.factories import UserFactory, ready_questions

    if not Rubric.objects.exists():
        ready_questions(1)
    rubric = Rubric.objects.select_related("question_version").order_by("pk")[0]
    sitting = InterviewSession.objects.create(
        candidate=UserFactory.create(), title="Bench", mode=Mode.PRACTICE
    )
    answers = Answer.objects.bulk_create(
        Answer(
            interview_session=sitting,
            position=position,
            question_version=rubric.question_version,
            status=AnswerStatus.SUBMITTED,
            final_text=ANSWER,
            submitted_at=timezone.now(),
        )
        for position in range(1, count + 1)
    )
    GradingJob.objects.bulk_create(
        GradingJob(answer=answer, rubric=rubric, method="llm", not_before=timezone.now())
        for answer in answers
    )
    return count
