"""What can become of a call other than verdicts. Each kind says what to do about it; none of them is a zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grading.llm.exchanging import storable

if TYPE_CHECKING:
    from grading.llm.exchanging import Call


class CallError(Exception):
    """A call came to nothing. calls holds every call that was made on the way, this one included."""

    # Whether it speaks of the endpoint's health, and so counts for the breaker.
    is_outage = False

    def __init__(self, message: str) -> None:
        super().__init__(storable(message))  # it may be the endpoint's own words
        self.calls: tuple[Call, ...] = ()


class TryLaterError(CallError):
    """The endpoint is down, slow or out of order: the same call may succeed later."""

    is_outage = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """retry_after is what the endpoint asked for, in seconds."""
        super().__init__(message)
        self.retry_after = retry_after


class ThrottledError(TryLaterError):
    """The endpoint is well and wants fewer calls (429)."""

    is_outage = False


class MisconfiguredError(CallError):
    """Every call will fail like this until somebody changes something: key, model, address, quota."""

    def __init__(self, message: str, *, code: str, advice: str) -> None:
        """code is the endpoint's own, or the HTTP status; advice is a sentence for an admin."""
        super().__init__(message)
        self.code = code
        self.advice = advice


class RejectedError(CallError):
    """The endpoint will not take this request, and would not take it later either (400, too long)."""

    is_outage = True


class RefusedError(CallError):
    """The model refused, or a content filter stopped it: a person has to grade."""


class UnreadableError(CallError):
    """The reply holds no verdicts: malformed, cut off, or none of ours. Another attempt may be better."""
