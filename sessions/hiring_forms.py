"""What the hiring team fills in: templates and invitations; and what an invited candidate fills in."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.files.uploadedfile import UploadedFile
from django.db.models import BigIntegerField

from interview_site.accounts.models import Role, User
from interview_site.accounts.names import plain_name, readable_name
from questions.models import Difficulty, Question, QuestionVersion, Topic
from sessions.answer_text import cleaned
from sessions.authoring import FIELDS, Content, Draw, Plan
from sessions.models import InterviewTemplate
from sessions.models_setup import MAX_EXTRA_TIME_PERCENT
from sessions.states import FeedbackPolicy, Route

MAX_UPLOAD_BYTES = 200_000
MAX_NOTICE_CHARACTERS = 10_000
SPARE_ROWS = 2


class TeamField(forms.ModelMultipleChoiceField):
    """A number that is too large for the database names nobody, instead of being looked for."""

    def clean(self, value: Any) -> Any:
        for one in value or []:
            if str(one).isdecimal() and int(str(one)[:25]) > BigIntegerField.MAX_BIGINT:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": one}
                )
        return super().clean(value)


class TemplateForm(forms.ModelForm):
    """A template without its questions, which stand in rows of their own."""

    hiring_team = TeamField(
        User.objects.filter(role__in=[Role.HIRING_MANAGER, Role.ADMIN], is_active=True).order_by(
            "name", "email"
        ),
        widget=forms.CheckboxSelectMultiple,
        help_text="They invite, read and decide. Nobody else sees these interviews, admins excepted.",
        error_messages={"required": "Somebody has to read the answers: choose at least one person."},
    )

    time_limit_minutes = forms.IntegerField(
        label="Time limit in minutes",
        required=False,
        min_value=1,
        max_value=480,
        help_text="For the whole interview. Empty: no limit.",
        error_messages={
            "invalid": "Write the minutes in digits.",
            "min_value": "Give at least one minute, or leave it empty for no limit.",
            "max_value": "480 minutes are the most.",
        },
    )

    class Meta:
        model = InterviewTemplate
        fields = [*FIELDS, "hiring_team"]
        labels = {
            "feedback_policy": "When the candidate sees marks",
            "blind_first": "Reviewers judge first, and see the machine's verdicts afterwards",
            "probes_enabled": "Propose one follow-up question where a criterion was missed",
            "appeal_days": "Days to contest a mark",
        }
        help_texts = {
            "title": "Candidates see it.",
            "role": "The position that the interview is for. Candidates see it.",
            "blind_first": "Keeps people from being steered by the machine.",
            "appeal_days": "From when the marks are shown. 0: marks cannot be contested.",
            "notice": "Markdown. What candidates read and agree to before they start. A change makes the next version; "
            "whoever has agreed to an earlier one keeps that.",
        }
        widgets = {
            "feedback_policy": forms.RadioSelect,
            "notice": forms.Textarea(attrs={"rows": 8}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["feedback_policy"].choices = FeedbackPolicy.choices  # type: ignore[attr-defined]
        self.fields["appeal_days"].required = True

    def clean_title(self) -> str:
        return readable_name(self.cleaned_data["title"], "Write a title that can be read.")

    def clean_role(self) -> str:
        return plain_name(self.cleaned_data["role"])

    def clean_notice(self) -> str:
        notice = cleaned(self.cleaned_data["notice"])
        if len(notice) > MAX_NOTICE_CHARACTERS:
            raise forms.ValidationError(f"{MAX_NOTICE_CHARACTERS:,} characters are the most for a notice.")
        return notice


class FixedQuestionForm(forms.Form):
    """One fixed question, named by its short name; the browser offers those of the bank."""

    question = forms.CharField(
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"list": "bank", "autocomplete": "off", "spellcheck": "false"}),
    )


class DrawForm(forms.Form):
    """One draw; a row with an empty number is no draw."""

    count = forms.IntegerField(
        label="Number",
        required=False,
        min_value=0,
        max_value=40,
        error_messages={
            "invalid": "Write the number of questions in digits.",
            "min_value": "Draw one question or more, or leave the number empty.",
            "max_value": "40 questions are the most for one draw.",
        },
    )
    topic = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    difficulty = forms.ChoiceField(choices=[("", "Any difficulty"), *Difficulty.choices], required=False)

    def __init__(self, *args: Any, topics: list[tuple[str, list[tuple[int, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = [("", "Any topic"), *topics]  # type: ignore[attr-defined]


FixedQuestions = forms.formset_factory(FixedQuestionForm, extra=SPARE_ROWS, max_num=60, absolute_max=80)
Draws = forms.formset_factory(DrawForm, extra=SPARE_ROWS, max_num=30, absolute_max=50)


class TemplateForms:
    """The template's form with its two tables: read together, valid together, one Content out."""

    def __init__(
        self, data: Any = None, *, template: InterviewTemplate | None = None, content: Content
    ) -> None:
        # Each question by its short name and by its title; the browser's list shows both.
        self.bank = list(
            QuestionVersion.objects.ready()
            .order_by("question__topic__position", "question__position", "pk")
            .values_list("question_id", "question__slug", "prompt")
        )
        self._by_name = {title_of(prompt).lower(): pk for pk, _, prompt in self.bank}
        self._by_name |= {slug: pk for pk, slug, _ in self.bank}
        # One that is retired by now still shows, so that somebody can replace it.
        asked = Question.objects.filter(pk__in=content.plan.fixed_ids)
        slugs = dict(asked.values_list("pk", "slug"))
        self.main = TemplateForm(
            data,
            instance=template,
            initial=None if template else {**content.fields, "hiring_team": content.team_ids},
        )
        # A row that is as it was would pass for an empty one, if it knew what it was.
        fixed = [{"question": slugs.get(pk, "")} for pk in content.plan.fixed_ids]
        draws = [
            {"count": draw.count, "topic": draw.topic_id, "difficulty": draw.difficulty}
            for draw in content.plan.draws
        ]
        self.fixed = FixedQuestions(data, prefix="fixed", initial=None if data else fixed)
        self.draws = Draws(
            data,
            prefix="draws",
            initial=None if data else draws,
            form_kwargs={"topics": topics_to_draw_from()},
        )
        self._plan: Plan | None = None
        self._is_planned = False

    @property
    def fixed_rows(self) -> list[tuple[Any, str]]:
        """Each row with the title of the question that its short name stands for, "" where it names none."""
        titles = dict(self.names)
        return [(form, titles.get(str(form["question"].value() or "").strip(), "")) for form in self.fixed]

    @property
    def names(self) -> list[tuple[str, str]]:
        """(short name, title) of every ready question."""
        return [(slug, title_of(prompt)) for _, slug, prompt in self.bank]

    def is_valid(self) -> bool:
        # Each is asked, so that all complaints are there at once.
        return all(
            [self.main.is_valid(), self.fixed.is_valid(), self.draws.is_valid(), self.plan() is not None]
        )

    def plan(self) -> Plan | None:
        """What is to be asked, as typed; None where a row cannot be read. Complaints stand at the rows."""
        if not self._is_planned:
            self._is_planned = True
            self._plan = self._read_plan()
        return self._plan

    def _read_plan(self) -> Plan | None:
        rows_are_fine = self.fixed.is_valid() and self.draws.is_valid()
        fixed_ids: list[int] = []
        for form in self.fixed:
            name = (form.cleaned_data.get("question") or "").strip() if hasattr(form, "cleaned_data") else ""
            if not name:
                continue
            pk = self._by_name.get(name.lower())
            if pk is None:
                form.add_error("question", "No ready question has this name. Choose one from the list.")
            elif pk in fixed_ids:
                form.add_error("question", "This question is asked already.")
            else:
                fixed_ids.append(pk)
                continue
            rows_are_fine = False
        if not rows_are_fine:
            return None
        rows = [form.cleaned_data for form in self.draws if form.cleaned_data.get("count")]
        draws = tuple(Draw(row["topic"], row["difficulty"], row["count"]) for row in rows)
        return Plan(tuple(fixed_ids), draws)

    def content(self) -> Content:
        """What the form says, once it is valid."""
        plan = self.plan()
        assert plan is not None
        return Content(
            {name: self.main.cleaned_data[name] for name in FIELDS},
            tuple(sorted(user.pk for user in self.main.cleaned_data["hiring_team"])),
            plan,
        )


