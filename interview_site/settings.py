"""The project's one settings file, read from the environment. Nonsense raises ImproperlyConfigured.

Every variable is described in .env.example.
"""

import os
import secrets
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError, validate

from interview_site import variables

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(eager=False)
# Real variables win over the file. ENV_FILE names another one, which must be there.
_env_file = BASE_DIR / Path(os.environ.get("ENV_FILE") or ".env").expanduser()
if os.environ.get("ENV_FILE") and not _env_file.exists():
    raise ImproperlyConfigured(f"ENV_FILE: there is no file {_env_file}.")
try:
    if _env_file.exists():
        _env_file.read_text("utf-8")
    env.read_env(str(_env_file), recurse=False)
except (OSError, UnicodeDecodeError) as error:
    reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
    raise ImproperlyConfigured(f"ENV_FILE: {_env_file} cannot be read ({reason}).") from error

DEBUG: bool = env.bool("DEBUG", False)
# Empty means unset: the project's own folder is no place for either.
VAR_DIR = BASE_DIR / Path(env.str("VAR_DIR", "var", validate=variables.path) or "var").expanduser()
SECRET_KEY: str = env.str("SECRET_KEY", "")
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS",
    ["localhost", "127.0.0.1", "[::1]"],
    subcast=str.strip,
    validate=[validate.Length(min=1, error="names no host."), variables.hosts],
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list(
    "CSRF_TRUSTED_ORIGINS", [], subcast=str.strip, validate=variables.origins
)
HTTPS: bool = env.bool("HTTPS", False)
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0, max=5))
DATABASE_URL: str = env.str(
    "DATABASE_URL", "", validate=[variables.scheme("postgresql", "postgres", "sqlite"), variables.database]
)
REDIS_URL: str = env.str(
    "REDIS_URL", "", validate=[variables.scheme("redis", "rediss"), variables.names_host]
)
EMAIL_URL: str = env.str(
    "EMAIL_URL",
    "console://",
    validate=[variables.scheme("smtp", "smtps", "submission", "console", "file"), variables.mail],
)
SIGN_UP_OPEN: bool = env.bool("SIGN_UP_OPEN", True)
# How long the log of webhooks and the history of the admin pages are kept. The audit log is kept for good.
# Not shorter than grading.announcing.LOOK_BACK: what is forgotten sooner would be told again.
LOG_RETENTION_DAYS: int = env.int("LOG_RETENTION_DAYS", 365, validate=validate.Range(min=31, max=3650))
# After so long without a request managers and admins are signed out; 0: only after SESSION_COOKIE_AGE, as candidates.
SESSION_IDLE_MINUTES: int = env.int(
    "SESSION_IDLE_MINUTES", 12 * 60, validate=validate.Range(min=0, max=14 * 24 * 60)
)
LANGUAGE_CODE = "en"
TIME_ZONE: str = env.str("TIME_ZONE", "UTC", validate=variables.time_zone)
STATIC_ROOT = (
    BASE_DIR / Path(env.str("STATIC_ROOT", "", validate=variables.path) or VAR_DIR / "static").expanduser()
)
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", "Mockingbird <mockingbird@localhost>")
# Where `make run` listens.
HOST: str = env.str("HOST", "127.0.0.1", validate=validate.Length(min=1, error="names no address."))
PORT: int = env.int("PORT", 8000, validate=validate.Range(min=1, max=65535))

# Answers
ANSWER_MAX_CHARACTERS: int = env.int(
    "ANSWER_MAX_CHARACTERS", 20_000, validate=validate.Range(min=500, max=200_000)
)
# Every answer may cost a call to a model.
PRACTICE_PER_HOUR: int = env.int("PRACTICE_PER_HOUR", 30, validate=validate.Range(min=1, max=10_000))
DEADLINE_GRACE_SECONDS: int = env.int("DEADLINE_GRACE_SECONDS", 5, validate=validate.Range(min=0, max=120))

# Grading
GRADING_LEVEL: str = env.str(
    "GRADING_LEVEL", "", validate=validate.OneOf(["", "lexical", "static", "contextual"])
)
GRADING_MODEL_FOLDER: str = env.str("GRADING_MODEL_FOLDER", "", validate=variables.folder)
if GRADING_MODEL_FOLDER:
    GRADING_MODEL_FOLDER = str(Path(GRADING_MODEL_FOLDER).expanduser())
