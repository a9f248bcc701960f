"""Demo accounts: three people with a known password, for a look around on one's own machine."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError

from interview_site.accounts.models import Role, User
from interview_site.demo_interviews import CANDIDATE, make_interviews, remove_interviews

PASSWORD = "mockingbird-demo"  # noqa: S105 - public on purpose; see may_exist()


@dataclass(frozen=True)
class DemoAccount:
    email: str
    name: str
    role: Role


ACCOUNTS = (
    DemoAccount("admin@example.com", "Ada Admin", Role.ADMIN),
    DemoAccount("manager@example.com", "Max Manager", Role.HIRING_MANAGER),
    DemoAccount(CANDIDATE, "Cleo Candidate", Role.CANDIDATE),
)


class DemoRefused(Exception):
    """Demo accounts have no place here; the message says why."""


@transaction.atomic
def make_accounts() -> list[DemoAccount]:
    """Makes the demo accounts and returns those that it made: none where an admin exists already.

    An account that exists is left alone, its password too. Raises DemoRefused where HTTPS is on: that is a site
    which others can reach.
    """
    if settings.HTTPS:
        raise DemoRefused("Demo accounts have a public password, so they are not made where HTTPS is on.")
    if User.objects.filter(role=Role.ADMIN).exists():
        return []
    made = []
    for account in ACCOUNTS:
        if User.objects.filter(email=account.email).exists():
            continue
        user = User.objects.create_user(account.email, PASSWORD, name=account.name, role=account.role)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        made.append(account)
    if len(made) == len(ACCOUNTS):
        people = {user.email: user for user in User.objects.filter(email__in=[a.email for a in made])}
        make_interviews(people["manager@example.com"], people[CANDIDATE], people["admin@example.com"])
    return made


def accounts() -> list[DemoAccount]:
    """The demo accounts that exist and may log in, whatever their passwords are by now."""
    emails = set(
        User.objects.filter(email__in=[account.email for account in ACCOUNTS], is_active=True).values_list(
            "email", flat=True
        )
    )
    return [account for account in ACCOUNTS if account.email in emails]


def with_public_password() -> list[DemoAccount]:
    """The demo accounts that anybody could enter. Slow on purpose, as password checks are."""
    users = {user.email: user for user in User.objects.filter(email__in=[a.email for a in accounts()])}
    return [
        account
        for account in ACCOUNTS
        if account.email in users and users[account.email].check_password(PASSWORD)
    ]


@transaction.atomic
def remove_accounts() -> dict[str, str]:
    """Removes the demo interviews and accounts; says for each address what became of it.

    An account with interviews of its own stays as a row, since interviews are never lost; nobody can log in with it.
    Raises DemoRefused where no other admin would be left.
    """
    emails = [account.email for account in ACCOUNTS]
    if not User.objects.active_admins().exclude(email__in=emails).exists():
        raise DemoRefused("No admin would be left: make one first, with `manage.py createsuperuser`.")
    outcome = {}
    if count := remove_interviews():
        outcome["demo interviews"] = f"{count} deleted"
    for user in User.objects.filter(email__in=emails):
        try:
            with transaction.atomic():
                user.delete()
            outcome[user.email] = "deleted"
        except ProtectedError:
            user.is_active = False
            user.set_unusable_password()
            user.save(update_fields=["is_active", "password"])
            outcome[user.email] = "closed, since interviews hang on it"
    return outcome
