"""A sample that has everything the schema can hold, every text of it unlike any other."""

from __future__ import annotations

from instrkit.sample import Candidate, Message, Part, Preference, Sample, ToolCall

RICH = Sample(
    (
        Message("developer", "t-system", weight=0.0),
        Message("assistant", "t-greeting"),
        Message("user", "t-unanswered", name="t-speaker"),
        Message(
            "user",
            (
                Part(text="t-look", train=True, extra={"cache": "t-cache"}),
                Part(type="image", ref={"url": "t-image"}, placeholder="t-placeholder"),
                Part(text="t-closer", name="input"),
                Part(type="other", extra={"type": "x", "x": "t-other"}),
            ),
        ),
        Message(
            "assistant",
            "t-aside",
            thinking="t-thinking",
            tool_calls=(
                ToolCall(name="t-f", arguments={"t-key": "t-a1"}, arguments_raw='{"t-key": "t-a1"}', id="t-id"),
                ToolCall(name="t-g", arguments={"k": ["t-a2"]}, extra={"index": "t-index"}),
                ToolCall(name="t-h", arguments={"k": "t-a3"}, arguments_raw='t-h("t-a3")', kind="python"),
                ToolCall(name="", arguments_raw="t-unreadable", kind="python"),
            ),
        ),
        Message("tool", "t-result", tool_call_id="t-id", name="t-f"),
        Message("tool", (Part(text="t-result2"), Part(text="t-result3"))),
        Message("system", "t-reminder"),
        Message(
            "assistant",
            "t-answer",
            thinking="t-late",
            channel="t-channel",
            metadata="t-metadata",
            train_spans=((0, 3, True),),
            extra={"refusal": "t-refusal"},
        ),
        Message("user", (Part(text="t-instruction"), Part(text="t-input", name="input"))),
        Message("assistant", "t-final"),
        Message("user", "t-trailing"),
    ),
    id="t-sample",
    tools=({"type": "function", "function": {"name": "t-f", "description": "t-tool"}},),
    candidates=(
        Candidate(messages=(Message("assistant", "t-good"),), id="t-c1", scores={"helpful": 1.0}),
        Candidate(messages=(Message("assistant", "t-bad"),), id="t-c2", label=False),
    ),
    preferences=(Preference(better="t-c1", worse="t-c2"),),
    labels={"quality": "t-label"},
    task="preference",
    meta={"category": "t-category", "history": "t-history", "chat": "t-chat", "messages": "t-messages", "n": None},
)
