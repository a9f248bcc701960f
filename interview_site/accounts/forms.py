"""The one field that we add to allauth's sign-up."""

from django import forms
from django.http import HttpRequest

from interview_site.accounts.models import User
from interview_site.accounts.names import readable_name


class NameForm(forms.Form):
    name = forms.CharField(
        label="Your name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )

    field_order = ["name", "email", "password1"]

    def clean_name(self) -> str:
        return readable_name(self.cleaned_data["name"], "Please write your name.")

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
