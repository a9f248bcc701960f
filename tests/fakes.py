"""A fake model endpoint: a real HTTP server in a process of its own that speaks chat completions from a script.

`python -m tests.fakes` prints its port. A script is a list of behaviours, one for each call; the last one repeats.
Its judges are in tests/fake_judges.py.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any
from urllib.request import Request, urlopen

from interview_site.supervisor import Leash
from tests.fake_judges import JUDGES, Body, Task, good, is_task, read_task

# How a judge's verdicts are wrapped into text; {} is the JSON.
WRAPPINGS = {
    "fenced": "Here are my verdicts:\n```json\n{}\n```\nI hope this helps.",
    "thinking": '<think>{{"criteria": [] }} hm</think>\n{}',
    "malformed": '{{"criteria": [{{"key": "c1", "verdict": met, ]',
    "prose": "The candidate did well. I would give 8 out of 10.",
    "two_sets": '{}\n\nOr rather: {{"criteria": [{{"key": "c1", "verdict": "unsure"}}]}}',
    "empty": "",
}
# Errors as endpoints report them: status, code, message, headers.
ERRORS: dict[str, tuple[int, str | None, str, dict[str, str]]] = {
    "400": (400, "invalid_request", "Something about the request is wrong.", {}),
    "400_too_long": (
        400,
        "context_length_exceeded",
        "This model's maximum context length is 4096 tokens.",
        {},
    ),
    "400_content_filter": (400, "content_filter", "The prompt was filtered.", {}),
    "401": (401, "invalid_api_key", "Incorrect API key provided.", {}),
    "403": (403, "permission_denied", "The key may not use this model.", {}),
    "404": (404, "model_not_found", "The model does not exist.", {}),
    "429": (429, "rate_limit_exceeded", "Slow down.", {}),
    "429_retry_after": (429, "rate_limit_exceeded", "Slow down.", {"Retry-After": "7"}),
    "429_for_an_hour": (429, "rate_limit_exceeded", "Slow down.", {"Retry-After": "3600"}),
    "insufficient_quota": (429, "insufficient_quota", "You exceeded your current quota.", {}),
    "500": (500, None, "The server had an error.", {}),
    "503": (503, None, "Overloaded.", {}),
    "503_retry_after": (503, None, "Overloaded.", {"Retry-After": "20"}),
    "503_for_an_hour": (503, None, "Overloaded.", {"Retry-After": "3600"}),
    "400_garbled": (400, "\ud800\x00", "No \ud800\x00.", {}),
    "401_garbled": (401, "\ud800\x00", "No \ud800\x00.", {}),
    "redirect": (307, None, "Elsewhere.", {"Location": "http://127.0.0.1:9/v1/chat/completions"}),
}
# Parameters that an endpoint does not know: it answers 400 as long as the request has them.
UNKNOWN = {
    "no_schema": ("response_format", "json_schema", "response_format of type json_schema is not supported"),
    "no_json": ("response_format", "", "response_format is not supported by this server"),
    "no_temperature": (
        "temperature",
        "",
        "Unsupported value: temperature does not support 0 with this model.",
    ),
    "old_tokens": ("max_completion_tokens", "", "Unknown parameter: max_completion_tokens"),
}


def completion(
    text: str | None, *, finish_reason: str = "stop", model: str = "fake-1", **message: Any
) -> bytes:
    body = {
        "id": "fake",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200},
    }
    return json.dumps(body).encode()


def error_body(code: str | None, message: str) -> bytes:
    return json.dumps({"error": {"message": message, "type": "error", "param": None, "code": code}}).encode()


# --- The server -------------------------------------------------------------------------------------------


class Server:
    """Behaviour names may carry a delay in seconds: "good+0.5"."""

    def __init__(self) -> None:
        self.script = ["good"]
        self.calls: list[dict[str, Any]] = []
        self.open_calls = self.most_at_once = self.scripts = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1])) if length else b""
                path = head.split(" ", 2)[1]
                if path.startswith("/_fake/"):
                    await self.control(path, body, writer)
                elif path.endswith("/models"):
                    listed = {"object": "list", "data": [{"id": "fake-1", "object": "model", "created": 1}]}
                    await respond(writer, 200, json.dumps(listed).encode())
                else:
                    await self.complete(path, head, json.loads(body), writer)
        writer.close()

    async def control(self, path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        if path == "/_fake/script":
            self.script, self.calls = json.loads(body), []
            self.open_calls = self.most_at_once = 0  # what still hangs from before counts no more
            self.scripts += 1
        elif path == "/_fake/then":
            self.script = json.loads(body)
        shown = {"calls": self.calls, "most_at_once": self.most_at_once}
        await respond(writer, 200, json.dumps(shown if path == "/_fake/calls" else len(self.calls)).encode())

    async def complete(self, path: str, head: str, body: Body, writer: asyncio.StreamWriter) -> None:
        name = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        self.calls.append({"path": path, "head": head, "body": body, "behaviour": name})
        of_script = self.scripts
        self.open_calls += 1
        self.most_at_once = max(self.most_at_once, self.open_calls)
        try:
            name, _, delay = name.partition("+")
            await asyncio.sleep(float(delay or 0))
            await self.behave(name, body, writer)
        finally:
            self.open_calls -= of_script == self.scripts

    async def behave(self, name: str, body: Body, writer: asyncio.StreamWriter) -> None:
        if name in UNKNOWN:
            parameter, kind, message = UNKNOWN[name]
            if parameter in body and kind in json.dumps(body[parameter]):
                await respond(writer, 400, error_body("unsupported", message))
                return
            name = "good"
        if name in ERRORS:
            status, code, message, headers = ERRORS[name]
            await respond(writer, status, error_body(code, message), headers)
        elif name == "html":
            await respond(
                writer,
                200,
                b"<html><body>Welcome to the gateway</body></html>",
                {"Content-Type": "text/html"},
            )
        elif name == "html_502":
            await respond(
                writer, 502, b"<html><body>Bad gateway</body></html>", {"Content-Type": "text/html"}
            )
        elif name == "reset":
            writer.transport.abort()
        elif name == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{" + b" " * 100)
            await writer.drain()
            writer.transport.abort()
        elif name == "hang":
            await asyncio.sleep(600)
        elif name in {"slow_drip", "slow_headers"}:
            await drip(writer, headers=name == "slow_headers")
        elif name == "endless_500":
            await drip(writer, headers=False, status="500 Error", piece=b" " * 10_000)
        elif name == "nested":
            await respond(writer, 200, b"[" * 100_000)
        elif name == "stream":
            await respond(writer, 200, b'data: {"choices": []}\n\ndata: [DONE]\n\n')
        elif name == "huge":
            await respond(writer, 200, completion("x" * 10_000_000))
        elif name == "refusal":
            await respond(writer, 200, completion(None, refusal="I can't help with that."))
        elif name == "refusal_garbled":
            await respond(writer, 200, completion(None, refusal="No \ud800\x00."))
        elif name == "model_garbled":
            text = json.dumps(good(read_task(body)))
            await respond(writer, 200, completion(text, model="fake\ud800\x00", finish_reason="\x00stop"))
        elif name in {"usage_missing", "usage_nonsense"}:
            reply = json.loads(completion(json.dumps(good(read_task(body)))))
            reply["usage"] = {"prompt_tokens": -7, "completion_tokens": float("nan")}
            if name == "usage_missing":
                del reply["usage"]
            await respond(writer, 200, json.dumps(reply).encode())
        elif name == "content_filter":
            await respond(writer, 200, completion("", finish_reason="content_filter"))
        elif name == "truncated":
            text = json.dumps(good(read_task(body)))
            await respond(writer, 200, completion(text[: len(text) // 2], finish_reason="length"))
        elif name == "no_choices":
            await respond(writer, 200, b'{"choices": []}')
        elif name in WRAPPINGS:
            text = WRAPPINGS[name].format(json.dumps(good(read_task(body))))
            await respond(writer, 200, completion(text))
        elif not is_task(body):
            await respond(writer, 200, completion('{"verdict": "met"}'))  # the doctor's question
        else:
            await respond(writer, 200, judged(name, read_task(body)))


@lru_cache(maxsize=512)
def judged(name: str, task: Task) -> bytes:
    """A judge's reply. Kept, so that the same answer again costs no more than the delay asked for."""
    return completion(json.dumps(JUDGES[name](task)))


