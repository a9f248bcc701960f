"""Make or remove the demo accounts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from interview_site import demo


class Command(BaseCommand):
    help = "Make the demo accounts (admin, hiring manager, candidate). Never touches an account that exists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="Remove them instead.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["remove"]:
                for email, outcome in demo.remove_accounts().items():
                    self.stdout.write(f"{email}: {outcome}")
                return
            made = demo.make_accounts()
        except demo.DemoRefused as refused:
            raise CommandError(str(refused)) from refused
        for account in made:
            self.stdout.write(f"{account.email} ({account.role.label}), password {demo.PASSWORD}")
        if not made:
            self.stdout.write("There is an admin already: nothing was made.")