def topics_to_draw_from() -> list[tuple[str, list[tuple[int, str]]]]:
    """Every topic that has ready questions in it or below it, with their number, below the outermost; two queries."""
    direct = Counter(QuestionVersion.objects.ready().values_list("question__topic_id", flat=True))
    children: defaultdict[int | None, list[Topic]] = defaultdict(list)
    for topic in Topic.objects.order_by("position", "title"):
        children[topic.parent_id].append(topic)

    def walk(topic: Topic) -> list[tuple[int, str, int]]:
        below = [row for child in children[topic.pk] for row in walk(child)]
        total = direct[topic.pk] + sum(direct[pk] for pk, _, _ in below)
        return [(topic.pk, topic.title, total), *below]

    groups = []
    for top in children[None]:
        (pk, title, total), *below = walk(top)
        label = f"All of {title}" if below else title
        rows = [(pk, label, total), *below]
        groups.append((title, [(pk, f"{label} ({total})") for pk, label, total in rows if total]))
    return [(title, choices) for title, choices in groups if choices]


def title_of(prompt: str) -> str:
    """The first line of a prompt as plain text: a browser's list shows no Markdown."""
    return prompt.strip().split("\n", 1)[0].replace("`", "").replace("*", "")


class InviteForm(forms.Form):
    """One or many: typed or pasted lines, a CSV file, or both. The lines themselves are read by sessions.invitees."""

    people = forms.CharField(
        label="Who is invited",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text="One person a line: <code>ana@example.com</code>, or with a name and extra time in percent: "
        "<code>ana@example.com, Ana Alvarez, 25</code>.",
    )
    file = forms.FileField(
        label="Or a CSV file",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        help_text="The same columns: address, name, extra time. A heading is skipped.",
    )
    days = forms.IntegerField(
        label="Open for days",
        min_value=1,
        max_value=180,
        initial=14,
        help_text="The interview has to be started by then.",
        error_messages={"required": "Say for how many days the invitation is open."},
    )
    send_mail = forms.BooleanField(
        label="Send each person an e-mail with the link",
        required=False,
        initial=True,
        help_text="Either way the links are shown once, on the next page.",
    )

    def clean_people(self) -> str:
        return cleaned(self.cleaned_data["people"])

    def clean_file(self) -> str:
        upload: UploadedFile | None = self.cleaned_data["file"]
        if upload is None:
            return ""
        if (upload.size or 0) > MAX_UPLOAD_BYTES:
            raise forms.ValidationError(f"The file is larger than {MAX_UPLOAD_BYTES // 1000} kB.")
        try:
            return cleaned(upload.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError(
                "The file is not text in UTF-8. In a spreadsheet, save it as “CSV UTF-8”."
            ) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not (data["people"] + data["file"]).strip():
            self.add_error("people", "Nobody is named yet: write an address, or choose a file.")
        return data


class ExtraTimeForm(forms.Form):
    percent = forms.IntegerField(
        label="Extra time in percent",
        min_value=0,
        max_value=MAX_EXTRA_TIME_PERCENT,
        error_messages={"required": "Say how much extra time, in percent; 0 for none."},
    )


class AcceptForm(forms.Form):
    """What everybody who accepts an invitation says."""

    route = forms.ChoiceField(
        label="Who marks your answers first",
        choices=Route.choices,
        initial=Route.MACHINE_FIRST,
        widget=forms.RadioSelect,
        help_text="Both are fine: nobody holds it against you. With a person only, marks may take longer.",
    )
    accept = forms.BooleanField(
        label="I have read this and agree to it",
        error_messages={"required": "Please confirm that you have read how this interview works."},
    )
    notice = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


NAME_WANTED = "Please write your name, as the hiring team shall read it."


class NewcomerForm(AcceptForm):
    """With what makes an account: the address is the invitation's."""

    name = forms.CharField(
        label="Your name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": NAME_WANTED},
    )
    password = forms.CharField(
        label="A password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="So that you can come back to your interview and its result. "
        + password_validators_help_text_html(),
        error_messages={"required": "Please choose a password."},
    )

    field_order = ["name", "password", "route", "accept", "notice"]

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_name(self) -> str:
        return readable_name(cleaned(self.cleaned_data["name"]), NAME_WANTED)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if password := data.get("password"):
            try:
                validate_password(password, User(email=self.email, name=data.get("name", "")))
            except forms.ValidationError as complaint:
                self.add_error("password", complaint)
        return data
