"""
OpenAI chat messages, as the API takes them and as Hugging Face and TRL write them.

Residual, absent where the record is regular (roles of today, arguments as strings, thinking as `reasoning_content`,
tools as a list; keys in the order `id`, `messages`, `tools`, then all others):

    format         openai
    arguments      `object`, where a call has its arguments as a JSON value and not as a string (Hugging Face, TRL)
    tools          `functions`: the deprecated record key of that name; `string`: a string that is not canonical JSON;
                   otherwise the manner of a JSON string, see `shared.tools`
    function_call  positions of the messages whose call stands under that deprecated key
    function_role  positions of the tool messages whose role is the deprecated `function`
    thinking       by position, the key of the thinking where it is not `reasoning_content`
    count          how many messages there were; the positions hold only while there are as many
    system         `column`, where the system message stands in a column of its own
    id             the kind of id, see `residual.id_of`
    shape          how the record differs otherwise from the regular one, see `residual`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from instrkit.formats.base import Dumped, Format, Loss, Record, register
from instrkit.formats.shared.chat import ROLES, quick_chat, read_message, write_message
from instrkit.formats.shared.chat_notes import Notes
from instrkit.formats.shared.chat_schema import RECORD_SCHEMA
from instrkit.formats.shared.checks import expected, missing
from instrkit.formats.shared.losses import border_loss, carry_meta, has_input, moved, plain, sample_losses, simple
from instrkit.formats.shared.residual import ABSENT, id_to_write, own_residual, read_id, reshape, shape, write_id
from instrkit.formats.shared.tools import read_tools, write_tools
from instrkit.sample import Message, Sample, quick_message, quick_sample

__all__ = ["OpenAI"]

_KEYS = frozenset({"id", "messages", "tools"})
_TOOLS = frozenset({"tools"})
_SYSTEM = frozenset({"system", "developer"})

# Keys that turn messages into something else: read as plain dialogue, rejected answers would be trained.
_OTHERS = frozenset(
    {
        "instrkit", "conversations", "chosen", "rejected", "chosen_messages", "rejected_messages", "rejected_response",
        "rejected_responses", "positive_messages", "negative_messages", "kto_tag", "completion", "completions",
        "prompt", "label", "images", "image", "videos", "video", "audios", "audio", "objects",
    }
)  # fmt: skip
# Of these, the ones that say something only with a value of the type the other format has.
_TYPED: dict[str, tuple[type, ...]] = {
    "prompt": (list, dict),
    "label": (bool,),
    "image": (list, str, dict),
    "images": (list, str, dict),
    "video": (list, str, dict),
    "videos": (list, str, dict),
    "audio": (list, str, dict),
    "audios": (list, str, dict),
}

_MESSAGE_KEYS = frozenset(
    {
        "role", "content", "name", "tool_calls", "tool_call_id", "function_call", "refusal", "audio", "annotations",
        "weight", "reasoning_content", "reasoning", "thinking",
    }
)  # fmt: skip
_OTHERS_MESSAGE_KEYS = frozenset(
    {
        "loss", "loss_scale", "loss_weight", "train", "train_detail", "training", "tools", "value", "from",
        "rejected_response", "chosen", "rejected",
    }
)  # fmt: skip
_PART_TYPES = frozenset(
    {
        "text", "input_text", "output_text", "image_url", "input_audio", "audio_url", "video_url", "file", "refusal",
        "image", "video", "audio",
    }
)  # fmt: skip


@register("openai")
class OpenAI(Format):
    """
    Read and write chat messages with tools, tool calls, content parts, names, weights and whatever else is there.

    Roles are system, developer, user, assistant, tool and the deprecated `function`. The string of a call's arguments
    is kept to the byte, and read beside it where it is JSON; a call of another kind (`custom`) is kept whole in the
    call's `extra`. `weight` says whether an assistant's message is trained; `refusal`, `audio` and all keys without a
    meaning here stay with their message. The thinking may stand under `reasoning_content`, `thinking` or `reasoning`.
    `tools` may be a list or that list as a JSON string, as data sets in Parquet have it; the deprecated `functions`
    are tools too. A text under `system` beside messages that begin without a system message is that message
    (Anthropic's API, LLaMA-Factory's columns). Keys of the record beside these are carried as they are.

    Records of this kind are also conversational language modelling for TRL, which needs no other format.

    Sources: openai/openai-openapi:openapi.yaml (FineTuneChatRequestInput),
    huggingface/trl@0087e4f5f389:docs/source/dataset_formats.md.
    """

    summary: ClassVar[str] = "messages with role and content (OpenAI, Hugging Face, TRL), tools and tool calls"
    version: ClassVar[int] = 3
    needs: ClassVar[tuple[frozenset[str], ...]] = (frozenset({"messages"}),)

    def matches(self, record: Mapping[str, Any]) -> float:
        """Return how surely *record* is OpenAI's: by messages with its roles and keys, and no other format's marks."""
        messages = record.get("messages")
        if type(messages) is not list or not messages:
            return 0.0
        if len(record) == 1 or _OTHERS.isdisjoint(record):
            sure = 1.0
        elif any(key in _OTHERS and _says_more(key, record[key]) for key in record):
            return 0.0
        else:
            sure = 0.9
        for message in messages:
            if type(message) is not dict:
                return 0.0
            role = message.get("role")
            if type(role) is not str or role not in ROLES:
                return 0.0
            if len(message) == 2 and type(message.get("content")) is str:
                continue
            found = _looks_right(message)
            if not found:
                return 0.0
            sure = min(sure, found)
        return sure

    def to_sample(self, record: Record) -> Sample:
        """
        Read one record.

        Raises:
            Misfit: There are no messages, or one has an unknown role or a content that is no string and no list of
                parts.
        """
        if "messages" not in record:
            raise missing("openai", "$.messages", record)
        messages = record["messages"]
        if type(messages) is not list:
            raise expected("openai", "$.messages", "a list of messages", messages)
        if len(record) == 1 and (quick := quick_chat(messages)) is not None:
            return quick_sample(quick)
        return self._irregular(record, messages)

    def _irregular(self, record: Record, messages: list[Any]) -> Sample:
        notes = Notes()
        read = tuple(read_message(message, k, notes) for k, message in enumerate(messages))
        residual: dict[str, Any] = {"format": "openai"} | notes.residual(len(messages))
        tools, manner = _read_tools(record)
        if manner is not None:
            residual["tools"] = manner
        id = read_id(record, residual)
        own = {"id", "messages", "functions" if manner == "functions" else "tools"}
        if _is_lead(record.get("system"), read):
            residual["system"] = "column"
            own.add("system")
            read = (quick_message("system", record["system"]), *read)
        meta = {key: value for key, value in record.items() if key not in own} or None
        sample = Sample(read, id, tools, meta=meta)
        if (found := shape(record, _write(sample, residual, []))) is not None:
            residual["shape"] = found
        return Sample(read, id, tools, meta=meta, residual=residual) if len(residual) > 1 else sample

    def from_sample(self, sample: Sample) -> Dumped:
        """Write one sample: every message with what it has."""
        residual = sample.residual
        if (residual is None or residual.get("format") != "openai") and not sample.tools and simple(sample):
            losses: list[Loss] = []
            quick = _quick_dump(sample, losses)
            if quick is not None:
                return Dumped((quick,), tuple(losses))
        losses = []
        own = own_residual(sample, "openai")
        record = _write(sample, own, losses)
        return Dumped((reshape(record, own.get("shape")),), tuple(losses))

    def record_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one record."""
        return RECORD_SCHEMA


