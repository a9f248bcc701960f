"""What well-known calls, decorators and statements in Python code show, in words."""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeGuard


class Clause(NamedTuple):
    """What code shows, in general words, and the details of this very code (its names, its messages), which nobody
    who answers in prose would repeat.
    """

    text: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.text} ({', '.join(self.details[:4])})" if self.details else self.text


def idioms(node: ast.AST) -> list[Clause]:
    """Clauses on what a piece of code shows, outer statements first, each general text once."""
    return united(clause for inner in ast.walk(node) for clause in _of_node(inner))


def united(clauses: Iterable[Clause]) -> list[Clause]:
    """The clauses with the details of those that say the same put together."""
    found: dict[str, tuple[str, ...]] = {}
    for clause in clauses:
        found[clause.text] = tuple(dict.fromkeys((*found.get(clause.text, ()), *clause.details)))
    return [Clause(text, details) for text, details in found.items() if text]


def code(*names: str) -> tuple[str, ...]:
    return tuple(f"`{name}`" for name in names)


def _of_node(node: ast.AST) -> Iterator[Clause]:
    if isinstance(node, ast.ClassDef):
        yield from _of_class(node)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _of_function(node)
    elif isinstance(node, ast.Call):
        name = name_of(node.func)
        for key in (name, "." + name.rsplit(".", 1)[-1]):
            if key in _CALLS:
                clause = _CALLS[key](node)
                yield Clause(clause) if isinstance(clause, str) else clause
                break
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        raised = name_of(node.exc.func)
        if raised.endswith(("Exception", "Error")) and raised not in {
            "HTTPException",
            "ValueError",
            "TypeError",
        }:
            yield Clause("raises an exception of one's own", code(raised))
    elif isinstance(node, ast.With) and name_of(node.items[0].context_expr) == "open":
        yield Clause("`with open(…)` closes the file at the end")
    elif (
        isinstance(node, ast.Try) and node.finalbody and any(isinstance(n, ast.Yield) for n in ast.walk(node))
    ):
        yield Clause("`yield` hands out the value and `finally` cleans up", code(_short(node.finalbody[0])))


def exception_classes(nodes: list[ast.ClassDef]) -> Clause:
    """A run of exception classes as one clause."""
    base = name_of(nodes[0].bases[0])
    return Clause(
        f"exception classes of one's own derive from `{base}`", code(*(node.name for node in nodes))
    )


