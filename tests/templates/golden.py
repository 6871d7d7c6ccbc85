"""The golden cases: what the reference code itself printed, and how each is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from instrkit.formats import FORMATS
from instrkit.sample import Sample
from instrkit.templates import TEMPLATES, Rendered, render

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
    "llama3.1": "openai",
    "chatglm3": "chatglm3",
    "moss": "moss",
    "openai-prompt-completion": "alpaca",
    "opt-src-tgt": "flan",
    "toolbench": "toolbench",
    "toolformer-inline": "toolformer",
}
"""In which format the records of a template's cases are written."""

TRAINERS = {"repo-train", "fastchat-train"}

NOT_MET = {
    "toolformer-inline/repo-format/calc": "the reference executes the call; its result stands nowhere in the record",
}
"""Cases that ask for more than writing a sample down, and why."""


def cases(*names: str) -> list[Case]:
    """Return the cases of the templates *names*, of all templates where none is named."""
    found = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    return [case for case in found if case["id"] not in NOT_MET and (not names or case["template"] in names)]


def sample_of(case: Case) -> Sample:
    """Return the sample of a case."""
    if case["record"] is not None:
        return FORMATS.get(FORMAT_OF[case["template"].partition(":")[0]])().to_sample(record_of(case))
    record = {"messages": case["messages"]} | ({"tools": case["tools"]} if case["tools"] else {})
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
    known = TEMPLATES.get(case["template"]).variables()
    chosen = dict(case["kwargs"] or {})
    if "layout" in known:
        training = case["engine"] in TRAINERS or case["authority"] == "derived-training"
        chosen["layout"] = "training" if training else "chat"
    if case["scenario"].endswith("_combine"):
        chosen["combine"] = True
    return chosen


def rendered(case: Case, **policies: Any) -> Rendered:
    """Render a case as its reference does."""
    made = variables_of(case) | policies
    return render(sample_of(case), case["template"], add_generation_prompt=case["add_generation_prompt"], **made)


def spans_of(case: Case, made: Rendered) -> list[list[int]]:
    """Return the loss spans of *made* as a case holds them."""
    assert case["expected_loss_spans"] is not None
    return [list(span) for span in made.loss_spans]