def _says_more(key: str, value: Any) -> bool:
    """Whether a key of `_OTHERS` makes the record another format's."""
    if key in _TYPED:
        return type(value) in _TYPED[key]
    return value is not None


def _looks_right(message: dict[str, Any]) -> float:
    """How surely *message*, whose role is known, is OpenAI's."""
    if not _OTHERS_MESSAGE_KEYS.isdisjoint(message):
        return 0.0
    content = message.get("content")
    sure = 1.0 if message.keys() <= _MESSAGE_KEYS else 0.9
    if type(content) is list:
        for part in content:
            kind = part.get("type") if type(part) is dict else None
            if type(kind) is not str or "value" in part or "train" in part:
                return 0.0
            if kind not in _PART_TYPES:
                sure = 0.9
    elif content is not None and type(content) is not str:
        return 0.0
    if type(message.get("tool_calls")) not in {list, type(None)}:
        return 0.0
    return sure if "content" in message or "tool_calls" in message or "function_call" in message else 0.5


def _quick_dump(sample: Sample, losses: list[Loss]) -> Record | None:
    """The record of a sample whose messages have role and content only; None for any other."""
    written: list[Record] = []
    for index, message in enumerate(sample.messages):
        content = message.content
        if not plain(message):
            return None
        if not isinstance(content, str):
            if content is None or not has_input(content):
                return None
            content = message.text
            losses.append(border_loss(f"messages[{index}]"))
        written.append({"role": message.role, "content": content})
    record: Record = {"messages": written}
    if sample.id and (id := id_to_write(sample, None)) is not ABSENT:
        record = {"id": id, "messages": written}
    if sample.meta:
        carry_meta(record, sample, _KEYS, losses)
    return record


