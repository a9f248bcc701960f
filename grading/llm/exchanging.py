"""Endpoint, Reply, Call: what goes over the wire, as plain data. No Django, no openai."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """How JSON is asked for, from the strictest down."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is and how long to wait for it. Times in seconds; prices per million tokens."""

    model: str
    api_key: str = ""
    base_url: str = ""
    timeout: float = 60.0
    connect_timeout: float = 5.0
    max_tokens: int = 2000
    price_input: float = 0.0
    price_output: float = 0.0

    @property
    def address(self) -> str:
        """The base URL, without a key or a query, as people read it."""
        return (self.base_url or "https://api.openai.com/v1").partition("?")[0].rstrip("/")

    @property
    def name(self) -> str:
        """Identifies endpoint and model: what breaker and capabilities are kept by."""
        return f"{self.address} {self.model}"

    @property
    def lacks_key(self) -> bool:
        """OpenAI's own endpoint takes nobody without a key; others may."""
        return not self.api_key and not self.base_url


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A completion as it came. latency is in seconds; raw texts are JSON."""

    text: str
    model: str
    finish_reason: str
    mode: Mode
    input_tokens: int
    output_tokens: int
    latency: float
    raw_request: str
    raw_response: str

    @property
    def is_truncated(self) -> bool:
        return self.finish_reason == "length"


@dataclass(frozen=True, slots=True)
class Call:
    """One call within the grading of an answer, with or without a reply; error is "" where it was of use."""

    purpose: str
    asked: tuple[str, ...]
    prompt_version: str
    raw_request: str
    reply: Reply | None = None
    error: str = ""
    latency: float = 0.0

    @property
    def tokens(self) -> tuple[int, int]:
        """(in, out)."""
        return (self.reply.input_tokens, self.reply.output_tokens) if self.reply else (0, 0)

    def cost(self, endpoint: Endpoint) -> float:
        """In the currency of the prices."""
        tokens_in, tokens_out = self.tokens
        return (tokens_in * endpoint.price_input + tokens_out * endpoint.price_output) / 1_000_000


def storable(text: str) -> str:
    """PostgreSQL stores neither NUL nor lone surrogates, and JSON can hold both."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