def name_of(node: ast.AST) -> str:
    """The dotted name of an expression ("pwd_context.hash"), or nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = name_of(node.value)
        return f"{inner}.{node.attr}" if inner else node.attr
    if isinstance(node, ast.Subscript):
        return name_of(node.value)
    return name_of(node.func) if isinstance(node, ast.Call) else ""


def keyword(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """An argument by its name, or else by its position."""
    for given in call.keywords:
        if given.arg == name:
            return given.value
    return call.args[position] if position is not None and position < len(call.args) else None


def _short(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0][:60]


def _value(node: ast.expr | None) -> str:
    """A literal as a person would say it; lists by their elements."""
    if node is None:
        return ""
    if isinstance(node, ast.List | ast.Tuple):
        return ", ".join(_value(element) for element in node.elts)
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def _status(node: ast.expr | None) -> str:
    """401 from 401 or status.HTTP_401_UNAUTHORIZED."""
    return "".join(char for char in _value(node) if char.isdigit())


def _http_exception(call: ast.Call) -> Clause:
    status, detail = _status(keyword(call, "status_code", 0)), _value(keyword(call, "detail", 1))
    return Clause(
        f"answers {status} with `HTTPException`" if status else "", (f"“{detail}”",) if detail else ()
    )


def _middleware(call: ast.Call) -> Clause:
    added = _value(keyword(call, "middleware_class", 0))
    options = [given for given in call.keywords if given.arg and given.arg != "middleware_class"]
    shown = f" with {', '.join(f'`{given.arg}`' for given in options[:4])}" if options else ""
    lists = [_value(given.value) for given in options if isinstance(given.value, ast.List)]
    return Clause(f"`{added}` is added{shown}", tuple(lists[:2]))


def _jwt_encode(call: ast.Call) -> str:
    claims = keyword(call, "payload", 0)
    keys = [_value(key) for key in claims.keys if key] if isinstance(claims, ast.Dict) else []
    signed = "tokens are signed with `jwt.encode` and a secret key"
    if keys:
        signed += f", with the claims {', '.join(f'`{key}`' for key in keys)}"
    return signed


def _update_claims(call: ast.Call) -> str:
    claims = call.args[0] if call.args else None
    keys = [_value(key) for key in claims.keys if key] if isinstance(claims, ast.Dict) else []
    if "exp" not in keys:
        return ""
    others = [f"`{key}`" for key in keys if key != "exp"]
    return "the token carries an expiry (`exp`)" + (f" and the claims {', '.join(others)}" if others else "")


def _add_task(call: ast.Call) -> Clause:
    return Clause("`add_task` schedules a function" if call.args else "", code(*map(_value, call.args[:1])))


def _include_router(call: ast.Call) -> str:
    return "routers are included with `include_router`" + (
        " under a prefix" if keyword(call, "prefix") else ""
    )


_CALLS: dict[str, Callable[[ast.Call], str | Clause]] = {
    ".CryptContext": lambda c: f"passwords are hashed with {_value(keyword(c, 'schemes'))} (`CryptContext`)",
    "PasswordHash.recommended": lambda c: "passwords are hashed with `PasswordHash.recommended()`",
    "jwt.encode": _jwt_encode,
    "jwt.decode": lambda c: "the token is decoded and verified with `jwt.decode`",
    "to_encode.update": _update_claims,
    ".OAuth2PasswordBearer": lambda c: "`OAuth2PasswordBearer` takes the bearer token from the request",
    ".APIKeyHeader": lambda c: f"`APIKeyHeader` reads the key from the header `{_value(keyword(c, 'name'))}`",
    ".HTTPBearer": lambda c: "`HTTPBearer` takes the token from the `Authorization` header",
    ".HTTPException": _http_exception,
    ".add_task": _add_task,
    ".Celery": lambda c: Clause("a `Celery` app with a broker", (_value(keyword(c, "broker")),)),
    ".delay": lambda c: Clause("`delay` queues the task", code(name_of(c.func))),
    ".add_middleware": _middleware,
    ".limit": lambda c: Clause("`@limiter.limit` sets how many requests are allowed", code(*map(_value, c.args[:1]))),
    ".include_router": _include_router,
    ".create_async_engine": lambda c: "an async engine is made with `create_async_engine`",
    ".create_engine": lambda c: "an engine is made with `create_engine`",
    ".sessionmaker": lambda c: (
        f"a session factory (`sessionmaker`) makes {'an `AsyncSession`' if keyword(c, 'class_') else 'sessions'}"
    ),
    ".async_sessionmaker": lambda c: "a session factory (`async_sessionmaker`) makes an `AsyncSession`",
    ".AsyncClient": lambda c: "HTTP requests go through an async client (`AsyncClient`)",
    ".refresh": lambda c: "a new object is added, committed and refreshed (`add`, `commit`, `refresh`)",
    ".select": lambda c: Clause("rows are queried with `select`" if c.args else "", code(_short(c))),
}  # fmt: skip


_DECORATORS: dict[str, str] = {
    "functools.wraps": "the wrapper is decorated with `@functools.wraps`",
    "wraps": "the wrapper is decorated with `@wraps`",
    "contextmanager": "`@contextmanager` turns a generator function with `yield` into a context manager",
    "asynccontextmanager": "`@asynccontextmanager` turns an async generator into a context manager",
    "lru_cache": "`lru_cache` keeps the result of a function",
    "functools.lru_cache": "`functools.lru_cache` keeps the result of a function",
    "cache": "`cache` keeps the result of a function",
    "functools.cache": "`functools.cache` keeps the result of a function",
    "property": "`@property` makes a method look like an attribute",
    "classmethod": "`@classmethod` marks a class method",
    "staticmethod": "`@staticmethod` marks a static method",
}


def _of_function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Clause]:
    for decorator in node.decorator_list:
        yield from _of_decorator(node, decorator)
    for needed in _dependencies(node):
        yield Clause("what a function needs is declared with `Depends`", (f"`{node.name}` needs `{needed}`",))
    inner = {child.name for child in node.body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)}
    for child in node.body:
        if isinstance(child, ast.Return) and isinstance(child.value, ast.Name) and child.value.id in inner:
            yield Clause(
                "a function returns its inner function", (f"`{node.name}` returns `{child.value.id}`",)
            )


def _of_decorator(node: ast.FunctionDef | ast.AsyncFunctionDef, decorator: ast.expr) -> Iterator[Clause]:
    name = name_of(decorator)
    last = name.rsplit(".", 1)[-1]
    argument = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
    statuses = [
        status for call in _calls(node, "JSONResponse") if (status := _status(keyword(call, "status_code")))
    ]
    if last == "exception_handler" and argument is not None:
        answer = "a JSON response" if _calls(node, "JSONResponse") else "a response of its own"
        handled = _value(argument)
        if handled in {"Exception", "HTTPException", "RequestValidationError", "StarletteHTTPException"}:
            status = f" (status {statuses[0]})" if statuses else ""
            yield Clause(f"`@{name}({handled})` answers with {answer}{status}")
        else:
            shown = f"{f'status {statuses[0]} for ' if statuses else ''}`{handled}`"
            yield Clause(f"`@{name}` registers a handler that answers with {answer}", (shown,))
    elif last == "middleware":
        if headers := _headers_set(node):
            yield Clause(f"a middleware sets the headers {', '.join(code(*headers[:4]))}")
        elif any(isinstance(inner, ast.Try) for inner in ast.walk(node)):
            status = f" and answers with status {statuses[0]}" if statuses else ""
            yield Clause(f"a middleware (`@{name}`) wraps `call_next` in try/except{status}")
        else:
            yield Clause(f"a middleware (`@{name}`) runs around every request")
    elif last in {"validator", "field_validator"}:
        messages = tuple(f"“{_value(call.args[0])}”" for call in _calls(node, "ValueError") if call.args)
        yield Clause(f"`@{last}` rejects bad values", messages)
    elif last == "on_event":
        for statement in node.body:
            yield Clause(f"`{_short(statement).removeprefix('await ')}` on {_value(argument)}")
    elif name in _DECORATORS:
        yield Clause(_DECORATORS[name])


def _dependencies(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """What a function's parameters get injected, by default value or in Annotated."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    annotations = [argument.annotation for argument in arguments if argument.annotation]
    defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]
    found = [
        ast.unparse(call.args[0])
        for place in (*annotations, *defaults)
        for call in _calls(place, "Depends")
        if call.args
    ]
    return list(dict.fromkeys(found))


