"""Where a tokenizer's chat template lies, and which tokens go with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from instrkit.errors import UsageError, did_you_mean

__all__ = ["ChatSource", "read_source"]

_CONFIG, _FILE, _FOLDER = "tokenizer_config.json", "chat_template.jinja", "additional_chat_templates"
_LEGACY = "chat_template.json"
_LARGEST = 64 << 20
_GUESSED = re.compile(
    r"<\|[^<>|\s{}'\"]{1,64}\|>|<｜[^<>｜\s{}'\"]{1,64}｜>|</?s>|<[be]os>|<(?:start|end)_of_(?:turn|role|text|image)>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS|TOOL_CONTENT|IMG|gMASK)\]"
)
"""What is a control token in a template that comes without a list of tokens, by the spellings in use."""

_BY_ROLE = re.compile(
    r"<\|(?:['\"]\s{0,8}[+~]|\{\{-?)\s{0,8}(?:\w{1,32}(?:\.role|\[['\"]role['\"]\])|role)\s{0,8}"
    r"(?:[+~]\s{0,8}['\"]|-?\}\})\|>"
)
"""A token put together from a message's role, as Phi 3 writes them: `'<|' + message['role'] + '|>'`."""

_ROLE_TOKENS = ("<|system|>", "<|user|>", "<|assistant|>")


@dataclass(frozen=True, slots=True)
class ChatSource:
    """
    A tokenizer's chat templates and tokens.

    Attributes:
        path: Where they were found.
        templates: The templates by name; the one that has none is `default`.
        chosen: The name that was asked for, None for none.
        tokens: What the template is given of the tokenizer: `bos_token`, `eos_token` and the like.
        special: The tokens a tokenizer never makes of text.
        added: Other tokens that it takes out of text whole (`<think>`).
    """

    path: str
    templates: Mapping[str, str]
    chosen: str | None
    tokens: Mapping[str, Any]
    special: tuple[str, ...]
    added: tuple[str, ...]

    def with_tokens(self, tokens: Mapping[str, str]) -> ChatSource:
        """Return the same with *tokens* (`bos_token`), which are special tokens too."""
        special = dict.fromkeys((*self.special, *filter(_findable, tokens.values())))
        return replace(self, tokens={**self.tokens, **tokens}, special=tuple(special))

    def with_control(self, tokens: Iterable[str]) -> ChatSource:
        """Return the same with *tokens* as special tokens too: the control tokens of a tokenizer that is at hand."""
        special = dict.fromkeys((*self.special, *filter(_findable, tokens)))
        return replace(self, special=tuple(special), added=tuple(t for t in self.added if t not in special))


def read_source(name: str) -> ChatSource:
    """
    Read the chat templates at *name*, a path with perhaps `#NAME` behind it.

    Raises:
        UsageError: There is nothing, or no chat template in it, or none of that name.
    """
    path, chosen = Path(name), ""
    if not path.exists() and "#" in name:
        where, _, chosen = name.rpartition("#")
        path = Path(where)
    if not path.exists():
        raise UsageError(f"template {name}: no such file or directory: expected a tokenizer directory or a .jinja file")
    folder = path if path.is_dir() else path.parent
    config = _object(folder / _CONFIG)
    if path.is_dir() or path.name == _CONFIG:
        templates = _in_folder(folder, config, path)
    elif path.suffix == ".json":
        templates = _named(_object(path).get("chat_template"), path)
    else:
        templates = {"default": _text(path)}
    if not templates:
        raise UsageError(f"template {name}: no chat template in it: expected chat_template in {_CONFIG}, or {_FILE}")
    if chosen and chosen not in templates:
        raise UsageError(f"template {name}: no chat template {chosen!r} in it: {did_you_mean(chosen, templates)}")
    if not chosen and "default" not in templates and len(templates) > 1:
        raise UsageError(f"template {name}: several chat templates: expected one of {_choices(path, templates)}")
    found = ChatSource(name, templates, chosen or None, *_tokens(folder, config))
    if _listed(folder, config) is None:
        found = found.with_control(_guessed(templates.values(), sure=not found.special))
    return found