REASONS = {200: "OK", 307: "Temporary Redirect"}


async def respond(
    writer: asyncio.StreamWriter, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    shown = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in shown.items())
    writer.write(f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}\r\n{lines}\r\n".encode() + body)
    await writer.drain()


async def drip(
    writer: asyncio.StreamWriter, *, headers: bool, status: str = "200 OK", piece: bytes = b" "
) -> None:
    """A little now and then, for ever: every read succeeds, the reply never ends."""
    length = b"" if headers else b"Content-Length: 100000000\r\n\r\n"
    writer.write(f"HTTP/1.1 {status}\r\n".encode() + length)
    while True:
        writer.write(b"X-Slow: 1\r\n" if headers else piece)
        await writer.drain()
        await asyncio.sleep(0.05)


async def main() -> None:
    gc.disable()  # a pause of ours would look like a slow endpoint
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=4_000_000, backlog=512)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await listener.serve_forever()


# --- The test's side --------------------------------------------------------------------------------------


class FakeEndpoint:
    """Talks to the server's process."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/v1"

    def script(self, *behaviours: str) -> None:
        """What the next calls meet; the record of calls begins anew."""
        self._control("script", list(behaviours))

    def then(self, *behaviours: str) -> None:
        """From now on; the record goes on."""
        self._control("then", list(behaviours))

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call since the script: path, head, body, behaviour."""
        return self._control("calls")["calls"]

    @property
    def most_at_once(self) -> int:
        return self._control("calls")["most_at_once"]

    def _control(self, name: str, value: Any = None) -> Any:
        request = Request(f"http://127.0.0.1:{self.port}/_fake/{name}", json.dumps(value).encode())
        with urlopen(request, timeout=30) as response:
            return json.load(response)


@contextmanager
def fake_endpoint() -> Iterator[FakeEndpoint]:
    """A fake endpoint while the block runs; gone with it, even when this process is killed."""
    command = [sys.executable, "-m", "tests.fakes"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    leash = Leash()
    leash.hold(process.pid)
    try:
        assert process.stdout is not None
        yield FakeEndpoint(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        leash.drop()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
