"""Make ten thousand interviews and measure the hiring side's pages on them: queries and time."""

import random
import statistics
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grading.models import (
    Criterion,
    CriterionKind,
    CriterionScore,
    Grade,
    Grader,
    Rubric,
    RubricStatus,
    Verdict,
)
from grading.models_review import HumanAct, HumanGrade, Review
from interview_site.accounts.models import Role, User
from questions.models import QuestionVersion
from sessions.models import Answer, InterviewSession, InterviewTemplate
from sessions.states import AnswerStatus, EndedBy, FeedbackPolicy, Mode, SessionStatus

TITLE = "Bench: ten thousand interviews"
MANAGER = "bench-manager@example.com"
CHUNK = 250
REVIEWED, BY_HAND, FLAGGED = 0.6, 0.3, 0.02  # shares
FRAMING = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")
TEXT = "A lock lets one thread run at a time, so threads help where the program waits for something. " * 4


class Command(BaseCommand):
    help = "Fill an empty database with interviews and measure inbox, grid and agreement. Not for a database in use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sessions", type=int, default=10_000)
        parser.add_argument("--questions", type=int, default=5)
        parser.add_argument("--rounds", type=int, default=5)

    def handle(self, *args: Any, **options: Any) -> None:
        template = InterviewTemplate.objects.filter(title=TITLE).first()
        if template is None:
            if InterviewSession.objects.exists():
                raise CommandError("This database holds interviews: set DATABASE_URL to an empty one.")
            template = self._fill(options["sessions"], options["questions"])
        self._measure(template, options["rounds"])

    def _fill(self, count: int, questions: int) -> InterviewTemplate:
        versions = list(
            QuestionVersion.objects.ready()
            .filter(rubrics__status=RubricStatus.PUBLISHED)
            .select_related("question")
            .order_by("pk")[:questions]
        )
        if len(versions) < questions:
            raise CommandError("Too few questions with rubrics: run `manage.py prepare` first.")
        manager = User.objects.create_user(MANAGER, name="Bench Manager", role=Role.HIRING_MANAGER)
        template = InterviewTemplate.objects.create(
            title=TITLE, mode=Mode.ASSESSMENT, feedback_policy=FeedbackPolicy.WHEN_RELEASED
        )
        template.hiring_team.add(manager)
        for position, version in enumerate(versions, start=1):
            template.fixed_questions.create(question=version.question, position=position)
        rubrics = {
            rubric.question_version_id: (rubric, list(rubric.criteria.all()))
            for rubric in Rubric.objects.filter(
                question_version__in=versions, status=RubricStatus.PUBLISHED
            ).prefetch_related("criteria")
        }
        generator = random.Random(20261124)  # noqa: S311 - repeatable on purpose
        started, now = time.monotonic(), timezone.now()
        for first in range(0, count, CHUNK):
            numbers = range(first, min(first + CHUNK, count))
            with transaction.atomic():
                self._chunk(template, manager, versions, rubrics, numbers, generator, now)
        self.stdout.write(f"Made {count} interviews in {time.monotonic() - started:.0f} s.")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return template

    def _chunk(
        self,
        template: InterviewTemplate,
        manager: User,
        versions: list[QuestionVersion],
        rubrics: dict[int, tuple[Rubric, list[Criterion]]],
        numbers: range,
        generator: random.Random,
        now: datetime,
    ) -> None:
        people = User.objects.bulk_create(
            User(email=f"bench-{n}@example.com", name=f"Candidate {n}", password=UNUSABLE_PASSWORD_PREFIX)
            for n in numbers
        )
        sessions = InterviewSession.objects.bulk_create(
            InterviewSession(
                candidate=person,
                template=template,
                title=template.title,
                mode=Mode.ASSESSMENT,
                status=SessionStatus.SUBMITTED,
                started_at=now - timedelta(minutes=n + 40),
                submitted_at=now - timedelta(minutes=n),
                ended_by=EndedBy.CANDIDATE,
            )
            for n, person in zip(numbers, people, strict=True)
        )
        answers = Answer.objects.bulk_create(
            Answer(
                interview_session=one,
                position=position,
                question_version=version,
                status=AnswerStatus.SUBMITTED,
                final_text=TEXT,
                submitted_at=one.submitted_at,
            )
            for one in sessions
            for position, version in enumerate(versions, start=1)
        )
        judged = {one.pk for one in sessions if generator.random() < BY_HAND}
        self._grades(answers, rubrics, Grader.KEYWORD, None, generator)
        by_hand = [answer for answer in answers if answer.interview_session_id in judged]
        grades = self._grades(by_hand, rubrics, Grader.HUMAN, manager, generator)
        HumanGrade.objects.bulk_create(
            HumanGrade(grade=grade, act=HumanAct.GRADED, is_unanchored=generator.random() < 0.3)
            for grade in grades
        )
        Review.objects.bulk_create(
            Review(
                interview_session=one,
                reviewer=manager,
                status="submitted",
                recommendation="yes",
                submitted_at=now,
            )
            for one in sessions
            if generator.random() < REVIEWED
        )

    def _grades(
        self,
        answers: list[Answer],
        rubrics: dict[int, tuple[Rubric, list[Criterion]]],
        grader: Grader,
        person: User | None,
        generator: random.Random,
    ) -> list[Grade]:
        verdicts = {
            answer.pk: list(_verdicts(rubrics[answer.question_version_id][1], generator))
            for answer in answers
        }
        grades = Grade.objects.bulk_create(
            Grade(
                answer=answer,
                rubric=rubrics[answer.question_version_id][0],
                grader=grader,
                graded_by=person,
                rubric_hash=rubrics[answer.question_version_id][0].content_hash,
                answer_hash="",
                score=max(Decimal(0), sum((points for _, _, points in verdicts[answer.pk]), Decimal(0))),
                max_score=sum(
                    (
                        c.points
                        for c in rubrics[answer.question_version_id][1]
                        if c.kind == CriterionKind.CORE
                    ),
                    Decimal(0),
                ),
                flags=["injection"] if person is None and generator.random() < FLAGGED else [],
            )
            for answer in answers
        )
        CriterionScore.objects.bulk_create(
            CriterionScore(
                grade=grade,
                criterion=criterion,
                position=position,
                text=criterion.text,
                kind=criterion.kind,
                points_possible=criterion.points,
                verdict=verdict,
                credit=0.5,
                points=points,
            )
            for grade in grades
            for position, (criterion, verdict, points) in enumerate(verdicts[grade.answer_id], start=1)
        )
        return grades

    def _measure(self, template: InterviewTemplate, rounds: int) -> None:
        call_command("collectstatic", interactive=False, verbosity=0)
        client = Client()
        client.force_login(User.objects.get(email=MANAGER))
        pages = {
            "inbox": reverse("inbox"),
            "inbox, one reason": f"{reverse('inbox')}?reason=flagged",
            "grid, by points": f"{reverse('compare', args=[template.pk])}?sort=-score",
            "agreement": reverse("agreement", args=[template.pk]),
            "assessments": reverse("home"),
        }
        sessions = InterviewSession.objects.filter(template=template).count()
        self.stdout.write(
            f"{sessions} interviews, {connection.vendor}; the median of {rounds} requests after one."
        )
        for name, address in pages.items():
            client.get(address, HTTP_HOST="localhost")
            times, work = [], []
            for _ in range(rounds):
                before, worked = time.perf_counter(), time.process_time()
                response = client.get(address, HTTP_HOST="localhost")
                times.append(time.perf_counter() - before)
                work.append(time.process_time() - worked)
            with CaptureQueriesContext(connection) as captured:
                client.get(address, HTTP_HOST="localhost")
            count = sum(not query["sql"].startswith(FRAMING) for query in captured)
            size = len(response.content) / 1000
            self.stdout.write(
                f"{name:<20} {count:>2} queries {statistics.median(times) * 1000:>6.0f} ms "
                f"{statistics.median(work) * 1000:>6.0f} ms of processor {size:>5.0f} kB"
            )


def _verdicts(
    criteria: list[Criterion], generator: random.Random
) -> Iterator[tuple[Criterion, Verdict, Decimal]]:
    for criterion in criteria:
        if criterion.kind == CriterionKind.MISCONCEPTION:
            claimed = generator.random() < 0.05
            yield (
                criterion,
                Verdict.CONTRADICTED if claimed else Verdict.UNMET,
                -criterion.points if claimed else Decimal(0),
            )
        else:
            verdict = generator.choices(
                [Verdict.MET, Verdict.PARTIAL, Verdict.UNMET, Verdict.UNSURE], [40, 25, 33, 2]
            )[0]
            share = {Verdict.MET: Decimal(1), Verdict.PARTIAL: Decimal("0.5")}.get(verdict, Decimal(0))
            core = criterion.kind == CriterionKind.CORE
            yield criterion, verdict, share * criterion.points if core else Decimal(0)
