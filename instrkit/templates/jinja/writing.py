"""A template into a tokenizer's files, so that whoever loads the tokenizer renders as instrkit does."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from instrkit.errors import UsageError
from instrkit.templates.base import Template
from instrkit.templates.jinja.export import export_chat_template

__all__ = ["write_chat_template"]

_FILE = "chat_template.jinja"


def write_chat_template(template: Template, path: str | os.PathLike[str]) -> None:
    """
    Write *template* as a Jinja chat template, see `export_chat_template`.

    Args:
        template: A regular template.
        path: A `.jinja` file to write, or a tokenizer's `tokenizer_config.json`, in which `chat_template` is set and
            everything else stays as it is; of several named chat templates, the default one. The file is replaced in
            one step.

    Raises:
        TemplateError: The template cannot be exported.
        UsageError: The path has another ending, is no JSON object, or lies beside a `chat_template.jinja`, which
            transformers would read instead.
    """
    target = Path(path)
    if target.suffix not in {".jinja", ".json"}:
        raise UsageError(f"{target}: expected a .jinja file to write, or an existing tokenizer_config.json")
    text = export_chat_template(template)
    try:
        _replace(target, text if target.suffix == ".jinja" else _configured(target, text))
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror or error}") from None


def _configured(path: Path, template: str) -> str:
    """The JSON file at *path* with its chat template set."""
    if not path.is_file():
        raise UsageError(f"{path}: no such file: expected an existing tokenizer_config.json, or a .jinja file to write")
    beside = path.parent / _FILE
    if beside.exists():
        raise UsageError(f"{path}: transformers would read {beside} instead: expected that path, or no such file")
    try:
        held = path.read_text(encoding="utf-8")
        config = json.loads(held)
    except ValueError as error:
        raise UsageError(f"{path}: not JSON: {error}") from None
    if not isinstance(config, dict):
        raise UsageError(f"{path}: expected a JSON object, as a tokenizer_config.json is")
    config["chat_template"] = _default_set(config.get("chat_template"), template)
    indent = re.search(r"\n([ \t]+)\"", held)
    written = json.dumps(config, ensure_ascii=held.isascii() and "\\u" in held, indent=indent[1] if indent else None)
    return written + ("\n" if held.endswith("\n") else "")


def _default_set(held: Any, template: str) -> Any:
    """A chat template, or the list of named ones with the default set."""
    if not isinstance(held, list):
        return template
    default = {"name": "default", "template": template}
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in held]
    return [default if name == "default" else entry for name, entry in zip(names, held, strict=True)] + (
        [] if "default" in names else [default]
    )


def _replace(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all; a link is followed."""
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name[:200]}.{os.urandom(4).hex()}.tmp")
    try:
        with beside.open("xb") as out:
            out.write(text.encode())
            out.flush()
            os.fsync(out.fileno())
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
