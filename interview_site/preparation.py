"""What must be done before Mockingbird can serve: migrations, static files, the shipped bank.

Each step looks first whether there is anything to do, so that a second start is quick.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from questions.bank.shipped import FILES
from questions.models import Question


class NotUsable(Exception):
    """Something outside the program is in the way; the message is one sentence that says what."""


def check_database() -> None:
    """Raises NotUsable where the database cannot be reached or written."""
    try:
        # Only a write tells whether one can write; what it made is gone at once.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE mockingbird_can_write (it integer)")
            transaction.set_rollback(True)
    except DatabaseError as error:
        reason = str(error).strip().split("\n")[0]
        where = (
            "DATABASE_URL: the database"
            if settings.DATABASE_URL
            else f"The database {connection.settings_dict['NAME']}"
        )
        raise NotUsable(f"{where} cannot be used ({reason}).") from error


def migrate() -> bool:
    """Brings the database up to date; whether there was anything to do."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def collect_static() -> bool:
    """Collects the static files into STATIC_ROOT; whether there was anything to do."""
    stamp = _Stamp("static", _digest([str(settings.STATIC_ROOT), *_static_sources()]))
    if stamp.is_current() and (settings.STATIC_ROOT / "staticfiles.json").exists():
        return False
    # Never --clear: it would empty whatever folder STATIC_ROOT names. Stale files are harmless, names carry hashes.
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.set()
    return True


def import_shipped_bank() -> str:
    """Imports the shipped questions where they are new; one line of summary, or "" if there was nothing to do."""

    database = {key: str(connection.settings_dict[key]) for key in ("ENGINE", "NAME", "HOST", "PORT")}
    stamp = _Stamp("bank", _digest([json.dumps(database), *(file.read_text("utf-8") for file in FILES)]))
    if stamp.is_current() and Question.objects.exists():
        return ""
    said = io.StringIO()
    try:
        call_command("import_bank", *map(str, FILES), stdout=said)
    except CommandError as error:
        return f"The shipped questions: {error}"
    stamp.set()
    return f"The shipped questions: {_summary(said.getvalue())}."


def _summary(output: str) -> str:
    """The line with the totals."""
    return next(
        (line for line in output.splitlines() if "unchanged" in line and "failed" in line), "imported"
    )


def _static_sources() -> Iterator[str]:
    """Name, size and time of every source file."""
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            yield f"{path} {stat.st_size} {stat.st_mtime_ns}"


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


class _Stamp:
    """Remembers in VAR_DIR what a step was last done for."""

    def __init__(self, name: str, digest: str) -> None:
        self._path = settings.VAR_DIR / f"{name}.stamp"
        self._digest = digest

    def is_current(self) -> bool:
        # Whatever else lies there is no stamp: the step is done again.
        return self._path.is_file() and self._path.read_bytes() == self._digest.encode()

    def set(self) -> None:
        with suppress(OSError):  # then the step is done again
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(self._digest)
