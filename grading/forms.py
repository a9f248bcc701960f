"""What people on the hiring side send in: scorecards, verdicts, appeals. Data in, checked values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.safestring import SafeString

from grading.models import Criterion, CriterionKind, CriterionScore, Verdict, label_of
from grading.models_review import Appeal, GradeDraft, Recommendation, SelfIdentification
from grading.rationales import Said, beyond
from grading.review.appeals import REASON_MAX_CHARACTERS, decisions_for
from grading.review.human_grading import VERDICTS_FOR, Judgement
from grading.review.scorecards import Card
from interview_site.accounts.names import plain_text
from questions.rendering import inline_html

REASON_CHARACTERS = 2_000
KEYS = {verdict: str(number) for number, verdict in enumerate(Verdict, start=1)}


class ScorecardForm(forms.Form):
    """A draft may be as empty as it likes; submitting asks for the recommendation."""

    recommendation = forms.ChoiceField(
        choices=Recommendation.choices, required=False, widget=forms.RadioSelect
    )
    notes = forms.CharField(
        label="Notes for the hiring team",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The candidate never sees these.",
    )
    message = forms.CharField(
        label="Message to the candidate",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Shown with the result, once it is released. Leave it empty to say nothing.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    @property
    def card(self) -> Card:
        data = self.cleaned_data
        notes, message = (plain_text(data[name]).strip() for name in ("notes", "message"))
        return Card(data["recommendation"], notes, message)


class ReasonField(forms.CharField):
    """What other people read: nothing in it turns their page around."""

    def to_python(self, value: Any) -> str:
        return plain_text(str(super().to_python(value)))


class AppealForm(forms.Form):
    reason = ReasonField(
        label="Why should it be judged differently?",
        max_length=REASON_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Point at your own words. What you add now does not count: the answer is judged as you submitted it.",
    )


class SelfIdentificationForm(forms.ModelForm):
    """Every field may stay empty."""

    class Meta:
        model = SelfIdentification
        fields = ("sex", "ethnicity")
        widgets = {"sex": forms.RadioSelect, "ethnicity": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:
            choices = [(value, label) for value, label in self.fields[name].choices if value]  # type: ignore[attr-defined]
            self.fields[name].choices = [("", "I do not wish to say"), *choices]  # type: ignore[attr-defined]


class AppealDecisionForm(forms.Form):
    verdict = forms.ChoiceField(widget=forms.RadioSelect, help_text="An appeal does not lower a mark.")
    reason = ReasonField(
        label="Why",
        max_length=REASON_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The candidate and the first reviewer read this.",
    )

    def __init__(self, *args: Any, appeal: Appeal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["verdict"].choices = [  # type: ignore[attr-defined]
            (verdict.value, label_of(verdict, appeal.criterion.kind)) for verdict in decisions_for(appeal)
        ]


@dataclass(frozen=True, slots=True)
class Choice:
    """One verdict that can be chosen, and the key that chooses it."""

    value: str
    label: str
    key: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion of the grading form. machine is what the machine said, None while that is hidden."""

    criterion: Criterion
    number: int
    choices: tuple[Choice, ...]
    reason: str
    machine: CriterionScore | None
    complaint: str

    @property
    def id(self) -> str:
        return str(self.criterion.pk)

    @property
    def text_html(self) -> SafeString:
        return inline_html(self.criterion.text)

    @property
    def is_misconception(self) -> bool:
        return self.criterion.kind == CriterionKind.MISCONCEPTION

    @property
    def is_open(self) -> bool:
        """A misconception that somebody sees in the answer, or that something has to be said about."""
        claimed = any(one.is_chosen and one.value != Verdict.UNMET for one in self.choices)
        machine_says = self.machine is not None and self.machine.verdict != Verdict.UNMET
        return self.is_misconception and (claimed or machine_says or bool(self.complaint or self.reason))

    @property
    def machine_why_html(self) -> SafeString:
        """What the machine says beyond its verdict."""
        if self.machine is None or not self.says_more:
            return SafeString("")
        return inline_html(beyond(self.machine.rationale, self.machine.text))

    @property
    def says_more(self) -> bool:
        """Whether the machine's words tell more than its verdict does."""
        if self.machine is None or self.machine.verdict == Verdict.MET:
            return False
        return not (self.is_misconception and self.machine.verdict == Verdict.UNMET)

    @property
    def machine_label(self) -> str:
        return label_of(Verdict(self.machine.verdict), self.criterion.kind) if self.machine else ""


def judgements_from(data: Mapping[str, Any], criteria: Iterable[Criterion]) -> dict[str, Judgement]:
    """What the grading form sent, by criterion id; nonsense counts as nothing chosen."""
    found = {}
    for criterion in criteria:
        sent = str(data.get(f"verdict-{criterion.pk}", ""))
        typed = str(data.get(f"reason-{criterion.pk}", "")).replace("\x00", "")
        reason = plain_text(typed)[:REASON_CHARACTERS]
        verdict = Verdict(sent) if sent in Verdict.values else None
        if verdict or reason.strip():
            found[str(criterion.pk)] = Judgement(verdict, reason)
    return found


def from_draft(draft: GradeDraft) -> dict[str, Judgement]:
    return {
        key: Judgement(Verdict(one["verdict"]) if one["verdict"] else None, one["reason"])
        for key, one in draft.verdicts.items()
    }


def from_scores(
    scores: Iterable[CriterionScore], *, with_reasons: bool, said: Said = frozenset()
) -> dict[str, Judgement]:
    """A grade as the form shows it. What a machine said of it is not put into a person's mouth."""
    found = {}
    for score in scores:
        is_own = with_reasons and (score.criterion_id, score.rationale) not in said
        found[str(score.criterion_id)] = Judgement(Verdict(score.verdict), score.rationale if is_own else "")
    return found


def rows_for(
    criteria: Iterable[Criterion],
    chosen: Mapping[str, Judgement],
    machine: Mapping[str, CriterionScore],
    complaints: Mapping[str, str],
) -> list[CriterionRow]:
    """The form's rows, in the rubric's order."""
    rows = []
    for number, criterion in enumerate(criteria, start=1):
        key = str(criterion.pk)
        judged = chosen.get(key, Judgement(None))
        choices = tuple(
            Choice(verdict.value, label_of(verdict, criterion.kind), KEYS[verdict], verdict == judged.verdict)
            for verdict in VERDICTS_FOR[CriterionKind(criterion.kind)]
        )
        rows.append(
            CriterionRow(criterion, number, choices, judged.reason, machine.get(key), complaints.get(key, ""))
        )
    return rows
