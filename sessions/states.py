"""The states of interviews and answers, the named sets of them, and what may follow what."""

from django.db import models


class Mode(models.TextChoices):
    PRACTICE = "practice", "Practice"
    ASSESSMENT = "assessment", "Assessment"


class FeedbackPolicy(models.TextChoices):
    """When the candidate sees marks."""

    AFTER_EACH = "after_each", "After each answer"
    AT_END = "at_end", "When the interview is over"
    WHEN_RELEASED = "when_released", "When a person has released it"


class SessionStatus(models.TextChoices):
    NOT_STARTED = "not_started", "Not started"
    IN_PROGRESS = "in_progress", "In progress"
    SUBMITTED = "submitted", "Submitted"


class Route(models.TextChoices):
    """Who marks the answers first. The candidate chooses."""

    MACHINE_FIRST = "machine_first", "A machine first, then a person"
    HUMAN_ONLY = "human_only", "A person only"


class InvitationState(models.TextChoices):
    """How far an invitation has come; see InvitationQuerySet.with_state."""

    INVITED = "invited", "Invited"
    OPENED = "opened", "Opened"
    STARTED = "started", "Started"
    SUBMITTED = "submitted", "Submitted"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Withdrawn"


# Where a new link, a withdrawal or extra time still make a difference.
UNUSED_INVITATION_STATES = frozenset({InvitationState.INVITED, InvitationState.OPENED})
RENEWABLE_INVITATION_STATES = UNUSED_INVITATION_STATES | {InvitationState.EXPIRED}
# Where the link leads nowhere any more, so that nobody needs the name and the address.
DEAD_INVITATION_STATES = frozenset({InvitationState.EXPIRED, InvitationState.REVOKED})


class EndedBy(models.TextChoices):
    CANDIDATE = "candidate", "The candidate"
    DEADLINE = "deadline", "The deadline"


class AnswerStatus(models.TextChoices):
    OPEN = "open", "Open"
    SKIPPED = "skipped", "Skipped"
    SUBMITTED = "submitted", "Submitted"


EDITABLE_ANSWER_STATES = frozenset({AnswerStatus.OPEN, AnswerStatus.SKIPPED})

SESSION_TRANSITIONS = {
    SessionStatus.NOT_STARTED: frozenset({SessionStatus.IN_PROGRESS}),
    SessionStatus.IN_PROGRESS: frozenset({SessionStatus.SUBMITTED}),
    SessionStatus.SUBMITTED: frozenset(),
}


class EventKind(models.TextChoices):
    OPENED = "opened", "Invitation accepted"
    STARTED = "started", "Started"
    SHOWN = "shown", "Question shown"
    DRAFT_SAVED = "draft_saved", "Draft saved"
    SKIPPED = "skipped", "Skipped"
    PASTED = "pasted", "Pasted text"
    LEFT_TAB = "left_tab", "Left the tab"
    SUBMITTED = "submitted", "Answer submitted"
    LATE = "late", "Text arrived after the end"
    ENDED = "ended", "Interview ended"
