"""Walk the audit log and name the first entry that is not as it was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interview_site.accounts import audit


class Command(BaseCommand):
    help = (
        "Check the chain of the audit log. Exit code 1 names the first broken entry. "
        "Note the last hash elsewhere: whoever can rewrite the whole database could rewrite the chain, too."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = audit.verify()
        if found.broken_at is not None:
            raise CommandError(
                f"The audit log is broken at entry {found.broken_at}: {found.complaint}. "
                f"{found.entries} before it are as they were written."
            )
        self.stdout.write(
            f"{found.entries} audit entries are as they were written ({found.erased} with erased particulars). "
            f"The last hash is {found.head}."
        )
