"""What is wrong with this installation, in plain words: database, broker, key, endpoint, model, schema."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any
from urllib.request import getproxies

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from grading.llm import breaker, configuration
from grading.llm.errors import CallError, MisconfiguredError, RefusedError, ThrottledError, TryLaterError
from grading.llm.exchanging import Endpoint, Message, Mode, Reply

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": ["met", "unmet"]}},
    "required": ["verdict"],
    "additionalProperties": False,
}
_MESSAGES = (
    Message("system", 'Reply with JSON only: {"verdict": "met"} or {"verdict": "unmet"}.'),
    Message("user", "Criterion: the answer names a colour. Answer: blue."),
)
_MODES = {
    Mode.SCHEMA: "replies follow a JSON schema",
    Mode.OBJECT: "replies are JSON (no schema: a few more of them will be unreadable)",
    Mode.TEXT: "replies are plain text (no JSON mode: some of them will be unreadable)",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. advice says what to do where it is not ok."""

    subject: str
    is_ok: bool
    said: str
    advice: str = ""


def _well(subject: str, said: str, advice: str = "") -> Finding:
    return Finding(subject, is_ok=True, said=said, advice=advice)


def _wrong(subject: str, said: str, advice: str = "") -> Finding:
    return Finding(subject, is_ok=False, said=said, advice=advice)


def examine() -> Iterator[Finding]:
    """Look at one thing after the other. Makes at most two calls to the endpoint, of a few tokens."""
    yield database()
    yield broker()
    yield from model()


def database() -> Finding:
    try:
        connection = connections[DEFAULT_DB_ALIAS]
        pending = MigrationExecutor(connection)
        missing = pending.migration_plan(pending.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return _wrong("database", f"cannot be used: {error}", "Check DATABASE_URL, and that it runs.")
    if missing:
        return _wrong("database", f"{len(missing)} migrations are missing", "Run: manage.py migrate")
    return _well("database", f"{connection.vendor}, up to date")


def broker() -> Finding:
    if not settings.REDIS_URL:
        return _well("broker", "none; `manage.py grade_worker` needs none")
    import redis

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3) as client:
            client.ping()
    except redis.RedisError as error:
        advice = (
            "Check REDIS_URL, and that Redis runs. Until then workers look into the database now and then."
        )
        return _wrong("broker", f"does not answer: {error}", advice)
    return _well("broker", "Redis answers")


def model() -> Iterator[Finding]:
    """Switch, key, endpoint, model and schema; ends at the first that stands in the way of the others."""
    if not settings.GRADING_MODEL:
        yield _well("model", "none is configured (GRADING_MODEL); the offline grader grades")
        return
    if not configuration.is_switched_on():
        where = (
            "the admin pages (Model switch)" if settings.GRADING_MODEL_ENABLED else "GRADING_MODEL_ENABLED"
        )
        yield _wrong("switch", "the model is switched off", f"To use it, turn it on in {where}.")
    endpoint = configuration.endpoint()
    if endpoint.lacks_key:
        yield _wrong("key", "OPENAI_API_KEY is empty", "Set it, or set OPENAI_BASE_URL to your own server.")
        return
    yield _well("key", "set" if endpoint.api_key else "none; the endpoint may want none")
    yield from _call(endpoint)
    state = breaker.state(endpoint.name)
    if state.is_open:
        yield _wrong(
            "breaker", f"open: {state.reason}", "It closes by itself with the next call that succeeds."
        )


def _call(endpoint: Endpoint) -> Iterator[Finding]:
    from grading.llm.client import ModelClient

    client = ModelClient(endpoint)
    try:
        reply = _within(2 * endpoint.timeout, lambda: client.complete(_MESSAGES, _SCHEMA, max_tokens=200))
    except MisconfiguredError as error:
        yield _wrong(
            "endpoint", f"{endpoint.address}: {error}", f"{error.advice}{_offered(client, endpoint)}"
        )
        return
    except ThrottledError as error:
        yield _wrong("endpoint", f"{endpoint.address}: {error}", "Wait, or lower GRADING_CONCURRENCY.")
        return
    except RefusedError as error:
        yield _wrong("model", f"{endpoint.model} refuses: {error}", "Choose another model.")
        return
    except CallError as error:
        yield _wrong("endpoint", f"{endpoint.address}: {error}", _advice(str(error)))
        return
    yield _well("endpoint", f"{endpoint.address} answers in {reply.latency:.1f} s")
    yield _well("model", f"{endpoint.model}, which calls itself {reply.model}")
    is_weak = reply.mode is not Mode.SCHEMA
    advice = "Use a server or a model with structured output, if you have the choice." if is_weak else ""
    yield _well("schema", _MODES[reply.mode], advice)
    if "verdict" not in reply.text:
        yield _wrong(
            "replies",
            f"not what was asked for: {reply.text[:60]!r}",
            "This model may be too small to grade.",
        )


def _within(seconds: float, call: Callable[[], Reply]) -> Reply:
    """What call returns or raises; TryLaterError where it takes longer. The client's own limit is for each piece of
    what comes, and headers may drip in for ever.
    """
    done: SimpleQueue[Reply | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            done.put(call())
        except BaseException as error:  # it belongs to whoever asked
            done.put(error)

    threading.Thread(target=run, daemon=True, name="doctor").start()
    try:
        result = done.get(timeout=seconds)
    except Empty:
        raise TryLaterError("The endpoint held the call beyond every time limit.") from None
    if isinstance(result, BaseException):
        raise result
    return result


def _advice(said: str) -> str:
    """What to look at where the endpoint cannot be reached or does not work."""
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return "Set SSL_CERT_FILE to a file with the certificate of the authority that signed the endpoint's."
    advice = "Check OPENAI_BASE_URL, and that the server runs and can be reached from here."
    if proxies := sorted(name for name in getproxies() if name != "no"):
        advice += f" A proxy is set ({', '.join(proxies)}): where it is not meant, name the host in NO_PROXY."
    return advice


def _offered(client: Any, endpoint: Endpoint) -> str:
    """The endpoint's models, where it lists them and ours is not among them."""
    try:
        names = client.model_names()
    except CallError:
        return ""
    if not names or endpoint.model in names:
        return ""
    return f" It offers: {', '.join(names[:12])}."
