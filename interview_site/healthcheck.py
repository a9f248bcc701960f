"""Asks a running Mockingbird whether it is well: `python -m interview_site.healthcheck [ADDRESS]`.

Exit code 0 when it is. Used by the container's health check and by `make run`.
"""

import os
import sys
from collections.abc import Sequence
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_SECONDS = 5.0


def fetch(url: str, *, allowed_hosts: Sequence[str] = (), timeout: float = TIMEOUT_SECONDS) -> str | None:
    """The page, or None where nobody answers with a 200 within `timeout` seconds.

    The server refuses names that are not in ALLOWED_HOSTS, and we call it by its number: so we say one of them.
    """
    request = Request(url)  # noqa: S310 - always http, to our own server
    host = next((host for host in allowed_hosts if host != "*"), "")
    if host:
        request.add_header("Host", host.removeprefix("."))
    try:
        # Without proxies: loopback never goes through one.
        with build_opener(ProxyHandler({})).open(request, timeout=timeout) as response:
            return str(response.read().decode(errors="replace")) if response.status == 200 else None
    except (OSError, ValueError):
        return None


def answers(address: str, *, allowed_hosts: Sequence[str] = (), timeout: float = TIMEOUT_SECONDS) -> bool:
    """Whether a Mockingbird at `address` (such as http://127.0.0.1:8000) says that it is well."""
    return fetch(f"{address}/healthz", allowed_hosts=allowed_hosts, timeout=timeout) == "ok"


def main() -> int:
    address = (
        sys.argv[1] if len(sys.argv) > 1 else f"http://127.0.0.1:{os.environ.get('GRANIAN_PORT', '8000')}"
    )
    allowed_hosts = [host for host in os.environ.get("ALLOWED_HOSTS", "localhost").split(",") if host]
    return 0 if answers(address, allowed_hosts=allowed_hosts) else 1


if __name__ == "__main__":
    sys.exit(main())
