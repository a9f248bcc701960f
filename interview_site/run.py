"""`make run`: checks, prepares and runs Mockingbird on this machine until Ctrl-C."""

import errno
import os
import socket
import sys
import threading
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryFile

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from interview_site import last_start
from interview_site.healthcheck import answers, fetch
from interview_site.start_lock import StartLock
from interview_site.supervisor import Program, supervise

BASE_DIR = Path(__file__).resolve().parent.parent
UNLESS_CHANGED = ", unless you have changed or removed them:"


class CannotStart(Exception):
    """Why not, in one sentence, as the user reads it."""


def main() -> int:
    """The exit code: 0 when asked to stop, 1 when something was in the way or a program died."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interview_site.settings")
    try:
        host, port = settings.HOST, settings.PORT
        address = url_of(host, port)
        check_exposure(host)
        check_level()
        check_port(host, port, address=address)
        lock = locked_folder()
        check_port(host, port, address=address)  # the start that was waited for may have taken it
        logins = prepare(host)
    except (CannotStart, ImproperlyConfigured) as problem:
        print(f"Mockingbird cannot start. {problem}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 0

    def announce(ending: threading.Event) -> None:
        while not answers(address, allowed_hosts=settings.ALLOWED_HOSTS, timeout=1.0):
            if ending.wait(0.05):
                return
        lock.release()
        say(f"\nMockingbird is running at {address}/  (Ctrl-C stops it)\n{logins}{elsewhere(host)}")

    ended = supervise(programs(host, port), cwd=BASE_DIR, on_start=announce)
    if ended:
        print(f"{ended} Mockingbird has stopped.", file=sys.stderr, flush=True)
        return 1
    say("\nMockingbird has stopped.")
    return 0


def programs(host: str, port: int) -> list[Program]:
    """The web server and the grading worker of the embedded deployment."""
    web = ["granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1"]
    web += ["--blocking-threads", "4", "--no-ws", "--log-level", "warning", "interview_site.wsgi:application"]
    return [
        Program("web server", [sys.executable, "-m", *web]),
        # Its death costs nobody the page they are writing on: the next worker grades what it had begun.
        Program("grading worker", [sys.executable, "manage.py", "grade_worker"], restarts=True),
    ]


def prepare(host: str) -> str:
    """Makes everything ready to serve; what to say about demo logins. Raises CannotStart."""
    is_private = is_loopback(host) and not settings.HTTPS
    may_skip = is_private and not settings.DATABASE_URL
    if may_skip and (message := last_start.recall()) is not None:
        return message
    django.setup()
    from interview_site import preparation  # Needs models, and so a Django that is set up.

    try:
        preparation.check_database()
    except preparation.NotUsable as problem:
        raise CannotStart(str(problem)) from problem
    if preparation.migrate():
        say("The database has been set up.")
    try:
        if preparation.collect_static():
            say("The static files have been collected.")
    except OSError as error:
        raise CannotStart(
            f"STATIC_ROOT: static files cannot be collected in {settings.STATIC_ROOT} ({error.strerror})."
        ) from error
    if news := preparation.import_shipped_bank():
        say(news)
    message = demo_logins(is_private=is_private)
    if may_skip:
        last_start.remember(message.replace(":", UNLESS_CHANGED, 1))
    return message


def demo_logins(*, is_private: bool) -> str:
    """Makes the demo accounts at the first start, where nobody else can reach them; which there are.

    Raises CannotStart where they are there with their public password and somebody else could use it.
    """
    from interview_site import demo  # Needs models, too.

    if not is_private and demo.with_public_password():
        raise CannotStart(
            "The demo accounts still have their public password, and with HTTPS on or HOST set others could use "
            "it: change the passwords, or remove the accounts with `manage.py load_demo --remove`."
        )
    if not is_private or settings.DATABASE_URL:
        return ""
    made = demo.make_accounts()
    logins = made or demo.accounts()
    if not logins:
        return ""
    lines = [f"  {account.role.label.lower():<15} {account.email}" for account in logins]
    heading = f"Demo logins, password {demo.PASSWORD}{':' if made else UNLESS_CHANGED}"
    return "\n".join([heading, *lines, ""])


def locked_folder() -> StartLock:
    """The lock on VAR_DIR, once no other start has it. Raises CannotStart where the folder cannot be written."""
    try:
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.VAR_DIR):
            pass
        lock = StartLock(settings.VAR_DIR)
        lock.take(on_wait=lambda: say(f"Another start is under way in {settings.VAR_DIR}: waiting for it."))
    except OSError as error:
        raise CannotStart(
            f"VAR_DIR: the folder {settings.VAR_DIR} cannot be written ({error.strerror})."
        ) from error
    return lock


def check_exposure(host: str) -> None:
    """Raises CannotStart where DEBUG would show the program's insides to others."""
    if settings.DEBUG and not is_loopback(host):
        raise CannotStart(
            f"DEBUG shows settings and code to everybody who can reach HOST={host}: switch one of the two off."
        )


def check_level() -> None:
    """Raises CannotStart where the offline grader's level needs what is not here: the worker could not begin."""
    if settings.GRADING_LEVEL in {"", "lexical"} and not settings.GRADING_MODEL_FOLDER:
        return
    # A third of a second, which the level that is always there need not wait for.
    from grading.graders import offline_level
    from grading.semantics import LevelUnavailableError, semantics_for

    try:
        semantics_for(offline_level(), settings.GRADING_MODEL_FOLDER)
    except LevelUnavailableError as error:
        raise CannotStart(f"GRADING_LEVEL: {error}.") from error


def elsewhere(host: str) -> str:
    """What whoever listens beyond this machine has to know: names that are not in ALLOWED_HOSTS are refused."""
    hosts = settings.ALLOWED_HOSTS
    if is_loopback(host) or not all(is_loopback(name.strip("[]")) for name in hosts):
        return ""
    return "Browsers on other machines are refused until ALLOWED_HOSTS names the address that they use.\n"


def check_port(host: str, port: int, *, address: str) -> None:
    """Raises CannotStart where nothing can listen there."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CannotStart(f"HOST={host} is no address of this machine.") from error
    with socket.socket(family, kind, protocol) as probe:
        # As servers do: connections of the last run that linger are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as error:
            if error.errno == errno.EACCES:
                raise CannotStart(
                    f"PORT={port} is reserved for the system; choose one above 1023."
                ) from error
            if error.errno != errno.EADDRINUSE:
                raise CannotStart(f"HOST={host} is no address of this machine.") from error
            raise CannotStart(port_in_use(port, address=address)) from error


def port_in_use(port: int, *, address: str) -> str:
    """Says who has the port: we, or somebody else."""
    other = f"`make run PORT={port + 1 if port < 65535 else 8000}`"
    hosts = settings.ALLOWED_HOSTS
    if answers(address, allowed_hosts=hosts, timeout=2.0) and "Mockingbird" in (
        fetch(f"{address}/", allowed_hosts=hosts, timeout=2.0) or ""
    ):
        return f"It is already running at {address}/; a second one needs another port: {other}."
    return f"Port {port} is in use by another program; choose another one: {other}."


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def url_of(host: str, port: int) -> str:
    """Where this machine's own browser finds it."""
    if host == "0.0.0.0":  # noqa: S104 - recognised, not bound
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
