"""What candidates fill in."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.conf import settings

from questions.models import Difficulty, QuestionVersion, Topic
from sessions.answer_text import cleaned, is_blank

TIME_LIMITS = (10, 15, 20, 30, 45, 60, 90)
MAX_QUESTIONS = 40


class PracticeForm(forms.Form):
    """Topics, difficulty, number of questions, time limit."""

    topics = forms.TypedMultipleChoiceField(
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen means all of them.",
    )
    difficulties = forms.MultipleChoiceField(
        label="Difficulty",
        choices=Difficulty.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen means any.",
    )
    question_count = forms.IntegerField(
        label="Number of questions",
        min_value=1,
        max_value=MAX_QUESTIONS,
        initial=5,
        error_messages={
            "required": "Say how many questions you want.",
            "invalid": "Write the number of questions in digits.",
            "min_value": "Ask for at least one question.",
            "max_value": f"An interview has {MAX_QUESTIONS} questions at the most.",
        },
    )
    time_limit_minutes = forms.TypedChoiceField(
        label="Time limit",
        coerce=int,
        required=False,
        empty_value=None,
        choices=[("", "No limit"), *((minutes, f"{minutes} minutes") for minutes in TIME_LIMITS)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = grouped_topics()  # type: ignore[attr-defined]


def grouped_topics() -> list[tuple[str, list[tuple[int, str]]]]:
    """The topics that have ready questions, below the outermost topic of each, in the bank's order; two queries."""
    counts = Counter(QuestionVersion.objects.ready().values_list("question__topic_id", flat=True))
    topics = {topic.pk: topic for topic in Topic.objects.all()}
    paths: dict[int, list[Topic]] = {}
    for topic in topics.values():
        path = [topic]
        while path[0].parent_id:
            path.insert(0, topics[path[0].parent_id])
        paths[topic.pk] = path
    groups: dict[str, list[tuple[int, str]]] = {}
    for path in sorted(paths.values(), key=lambda path: [(t.position, t.title) for t in path]):
        topic = path[-1]
        if counts[topic.pk]:
            groups.setdefault(path[0].title, []).append((topic.pk, f"{topic.title} ({counts[topic.pk]})"))
    return list(groups.items())


class AnswerForm(forms.Form):
    """An answer, as it is typed. Cleaning keeps everything that can be stored."""

    text = forms.CharField(
        label="Your answer", required=False, strip=False, widget=forms.Textarea(attrs={"rows": 12})
    )
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_be_blank: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_be_blank = may_be_blank
        # NUL is taken out by clean_text; Django's own validator would refuse the whole answer for it.
        self.fields["text"].validators = []

    def clean_text(self) -> str:
        text = cleaned(self.cleaned_data["text"])
        if len(text) > settings.ANSWER_MAX_CHARACTERS:
            raise forms.ValidationError(
                f"Your answer has {len(text):,} characters; {settings.ANSWER_MAX_CHARACTERS:,} are the limit. "
                "Nothing is lost: it stands below, but it is not saved until it is shorter.",
                code="too_long",
            )
        if not self.may_be_blank and is_blank(text):
            raise forms.ValidationError(
                "There is nothing to submit yet: write an answer, or skip the question.", code="blank"
            )
        return text
