"""Who may see the machine's verdicts when: blind-first reading, and the random share that is always read blind."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field

from django.conf import settings

from grading.models import Grade, Grader
from grading.models_review import Review, ReviewStatus
from interview_site.accounts.models import User
from sessions.models import InterviewSession


def in_blind_share(session_id: uuid.UUID) -> bool:
    """Whether an interview belongs to the random share that is read blind although its template does not ask for it.

    The same for everybody, and for ever: so agreement can be measured on people who had not seen the machine's view.
    """
    digest = hashlib.sha256(b"blind:" + session_id.bytes).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < settings.REVIEW_BLIND_SHARE


def reads_blind(interview_session: InterviewSession) -> bool:
    """Whether reviewers of this interview judge before they see what the machine said."""
    return interview_session.blind_first or in_blind_share(interview_session.pk)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one reviewer may see of one interview at this moment.

    judged holds the ids of the answers that the reviewer has graded: what the machine said about them is open.
    """

    is_blind: bool
    has_submitted: bool
    judged: frozenset[int] = field(default=frozenset())

    def sees_others_on(self, answer_id: int) -> bool:
        """The verdicts of the machine and of other people on that answer."""
        return not self.is_blind or self.has_submitted or answer_id in self.judged

    @property
    def sees_all(self) -> bool:
        """The sum of marks and other reviewers' scorecards: they give away what is hidden answer by answer."""
        return not self.is_blind or self.has_submitted


def sight_of(interview_session: InterviewSession, reviewer: User) -> Sight:
    """Two queries."""
    own = Review.objects.filter(interview_session=interview_session, reviewer=reviewer)
    judged = Grade.objects.standing().filter(
        answer__interview_session=interview_session, grader=Grader.HUMAN, graded_by=reviewer
    )
    return Sight(
        is_blind=reads_blind(interview_session),
        has_submitted=own.filter(status=ReviewStatus.SUBMITTED).exists(),
        judged=frozenset(judged.values_list("answer_id", flat=True)),
    )
