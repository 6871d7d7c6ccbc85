"""The golden cases: what the reference code itself printed, and how each is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from instrkit.formats import FORMATS
from instrkit.sample import Sample
from instrkit.templates import Rendered, render

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "templates.jsonl"

Case = dict[str, Any]

FORMAT_OF = {
    "alpaca": "alpaca",
    "alpaca-lora": "alpaca",
    "chatglm": "chatglm",
    "chatglm2": "chatglm",
    "chinese-alpaca1": "alpaca",
    "chinese-alpaca2": "alpaca",
    "cpm-bee": "cpm-bee",
    "flan": "flan",
    "huatuo": "alpaca",
    "chatglm3": "chatglm3",
    "moss": "moss",
    "openai-prompt-completion": "alpaca",
    "opt-src-tgt": "flan",
    "toolbench": "toolbench",
    "toolformer-inline": "toolformer",
}
"""In which format the records of a template's cases are written."""

LAYOUT_OF = {
    "aquila/repo-chat": "chat",
    "chatglm3/jinja-hf": "chat",
    "glm4/jinja-hf": "chat",
    "glm4-moe/jinja-original": "chat",
    "qwen3/jinja": "training",
    "qwen3/jinja-original": "chat",
    "toolbench:tool-llama/repo-format": "chat",
    "toolbench:tool-llama-single-round/repo-format": "chat",
    "vicuna_v1.1/fastchat": "chat",
}
"""Where plain rendering cannot tell which of two references is meant, by template and engine."""

CONFLICTS = {
    "aquila/repo-chat": ["cjk", "emoji", "multi", "single"],
    "chatglm3/jinja-hf": ["cjk", "multi", "single", "whitespace"],
    "glm4/jinja-hf": ["multi", "single", "system"],
    "glm4/repo-train": ["cjk_combine", "emoji_combine", "multi_combine", "multiline_combine", "system_combine"],
    "glm4-moe/jinja-original": ["cjk", "multi", "thinking", "thinking_tools", "tools", "whitespace"],
    "qwen3/jinja": ["multi_gen", "tools_gen"],
    "qwen3/jinja-original": ["cjk", "multi", "tools"],
    "toolbench:tool-llama/repo-format": ["roundtrip"],
    "toolbench:tool-llama-single-round/repo-format": ["roundtrip"],
    "vicuna_v1.1/fastchat": ["emoji", "injection", "multi", "single"],
}
"""The scenarios whose reference plain rendering does not print, as another reference of the template has another text
for the same input: without generation the trainer's is printed, with it the chat template's."""

NOT_MET = {
    "toolformer-inline/repo-format/calc": "the reference executes the call; its result stands nowhere in the record",
}
"""Cases that ask for more than writing a sample down, and why."""

MESSAGES = {
    "llama3.1/repo-chat/python_tag_gen": [
        {"role": "system", "content": "You are a careful assistant."},
        {"role": "user", "content": "北京天气?"},
        {
            "role": "assistant",
            "content": "print(1)",
            "tool_calls": [{"function": {"name": "code_interpreter", "arguments": {"code": "print(1)"}}}],
        },
        {"role": "tool", "content": '{"temp": 21}'},
    ],
}
"""The messages of cases that name theirs in a note only: the reference was given its own classes."""


def cases(*names: str) -> list[Case]:
    """Return the cases of the templates *names*, of all templates where none is named."""
    found = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    return [case for case in found if case["id"] not in NOT_MET and (not names or case["template"] in names)]


def sample_of(case: Case) -> Sample:
    """Return the sample of a case."""
    messages = case["messages"] or MESSAGES.get(case["id"])
    if messages is None:
        return FORMATS.get(FORMAT_OF[case["template"].partition(":")[0]])().to_sample(record_of(case))
    record = {"messages": messages} | ({"tools": case["tools"]} if case["tools"] else {})
    return FORMATS.get("openai")().to_sample(record)


def record_of(case: Case) -> Any:
    """Return the record of a case as its format has it: some references were given their texts by other names."""
    record = case["record"]
    if "query" in record:  # the arguments of ChatGLM3's `build_chat_input`
        system, *history = record["history"]
        turns = [{"role": "system", "content": system["content"]}, *history]
        turns.append({"role": record["role"], "content": record["query"]})
        return {"conversations": turns, "tools": system["tools"]}
    if "turns" in record:
        names = {"Human": "user"}
        turns = [{"from": names.get(name, name.lower()), "value": text} for name, text in record["turns"]]
        return {"conversations": turns}
    if "text_with_calls" in record:
        return {"text": record["text_with_calls"]}
    return record


def variables_of(case: Case) -> dict[str, Any]:
    """Return the variables that choose what the case's reference prints, where a template has several references."""
    chosen = dict(case["kwargs"] or {})
    if (layout := LAYOUT_OF.get(f"{case['template']}/{case['engine']}")) is not None:
        chosen["layout"] = layout
    if case["scenario"].endswith("_combine"):
        chosen["combine"] = True
    return chosen


def rendered(case: Case, **policies: Any) -> Rendered:
    """Render a case as its reference does."""
    made = variables_of(case) | policies
    return render(sample_of(case), case["template"], add_generation_prompt=case["add_generation_prompt"], **made)


def labels_of(made: Rendered) -> list[dict[str, Any]]:
    """Return the labels of *made* that are not its inputs, as a case holds them."""
    return [
        {"at": list(override.at), "input_token": override.input_token, "label_token": override.label_token}
        for override in made.label_overrides
    ]


def spans_of(case: Case, made: Rendered) -> list[list[int]]:
    """Return the loss spans of *made* as a case holds them."""
    assert case["expected_loss_spans"] is not None
    return [list(span) for span in made.loss_spans]