def _calls(node: ast.AST, name: str) -> list[ast.Call]:
    return [
        n for n in ast.walk(node) if isinstance(n, ast.Call) and name_of(n.func).rsplit(".", 1)[-1] == name
    ]


def _headers_set(node: ast.AST) -> list[str]:
    return [
        _value(target.slice)
        for assign in ast.walk(node)
        if isinstance(assign, ast.Assign)
        for target in assign.targets
        if isinstance(target, ast.Subscript) and name_of(target.value).endswith("headers")
    ]


def _of_class(node: ast.ClassDef) -> Iterator[Clause]:
    bases = [name_of(base) for base in node.bases]
    fields = [
        _target(statement) for statement in node.body if isinstance(statement, ast.Assign | ast.AnnAssign)
    ]
    fields = [field for field in fields if not field.startswith("_")]
    methods = [child.name for child in node.body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)]
    public = [method for method in methods if not method.startswith("_")]
    if any(given.arg == "metaclass" for given in node.keywords):
        yield Clause("a class names its metaclass with `metaclass=`", code(node.name))
    if {"__enter__", "__exit__"} <= set(methods):
        yield Clause("a class with `__enter__` (set-up, returns the resource) and `__exit__` (clean-up)")
    if {"__aenter__", "__aexit__"} <= set(methods):
        yield Clause("a class with `__aenter__` and `__aexit__`")
    if "BaseSettings" in bases:
        env = any(isinstance(n, ast.Constant) and str(n.value).endswith(".env") for n in ast.walk(node))
        yield Clause(
            "settings are a class derived from `BaseSettings`"
            + (", read from the file `.env`" if env else "")
        )
    elif "Base" in bases or "DeclarativeBase" in bases:
        if fields:
            yield Clause(
                f"a model class derived from `{bases[0]}` maps a table with its columns",
                code(node.name, *fields),
            )
    elif "type" in bases and methods:
        yield Clause(
            f"a metaclass derives from `type` and overrides {', '.join(code(*methods[:2]))}", code(node.name)
        )
    elif any(base in {"Enum", "StrEnum", "IntEnum"} for base in bases):
        yield Clause("an `Enum` lists the allowed values", code(*fields))
    elif "BaseModel" in bases:
        typed = [ast.unparse(s.annotation) for s in node.body if isinstance(s, ast.AnnAssign)]
        strict = [t for t in typed if t in {"EmailStr", "HttpUrl", "SecretStr"}]
        if strict:
            yield Clause(
                f"a Pydantic model (`BaseModel`) validates its fields, with types such as `{strict[0]}`"
            )
    elif len(public) >= 3 and not bases:
        yield Clause("a class bundles the operations", code(*public))


def is_exception(node: ast.stmt, known: Sequence[str] = ()) -> TypeGuard[ast.ClassDef]:
    """Whether a statement defines an exception class, by the name of its base or as a subclass of a known one."""
    if not isinstance(node, ast.ClassDef):
        return False
    bases = [name_of(base) for base in node.bases]
    return any(base.endswith(("Error", "Exception")) or base in known for base in bases)


def _target(statement: ast.Assign | ast.AnnAssign) -> str:
    return name_of(statement.targets[0] if isinstance(statement, ast.Assign) else statement.target)
