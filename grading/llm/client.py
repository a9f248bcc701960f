"""The one way to a model: a call with a hard time limit, and what the endpoint is known to understand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import openai

from grading.llm import refusals
from grading.llm.errors import CallError, MisconfiguredError, RefusedError, TryLaterError
from grading.llm.exchanging import Endpoint, Message, Mode, Reply, storable

MAX_BYTES = 2_000_000  # no set of verdicts is longer; whatever sends more is no model
MAX_ERROR_BYTES = 20_000  # of what an error says
ERROR_SECONDS = 5.0  # for reading it
MAX_ADAPTATIONS = 6  # steps down within one call
CHARACTERS_A_TOKEN = 4  # where an endpoint does not say what a call used, or a budget would never be spent
FORGET_AFTER = 3600.0  # seconds after which a better way to ask is tried again


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an endpoint has been found to take. Optional parameters that it refused are in without."""

    mode: Mode = Mode.SCHEMA
    without: frozenset[str] = field(default=frozenset())
    learned_at: float = 0.0


class StatusError(Exception):
    """A reply other than 2xx, with as much of what it says as is worth reading."""

    def __init__(self, status: int, headers: Mapping[str, str], said: str) -> None:
        super().__init__(f"status {status}")
        self.status, self.headers, self.said = status, headers, said

    def meaning(self) -> CallError:
        return refusals.meaning_of(self.status, None, self.said, self.headers)


class ModelClient:
    """One endpoint and model. Safe to share between threads. Never retries: the job's row does that."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._lock = threading.Lock()
        self._known = Capabilities()
        self._made: openai.OpenAI | None = None

    def warm_up(self) -> None:
        """Make and import what the first call needs. Raises MisconfiguredError."""
        _ = self._client.chat.completions

    @property
    def _client(self) -> openai.OpenAI:
        """Made when it is first needed, so that whoever calls learns what is wrong with the surroundings, as of any
        other call.
        """
        with self._lock:
            if self._made is None:
                try:
                    self._made = connected(self.endpoint)
                except Exception as error:
                    raise MisconfiguredError(
                        f"No connection can be set up: {_cause(error)}.",
                        code="client",
                        advice="Check the variables about proxies (HTTPS_PROXY, ALL_PROXY, …) and SSL_CERT_FILE.",
                    ) from error
            return self._made

    def complete(
        self, messages: Sequence[Message], schema: dict[str, Any], *, max_tokens: int | None = None
    ) -> Reply:
        """One completion, in JSON as well as the endpoint can.

        Steps down from JSON schema to JSON mode to plain text where the endpoint refuses, leaves out optional
        parameters that it does not know, and remembers both. Raises CallError's kinds.
        """
        deadline = time.monotonic() + self.endpoint.timeout
        for _ in range(MAX_ADAPTATIONS):
            known = self.capabilities()
            body = request_body(self.endpoint, known, messages, schema, max_tokens)
            try:
                return self._post(body, known.mode, deadline)
            except StatusError as error:
                weaker = refusals.weaker(known, error.status, error.said, set(body))
                if weaker is None:
                    raise error.meaning() from error
                self._learn(weaker)
        raise MisconfiguredError(
            "The endpoint refuses every way of asking.",
            code="400",
            advice="The endpoint does not speak the chat completions of OpenAI as we know them; see the last error.",
        )

    def capabilities(self) -> Capabilities:
        """What is known now; after FORGET_AFTER everything may be tried again."""
        with self._lock:
            if self._known.learned_at and time.monotonic() - self._known.learned_at > FORGET_AFTER:
                self._known = Capabilities()
            return self._known

    def model_names(self) -> list[str]:
        """The models that the endpoint lists. Raises CallError's kinds; many endpoints have no list."""
        try:
            listed = self._client.with_options(timeout=min(15.0, self.endpoint.timeout)).models.list()
            return sorted(storable(str(model.id)) for model in listed.data)
        except CallError:
            raise
        except StatusError as error:
            raise error.meaning() from error
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, StatusError):  # openai 2
                raise error.__cause__.meaning() from error
            raise TryLaterError(f"The endpoint cannot be reached: {_cause(error)}.") from error
        except Exception as error:
            raise TryLaterError(f"The list of models cannot be read: {type(error).__name__}.") from error

    def _learn(self, known: Capabilities) -> None:
        with self._lock:
            self._known = replace(known, learned_at=time.monotonic())

    def _post(self, body: dict[str, Any], mode: Mode, deadline: float) -> Reply:
        """Send it and read the reply within the deadline. Raises StatusError and CallError's kinds."""
        started = time.monotonic()
        try:
            # Read piece by piece: the library's time limit is for each piece, and a slow drip would never end.
            with self._client.chat.completions.with_streaming_response.create(
                model=body["model"],
                messages=body["messages"],
                # Given as arguments, these would be compared with the library's types: twice the work of the call.
                extra_body={name: body[name] for name in body if name not in {"model", "messages"}},
            ) as response:
                data = bytearray()
                for piece in response.iter_bytes():
                    data += piece
                    if time.monotonic() > deadline:
                        raise TryLaterError("The reply took too long.")
                    if len(data) > MAX_BYTES:
                        raise TryLaterError("The reply is longer than any set of verdicts.")
        except (StatusError, CallError):
            raise
        except openai.APITimeoutError as error:
            raise TryLaterError("The endpoint did not answer in time.") from error
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, StatusError):  # openai 2
                raise error.__cause__ from None
            raise TryLaterError(f"The endpoint cannot be reached: {_cause(error)}.") from error
        except Exception as error:
            # The HTTP library's own errors while the body is read: two libraries, by version of openai.
            raise TryLaterError(f"The connection broke: {type(error).__name__}.") from error
        raw = data.decode("utf-8", "replace")
        return read_reply(
            raw, json.dumps(body, ensure_ascii=False), mode, time.monotonic() - started, self.endpoint
        )


