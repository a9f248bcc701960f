"""How often things may be tried. Counted in the cache, across processes; addresses as TRUSTED_PROXIES tells them.

What people type at the doors (signing in, signing up, mails) is allauth's business: settings.ACCOUNT_RATE_LIMITS.
"""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest

# amount/period/whose: per key (what the caller names) or per ip.
RATES = {
    "api": "240/m/key",
    # Links that are none of ours: somebody tries. Those that are, always open.
    "unknown_link": "30/m/ip",
}
RETRY_AFTER_SECONDS = 60


def may(request: HttpRequest, action: str, key: str | None = None) -> bool:
    """Whether this may be done once more; counts it if so."""
    usage = ratelimit.consume(
        request, app="mockingbird", action=action, config=RATES, key=key, limit_get=True
    )
    return usage is not None
