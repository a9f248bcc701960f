"""Settings: nonsense in a variable stops the program and names the variable."""

import contextlib
import os
import re
import runpy
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "interview_site" / "settings.py"
LONG_KEY = "k" * 50

Load = Callable[..., dict[str, Any]]


def variables() -> set[str]:
    """Every variable that the settings read."""
    return set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', SETTINGS.read_text()))


def documented() -> dict[str, str]:
    """Variable → the value that .env.example shows as its default."""
    return dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Reads the settings anew with nothing but these variables; VAR_DIR is a new folder."""
    for name in variables():
        monkeypatch.delenv(name, raising=False)

    def read(**env: str) -> dict[str, Any]:
        for name, value in {"ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path / "var"), **env}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return read


NONSENSE = [
    ("DEBUG", "maybe"),
    ("VAR_DIR", "/dev/null/var"),
    ("VAR_DIR", "~nobody-of-that-name/var"),
    ("STATIC_ROOT", "~nobody-of-that-name/static"),
    ("ALLOWED_HOSTS", ""),
    ("ALLOWED_HOSTS", ",:"),
    ("ALLOWED_HOSTS", ","),
    ("ALLOWED_HOSTS", "https://interviews.example.com"),
    ("ALLOWED_HOSTS", "interviews.example.com:8000"),
    ("CSRF_TRUSTED_ORIGINS", "portal.example.com"),
    ("HTTPS", "sometimes"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "all"),
    ("DATABASE_URL", "postgres"),
    ("DATABASE_URL", "mysql://localhost/mockingbird"),
    ("DATABASE_URL", "postgresql://localhost"),
    ("DATABASE_URL", "postgresql://[::1/mockingbird"),
    ("DATABASE_URL", "sqlite"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite://:memory:"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("DATABASE_URL", "sqlite:///file::memory:"),
    ("DATABASE_URL", "sqlite:////srv/interviews.sqlite3?cache=shared"),
    ("DATABASE_URL", "sqlite://interviews.sqlite3"),
    ("DATABASE_URL", "postgresql://localhost:port/mockingbird"),
    ("REDIS_URL", "localhost:6379"),
    ("REDIS_URL", "redis"),
    ("REDIS_URL", "redis://"),
    ("EMAIL_URL", "mail.example.com"),
    ("EMAIL_URL", "smtp"),
    ("EMAIL_URL", "smtp://"),
    ("EMAIL_URL", "file://"),
    ("EMAIL_URL", "smtp://ann:secret@mail.example.com?tls=maybe"),
    ("EMAIL_URL", "smtp://mail.example.com:port/"),
    ("SIGN_UP_OPEN", "perhaps"),
    ("LOG_RETENTION_DAYS", "30"),
    ("SESSION_IDLE_MINUTES", "-1"),
    ("SESSION_IDLE_MINUTES", "20161"),
    ("TIME_ZONE", "Mars/Olympus"),
    ("TIME_ZONE", "../../etc/passwd"),
    ("HOST", ""),
    ("PORT", "http"),
    ("PORT", ""),
    ("PORT", "80.5"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("ANSWER_MAX_CHARACTERS", "0"),
    ("ANSWER_MAX_CHARACTERS", "many"),
    ("PRACTICE_PER_HOUR", "0"),
    ("DEADLINE_GRACE_SECONDS", "-1"),
    ("GRADING_LEVEL", "magical"),
    ("GRADING_LEVEL", "contextual"),
    ("GRADING_MODEL_FOLDER", "/nowhere/at/all"),
    ("GRADING_LEASE_SECONDS", "0"),
    ("GRADING_MAX_ATTEMPTS", "0"),
    ("GRADING_SWEEP_SECONDS", "never"),
    ("GRADING_SWEEP_SECONDS", "0"),
    ("GRADING_MODEL", "m" * 101),
    ("GRADING_MODEL_ENABLED", "sometimes"),
    ("OPENAI_API_KEY", "two words"),
    ("GRADING_MODEL", "  "),
    ("GRADING_MODEL", "large\n"),
    ("OPENAI_BASE_URL", "api.example.com/v1"),
    ("OPENAI_BASE_URL", "https:///v1"),
    ("OPENAI_BASE_URL", "https://api.example.com:99999/v1"),
    ("OPENAI_BASE_URL", "https://user:secret@api.example.com/v1"),
    ("OPENAI_BASE_URL", "https://api.example.com/v1\n"),
    ("OPENAI_BASE_URL", "https://api.example.com/v1#x"),
    ("OPENAI_BASE_URL", "https://api.example.com/v1/chat/completions"),
    ("GRADING_TIMEOUT_SECONDS", "0"),
    ("GRADING_CONNECT_SECONDS", "never"),
    ("GRADING_CONCURRENCY", "0"),
    ("GRADING_CONCURRENCY", "1000"),
    ("GRADING_MAX_TOKENS", "1"),
    ("GRADING_DAILY_TOKENS", "-1"),
    ("GRADING_DAILY_COST", "much"),
    ("GRADING_DAILY_COST", "-1"),
    ("GRADING_DAILY_COST", "5"),
    ("GRADING_PRICE_INPUT", "NaN"),
    ("GRADING_PRICE_OUTPUT", "cheap"),
    ("GRADING_FALLBACK", "guess"),
    ("REVIEW_BLIND_SHARE", "2"),
    ("WEBHOOK_PRIVATE_ADDRESSES", "perhaps"),
    ("GRADING_RAW_RETENTION_DAYS", "-1"),
]

# Any text is a good one.
FREE_TEXT = {"DEFAULT_FROM_EMAIL"}
# These have tests of their own below.
SPECIAL = {"SECRET_KEY"}


@pytest.mark.parametrize(("name", "value"), NONSENSE)
def test_nonsense_stops_the_program_and_names_the_variable(load: Load, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^(DATABASE_URL or )?{name}\b"):
        load(**{name: value})


def test_every_variable_has_been_tried_with_nonsense() -> None:
    assert variables() - {name for name, _ in NONSENSE} == FREE_TEXT | SPECIAL


def test_one_mistake_is_named_once(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_URL: must begin with redis:// or rediss://\.$"):
        load(REDIS_URL="localhost")


def test_two_mistakes_are_both_named(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"DEBUG: .*PORT: "):
        load(DEBUG="maybe", PORT="0")


@pytest.mark.parametrize("key", ["", "short"])
def test_a_public_site_needs_a_long_secret_key(load: Load, key: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY"):
        load(HTTPS="true", SECRET_KEY=key)


def test_a_public_site_with_a_long_key_has_secure_cookies(load: Load) -> None:
    settings = load(HTTPS="true", SECRET_KEY=LONG_KEY)
    assert settings["SECRET_KEY"] == LONG_KEY
    assert settings["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["SECURE_SSL_REDIRECT"]


def test_forwarded_headers_count_only_behind_a_trusted_proxy(load: Load) -> None:
    assert "SECURE_PROXY_SSL_HEADER" not in load(HTTPS="true", SECRET_KEY=LONG_KEY)
    assert "SECURE_PROXY_SSL_HEADER" in load(HTTPS="true", SECRET_KEY=LONG_KEY, TRUSTED_PROXIES="1")


def test_without_configuration_a_secret_key_is_made_once_and_kept(load: Load, tmp_path: Path) -> None:
    first, second = load(), load()
    assert len(first["SECRET_KEY"]) >= 50
    assert second["SECRET_KEY"] == first["SECRET_KEY"]
    assert stat.S_IMODE((tmp_path / "var" / "secret-key").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"  \n", b"short", b"\xff\xfe" * 40])
def test_a_key_file_that_holds_no_key_is_named(load: Load, tmp_path: Path, content: bytes) -> None:
    key_file = tmp_path / "var" / "secret-key"
    key_file.parent.mkdir()
    key_file.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=rf"^SECRET_KEY: the file {key_file} .* holds no key"):
        load()


def test_a_folder_below_ones_home_is_not_one_that_is_called_tilde(load: Load, tmp_path: Path) -> None:
    settings = load(HOME=str(tmp_path), VAR_DIR="~/data", STATIC_ROOT="~/static")
    assert settings["VAR_DIR"] == tmp_path / "data"
    assert settings["STATIC_ROOT"] == tmp_path / "static"


def test_a_public_site_never_shows_its_insides(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DEBUG"):
        load(HTTPS="true", SECRET_KEY=LONG_KEY, DEBUG="true")


def test_hosts_may_be_written_with_spaces(load: Load) -> None:
    assert load(ALLOWED_HOSTS="a.example.com, [::1]")["ALLOWED_HOSTS"] == ["a.example.com", "[::1]"]


def test_a_relative_sqlite_file_lies_below_the_project_wherever_a_command_is_run(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(DATABASE_URL="sqlite:///my.sqlite3")["DATABASES"]["default"]["NAME"] == ROOT / "my.sqlite3"


def test_the_database_is_sqlite_in_the_data_folder_whatever_the_folder_is_called(
    load: Load, tmp_path: Path
) -> None:
    odd = tmp_path / "50% of #1, really?"
    database = load(VAR_DIR=str(odd))["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert Path(database["NAME"]) == odd / "mockingbird.sqlite3"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_what_is_deleted_from_sqlite_does_not_stay_in_its_file(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "some.sqlite3"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")  # as some builds of SQLite begin, and others do not
        connection.executescript(load()["DATABASES"]["default"]["OPTIONS"]["init_command"])
        connection.execute("CREATE TABLE answer (text)")
        connection.execute("INSERT INTO answer VALUES (?)", ["CANARY " * 2000])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"CANARY" in file.read_bytes()
        connection.execute("DELETE FROM answer")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"CANARY" not in file.read_bytes()


def test_the_same_code_runs_on_postgresql(load: Load) -> None:
    database = load(DATABASE_URL="postgresql://ann:s%40t@db.example.com:5433/mockingbird")["DATABASES"][
        "default"
    ]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"], database["HOST"]) == ("ann", "s@t", "db.example.com")
    assert (database["PORT"], database["NAME"]) == (5433, "mockingbird")


def test_mail_is_printed_unless_a_server_is_named(load: Load) -> None:
    assert load()["EMAIL_BACKEND"].endswith("console.EmailBackend")
    settings = load(EMAIL_URL="smtp://ann:secret@mail.example.com:587/?tls=True")
    assert settings["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"]) == ("mail.example.com", 587)
    assert settings["EMAIL_USE_TLS"]
    assert settings["EMAIL_TIMEOUT"]  # a mute mail server does not hold a request for ever


def test_the_file_env_is_read_and_real_variables_win_over_it(load: Load, tmp_path: Path) -> None:
    env_file = tmp_path / "my.env"
    env_file.write_text("ANSWER_MAX_CHARACTERS=700\nGRADING_MAX_ATTEMPTS=5\n")
    settings = load(ENV_FILE=str(env_file), GRADING_MAX_ATTEMPTS="9")
    assert settings["ANSWER_MAX_CHARACTERS"] == 700
    assert settings["GRADING_MAX_ATTEMPTS"] == 9


@pytest.mark.parametrize("kind", ["absent", "folder", "binary"])
def test_an_env_file_that_cannot_be_read_is_named(load: Load, tmp_path: Path, kind: str) -> None:
    env_file = tmp_path / "my.env"
    if kind == "folder":
        env_file.mkdir()
    elif kind == "binary":
        env_file.write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(ImproperlyConfigured, match=rf"^ENV_FILE: .*{env_file}"):
        load(ENV_FILE=str(env_file))


def test_static_files_may_be_collected_elsewhere(load: Load, tmp_path: Path) -> None:
    assert load()["STATIC_ROOT"] == tmp_path / "var" / "static"
    assert load(STATIC_ROOT="/srv/static")["STATIC_ROOT"] == Path("/srv/static")


def test_the_values_shown_in_env_example_are_the_defaults(load: Load, tmp_path: Path) -> None:
    shown = documented()
    elsewhere = {"ENV_FILE", "POSTGRES_PASSWORD", "VAR_DIR", "STATIC_ROOT", "SECRET_KEY"}
    env_file = tmp_path / "all.env"
    env_file.write_text(
        "".join(f"{name}={value}\n" for name, value in shown.items() if name not in elsewhere)
    )
    plain, explicit = load(), load(ENV_FILE=str(env_file))
    assert {name: explicit[name] for name in plain if name.isupper()} == {
        name: plain[name] for name in plain if name.isupper()
    }
    assert (shown["VAR_DIR"], shown["STATIC_ROOT"]) == ("var", "var/static")
