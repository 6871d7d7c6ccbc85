"""
The whole job as one validated file: sources, steps, output.

A recipe is read once, as a whole: every mistake in it is found before anything runs and is reported with its line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from instrkit.errors import RecipeError, UsageError, did_you_mean, quote
from instrkit.ops import OPS, Op
from instrkit.yaml_marks import Document, Location

__all__ = [
    "Output",
    "Recipe",
    "Source",
    "bundled_recipes",
    "load_recipe",
    "parse_recipe",
    "recipe_schema",
    "render_yaml",
]

RECIPE_VERSION = 1

MOST_STEPS = 63
"""Which steps changed a sample is kept as bits of one 64-bit number; the longest recipe we know of has 33 steps."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """
    Where samples come from.

    Attributes:
        path: A file, a folder, a glob, or `-` for standard input; relative to the recipe's folder.
        format: The format's name; None detects it by content.
        name: The source's name in ledger and report; None takes the path's last part without its endings.
        settings: Settings of the format (`{turns: belle}` for flattened dialogues).
        columns: Which column of the file holds which field of the format (`{instruction: question}`); without a format,
            of the format `columns` (`{prompt: question, response: answer}`).
        header: Whether the first row of a CSV or TSV file names its columns; None looks. Without a header columns are
            numbered from 1 (`{prompt: "1", response: "2"}`).
    """

    path: str
    format: str | None = None
    name: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    header: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Output:
    """
    Where samples go.

    Attributes:
        dir: The folder to write; replaced as a whole when the run has succeeded. Relative to the recipe's folder.
        format: The format of the samples kept.
        settings: Settings of that format.
        columns: Which column is written for which field of the format.
        split: Shares of the kept samples for further files, by name (`{validation: 0.01}`); the rest is `train`.
        seed: Which samples fall into which share; the same seed gives the same split for ever.
    """

    dir: str = "out"
    format: str = "openai"
    settings: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    split: dict[str, float] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """
    One job.

    Attributes:
        sources: What is read, in order.
        steps: The ops in order, with their settings.
        output: Where the kept samples go.
        version: The recipe language's version.
    """

    sources: tuple[Source, ...] = ()
    steps: tuple[Op, ...] = ()
    output: Output = field(default_factory=Output)
    version: int = RECIPE_VERSION

    def over(self, paths: Sequence[str], *, format: str | None = None) -> Recipe:
        """Return the same recipe with other sources."""
        return replace(self, sources=tuple(Source(path=path, format=format) for path in paths))


def bundled_recipes() -> dict[str, str]:
    """Return the recipes that come with instrkit: name → text."""
    folder = resources.files("instrkit") / "recipes"
    found = sorted((item.name, item) for item in folder.iterdir() if item.name.endswith(".yaml"))
    return {name.removesuffix(".yaml"): item.read_text(encoding="utf-8") for name, item in found}


def load_recipe(name_or_path: str | Path) -> Recipe:
    """
    Load a bundled recipe by name, or a recipe file.

    Raises:
        UsageError: There is no such recipe.
        RecipeError: It has mistakes; all of them, each with file, line and column.
    """
    bundled = bundled_recipes()
    if str(name_or_path) in bundled:
        return parse_recipe(bundled[str(name_or_path)], where=f"{name_or_path} (bundled)", folder=Path())
    path = Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}: save the recipe as UTF-8") from None
    except OSError as error:
        hint = did_you_mean(str(name_or_path), bundled)
        raise UsageError(f"{path}: no such recipe ({error.strerror or error}): {hint}, or a YAML file") from None
    return parse_recipe(text, where=str(path), folder=path.parent)


def parse_recipe(text: str, *, where: str = "recipe", folder: Path | None = None) -> Recipe:
    """
    Read a recipe from its YAML text.

    Args:
        text: The YAML.
        where: What to call it in messages.
        folder: What relative paths in it are relative to; None leaves them alone.

    Raises:
        RecipeError: It has mistakes; all of them at once.
    """
    return _Reader(Document.load(text, where), folder).recipe()


class _Reader:
    """Reads one document into a recipe and collects what is wrong on the way."""

    def __init__(self, document: Document, folder: Path | None) -> None:
        self.document = document
        self.folder = folder
        self.mistakes: list[tuple[Location, str]] = [(place, problem) for place, problem in document.problems]

    def recipe(self) -> Recipe:
        data = self.document.value
        if not isinstance(data, dict):
            self.wrong((), f"a recipe is a mapping, found {_kind(data)}: start with 'version: 1'")
            raise self.error()
        self.unknown_keys((), data, ("version", "sources", "steps", "output"))
        if data.get("version") != RECIPE_VERSION:
            at = ("version",) if "version" in data else ()
            self.wrong(at, f"version: {quote(data.get('version'))}: expected {RECIPE_VERSION}")
        sources = self.items(data, "sources", self.source)
        steps = self.items(data, "steps", self.step)
        output = self.fill(("output",), Output, data.get("output") or {})
        if len(steps) > MOST_STEPS:
            self.wrong(("steps", MOST_STEPS), f"steps: {len(steps)} of them: expected at most {MOST_STEPS}")
        self.check_format(("output",), data.get("output"), Output.format)
        self.check(output)
        if self.mistakes:
            raise self.error()
        output = output or Output()
        if self.folder is not None and not Path(output.dir).is_absolute():
            output = replace(output, dir=str(self.folder / output.dir))
        return Recipe(sources=tuple(sources), steps=tuple(steps), output=output)

    def items(self, data: dict[str, Any], name: str, read: Any) -> list[Any]:
        found = data.get(name) or []
        if not isinstance(found, list):
            self.wrong((name,), f"{name}: expected a list, found {_kind(found)}")
            return []
        read_items = [read((name, k), item) for k, item in enumerate(found)]
        return [item for item in read_items if item is not None]

    def source(self, at: Location, data: Any) -> Source | None:
        source: Source | None = self.fill(at, Source, {"path": data} if isinstance(data, str) else data)
        self.check_format(at, data, None)
        if source is None or self.folder is None or source.path == "-" or Path(source.path).is_absolute():
            return source
        return replace(source, path=str(self.folder / source.path))

    def step(self, at: Location, data: Any) -> Op | None:
        if isinstance(data, dict) and len(data) == 1:
            ((name, settings),) = data.items()
        else:
            name, settings = data, None
        if not isinstance(name, str):
            self.wrong(at, f"{_dotted(at)}: expected an op's name or 'name: {{settings}}', found {_kind(data)}")
            return None
        place = (*at, name) if isinstance(data, dict) else at
        try:
            cls = OPS.get(name)
        except UsageError as error:
            self.wrong(place, f"{_dotted(at)}: {error}")
            return None
        settings = {} if settings is None else settings
        if isinstance(settings, dict) and self.folder is not None:
            settings = cls.placed(settings, self.folder)
        op: Op | None = self.fill(place, cls, settings)
        return op

    def fill(self, at: Location, cls: type[Any], data: Any) -> Any:
        """Validate *data* as the fields of the dataclass *cls*; None after noting every mistake in it."""
        from pydantic import ValidationError

        if not isinstance(data, dict):
            self.wrong(at, f"{_dotted(at)}: expected settings by name, found {_kind(data)}")
            return None
        known = [item.name for item in fields(cls)]
        bad = self.unknown_keys(at, data, known)
        try:
            return settings_adapter(cls).validate_python({key: data[key] for key in data if key not in bad})
        except UsageError as error:  # an op that checks its settings together
            self.wrong(at, f"{_dotted(at)}: {error}")
            return None
        except ValidationError as error:
            for one in error.errors(include_url=False, include_context=True):
                place = (*at, *one["loc"])
                message = one["msg"][:1].lower() + one["msg"][1:]
                given = "" if one["type"] == "missing" else f" ({quote(one['input'])})"
                self.wrong(place, f"{_dotted(place)}{given}: {message.removeprefix('value error, ')}")
            return None

    def unknown_keys(self, at: Location, data: dict[Any, Any], known: Sequence[str]) -> set[Any]:
        bad = {key for key in data if key not in known}
        for key in data:
            if key in bad:
                place = (*at, key)
                self.wrong(place, f"{_dotted(place)}: unknown setting: {did_you_mean(str(key), known)}")
        return bad

    def check(self, output: Output | None) -> None:
        """Find what the parts of the output say only together."""
        if output is None:
            return
        for name, share in output.split.items():
            if not 0.0 <= share <= 1.0:
                self.wrong(("output", "split", name), f"output.split.{name}: {share}: expected a share from 0.0 to 1.0")
            if name in {"train", "dropped", "rejected"} or not name.isidentifier():
                self.wrong(
                    ("output", "split", name),
                    f"output.split.{name}: expected a plain word other than 'train', which is what remains, 'dropped' "
                    "and 'rejected'",
                )
        if sum(output.split.values()) > 1.0:
            self.wrong(("output", "split"), "output.split: shares add up to more than 1.0: leave some for 'train'")

    def check_format(self, at: Location, data: Any, default: str | None) -> None:
        """Find an unknown format, setting or field of a source or of the output, whatever else is wrong with it."""
        from instrkit.formats import FORMATS, get_format, mapped

        name = data.get("format", default) if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(name, str | None):
            return
        where, settings, columns = _dotted(at), _by_name(data.get("settings")), _by_name(data.get("columns"))
        if name is None and settings:
            self.wrong((*at, "settings"), f"{where}.settings: expected none without a format: say which it is")
        elif name is not None and name not in FORMATS:
            hint = did_you_mean(name, FORMATS.names())
            self.wrong((*at, "format"), f"{where}.format: unknown format {name!r}: {hint}")
        elif name is not None:
            try:
                get_format(name, **settings)
            except UsageError as error:
                self.wrong((*at, "settings"), f"{where}.settings: {error}")
        if (
            all(isinstance(column, str) for column in columns.values())
            and (name is None or name in FORMATS)
            and columns
        ):
            try:
                mapped(name or "columns", columns)
            except UsageError as error:
                self.wrong((*at, "columns"), f"{where}.columns: {error}")

    def wrong(self, at: Location, problem: str) -> None:
        self.mistakes.append((at, problem))

    def error(self) -> RecipeError:
        placed = [(self.document.position(at), problem) for at, problem in self.mistakes]
        lines = [f"{self.document.where}:{line}:{column}: {problem}" for (line, column), problem in sorted(placed)]
        return RecipeError(dict.fromkeys(lines))


def _by_name(data: Any) -> dict[str, Any]:
    """*data* where it is a mapping of names, nothing where it is none."""
    return data if isinstance(data, dict) and all(isinstance(name, str) for name in data) else {}


def settings_adapter(cls: type[Any]) -> Any:
    """Return the pydantic adapter that validates the settings of an op, source or output."""
    from pydantic import ConfigDict, TypeAdapter, with_config

    return TypeAdapter(with_config(ConfigDict(extra="forbid"))(cls))


def _kind(value: Any) -> str:
    names: dict[type, str] = {
        dict: "a mapping",
        list: "a list",
        str: "text",
        bool: "true or false",
        type(None): "nothing",
    }
    return names.get(type(value), f"{value!r}")


def _dotted(at: Location) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at).removeprefix(".")


def _required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def render_yaml(recipe: Recipe) -> str:
    """Return *recipe* as YAML with every setting spelled out: what `recipe.yaml` in an output folder holds."""
    import yaml

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, (tuple, list, set, frozenset)) else value

    def settings(thing: Any) -> dict[str, Any]:
        return {item.name: plain(getattr(thing, item.name)) for item in fields(thing)}

    data = {
        "version": recipe.version,
        "sources": [settings(source) for source in recipe.sources],
        "steps": [{step.name: settings(step)} for step in recipe.steps],
        "output": settings(recipe.output),
    }
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a recipe, with every op and its settings, for editors."""
    definitions: dict[str, Any] = {}

    def schema_of(cls: type[Any]) -> dict[str, Any]:
        schema: dict[str, Any] = settings_adapter(cls).json_schema(ref_template="#/$defs/{model}")
        definitions.update(schema.pop("$defs", {}))
        return schema

    bare = [name for name, cls in OPS if not any(_required(item) for item in fields(cls))]
    steps: list[dict[str, Any]] = [{"enum": bare}]
    for name, cls in OPS:
        settings = schema_of(cls) | {"title": name, "description": (cls.__doc__ or "").strip().split("\n")[0]}
        nullable = {"anyOf": [settings, {"type": "null"}]}
        steps.append(
            {"type": "object", "properties": {name: nullable}, "required": [name], "additionalProperties": False}
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "instrkit recipe",
        "type": "object",
        "properties": {
            "version": {"const": RECIPE_VERSION},
            "sources": {"type": "array", "items": {"anyOf": [{"type": "string"}, schema_of(Source)]}},
            "steps": {"type": "array", "items": {"anyOf": steps}},
            "output": schema_of(Output),
        },
        "required": ["version"],
        "additionalProperties": False,
        "$defs": definitions,
    }
