"""Talks written down in each format: plain records, made without instrkit's own writers so that they can test those."""

from __future__ import annotations

import json
from typing import Any

from datagen.talk import Call, Talk, Turn
from datagen.tools import TOOLS
from instrkit.sample import Candidate, Message, Part, Preference, Sample, Task, ToolCall, to_dict

__all__ = ["alpaca", "chatglm", "instrkit_record", "moss", "openai"]

Record = dict[str, Any]

MOSS_META = """You are an AI assistant whose name is MOSS.
- MOSS answers in the language of the user and keeps to the facts.
Capabilities and tools that MOSS can possess.
- Inner thoughts: {thoughts}.
- Web search: {search}
- Calculator: {calculate}
- Equation solver: {solve}
- Text-to-image: {draw}
- Image edition: disabled.
- Text-to-speech: disabled.
"""
MOSS_TOOLS = {
    "search": "Search(query)",
    "calculate": "Calculate(expression)",
    "solve": "Solve(equation)",
    "draw": "Text2Image(description)",
}


def alpaca(talk: Talk, k: int) -> Record:
    """Write a talk of one turn, or of several with the earlier ones as `history`; *k* varies what may be absent."""
    *earlier, last = talk.turns
    record: Record = {"instruction": last.ask, "input": last.input, "output": last.answer}
    if not last.input and k % 23 == 7:
        del record["input"]
    elif not last.input and k % 23 == 15:
        record["input"] = None
    if talk.system:
        record["system"] = talk.system
    if earlier:
        record["history"] = [[turn.question, turn.answer] for turn in earlier]
    if k % 40 == 11:
        record["id"] = k
    if k % 40 == 31:
        record["topic"] = talk.topic
    return record


def chatglm(talk: Talk) -> list[Record]:
    """Write one record per turn, the history growing."""
    rows: list[Record] = []
    history: list[list[str]] = []
    for turn in talk.turns:
        rows.append({"prompt": turn.question, "response": turn.answer, "history": list(history)})
        history.append([turn.question, turn.answer])
    return rows


def moss(talk: Talk, conversation_id: int | str, category: str | None) -> Record:
    """Write a conversation with MOSS's markers inside the strings; *category* None leaves the key out."""
    used = {turn.call.tool for turn in talk.turns if turn.call}
    switches = {name: f"enabled. API: {api}" if name in used else "disabled." for name, api in MOSS_TOOLS.items()}
    meta = MOSS_META.format(thoughts="enabled" if used else "disabled", **switches)
    chat = {f"turn_{k}": _moss_turn(turn, plugins=bool(used)) for k, turn in enumerate(talk.turns, 1)}
    record: Record = {
        "conversation_id": conversation_id,
        "meta_instruction": meta,
        "num_turns": len(chat),
        "chat": chat,
    }
    return record if category is None else record | {"category": category}


def _moss_turn(turn: Turn, *, plugins: bool) -> dict[str, str]:
    command, results = "None", "\nNone\n" if plugins else " None"
    if (call := turn.call) is not None:
        command = f'{MOSS_TOOLS[call.tool].partition("(")[0]}("{next(iter(call.arguments.values()))}")'
        results = {
            "search": f"\n{command} =>\n<|1|>: '{call.result}'\n",
            "solve": f"\n{command} =>\n{call.result}\n",
            "calculate": f"\n{command} => '{call.result}'\n",
            "draw": " Image generated successfully.",
        }[call.tool]
    cited = "<sup><|1|></sup>" if turn.call and turn.call.tool == "search" else ""
    return {
        "Human": f"<|Human|>: {turn.question}<eoh>\n",
        "Inner Thoughts": f"<|Inner Thoughts|>: {turn.thought or 'None'}<eot>\n",
        "Commands": f"<|Commands|>: {command}<eoc>\n",
        "Tool Responses": f"<|Results|>:{results}<eor>\n",
        "MOSS": f"<|MOSS|>: {turn.answer}{cited}<eom>\n",
    }


def openai(talk: Talk, k: int) -> Record:
    """Write chat messages; *k* varies content parts, weights, the developer role and the spacing of arguments."""
    messages: list[Record] = []
    if talk.system:
        messages.append({"role": "developer" if k % 4 == 1 else "system", "content": talk.system})
    for position, turn in enumerate(talk.turns):
        asked: Any = turn.question
        if turn.input and k % 3 == 0:
            asked = [{"type": "text", "text": turn.ask + "\n"}, {"type": "text", "text": turn.input}]
        messages.append({"role": "user", "content": asked})
        if turn.call is not None:
            messages += _openai_call(turn.call, f"call_{k:03}{position}", compact=k % 2 == 0)
        messages.append({"role": "assistant", "content": turn.answer})
    if len(talk.turns) > 1 and k % 3 == 1:  # only the last answer is trained
        for message in messages[:-1]:
            if message["role"] == "assistant":
                message["weight"] = 0
        messages[-1]["weight"] = 1
    record: Record = {"messages": messages}
    if tools := _tools_of(talk, k):
        record |= {"tools": tools, "parallel_tool_calls": False} if k % 5 == 0 else {"tools": tools}
    return record


def _openai_call(call: Call, call_id: str, *, compact: bool) -> list[Record]:
    arguments = json.dumps(call.arguments, ensure_ascii=not compact, separators=(",", ":") if compact else None)
    function = {"name": call.tool, "arguments": arguments}
    return [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": call_id, "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": call_id, "content": call.result},
    ]


def _tools_of(talk: Talk, k: int) -> list[Record]:
    used = [turn.call.tool for turn in talk.turns if turn.call]
    if used and k % 3 == 0:  # some samples offer more than they use
        used += [name for name in sorted(TOOLS) if name not in used][k % 4 :: 4]
    return [TOOLS[name] for name in used]


def instrkit_record(talk: Talk, k: int, *, worse: str = "") -> Record:
    """Write instrkit's own form; with *worse*, the last answer becomes the better one of two candidates."""
    messages: list[Message] = [Message("system", talk.system)] if talk.system else []
    for position, turn in enumerate(talk.turns):
        parts = (Part(text=turn.ask), Part(text=turn.input, name="input"))
        messages.append(Message("user", parts if turn.input and k % 2 else turn.question))
        messages += _answer(turn, f"t{k}-{position}")
    task: Task | None = None
    candidates: tuple[Candidate, ...] = ()
    preferences: tuple[Preference, ...] = ()
    if worse:
        last = messages.pop()
        rated = k % 2 == 0
        candidates = (
            Candidate(id="a", messages=(last,), scores={"overall": 0.9} if rated else None, rank=1),
            Candidate(
                id="b", messages=(Message("assistant", worse),), scores={"overall": 0.3} if rated else None, rank=2
            ),
        )
        preferences = (Preference(better="a", worse="b", margin=0.6 if rated else None),)
        task = "preference"
    tools = tuple(_tools_of(talk, 1))
    meta = {"topic": talk.topic, "language": talk.language} if k % 4 == 0 else None
    return to_dict(Sample(tuple(messages), f"ex-{k:04}", tools, candidates, preferences, None, task, meta))


def _answer(turn: Turn, call_id: str) -> list[Message]:
    if (call := turn.call) is None:
        return [Message("assistant", turn.answer, turn.thought or None)]
    raw = json.dumps(call.arguments, ensure_ascii=False)
    made = ToolCall(name=call.tool, arguments=call.arguments, arguments_raw=raw, id=call_id)
    return [
        Message("assistant", None, turn.thought or None, (made,)),
        Message("tool", call.result, tool_call_id=call_id),
        Message("assistant", turn.answer),
    ]