GRADING_LEASE_SECONDS: int = env.int("GRADING_LEASE_SECONDS", 60, validate=validate.Range(min=2, max=3600))
GRADING_MAX_ATTEMPTS: int = env.int("GRADING_MAX_ATTEMPTS", 3, validate=validate.Range(min=1, max=20))
GRADING_SWEEP_SECONDS: float = env.float(
    "GRADING_SWEEP_SECONDS", 10.0, validate=validate.Range(min=0.2, max=300)
)
HINT_TIMEOUT_SECONDS = 0.25
# On this share of the interviews reviewers judge before they see the machine's verdicts, whatever the template says:
# agreement between machine and people is measured on these.
REVIEW_BLIND_SHARE: float = env.float("REVIEW_BLIND_SHARE", 0.2, validate=validate.Range(min=0, max=1))

# Whether webhooks may be posted to this machine and into its network.
WEBHOOK_PRIVATE_ADDRESSES: bool = env.bool("WEBHOOK_PRIVATE_ADDRESSES", False)

# The model grader. Without GRADING_MODEL there is none.
GRADING_MODEL: str = env.str("GRADING_MODEL", "", validate=[validate.Length(max=100), variables.name])
GRADING_MODEL_ENABLED: bool = env.bool("GRADING_MODEL_ENABLED", True)
OPENAI_API_KEY: str = env.str("OPENAI_API_KEY", "", validate=variables.printable)
OPENAI_BASE_URL: str = env.str("OPENAI_BASE_URL", "", validate=variables.endpoint)
GRADING_TIMEOUT_SECONDS: float = env.float(
    "GRADING_TIMEOUT_SECONDS", 60.0, validate=validate.Range(min=0.5, max=900)
)
GRADING_CONNECT_SECONDS: float = env.float(
    "GRADING_CONNECT_SECONDS", 5.0, validate=validate.Range(min=0.1, max=60)
)
GRADING_CONCURRENCY: int = env.int("GRADING_CONCURRENCY", 16, validate=validate.Range(min=1, max=256))
GRADING_MAX_TOKENS: int = env.int("GRADING_MAX_TOKENS", 2000, validate=validate.Range(min=100, max=32_000))
GRADING_DAILY_TOKENS: int = env.int("GRADING_DAILY_TOKENS", 0, validate=validate.Range(min=0))
GRADING_DAILY_COST: Decimal = env.decimal("GRADING_DAILY_COST", Decimal(0), validate=variables.money)
GRADING_PRICE_INPUT: Decimal = env.decimal("GRADING_PRICE_INPUT", Decimal(0), validate=variables.money)
GRADING_PRICE_OUTPUT: Decimal = env.decimal("GRADING_PRICE_OUTPUT", Decimal(0), validate=variables.money)
GRADING_FALLBACK: str = env.str(
    "GRADING_FALLBACK", "offline", validate=validate.OneOf(["offline", "wait", "person"])
)
GRADING_RAW_RETENTION_DAYS: int = env.int(
    "GRADING_RAW_RETENTION_DAYS", 90, validate=validate.Range(min=0, max=3650)
)

DATABASES: dict[str, Any] = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": VAR_DIR / "mockingbird.sqlite3"}
}
try:
    if DATABASE_URL:
        DATABASES["default"] = env.dj_db_url("DATABASE_URL", conn_max_age=60)
    EMAIL: dict[str, Any] = env.dj_email_url("EMAIL_URL", "console://")
    env.seal()
except EnvValidationError as error:
    by_variable: Any = error.error_messages
    raise ImproperlyConfigured(
        " ".join(f"{name}: {' '.join(messages)}" for name, messages in by_variable.items())
    ) from error
except ValueError as error:
    raise ImproperlyConfigured(f"DATABASE_URL or EMAIL_URL cannot be read: {error}") from error

if GRADING_DAILY_COST and not (GRADING_PRICE_INPUT or GRADING_PRICE_OUTPUT):
    raise ImproperlyConfigured(
        "GRADING_DAILY_COST limits nothing without prices: set GRADING_PRICE_INPUT and GRADING_PRICE_OUTPUT, "
        "per million tokens."
    )

if GRADING_LEVEL == "contextual" and not GRADING_MODEL_FOLDER:
    raise ImproperlyConfigured(
        "GRADING_LEVEL: contextual needs GRADING_MODEL_FOLDER, a folder with model.onnx and tokenizer.json."
    )

