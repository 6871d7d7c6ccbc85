"""CPM-Bee's tree: the texts of a sample by name, and which parts of them are marks (`<mask_0>`, `<option_1>`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample
from instrkit.templates.shared.by_turns import SYSTEM_ROLES, out_of_turn

__all__ = ["ANS", "Leaf", "Node", "Way", "cut", "tree_of"]

ANS: Final = "<ans>"
"""The key of the answer."""

Way = Literal["tokens", "literal", "raw"]
"""
What a `<` is.

`tokens`   the beginning of a mark, where one stands there, else a character
`literal`  a character
`raw`      as in CPM-Bee's files: the beginning of a mark; a character where it is doubled
"""

_MARK: Final = re.compile(r"(<(?:mask|option|ans)(?:_[0-9]{1,4})?>)")
_RAW: Final = re.compile(r"(<<|<[^<>]{1,64}>|<)")


@dataclass(frozen=True, slots=True)
class Leaf:
    """
    A text of the tree.

    Attributes:
        text: The text.
        message: Index of the message it belongs to.
        way: What a `<` in it is.
    """

    text: str
    message: int | None
    way: Way


@dataclass(slots=True)
class Node:
    """
    An object of the tree.

    Attributes:
        children: What stands under each key, in order; several texts under a key are one text (a transcript).
        message: Index of the message the keys belong to, None for several.
    """

    children: dict[str, Node | tuple[Leaf, ...]] = field(default_factory=dict)
    message: int | None = None


def cut(text: str, way: Way, path: str) -> Iterator[tuple[str, bool]]:
    """
    Yield the pieces of *text*, and whether each is a mark.

    Raises:
        TemplateError: In a raw text, a `<` stands alone or begins something that is no mark.
    """
    if "<" not in text or way == "literal":
        if text:
            yield text, False
        return
    for k, piece in enumerate((_RAW if way == "raw" else _MARK).split(text)):
        if not piece:
            continue
        if piece == "<<" and k % 2:
            yield "<", False
        elif k % 2 and not _MARK.fullmatch(piece):
            raise TemplateError(
                f"{path}: {piece[:20]!r} is no mark of CPM-Bee: expected <mask_0>, <option_0> or <ans_0>; "
                "write << for a literal <"
            )
        else:
            yield piece, k % 2 == 1


def tree_of(sample: Sample, *, generate: bool) -> Node:
    """
    Return the tree of *sample*, the answer under `<ans>`, where there is none an empty one for generation.

    A record of the format `cpm-bee` gives its own tree. Any other sample is written as the project's own chat tutorial
    does: a single question as `input`, with an input beside it as `prompt` and `input`, and several as a transcript
    whose answers are masks.

    Raises:
        TemplateError: There is no question, or questions and answers do not take turns.
    """
    messages = sample.messages
    notes = sample.residual if sample.residual is not None and sample.residual.get("format") == "cpm-bee" else {}
    root = Node()
    first = 1 if messages and messages[0].role in SYSTEM_ROLES else 0
    roles = [message.role for message in messages[first:]]
    structured = sample.task == "structured" and roles in (["user", "assistant"], ["assistant"], ["user"])
    escapes: dict[str, Way] = notes.get("escapes", {})
    if first:
        way = escapes.get("system", "tokens" if structured else "literal")
        root.children["system"] = (Leaf(messages[0].text, 0, way),)
    if structured:
        _put_texts(root, messages, first, escapes)
    else:
        _put_turns(root, messages, notes, generate=generate)
    if generate and ANS not in root.children:
        root.children[ANS] = ()
    order = [key for key in (notes.get("shape") or {}).get("keys", ()) if key in root.children]
    root.children = {key: root.children[key] for key in dict.fromkeys((*order, *root.children))}
    return root


def _put_texts(root: Node, messages: tuple[Message, ...], first: int, escapes: dict[str, Way]) -> None:
    """Put the parts of a question and of its answer where their names say."""
    for index in range(first, len(messages)):
        content = messages[index].content
        answer = messages[index].role == "assistant"
        if content is None or isinstance(content, str):
            name = ANS if answer else "input"
            root.children[name] = (Leaf(content or "", index, escapes.get(name, "tokens")),)
            continue
        top = Node(message=index) if answer else root
        for k, part in enumerate(content):
            name = part.name if part.name is not None else "input"
            way = escapes.get(f"{ANS}.{name}" if answer else name, "tokens")
            _put(top, name, Leaf(part.text or part.placeholder or "", index, way), f"messages[{index}].content[{k}]")
        if answer:
            root.children[ANS] = top


def _put(node: Node, name: str, leaf: Leaf, path: str) -> None:
    *steps, last = [step.replace("~1", ".").replace("~0", "~") for step in name.split(".")]
    for step in steps:
        inner = node.children.setdefault(step, Node(message=leaf.message))
        if not isinstance(inner, Node):
            raise TemplateError(f"{path}: {step!r} is a text already: expected each name once; rename the part")
        node = inner
    if last in node.children:
        raise TemplateError(f"{path}: {last!r} is there already: expected each name once; rename the part")
    node.children[last] = (leaf,)


def _put_turns(root: Node, messages: tuple[Message, ...], notes: dict[str, Any], *, generate: bool) -> None:
    """Put a question and its answer, or a transcript with a mask for each answer."""
    rounds = _rounds(messages)
    key = notes.get("chat")
    if len(rounds) == 1 and key is None:
        asked, answered = rounds[0]
        content = messages[asked].content
        said, given = _parts(content if isinstance(content, tuple) else ())
        if given:
            root.children["prompt"] = (Leaf(said, asked, "literal"),)
            root.children["input"] = (Leaf(given, asked, "literal"),)
        else:
            root.children["input"] = (Leaf(messages[asked].text, asked, "literal"),)
        if answered is not None:
            root.children[ANS] = (Leaf(messages[answered].text, answered, "literal"),)
        return
    lines: list[Leaf] = []
    answers = Node()
    before = "\n" if notes.get("lead") else ""
    escapes: dict[str, Way] = notes.get("escapes", {})
    for k, (asked, answered) in enumerate(rounds):
        lines += [Leaf(f"{before}User: ", None, "literal"), Leaf(messages[asked].text, asked, "literal")]
        before = "\n"
        if answered is None and not generate:
            break
        mask = f"<mask_{k}>"
        lines.append(Leaf(f"\nAssistant: {mask}", None, "tokens"))
        way = escapes.get(f"{ANS}.{mask}", "literal")
        answers.children[mask] = () if answered is None else (Leaf(messages[answered].text, answered, way),)
    root.children[key or "input"] = tuple(lines)
    if answers.children:
        root.children[ANS] = answers


def _parts(parts: tuple[Part, ...]) -> tuple[str, str]:
    """Instruction and input, as texts; an input without text is none."""
    border = next((k for k, part in enumerate(parts) if k and part.name == "input"), len(parts))
    return tuple(Message("user", some).text for some in (parts[:border], parts[border:]))  # type: ignore[return-value]  # two


def _rounds(messages: tuple[Message, ...]) -> list[tuple[int, int | None]]:
    """Questions and their answers, None for an open one at the end; other messages are left out."""
    rounds: list[tuple[int, int | None]] = []
    for index, message in enumerate(messages):
        if message.role == "user" and (not rounds or rounds[-1][1] is not None):
            rounds.append((index, None))
        elif message.role == "assistant" and rounds and rounds[-1][1] is None:
            rounds[-1] = (rounds[-1][0], index)
        elif message.role in {"user", "assistant"}:
            raise out_of_turn(index, message.role)
    if not rounds:
        raise TemplateError("messages: no user message: expected a question, or the parts of a CPM-Bee record")
    return rounds