def _is_lead(text: Any, messages: Sequence[Message]) -> bool:
    """Whether *text*, under `system`, is the system message before *messages*."""
    return type(text) is str and bool(text) and not (messages and messages[0].role in _SYSTEM)


def _read_tools(record: Record) -> tuple[tuple[Any, ...], str | None]:
    """The tools, and how they were written, for the residual."""
    tools = record.get("tools")
    if "tools" not in record and type(record.get("functions")) is list:
        return tuple({"type": "function", "function": function} for function in record["functions"]), "functions"
    return read_tools(tools, "$.tools", "openai")


def _write_tools(record: Record, tools: tuple[Any, ...], manner: str | None) -> None:
    if manner == "functions" and all(type(tool) is dict and list(tool) == ["type", "function"] for tool in tools):
        record["functions"] = [tool["function"] for tool in tools]
    elif (written := write_tools(tools, manner)) is not None:
        record["tools"] = written


def _fits_column(messages: Sequence[Message]) -> bool:
    """Whether the first of *messages* is a system message that a column holds, and would be read from there."""
    if not messages or messages[0].role != "system" or not plain(messages[0]):
        return False
    return _is_lead(messages[0].content, messages[1:])


def _write(sample: Sample, residual: dict[str, Any], losses: list[Loss]) -> Record:
    """The record of *sample*, regular but for what *residual* names; what it does not hold is added to *losses*."""
    record: Record = {}
    write_id(record, sample, residual)
    messages, inner = sample.messages, losses
    start = int(residual.get("system") == "column" and _fits_column(messages))
    if start:
        record["system"] = messages[0].content
        messages, inner = messages[1:], []
    notes = Notes.of(residual, len(messages))
    record["messages"] = [write_message(message, k, notes, inner) for k, message in enumerate(messages)]
    if start:
        losses += moved(inner, "messages", start)
    _write_tools(record, sample.tools, residual.get("tools"))
    # a foreign list of `functions` would be read back as tools
    foreign = not residual and "tools" not in record and type((sample.meta or {}).get("functions")) is list
    own = _KEYS | {"functions"} if foreign else _KEYS
    carry_meta(record, sample, own - _TOOLS if "functions" in record else own, losses)
    losses += sample_losses(sample, _TOOLS)
    return record
