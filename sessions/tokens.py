"""The token of an invitation's link: 256 random bits, of which only the SHA-256 is stored.

A fast hash is enough here: nobody can try out 2^256 tokens, whatever the hash costs.
"""

import hashlib
import re
import secrets

TOKEN_BYTES = 32
# How a token stands in an address; log lines are searched for it, too (interview_site/log_scrubbing.py).
TOKEN_IN_PATH = re.compile(r"(/i/)[A-Za-z0-9_-]{8,}")


def new_token() -> str:
    """43 characters that may stand in an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """SHA-256 in hex: what the database keeps."""
    return hashlib.sha256(token.encode()).hexdigest()
