"""What the values of environment variables must look like, beyond their types. Each raises ValidationError."""

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit
from zoneinfo import ZoneInfo

from environs import ValidationError

SWITCH = {"true", "True", "1", "yes", "on", "false", "False", "0", "no", "off"}


def scheme(*allowed: str) -> Callable[[str], None]:
    """The address begins with one of these schemes."""

    def check(url: str) -> None:
        name, separator, _ = url.partition("://")
        if url and not (separator and name in allowed):
            raise ValidationError(f"must begin with {' or '.join(f'{one}://' for one in allowed)}.")

    return check


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValidationError(f"is no address ({error}).") from error
    return parts


def names_host(url: str) -> None:
    """Without a host, libraries would quietly take this machine."""
    if "://" in url and not _parts(url).hostname:
        raise ValidationError("names no host.")


def database(url: str) -> None:
    """A database in memory would be another one in each process."""
    if url.startswith("sqlite"):
        parts = _parts(url)
        if parts.query:
            raise ValidationError("takes no options after the name of a SQLite file.")
        if parts.netloc or not parts.path.strip("/") or ":memory:" in url:
            raise ValidationError(
                "names no file, and the processes could not share a database in memory; "
                "it takes sqlite:////absolute/path/to/file."
            )
    elif url and not _parts(url).path.strip("/"):
        raise ValidationError("names no database.")


def mail(url: str) -> None:
    """A mail server needs a name; a switch that is misspelt must not send passwords unencrypted."""
    kind = url.partition("://")[0]
    if kind == "file" and not _parts(url).path.strip("/"):
        raise ValidationError("names no folder; it takes file:////absolute/path.")
    if kind in {"console", "file"}:
        return
    names_host(url)
    query = parse_qs(_parts(url).query, keep_blank_values=True)
    if any(value not in SWITCH for name in ("tls", "ssl") for value in query.get(name, [])):
        raise ValidationError("tls and ssl take True or False.")


def time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValidationError("no such time zone; it takes a name such as Europe/Berlin.") from error


def path(name: str) -> None:
    """A ~ that nobody's home stands for would become the name of a folder."""
    if os.path.expanduser(name).startswith("~") or "\x00" in name:  # noqa: PTH111 - Path raises another error
        raise ValidationError(f"there is no home folder for {name}.")


def folder(name: str) -> None:
    path(name)
    if name and not Path(name).expanduser().is_dir():
        raise ValidationError(f"there is no folder {name}.")


def hosts(names: list[str]) -> None:
    """Names alone: Django compares them with what browsers ask for, without scheme and port."""
    for name in names:
        is_bracketed = name.startswith("[") and name.endswith("]")
        if not name.strip(".:") or "/" in name or " " in name or (":" in name and not is_bracketed):
            raise ValidationError(
                f"“{name}” is no name of a host; it takes names without scheme and port, such as "
                "interviews.example.com or [::1]."
            )


def origins(addresses: list[str]) -> None:
    if not all(address.startswith(("https://", "http://")) for address in addresses):
        raise ValidationError("each must begin with https:// (or http://).")


def printable(text: str) -> None:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValidationError("holds white space or characters that no key has.")


def endpoint(url: str) -> None:
    """Where chat completions begin. A key in the address would be shown wherever the address is."""
    if not url:
        return
    scheme("https", "http")(url)
    if not url.isprintable() or " " in url:
        raise ValidationError("holds white space.")
    parts = _parts(url)
    names_host(url)
    if parts.username or parts.password:
        raise ValidationError("holds a user name or password; a key goes into OPENAI_API_KEY.")
    if parts.fragment:
        raise ValidationError("holds a #, which no address of an endpoint has.")
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise ValidationError("ends before /chat/completions, often with /v1.")


def name(text: str) -> None:
    """What is sent and shown as it stands: white space at its ends is a slip of the hand."""
    if text != text.strip() or not text.isprintable():
        raise ValidationError("begins or ends with white space, or holds characters that cannot be seen.")


def money(amount: Decimal) -> None:
    if not amount.is_finite() or not 0 <= amount <= 1_000_000:
        raise ValidationError("is an amount from 0 to 1000000.")
