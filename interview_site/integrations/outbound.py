"""The way out for webhooks: no proxy, no redirect, and no address inside this network unless the settings allow it."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.request
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings


class ForbiddenAddressError(OSError):
    """The name leads to this machine or into its network, and WEBHOOK_PRIVATE_ADDRESSES is off."""


def is_allowed(address: str) -> bool:
    """Whether webhooks may go to that IP address: to the open internet always, elsewhere by the setting."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    return settings.WEBHOOK_PRIVATE_ADDRESSES or (ip.is_global and not ip.is_multicast)


def _connect(address: tuple[str, int], timeout: float, source: Any = None) -> socket.socket:
    """Connects to the very address that was checked: a name that is looked up twice can lead to two places."""
    host, port = address
    found = [where[4][0] for where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(is_allowed(str(one)) for one in found):
        raise ForbiddenAddressError(f"{host} is an address inside this network")
    trouble: OSError = OSError(f"{host} has no address")
    for one in found:
        try:
            return socket.create_connection((str(one), port), timeout, source)
        except OSError as error:
            trouble = error
    raise trouble


class _Plain(http.client.HTTPConnection):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._create_connection = _connect


class _Secure(http.client.HTTPSConnection):
    """The certificate is checked against the name, as ever."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._create_connection = _connect


class _PlainHandler(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_Plain, request)


class _SecureHandler(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_Secure, request, context=ssl.create_default_context())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An endpoint is the address that an admin typed, and no other."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), _PlainHandler, _SecureHandler, _NoRedirect
)