def _guessed(templates: Iterable[str], *, sure: bool) -> Iterator[str]:
    """
    What is a control token by its spelling in the templates' own text.

    `[INST]` alone is text in Llama 2 and Mistral 7B v0.1, and a token where other brackets of its kind stand beside it;
    where tokens are named and it is not among them, it is text (not *sure*).
    """
    for text in templates:
        written = _without_comments(text)
        spelled = dict.fromkeys(_GUESSED.findall(written))
        brackets = {token for token in spelled if token[0] == "["}
        plain = set() if sure else brackets & {"[INST]", "[/INST]"}
        yield from (token for token in spelled if token not in plain or brackets > plain)
        if _BY_ROLE.search(written):
            yield from _ROLE_TOKENS


def _without_comments(text: str) -> str:
    first, *others = text.split("{#")
    return first + "".join(after if closed else part for part in others for _, closed, after in [part.partition("#}")])


def _choices(path: Path, templates: Iterable[str]) -> str:
    return ", ".join(f"{path}#{name}" for name in sorted(templates))


def _in_folder(folder: Path, config: Mapping[str, Any], asked: Path) -> dict[str, str]:
    """The templates of a tokenizer directory: files of their own go before the configuration's, as in transformers."""
    templates: dict[str, str] = {}
    if asked.is_dir() or not config.get("chat_template"):
        if (folder / _FILE).is_file():
            templates["default"] = _text(folder / _FILE)
        for file in sorted((folder / _FOLDER).glob("*.jinja")):
            templates[file.stem] = _text(file)
    return (
        templates
        or _named(config.get("chat_template"), folder / _CONFIG)
        or _named(_object(folder / _LEGACY).get("chat_template"), folder / _LEGACY)
    )


def _named(value: Any, path: Path) -> dict[str, str]:
    """Templates as a configuration holds them: one string, or a list of names and templates."""
    if value is None:
        return {}
    if isinstance(value, str):
        return {"default": value}
    if isinstance(value, list):
        value = {entry.get("name"): entry.get("template") for entry in value if isinstance(entry, dict)}
    if isinstance(value, dict) and all(isinstance(part, str) for entry in value.items() for part in entry):
        return dict(value)
    raise UsageError(f"{path}: $.chat_template: expected a string, or a list of objects with name and template")


def _tokens(folder: Path, config: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]:
    """What templates are given of the tokenizer, its special tokens, and the other tokens added to it."""
    given: dict[str, Any] = {}
    for source in (_object(folder / "special_tokens_map.json"), config):
        for key, value in source.items():
            if key.endswith("_token") and _spelled(value):
                given[key] = _spelled(value)
            elif key in {"additional_special_tokens", "extra_special_tokens"} and isinstance(value, list):
                given[key] = [_spelled(token) for token in value if _spelled(token)]
    special = dict.fromkeys(_spellings(given.values()))
    added: dict[str, None] = {}
    for token, is_special in _added(folder, config):
        if is_special:
            special[token] = None
        elif not token.isspace() and not any(map(str.isalnum, (token[0], token[-1]))):
            added[token] = None  # words added to a vocabulary are words
    return (
        given,
        tuple(filter(_findable, special)),
        tuple(token for token in added if _findable(token) and token not in special),
    )


def _added(folder: Path, config: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """The tokens that were added to the vocabulary, and whether they are special."""
    for entry in _listed(folder, config) or []:
        if isinstance(entry, dict) and _spelled(entry):
            yield _spelled(entry), bool(entry.get("special"))
    for token in _object(folder / "added_tokens.json"):
        if token:
            yield token, False


def _listed(folder: Path, config: Mapping[str, Any]) -> list[Any] | None:
    """The list of added tokens, None where there is none; an empty one in the configuration says nothing."""
    decoder = config.get("added_tokens_decoder")
    if isinstance(decoder, dict) and decoder:
        return list(decoder.values())
    entries = _object(folder / "tokenizer.json").get("added_tokens")
    return entries if isinstance(entries, list) else None


def _findable(token: str) -> bool:
    """Whether a token can be told from text: one character or white space cannot."""
    return len(token) > 1 and not token.isspace()


def _spelled(value: Any) -> str:
    """A token, which may be an object with its content; empty for anything else."""
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else ""


def _spellings(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from value if isinstance(value, list) else (value,)


def _object(path: Path) -> dict[str, Any]:
    """The JSON object in a file, empty where there is no file."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise UsageError(f"{path}: expected a JSON object")
    return value


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path}: larger than {_LARGEST >> 20} MiB: expected a tokenizer's file")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
