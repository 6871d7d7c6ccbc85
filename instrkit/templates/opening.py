"""From what a user gives, a name or the path of a tokenizer's chat template, to the template with its variables set."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from instrkit.errors import UsageError, did_you_mean
from instrkit.templates.base import TEMPLATES, Template

__all__ = ["job_variables", "names_file", "open_template"]


def names_file(name: str, folder: str | os.PathLike[str] = "") -> bool:
    """
    Return whether *name*, which may end with `#` and a name, is a path and not the name of a template.

    Args:
        name: What was given as a template.
        folder: Where a relative path begins; the working directory by default.
    """
    path = name.partition("#")[0]
    return _spells_path(name) or (path != "" and Path(folder, path).is_dir() and _plain(name) is None)


def open_template(name: str, variables: dict[str, Any] | None = None) -> Template:
    """
    Return the template *name* with its *variables* set; a path is that of a tokenizer's chat template.

    A path has a separator in it or ends with `.json` or `.jinja`; a directory's bare name is one where no template has
    that name.

    Raises:
        UsageError: There is no such template, it has no such variable, or a value is of the wrong type.
    """
    made = None if variables else _plain(name)
    if made is not None:
        return made
    if names_file(name):
        from instrkit.templates.jinja import open_chat_template  # only where somebody asks for one

        return open_chat_template(name, variables)
    cls = TEMPLATES.get(name)
    if not variables:
        return cls()
    known = cls.variables()
    for variable in variables:
        if variable not in known:
            raise UsageError(f"template {name}: unknown variable {variable!r}: {did_you_mean(variable, known)}")
    from pydantic import TypeAdapter, ValidationError  # 75 ms, and only when a variable is given

    try:
        made = TypeAdapter(cls).validate_python(variables, strict=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"template {name}: variable {where}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None
    return made


def job_variables(name: str, variables: dict[str, Any]) -> dict[str, Any]:
    """
    Return the variables with which jobs over files open the template *name*.

    They make training data: where the template has the variable `layout`, it is `training` unless something else is
    asked for, so that nothing of a sample is dropped that can be kept.
    """
    if "layout" in variables or "layout" not in open_template(name).variables():
        return variables
    return {"layout": "training", **variables}


@lru_cache(maxsize=256)
def _plain(name: str) -> Template | None:
    """Return the template *name* as it is; None for a path or an unknown name. Every rendering by name asks."""
    try:
        return None if _spells_path(name) else TEMPLATES.get(name)()
    except UsageError:
        return None


def _spells_path(name: str) -> bool:
    """Whether *name*, which may end with `#` and a name, can be nothing but a path."""
    path = name.partition("#")[0]
    return "/" in path or os.sep in path or path.endswith((".json", ".jinja"))
