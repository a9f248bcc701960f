"""Criteria from code: what comments, definitions and well-known calls tell about an answer that is mostly code."""

from textwrap import dedent

import pytest

from grading.core.derive import derive


def criteria(answer: str, question: str = "") -> list[str]:
    return [criterion.text for criterion in derive(dedent(answer), question=question).criteria]


def section(code: str, title: str = "Login") -> str:
    return f"**1. {title} (app/login.py):**\n```python\n{dedent(code).strip()}\n```\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            'pwd = CryptContext(schemes=["bcrypt"])',
            "Login: passwords are hashed with bcrypt (`CryptContext`).",
        ),
        (
            "app.add_middleware(GZipMiddleware, minimum_size=500)",
            "Login: `GZipMiddleware` is added with `minimum_size`.",
        ),
        (
            'key = APIKeyHeader(name="X-Token")',
            "Login: `APIKeyHeader` reads the key from the header `X-Token`.",
        ),
        ("payload = jwt.decode(token, KEY)", "Login: the token is decoded and verified with `jwt.decode`."),
        (
            "def pay(user = Depends(current_user)):\n    charge(user)",
            "Login: what a function needs is declared with `Depends` (`pay` needs `current_user`).",
        ),
        (
            'def guard(user):\n    if not user:\n        raise HTTPException(status_code=403, detail="Not you")',
            "Login: answers 403 with `HTTPException` (“Not you”).",
        ),
        (
            "@contextmanager\ndef tag(name):\n    print(name)",
            "Login: `@contextmanager` turns a generator function with `yield` into a context manager.",
        ),
        (
            "class Settings(BaseSettings):\n    class Config:\n        env_file = '.env'",
            "Login: settings are a class derived from `BaseSettings`, read from the file `.env`.",
        ),
        (
            "def source():\n    handle = grab()\n    try:\n        yield handle\n    finally:\n        handle.free()",
            "Login: `yield` hands out the value and `finally` cleans up (`handle.free()`).",
        ),
        (
            "class Meta(type):\n    def __new__(mcs, *args): ...",
            "Login: a metaclass derives from `type` and overrides `__new__` (`Meta`).",
        ),
    ],
)
def test_a_section_of_code_tells_what_it_shows(code, expected):
    assert criteria(section(code)) == [expected]


def test_a_comment_above_the_code_says_what_it_is_about():
    assert criteria(section("# Stored safely\npwd = CryptContext(schemes=['bcrypt'])")) == [
        "Login – stored safely: passwords are hashed with bcrypt (`CryptContext`)."
    ]


def test_a_comment_that_the_code_says_anyway_is_not_repeated():
    assert criteria(section("# Sign the tokens\ntoken = jwt.encode({'sub': 1, 'exp': soon}, KEY)")) == [
        "Login: tokens are signed with `jwt.encode` and a secret key, with the claims `sub`, `exp`."
    ]


def test_a_comment_above_an_import_is_about_what_the_import_is_for():
    code = "# Exchange rates in memory\nfrom functools import cache\n\n@cache\ndef rates(): ..."
    assert criteria(section(code)) == [
        "Login – exchange rates in memory: `cache` keeps the result of a function."
    ]


def test_names_of_the_very_code_are_details_that_an_answer_need_not_repeat():
    (criterion,) = derive(section("def boss_only(user = Depends(current_user)):\n    go(user)")).criteria
    assert "boss_only" in criterion.text
    assert criterion.examples[0] == "What a function needs is declared with `Depends`."
    assert "boss_only" not in str(criterion.cues)


def test_code_itself_is_a_way_to_say_it():
    (criterion,) = derive(section('pwd = CryptContext(schemes=["bcrypt"])')).criteria
    assert 'pwd = CryptContext(schemes=["bcrypt"])' in criterion.examples


def test_exception_classes_in_a_row_are_one_criterion():
    (text,) = criteria(section("class Lost(Exception): ...\nclass Found(Lost): ...", title="Own errors"))
    assert text == "Own errors: exception classes of one's own derive from `Exception` (`Lost`, `Found`)."


def test_handlers_for_well_known_exceptions_are_told_apart():
    code = """
    @app.exception_handler(RequestValidationError)
    async def invalid(request, exc):
        return JSONResponse(status_code=422, content={})

    @app.exception_handler(Exception)
    async def anything(request, exc):
        return JSONResponse(status_code=500, content={})
    """
    assert criteria(section(code, title="Handlers")) == [
        "Handlers: `@app.exception_handler(RequestValidationError)` answers with a JSON response (status 422).",
        "Handlers: `@app.exception_handler(Exception)` answers with a JSON response (status 500).",
    ]


def test_a_project_layout_names_its_folders():
    answer = """
    **Layout:**
    ```
    shop/
    ├── api/        # HTTP routes
    ├── domain/     # Business rules
    │   └── price.py
    └── storage/    # Database access
    ```
    """
    (criterion,) = derive(dedent(answer)).criteria
    assert criterion.text == (
        "Layout: `api/` for HTTP routes, `domain/` for business rules, `storage/` for database access."
    )
    assert (criterion.enough, len(criterion.cues)) == (2, 3)


def test_shell_commands_are_told_by_their_comments():
    answer = "**Release:**\n```bash\n# Build the wheel\npython -m build\n# Upload the wheel\ntwine upload dist/*\n```\n"
    assert criteria(answer) == [
        "Release: build the wheel (`python -m build`); upload the wheel (`twine upload dist/*`)."
    ]


def test_code_beside_prose_gives_criteria_only_while_there_are_few():
    prose = "\n".join(
        f"- Fact {word} stands by itself here" for word in "alpha beta gamma delta epsilon zeta".split()
    )
    code = "```python\nvalue = compute()  # The result is never written to disk\n```\n"
    assert not any("written to disk" in text for text in criteria(f"{prose}\n\n{code}"))
    assert any(
        "written to disk" in text for text in criteria(f"- Fact alpha stands by itself here\n\n{code}")
    )


def test_printed_results_become_one_statement():
    code = "```python\nprint(a == b)  # True (same text)\nprint(a is b)  # False (two copies)\n```\n"
    assert criteria(f"- Equality looks at text\n\n{code}")[-1] == (
        "`a == b` is True (same text); `a is b` is False (two copies)."
    )


@pytest.mark.parametrize(
    "code",
    ["# app/main.py", "# Usage", "# value = 3", "value = 3", "import os", "# ...", "def f(:\n    broken"],
)
def test_code_that_tells_nothing_gives_no_criterion(code):
    assert criteria(f"Plain facts stand here alone.\n\n```python\n{code}\n```\n") == [
        "Plain facts stand here alone."
    ]


def test_code_that_is_no_python_is_left_alone():
    answer = "Rows are kept sorted.\n\n```sql\n-- never do this\nSELECT 1;\n```\n"
    assert criteria(answer) == ["Rows are kept sorted."]


def test_the_numbers_and_the_file_of_a_title_are_dropped():
    assert criteria(section("payload = jwt.decode(token, KEY)", title="Token check"))[0].startswith(
        "Token check:"
    )