if HTTPS and DEBUG:
    raise ImproperlyConfigured(
        "DEBUG shows settings and code to everybody: it must be off where HTTPS is on."
    )
if HTTPS and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured(
        "SECRET_KEY must be set where HTTPS is on: a random text of 50 characters or more, the same on every machine."
    )
if not SECRET_KEY:
    # One machine, no configuration: make a key once and keep it, so that logins outlive a restart.
    key_file = VAR_DIR / "secret-key"
    try:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        if not key_file.exists():
            # Linked into place whole, so that of two processes that start at once both read one key.
            with NamedTemporaryFile("w", dir=VAR_DIR) as new_key:  # mode 0600
                new_key.write(secrets.token_urlsafe(64))
                new_key.flush()
                with suppress(FileExistsError):
                    os.link(new_key.name, key_file)
    except OSError as error:
        raise ImproperlyConfigured(
            f"VAR_DIR: the folder {VAR_DIR} cannot be written ({error.strerror})."
        ) from error
    try:
        SECRET_KEY = key_file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        SECRET_KEY = ""
    if len(SECRET_KEY) < 50:
        raise ImproperlyConfigured(
            f"SECRET_KEY: the file {key_file} cannot be read or holds no key; remove it, and a new one is made (then "
            "everybody has to sign in again)."
        )

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["NAME"] = BASE_DIR / Path(DATABASES["default"]["NAME"]).expanduser()
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        # secure_delete: what is erased is overwritten, and does not stay in the file's free pages. Debian's SQLite does
        # so by itself, others do not.
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        "PRAGMA secure_delete=ON;",
    )
    DATABASES["default"]["CONN_MAX_AGE"] = 60
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "interview_site.accounts.apps.AccountsConfig",
    "interview_site.integrations.apps.IntegrationsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "template_partials",
    "questions.apps.QuestionsConfig",
    "sessions.apps.SessionsConfig",
    "grading.apps.GradingConfig",
    "interview_site.apps.InterviewSiteConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "interview_site.accounts.idle.sign_out_idle",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "interview_site.urls"
WSGI_APPLICATION = "interview_site.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "interview_site.accounts.mail.delivery",
            ],
        },
    }
]

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "interview_site.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "interview_site.accounts.forms.NameForm"
_FORMS = {"add_email": "FurtherAddressForm", "reset_password": "NewPasswordForm"}
ACCOUNT_FORMS = {name: f"interview_site.accounts.addresses.{form}" for name, form in _FORMS.items()}
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Mockingbird: "
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "interview_site.accounts.adapter.MFAAdapter"
MFA_TOTP_ISSUER = "Mockingbird"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
# So long a password counts as typed lately, where one is asked for again (accounts.access.confirmed).
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# The delay grows: five wrong passwords for an account, then a wait of minutes; fifteen, then of an hour.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,60/h/ip,5/5m/key,15/h/key"}

# Sessions, cookies, transport
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "interview_site.error_pages.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    # Health checks come from beside the server, not through the proxy.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Static files
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Mail
for _name, _value in {**EMAIL, "EMAIL_TIMEOUT": 10}.items():
    globals()[_name] = _value

# Celery: a doorbell, never the queue. Without REDIS_URL nothing is sent.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Threads: a message only wakes the worker that runs beside them and has many calls in flight.
CELERY_WORKER_POOL = "threads"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Beat writes this file after each task that it sends: its age tells whether beat is alive.
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SYNC_EVERY = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": HINT_TIMEOUT_SECONDS,
    "socket_keepalive": True,
}

# Counts attempts, across processes and machines. In the database, so that nobody is locked out of signing
# in when the broker is down.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # By default it forgets beyond 300 entries: whoever comes from many addresses could wipe the counts out.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

USE_I18N, USE_TZ = False, True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "refusals_in_one_line": {"()": "interview_site.log_scrubbing.RefusalsInOneLine"},
        "without_tokens": {"()": "interview_site.log_scrubbing.WithoutTokens"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["refusals_in_one_line", "without_tokens"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO" if DEBUG else "WARNING"},
    "loggers": {
        "grading": {"level": "INFO"},
        # Django's own handlers would print addresses past the filter.
        "django": {"handlers": []},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
