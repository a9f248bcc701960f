"""The OpenAPI document of the read-only API. The tests hold every answer of the API against it."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _text(**more: Any) -> Schema:
    return {"type": "string", **more}


def _nullable(kind: str, **more: Any) -> Schema:
    return {"type": [kind, "null"], **more}


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


MOMENT = _text(format="date-time")
MAYBE_MOMENT = _nullable("string", format="date-time")
NUMBER, MAYBE_NUMBER, WHOLE = {"type": "number"}, _nullable("number"), {"type": "integer"}
YES_OR_NO = {"type": "boolean"}

SCHEMAS: dict[str, Schema] = {
    "Template": _object(id=WHOLE, title=_text(), role=_text(), finished=WHOLE),
    "Review": _object(
        reviewer=_text(),
        recommendation=_text(enum=["strong_yes", "yes", "no", "strong_no", "no_decision"]),
        notes=_text(),
        message=_text(),
        submitted_at=MOMENT,
    ),
    "Evidence": _object(start=WHOLE, end=WHOLE, text=_text()),
    "Criterion": _object(
        text=_text(),
        kind=_text(enum=["core", "bonus", "misconception"]),
        verdict=_text(enum=["met", "partial", "unmet", "contradicted", "unsure"]),
        points=NUMBER,
        points_possible=NUMBER,
        rationale=_text(),
        evidence=_list(_ref("Evidence")),
    ),
    "Grade": _object(
        id=WHOLE,
        grader=_text(enum=["keyword", "llm", "human"]),
        graded_by=_nullable("string"),
        act=_nullable("string"),
        unanchored=_nullable("boolean"),
        grader_version=_text(),
        level=_text(),
        model=_text(),
        prompt_version=_text(),
        rubric=WHOLE,
        rubric_hash=_text(),
        score=MAYBE_NUMBER,
        max_score=NUMBER,
        flags=_list(_text()),
        created_at=MOMENT,
        criteria=_list(_ref("Criterion")),
    ),
    "Appeal": _object(
        id=_text(format="uuid"),
        criterion=_text(),
        contested_verdict=_text(),
        reason=_text(),
        state=_text(enum=["open", "changed", "kept"]),
        opened_at=MOMENT,
        verdict=_nullable("string"),
        decision=_nullable("string"),
        decided_by=_nullable("string"),
        decided_at=MAYBE_MOMENT,
    ),
    "Answer": _object(
        position=WHOLE,
        question=_text(),
        question_version=WHOLE,
        title=_text(),
        text=_text(),
        first_shown_at=MAYBE_MOMENT,
        submitted_at=MAYBE_MOMENT,
        grades={**_list(_ref("Grade")), "description": "The first one counts."},
        appeals=_list(_ref("Appeal")),
    ),
}
_SUMMARY: dict[str, Schema] = {
    "id": _text(format="uuid"),
    "template": _object(id=_nullable("integer"), title=_text()),
    "candidate": _object(id=WHOLE, name=_text(), email=_text()),
    "route": _text(enum=["machine_first", "human_only"]),
    "started_at": MAYBE_MOMENT,
    "submitted_at": MAYBE_MOMENT,
    "ended_by": _text(),
    "released_at": MAYBE_MOMENT,
    "marks_hidden": {**YES_OR_NO, "description": "The token's owner is to read this interview blind first."},
    "score": MAYBE_NUMBER,
    "max_score": MAYBE_NUMBER,
    "confirmed_by_people": YES_OR_NO,
    "reviews": _list(_ref("Review")),
}
SCHEMAS["InterviewSummary"] = _object(**_SUMMARY)
SCHEMAS["Interview"] = _object(**_SUMMARY, answers=_list(_ref("Answer")))
SCHEMAS["TemplatePage"] = _object(items=_list(_ref("Template")))
SCHEMAS["InterviewPage"] = _object(
    items=_list(_ref("InterviewSummary")), page=WHOLE, pages=WHOLE, count=WHOLE
)
SCHEMAS["Error"] = _object(error=_text())


def _get(summary: str, schema: str, parameters: list[Schema]) -> Schema:
    def answer(description: str, name: str) -> Schema:
        return {"description": description, "content": {"application/json": {"schema": _ref(name)}}}

    return {
        "get": {
            "summary": summary,
            "parameters": parameters,
            "responses": {
                "200": answer("Found", schema),
                "400": answer("A parameter that cannot be read", "Error"),
                "401": answer("No token, or one that does not count", "Error"),
                "429": answer("Asked too often: Retry-After says when to come back", "Error"),
                "404": answer("Not there, or not for the token's owner", "Error"),
            },
        }
    }


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def document(server: str) -> Schema:
    """The whole document; server is the address of this installation."""
    identifier = {"name": "id", "in": "path", "required": True, "schema": _text(format="uuid")}
    filters = [
        _query("template", WHOLE, "Only interviews made from this template."),
        _query("submitted_after", MOMENT, "Only interviews submitted after this moment."),
        _query("page", {"type": "integer", "minimum": 1}, "100 interviews a page, oldest first."),
    ]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mockingbird",
            "version": "1",
            "description": "Finished assessments as the token's owner may read them. Read-only.",
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": SCHEMAS,
        },
        "paths": {
            "/api/v1/templates/": _get("Templates of the owner's teams", "TemplatePage", []),
            "/api/v1/interviews/": _get("Finished interviews", "InterviewPage", filters),
            "/api/v1/interviews/{id}/": _get(
                "One interview with answers and grades", "Interview", [identifier]
            ),
        },
    }
