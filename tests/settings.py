"""Settings for tests: the project's own, in a folder of their own, untouched by the developer's .env."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Before the project's settings are read. The wrapper of tests/services.py sets DATABASE_URL and REDIS_URL.
_folder = tempfile.mkdtemp(prefix="mockingbird-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ.update(
    ENV_FILE=os.devnull,
    VAR_DIR=_folder,
    DJANGO_ALLOW_ASYNC_UNSAFE="true",  # Playwright runs an event loop in the test's thread
)
for _name in ("DATABASE_URL", "REDIS_URL"):
    if "MOCKINGBIRD_TEST_SERVICES" not in os.environ:
        os.environ.pop(_name, None)
# Nobody's key, and no model unless a test asks for one.
for _name in [name for name in os.environ if name.startswith(("OPENAI_", "GRADING_"))]:
    os.environ.pop(_name)
for _name in ("DEBUG", "HTTPS", "ALLOWED_HOSTS", "SECRET_KEY", "STATIC_ROOT", "HOST", "PORT", "EMAIL_URL"):
    os.environ.pop(_name, None)

from interview_site.settings import *  # noqa: E402, F403
from interview_site.settings import DATABASES, STORAGES  # noqa: E402

# A fast hash for the many users of the tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Nobody reads blind by chance; the tests of the share switch it on themselves.
REVIEW_BLIND_SHARE = 0.0
# The receivers of webhooks in the tests listen on loopback.
WEBHOOK_PRIVATE_ADDRESSES = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# No manifest: pages can be rendered without collecting static files first.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
(Path(_folder) / "static").mkdir()

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, since threads must share it.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_folder) / "tests.sqlite3")}
