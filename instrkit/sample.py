"""
The common schema: what every format is read into and written from.

In the stream a sample is a frozen, slotted dataclass. At the door (`validate`, the `instrkit` format) pydantic checks
it; formats check the types of what they read themselves and build samples with `Message` and `Sample` directly, or
with `quick_message` where a profile shows the constructor.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import TypeAdapter

__all__ = [
    "SCHEMA_VERSION",
    "Candidate",
    "Message",
    "Origin",
    "Part",
    "Preference",
    "Role",
    "Sample",
    "Task",
    "ToolCall",
    "Weight",
    "from_dict",
    "quick_message",
    "quick_sample",
    "quick_text_part",
    "sample_schema",
    "to_dict",
    "validate",
]

SCHEMA_VERSION = 1
"""Stands as `"instrkit": 1` in every line of instrkit's own JSON Lines form."""

Role = Literal["system", "developer", "user", "assistant", "tool"]
Task = Literal["chat", "completion", "preference", "ranking", "kto", "stepwise", "pretrain", "structured"]
Weight = float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """
    One piece of a message whose content is more than one string.

    Attributes:
        type: What the piece is.
        text: Its text, for a text part.
        ref: Path, URL or data URI of a medium; a mapping where the source has one (`{"url": …, "detail": …}`).
        placeholder: The text that stands for the medium in the source (`<image>`), if any.
        name: What the source calls the piece: `input` is Alpaca's input beside its instruction.
        train: Whether the piece carries loss; None leaves it to the loss policy.
        extra: Keys of the source that have no field here.
    """

    type: Literal["text", "image", "audio", "video", "file", "other"] = "text"
    text: str | None = None
    ref: Any = None
    placeholder: str | None = None
    name: str | None = None
    train: bool | None = None
    extra: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """
    One call of a tool by the assistant.

    Attributes:
        name: The tool's name; empty where the source's text could not be read as a call.
        arguments: The arguments as a JSON value, None where they could not be read.
        arguments_raw: The exact string of the source, byte for byte; the truth where both are present.
        id: The call's id, which a tool message answers by `tool_call_id`.
        kind: How the source writes calls.
        extra: Keys of the source that have no field here.
    """

    name: str
    arguments: Any = None
    arguments_raw: str | None = None
    id: str | None = None
    kind: Literal["function", "python", "react", "inline"] = "function"
    extra: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """
    One turn.

    Attributes:
        role: Who speaks.
        content: What is said: a string, parts, or None where the source has none (a turn that only calls tools).
        thinking: The reasoning before the answer, without its markers.
        tool_calls: Calls the assistant makes, in order.
        tool_call_id: On a tool message: the id of the call it answers.
        name: The speaker's or the tool's name.
        channel: The Harmony channel (gpt-oss), if any.
        metadata: ChatGLM3's text after the role (a tool's name, `interpreter`), if any.
        weight: 0.0 no loss, 1.0 full loss, None whatever the loss policy says.
        train_spans: `(start, end, train)` in characters of the content (axolotl's `train_detail`).
        extra: Keys of the source that have no field here.
    """

    role: Role
    content: str | tuple[Part, ...] | None = None
    thinking: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None
    channel: str | None = None
    metadata: str | None = None
    weight: Weight | None = None
    train_spans: tuple[tuple[int, int, bool], ...] = ()
    extra: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        r"""
        The content as one string, empty where there is none.

        Text parts follow each other directly, except that a part with a name (Alpaca's input) starts a new line;
        media stand as their placeholders.
        """
        content = self.content
        if content is None or isinstance(content, str):
            return content or ""
        return "".join(
            ("\n" if part.name and k else "") + (part.text or part.placeholder or "") for k, part in enumerate(content)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    One possible continuation of the messages: preference, ranking, KTO and safe-RLHF data.

    Attributes:
        messages: What would follow.
        id: The candidate's name in `Preference`.
        scores: Scores by axis (`helpful`, `harmless`, `overall`, …), higher is better.
        label: A yes or no on the candidate as a whole (KTO).
        rank: 1 is best.
        safe: Whether the candidate is safe (safe-RLHF).
    """

    messages: tuple[Message, ...]
    id: str | None = None
    scores: dict[str, float] | None = None
    label: bool | None = None
    rank: int | None = None
    safe: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Candidate *better* is preferred to candidate *worse* (both by id) on one axis, by *margin* if known."""

    better: str
    worse: str
    axis: str = "overall"
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record came from: the source's name, the file's path, and its line (from 1) or array index (from 0)."""

    source: str
    path: str
    index: int


@dataclass(frozen=True, slots=True)
class Sample:
    """
    One record in the common schema.

    Attributes:
        messages: The turns in order, a system message among them.
        id: The record's own id as a string, or `source:index` where it has none; empty outside a source.
        tools: Tool definitions as the source holds them (OpenAI's shape where it is known).
        candidates: Continuations to choose from, in the source's order.
        preferences: Which candidate is better, on which axis.
        labels: Labels on the sample as a whole.
        task: What the sample trains, where it is not a plain chat.
        meta: Everything else the record says, by key, in its order.
        origin: Where the record came from.
        residual: What a format needs to give the record back exactly, with the format's name under `format`; other
            formats ignore it.
    """

    messages: tuple[Message, ...]
    id: str = ""
    tools: tuple[Any, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    preferences: tuple[Preference, ...] = ()
    labels: dict[str, bool | float | str] | None = None
    task: Task | None = None
    meta: dict[str, Any] | None = None
    origin: Origin | None = None
    residual: dict[str, Any] | None = None


class _Draft:
    """A message being filled: the same slots as `Message`, without the frozen guard."""

    __slots__ = Message.__slots__


def quick_message(
    role: Role,
    content: str | tuple[Part, ...] | None = None,
    thinking: str | None = None,
    tool_calls: tuple[ToolCall, ...] = (),
) -> Message:
    """
    Return `Message(role, content, thinking, tool_calls)` in a third of the time.

    A frozen dataclass sets each slot through `object.__setattr__` (1.0 µs for eleven slots); filling a plain object of
    the same layout and then giving it the class takes 0.35 µs, and every sample has two messages or more.
    """
    draft: Any = _Draft()
    draft.role = role
    draft.content = content
    draft.thinking = thinking
    draft.tool_calls = tool_calls
    draft.tool_call_id = draft.name = draft.channel = draft.metadata = draft.weight = draft.extra = None
    draft.train_spans = ()
    draft.__class__ = Message
    filled: Message = draft
    return filled


class _PartDraft:
    """A part being filled: the same slots as `Part`, without the frozen guard."""

    __slots__ = Part.__slots__


def quick_text_part(text: str, name: str | None = None) -> Part:
    """Return `Part(text=text, name=name)` in a third of the time, as `quick_message` does."""
    draft: Any = _PartDraft()
    draft.type = "text"
    draft.text = text
    draft.name = name
    draft.ref = draft.placeholder = draft.train = draft.extra = None
    draft.__class__ = Part
    filled: Part = draft
    return filled


class _SampleDraft:
    """A sample being filled: the same slots as `Sample`, without the frozen guard."""

    __slots__ = Sample.__slots__


def quick_sample(
    messages: tuple[Message, ...],
    id: str = "",
    meta: dict[str, Any] | None = None,
    residual: dict[str, Any] | None = None,
) -> Sample:
    """Return `Sample(messages, id, meta=meta, residual=residual)` in a third of the time, as `quick_message` does."""
    draft: Any = _SampleDraft()
    draft.messages = messages
    draft.id = id
    draft.tools = draft.candidates = draft.preferences = ()
    draft.labels = draft.task = draft.origin = None
    draft.meta = meta
    draft.residual = residual
    draft.__class__ = Sample
    filled: Sample = draft
    return filled


def to_dict(sample: Sample) -> dict[str, Any]:
    """
    Return *sample* as plain JSON values: instrkit's own form, without the fields that say nothing.

    The inverse of `from_dict`. Key order is the order of the fields, so equal samples give equal bytes.
    """
    out: dict[str, Any] = {"instrkit": SCHEMA_VERSION, "id": sample.id}
    out["messages"] = [_message_dict(message) for message in sample.messages]
    if sample.tools:
        out["tools"] = list(sample.tools)
    if sample.candidates:
        out["candidates"] = [
            {"messages": [_message_dict(message) for message in candidate.messages]} | _said(candidate, {"messages"})
            for candidate in sample.candidates
        ]
    if sample.preferences:
        out["preferences"] = [_said(preference, set()) for preference in sample.preferences]
    for name in ("labels", "task", "meta"):
        if (value := getattr(sample, name)) is not None:
            out[name] = value
    if (origin := sample.origin) is not None:
        out["origin"] = {"source": origin.source, "path": origin.path, "index": origin.index}
    if sample.residual is not None:
        out["residual"] = sample.residual
    return out


def _message_dict(message: Message) -> dict[str, Any]:
    content = message.content
    out: dict[str, Any] = {"role": message.role}
    if content is not None:
        out["content"] = content if type(content) is str else [_said(part, set()) for part in content]
    if _is_plain(message):
        return out
    if message.thinking is not None:
        out["thinking"] = message.thinking
    if message.tool_calls:
        out["tool_calls"] = [_said(call, set()) for call in message.tool_calls]
    if message.train_spans:
        out["train_spans"] = [list(span) for span in message.train_spans]
    for name in _RARE:
        if (value := getattr(message, name)) is not None:
            out[name] = value
    return out


def _is_plain(message: Message) -> bool:
    """Whether a message has a role and a content and nothing else, as nine in ten do."""
    return (
        message.thinking is None
        and not message.tool_calls
        and not message.train_spans
        and message.tool_call_id is None
        and message.name is None
        and message.channel is None
        and message.metadata is None
        and message.weight is None
        and message.extra is None
    )


_RARE = ("tool_call_id", "name", "channel", "metadata", "weight", "extra")


def _said(thing: Any, skip: set[str]) -> dict[str, Any]:
    """The fields of a dataclass that differ from their default None, and the required ones."""
    if type(thing) is Part and thing.type == "text" and thing.train is None and thing.extra is None:
        said = {"type": "text", "text": thing.text} if thing.text is not None else {"type": "text"}
        if thing.ref is None and thing.placeholder is None:
            return said if thing.name is None else said | {"name": thing.name}
    pairs = ((field.name, getattr(thing, field.name)) for field in fields(thing) if field.name not in skip)
    return {name: value for name, value in pairs if value is not None}


def from_dict(data: Mapping[str, Any]) -> Sample:
    """
    Build the sample that `to_dict` wrote, without checking: for what instrkit wrote itself.

    Use `validate` for anything else.
    """
    if data.keys() <= _USUAL:
        messages = tuple([_message(message) for message in data["messages"]])
        return quick_sample(messages, data.get("id", ""), data.get("meta"), data.get("residual"))
    origin = data.get("origin")
    return Sample(
        tuple(map(_message, data["messages"])),
        data.get("id", ""),
        tuple(data.get("tools", ())),
        tuple(
            Candidate(**{**candidate, "messages": tuple(map(_message, candidate["messages"]))})
            for candidate in data.get("candidates", ())
        ),
        tuple(Preference(**preference) for preference in data.get("preferences", ())),
        data.get("labels"),
        data.get("task"),
        data.get("meta"),
        None if origin is None else Origin(origin["source"], origin["path"], origin["index"]),
        data.get("residual"),
    )


_USUAL = {"instrkit", "id", "messages", "meta", "residual"}
"""All that nearly every sample says."""


def _part(data: dict[str, Any]) -> Part:
    if "text" in data and (len(data) == 2 or (len(data) == 3 and "name" in data)) and data.get("type") == "text":
        return quick_text_part(data["text"], data.get("name"))
    return Part(**data)


def _message(data: dict[str, Any]) -> Message:
    content = data.get("content")
    if type(content) is list:
        content = tuple([_part(part) for part in content])
    if len(data) == 2 and content is not None:  # role and content: nine messages in ten
        return quick_message(data["role"], content)
    calls = tuple(ToolCall(**call) for call in data.get("tool_calls", ()))
    spans = tuple((start, end, train) for start, end, train in data.get("train_spans", ()))
    rare = {name: data[name] for name in _RARE if name in data}
    return Message(data["role"], content, data.get("thinking"), calls, train_spans=spans, **rare)


@cache
def _adapter() -> TypeAdapter[Sample]:
    from pydantic import ConfigDict, TypeAdapter, with_config  # 75 ms: only at the door

    for part in (Part, ToolCall, Message, Candidate, Preference, Origin, Sample):
        with_config(ConfigDict(extra="forbid"))(part)
    return TypeAdapter(Sample)


def validate(data: Mapping[str, Any]) -> Sample:
    """
    Build a sample from data of unknown origin, checking every field.

    Raises:
        Misfit: The first thing that does not fit, with its JSON path.
    """
    from pydantic import ValidationError

    from instrkit.errors import Misfit, quote

    said = dict(data)
    version = said.pop("instrkit", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise Misfit("instrkit", "$.instrkit", f"schema version {quote(version)}: expected {SCHEMA_VERSION}")
    try:
        return _adapter().validate_python(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        path = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
        raise Misfit("instrkit", path, first["msg"][:1].lower() + first["msg"][1:]) from None


def sample_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one line of instrkit's own form."""
    schema = _adapter().json_schema(mode="validation")
    properties = {"instrkit": {"const": SCHEMA_VERSION, "description": "schema version"}, **schema["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "instrkit sample",
        **{key: value for key, value in schema.items() if key not in {"title", "properties"}},
        "properties": properties,
    }
