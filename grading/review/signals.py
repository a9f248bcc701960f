"""Facts about how an answer came to be, for people to weigh. None of them ever changes a score."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grading.core.integrity import in_words
from grading.models import Grade
from grading.models_review import SignalJudgement
from interview_site.accounts import audit
from interview_site.accounts.models import User
from sessions.models import Answer, SessionEvent
from sessions.states import EventKind

FLAG_PREFIX = "flag:"
# The fact, whether the interview was still running, and what the text came after.
LATE = (
    (EventKind.LATE.value, False, "the end"),
    (f"{EventKind.LATE.value}:submitted", True, "this answer was submitted"),
)


@dataclass(frozen=True, slots=True)
class Signal:
    """One fact that somebody may find relevant. judgement is the newest one on it."""

    key: str
    text: str
    judgement: SignalJudgement | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """How one answer came to be. seconds is from first shown to submitted, None where one of them is unknown."""

    seconds: int | None
    words: int
    signals: tuple[Signal, ...]

    @property
    def duration(self) -> str:
        if self.seconds is None:
            return "never shown"
        minutes, seconds = divmod(self.seconds, 60)
        return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


def facts_of(
    answer: Answer,
    events: Iterable[SessionEvent],
    grades: Iterable[Grade],
    judgements: Sequence[SignalJudgement],
    *,
    with_flags: bool = True,
) -> Facts:
    """Pure: rows of one answer in, facts out. Flags are the grader's observations; with_flags hides them."""
    newest = {one.signal: one for one in sorted(judgements, key=lambda one: one.pk)}
    events = list(events)
    found: list[tuple[str, str]] = []
    pasted = [int(event.detail.get("characters", 0)) for event in events if event.kind == EventKind.PASTED]
    if pasted:
        found.append(
            (EventKind.PASTED.value, f"Pasted {_times(len(pasted))}, {sum(pasted):,} characters in all")
        )
    left = sum(event.kind == EventKind.LEFT_TAB for event in events)
    if left:
        found.append((EventKind.LEFT_TAB.value, f"Left the tab {_times(left)}"))
    for key, is_running, when in LATE:
        late = [
            int(event.detail.get("characters", 0))
            for event in events
            if event.kind == EventKind.LATE and bool(event.detail.get("is_running")) == is_running
        ]
        if late:
            found.append((key, f"{max(late):,} characters arrived after {when} and do not count"))
    if with_flags:
        flags = dict.fromkeys(flag for grade in grades for flag in grade.flags)
        found += [(f"{FLAG_PREFIX}{flag}", f"The grader noticed: {in_words(flag)}") for flag in flags]
    return Facts(
        seconds=_seconds(answer.first_shown_at, answer.submitted_at),
        words=len(answer.final_text.split()),
        signals=tuple(Signal(key, text, newest.get(key)) for key, text in found),
    )


def judge(
    answer: Answer, signal: str, reviewer: User, now: dt.datetime, *, is_relevant: bool
) -> SignalJudgement:
    """Append a person's judgement."""
    row = SignalJudgement.objects.create(
        answer=answer, signal=signal, is_relevant=is_relevant, judged_by=reviewer, judged_at=now
    )
    audit.record(reviewer, "signal.judged", answer, after={"signal": signal, "relevant": is_relevant})
    return row


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _seconds(start: dt.datetime | None, end: dt.datetime | None) -> int | None:
    return max(0, int((end - start).total_seconds())) if start and end else None
