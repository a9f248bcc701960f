"""What the last start prepared, so that the next one need not even load Django to see that nothing has changed.

Only for the embedded deployment. Loading Django takes two seconds, and the web server does it once more.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from django.conf import settings

WATCHED = ("interview_site", "questions", "sessions", "grading", "static", "requirements.txt")


def recall() -> str | None:
    """What was remembered, or None where anything that was prepared is different now."""
    try:
        stored = json.loads(_path().read_text("utf-8"))
        return str(stored["message"]) if stored["fingerprint"] == _fingerprint() else None
    except (OSError, ValueError, KeyError, TypeError, sqlite3.Error):
        return None


def remember(message: str) -> None:
    """Everything is prepared as of now; `message` is what `recall` gives back. Where it cannot be written, the next
    start looks at everything again.
    """
    with suppress(OSError):
        _path().write_text(json.dumps({"fingerprint": _fingerprint(), "message": message}), "utf-8")


def _path() -> Path:
    return Path(settings.VAR_DIR) / "last-start.json"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for part in (str(settings.DATABASES), str(settings.STATIC_ROOT), *_files(), *_migrations()):
        digest.update(part.encode() + b"\x00")
    return digest.hexdigest()


def _files() -> Iterator[str]:
    """Name, size and time of change of every file that a preparation depends on, and of what it made."""
    base = Path(settings.BASE_DIR)
    for name in WATCHED:
        top = base / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.suffix != ".pyc" and path.is_file():
                stat = path.stat()
                yield f"{path.relative_to(base)} {stat.st_size} {stat.st_mtime_ns}"
    yield str((Path(settings.STATIC_ROOT) / "staticfiles.json").stat().st_mtime_ns)


def _migrations() -> Iterator[str]:
    """Which migrations the database has: somebody may have put another file in its place, or one that cannot be
    written.
    """
    database = Path(settings.DATABASES["default"]["NAME"])
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE mockingbird_can_write (it)")  # never committed
        for row in connection.execute("SELECT app, name FROM django_migrations ORDER BY id"):
            yield " ".join(row)
        yield str(connection.execute("SELECT count(*) > 0 FROM questions_question").fetchone()[0])
