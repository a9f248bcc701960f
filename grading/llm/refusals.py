"""What an HTTP error of an endpoint means: a weaker way to ask, or one of the kinds of CallError."""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from grading.llm.errors import (
    CallError,
    MisconfiguredError,
    RefusedError,
    RejectedError,
    ThrottledError,
    TryLaterError,
)
from grading.llm.exchanging import Mode

if TYPE_CHECKING:
    from grading.llm.client import Capabilities

MAX_WAIT = 3600.0  # seconds; whoever asks for more is asked again after an hour

_OPTIONAL = ("max_completion_tokens", "temperature", "seed")
_ABOUT_FORMAT = re.compile(
    r"response_format|json_schema|json schema|structured output|json_object|grammar|guided", re.IGNORECASE
)
_OUT_OF_MONEY = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}


def weaker(known: Capabilities, status: int, said: str, sent: Collection[str]) -> Capabilities | None:
    """How to ask instead, where the endpoint refused a parameter; None where it refused something else."""
    if status not in {400, 404, 415, 422, 500, 501}:
        return None
    if status in {400, 422}:
        for name in _OPTIONAL:
            if name in sent and name not in known.without and re.search(rf"\b{name}\b", said):
                return replace(known, without=known.without | {name})
    if "response_format" in sent and _ABOUT_FORMAT.search(said):
        return replace(known, mode=Mode.OBJECT if known.mode is Mode.SCHEMA else Mode.TEXT)
    return None


def meaning_of(status: int, code: str | None, said: str, headers: Mapping[str, str]) -> CallError:
    """The kind of error. Keys on the endpoint's code first: a spent quota comes as a 429, too."""
    code = code or _code_in(said)
    brief = f"{status} {code or ''}".strip()
    if code in _OUT_OF_MONEY:
        return MisconfiguredError(
            f"The account's quota is spent ({brief}).",
            code=code,
            advice="Add credit or raise the limit in the account that OPENAI_API_KEY belongs to.",
        )
    if code in {"content_filter", "content_policy_violation"}:
        return RefusedError(f"A content filter stopped the request ({brief}).")
    if status == 429:
        return ThrottledError("The endpoint wants fewer calls (429).", retry_after=retry_after(headers))
    if status in {401, 403}:
        return MisconfiguredError(
            f"The endpoint refuses the key ({brief}).",
            code=code or str(status),
            advice="Check OPENAI_API_KEY, and that the key may use the model in GRADING_MODEL.",
        )
    if status in {404, 405}:
        return MisconfiguredError(
            f"The endpoint knows no such model or address ({brief}).",
            code=code or str(status),
            advice="Check GRADING_MODEL, and that OPENAI_BASE_URL ends where /chat/completions begins (often /v1).",
        )
    if status in {402}:
        return MisconfiguredError(
            f"The endpoint wants to be paid ({brief}).", code="402", advice="Check the account's billing."
        )
    if 300 <= status < 400:
        return MisconfiguredError(
            f"The endpoint sends us elsewhere ({brief}), and answers go nowhere but to the configured address.",
            code=str(status),
            advice="Set OPENAI_BASE_URL to the address that the redirect names, if that is the right one.",
        )
    if status in {408, 409, 425} or status >= 500:
        return TryLaterError(f"The endpoint fails ({brief}).", retry_after=retry_after(headers))
    return RejectedError(f"The endpoint does not take the request ({brief}): {_brief(said)}")


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """The seconds that the endpoint asks us to wait, 0..MAX_WAIT; None where it does not say."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return min(milliseconds / 1000, MAX_WAIT)
    value = headers.get("retry-after")
    if (seconds := _number(value)) is not None:
        return min(seconds, MAX_WAIT)
    try:
        at = email.utils.parsedate_to_datetime(value or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(at - (time.time() if now is None else now), 0.0), MAX_WAIT)


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _code_in(said: str) -> str:
    """The error's code, where the client has not found it: some endpoints nest it differently."""
    try:
        body = json.loads(said)
        inner = body.get("error", body)
        return str(inner.get("code") or "") if isinstance(inner, dict) else ""
    except (ValueError, AttributeError, RecursionError):
        return ""


def _brief(said: str) -> str:
    try:
        body = json.loads(said)
        inner = body.get("error", body)
        said = str(inner.get("message") or said) if isinstance(inner, dict) else str(inner)
    except (ValueError, AttributeError, RecursionError):
        pass
    return " ".join(said.split())[:200]
