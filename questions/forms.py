"""The form in which a version of a question is written."""

from __future__ import annotations

from typing import Any

from django import forms

from questions.bank.fitting import field_misfits
from questions.models import QuestionVersion
from questions.publishing import AUTHORED_FIELDS


class TagsField(forms.CharField):
    """Tags as people type them, separated by commas."""

    def prepare_value(self, value: Any) -> str:
        return ", ".join(value) if isinstance(value, list) else value or ""

    def to_python(self, value: Any) -> Any:
        return [tag.strip() for tag in (value or "").split(",") if tag.strip()]


class VersionForm(forms.ModelForm):
    tags = TagsField(required=False, help_text="Separated by commas.")

    class Meta:
        model = QuestionVersion
        fields = ("question", *AUTHORED_FIELDS)
        widgets = {
            name: forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField markdown-source"})
            for name, rows in {
                "prompt": 4,
                "reference_answer": 24,
                "explanation": 4,
                "grader_note": 4,
            }.items()
        }

    def clean(self) -> dict[str, Any]:
        """Browsers send CRLF; the bank has LF, and has to be able to hold what was typed."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("prompt", "reference_answer", "explanation", "grader_note"):
            if isinstance(cleaned.get(name), str):
                cleaned[name] = cleaned[name].replace("\r\n", "\n").replace("\r", "\n").strip()
        if "prompt" in cleaned:
            question, more = (part.strip() for part in cleaned["prompt"].partition("\n\n")[::2])
            cleaned["prompt"] = f"{question}\n\n{more}" if more else question
        typed = {name: cleaned[name] for name in AUTHORED_FIELDS if cleaned.get(name)}
        typed |= {"tags": tuple(cleaned.get("tags", ()))}
        for name, why in field_misfits(**typed).items():
            self.add_error(name, why)
        return cleaned