def connected(endpoint: Endpoint) -> openai.OpenAI:
    """The library's client. Raises all sorts of things where proxies or certificates are set up wrongly."""
    address = urlsplit(endpoint.base_url)
    query = dict(parse_qsl(address.query))
    # Classic Azure deployments take their key in a header of this name, and a version in the query.
    headers = {"api-key": endpoint.api_key} if "api-version" in query else {}
    http = openai.DefaultHttpxClient(
        follow_redirects=False,  # answers go to the configured endpoint and nowhere else
        limits=openai.DEFAULT_CONNECTION_LIMITS,
        event_hooks={"response": [stop_at_error]},
    )
    return openai.OpenAI(
        api_key=endpoint.api_key or "none",
        base_url=urlunsplit(address._replace(query="")) or endpoint.address,
        default_query=query,
        default_headers=headers,
        timeout=openai.Timeout(endpoint.timeout, connect=endpoint.connect_timeout),
        max_retries=0,
        http_client=http,
    )


def stop_at_error(response: Any) -> None:
    """Raises StatusError unless it is a 2xx. The library would read what an error says to its end, if it has one."""
    if 200 <= response.status_code < 300:
        return
    said, until = bytearray(), time.monotonic() + ERROR_SECONDS
    for piece in response.iter_bytes():
        said += piece
        if len(said) > MAX_ERROR_BYTES or time.monotonic() > until:
            break
    text = bytes(said[:MAX_ERROR_BYTES]).decode("utf-8", "replace")
    raise StatusError(response.status_code, dict(response.headers), text)


@lru_cache(maxsize=8)
def client_for(endpoint: Endpoint) -> ModelClient:
    """The process's client for an endpoint, with what it has learned of it."""
    return ModelClient(endpoint)


def request_body(
    endpoint: Endpoint,
    known: Capabilities,
    messages: Sequence[Message],
    schema: dict[str, Any],
    max_tokens: int | None,
) -> dict[str, Any]:
    """The arguments of one chat completion."""
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": [{"role": message.role, "content": message.content} for message in messages],
    }
    limit = max_tokens or endpoint.max_tokens
    body["max_tokens" if "max_completion_tokens" in known.without else "max_completion_tokens"] = limit
    if "temperature" not in known.without:
        body["temperature"] = 0
    if "seed" not in known.without:
        body["seed"] = 1
    if known.mode is Mode.SCHEMA:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "verdicts", "strict": True, "schema": schema},
        }
    elif known.mode is Mode.OBJECT:
        body["response_format"] = {"type": "json_object"}
    return body


def read_reply(raw: str, raw_request: str, mode: Mode, latency: float, endpoint: Endpoint) -> Reply:
    """A completion's JSON as a Reply. Raises TryLaterError where it is none, RefusedError where it refuses."""
    try:
        choice = (completion := json.loads(raw))["choices"][0]
        message, finish_reason = choice["message"], str(choice.get("finish_reason") or "")
        content, refusal = message.get("content"), message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        start = " ".join(raw[:80].split())
        what = (
            "a stream, which nobody asked for"
            if start.startswith("data:")
            else "something that is no completion"
        )
        raise TryLaterError(f"The endpoint answered with {what}: {start!r}") from error
    if isinstance(content, list):  # some gateways send parts
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if refusal or finish_reason == "content_filter":
        raise RefusedError(str(refusal or "A content filter stopped the reply.")[:500])
    usage = completion.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    text = content if isinstance(content, str) else ""
    return Reply(
        text=text,
        model=storable(str(completion.get("model") or endpoint.model))[:100],
        finish_reason=storable(finish_reason)[:40],
        mode=mode,
        input_tokens=_count(counts.get("prompt_tokens")) or len(raw_request) // CHARACTERS_A_TOKEN,
        output_tokens=_count(counts.get("completion_tokens")) or len(text) // CHARACTERS_A_TOKEN,
        latency=latency,
        raw_request=raw_request,
        raw_response=raw,
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0


def _cause(error: Exception) -> str:
    cause = error.__cause__ or error
    return str(cause)[:200].rstrip(".") or type(cause).__name__
