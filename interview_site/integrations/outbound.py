"""The way out for webhooks: no proxy, no redirect, no address inside this network unless the settings allow it, and an
end to every request.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings

# All that the open internet uses of IPv6. What Python calls global has more: ::127.0.0.1, for one, and fec0::1.
GLOBAL_UNICAST = IPv6Network("2000::/3")
# NAT64: the last 32 bits are the IPv4 address to which a gateway of this network passes it on.
TRANSLATED = IPv6Network("64:ff9b::/96")


class ForbiddenAddressError(OSError):
    """The name leads to this machine or into its network, and WEBHOOK_PRIVATE_ADDRESSES is off."""


def is_allowed(address: str) -> bool:
    """Whether webhooks may go to that IP address: to the open internet always, elsewhere by the setting."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        translated = IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in TRANSLATED else None
        ip = ip.ipv4_mapped or ip.sixtofour or translated or ip
    is_assigned = ip.version == 4 or ip in GLOBAL_UNICAST
    return settings.WEBHOOK_PRIVATE_ADDRESSES or (is_assigned and ip.is_global and not ip.is_multicast)


class Deadline:
    """Cuts a request's connection when its time is over.

    A socket's own time limit is for one read: who drips a byte a second never runs into it. The time begins here; the
    lookup of the name alone is not cut off, but has the resolver's limits.
    """

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._twin: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        if self._twin:
            self._twin.close()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def remaining(self) -> float:
        """In seconds. Raises TimeoutError where nothing remains."""
        seconds = self._ends_at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def watch(self, connected: socket.socket) -> None:
        """A second handle to it: TLS takes the first one away, before it has said hello."""
        self._twin = connected.dup()
        self.remaining()

    def _cut(self) -> None:
        if self._twin:
            with suppress(OSError):
                self._twin.shutdown(socket.SHUT_RDWR)


def _connect(address: tuple[str, int], deadline: Deadline) -> socket.socket:
    """Connects to the very address that was checked: a name that is looked up twice can lead to two places."""
    host, port = address
    found = [where[4][0] for where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(is_allowed(str(one)) for one in found):
        raise ForbiddenAddressError(f"{host} is an address inside this network")
    trouble: OSError = OSError(f"{host} has no address")
    for one in found:
        try:
            connected = socket.create_connection((str(one), port), deadline.remaining())
            deadline.watch(connected)
            return connected
        except OSError as error:
            trouble = error
    raise trouble


def _connect_until(deadline: Deadline) -> Any:
    """As http.client wants it: its own time limit and source address are not ours."""
    return lambda address, _timeout, _source=None: _connect(address, deadline)


class _Plain(http.client.HTTPConnection):
    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._create_connection = _connect_until(deadline)


class _Secure(http.client.HTTPSConnection):
    """The certificate is checked against the name, as ever."""

    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._create_connection = _connect_until(deadline)


class _PlainHandler(urllib.request.HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self.deadline = deadline

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_Plain, request, deadline=self.deadline)  # type: ignore[arg-type]


class _SecureHandler(urllib.request.HTTPSHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self.deadline = deadline

    def https_open(self, request: urllib.request.Request) -> Any:
        context = ssl.create_default_context()
        return self.do_open(_Secure, request, context=context, deadline=self.deadline)  # type: ignore[arg-type]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An endpoint is the address that an admin typed, and no other."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def status_of(request: urllib.request.Request, seconds: float) -> int:
    """Send it and read the head of the answer; its body is nobody's business. All of it within so many seconds.

    Raises OSError (TimeoutError among them), ValueError and http.client.HTTPException.
    """
    with Deadline(seconds) as deadline:
        handlers = (_PlainHandler(deadline), _SecureHandler(deadline), _NoRedirect)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
        try:
            with opener.open(request, timeout=seconds) as response:
                status: int = response.status
        except urllib.error.HTTPError as refused:
            refused.close()
            status = refused.code
        except (OSError, ValueError, http.client.HTTPException) as trouble:
            if deadline.is_over:
                raise TimeoutError(f"no whole answer in {seconds:g} seconds") from trouble
            raise
        # A connection that is cut looks like an answer that has come to its end.
        if deadline.is_over:
            raise TimeoutError(f"no whole answer in {seconds:g} seconds")
        return status
