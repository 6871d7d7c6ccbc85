"""The planted cases that go in among the good records, and what a run of the default recipe does with each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from datagen.talk import Call, Language, Talk, Turn, read_bank, single

__all__ = ["CHAT", "EN", "GLM", "MOSS", "OWN", "ZH", "Plant", "plants"]

EN, ZH, GLM, MOSS, CHAT, OWN = (
    "alpaca_en.json",
    "alpaca_zh.jsonl",
    "chatglm.jsonl",
    "moss.jsonl",
    "openai.jsonl",
    "samples.instrkit.jsonl",
)


@dataclass(frozen=True, slots=True)
class Plant:
    """
    One planted case.

    Attributes:
        file: The file it goes into.
        defect: What kind of case it is.
        expect: What becomes of it: kept, changed, dropped or rejected.
        step: The step that does so; empty where the record is kept as it is, `read` where it cannot be read.
        talk: The talk to write, None where *like* or *raw* says it.
        like: The first words of the question that it repeats, from a talk that stands earlier.
        swap: Words of the repeated answer and what to put for them, making a duplicate a near-duplicate.
        raw: The line as it stands in the file.
    """

    file: str
    defect: str
    expect: str
    step: str = ""
    talk: Talk | None = None
    like: str = ""
    swap: tuple[str, str] | None = None
    raw: str = ""


EXACT = (
    (EN, "What can I use instead of buttermilk"),
    (EN, "Find the bug and fix it."),
    (EN, "Is a tomato a fruit"),
    (ZH, "为什么新疆的瓜果"),
    (ZH, "帮我写一张请假条"),
)
ELSEWHERE = (
    (GLM, "解释“的、地、得”的区别"),
    (CHAT, "Describe the technique of pointillism"),
    (OWN, "Why does the Moon always show"),
    (OWN, "简单介绍一下丝绸之路"),
)
NEAR = (
    (EN, "Why was the printing press", "hundreds of identical copies", "hundreds of equal copies"),
    (EN, "Why are there deserts", "lose their rain", "drop their rain"),
    (EN, "Describe an experiment that shows", "two identical glasses", "two similar glasses"),
    (ZH, "为什么天空是蓝色的", "从四面八方进入眼睛", "从四面八方射入眼睛"),
    (ZH, "国画里的“留白”", "却让人觉得", "却使人觉得"),
    (GLM, "长时间看电脑", "请去看眼科医生", "请尽快看眼科医生"),
    (CHAT, "How do I remove candle wax", "soaks up the melted wax", "absorbs the melted wax"),
    (OWN, "复利和单利有什么不同", "时间越长，差别越大", "时间越久，差别越大"),
)
GARBAGE = (
    (EN, "en", "Describe your ideal breakfast.", "I would like some toast and "),
    (ZH, "zh", "写一句鼓励朋友的话。", "加油你可以的"),
    (MOSS, "en", "Why is the sea salty?", "Because of the salt in the sea. "),
)
UNREADABLE = (
    (ZH, "malformed line", '{"instruction": "说出三种常见的乐器。", "input": "", "output": "钢琴、笛子、吉他}'),
    (
        GLM,
        "duplicate key",
        '{"prompt": "蜂蜜会过期吗？", "response": "可以放很多年。", "response": "会，两天就坏。", "history": []}',
    ),
    (EN, "null response", '{"instruction": "Name a bird that cannot fly.", "input": "", "output": null}'),
)
SQUARES = "\n".join(f"{k}² = {k * k}" for k in range(1, 1601))
MAIL = "ottilie.brandt@mail.lindenhof-demo.net"  # an invented domain that is not reserved


def plants(bank: Path) -> Iterator[Plant]:
    """
    Yield every planted case.

    Most stand in the file *bank*, where the topic of a talk says language, file, kind, what is expected and by which
    step, and `<U+200B>` stands for a character that an editor would not show (`<U+>` for nothing at all).
    """
    for file, like in EXACT:
        yield Plant(file, "exact duplicate", "dropped", "exact_dedup", like=like)
    for file, like in ELSEWHERE:
        yield Plant(file, "exact duplicate in another file", "dropped", "exact_dedup", like=like)
    for file, like, old, new in NEAR:
        yield Plant(file, "near-duplicate", "dropped", "near_dedup", like=like, swap=(old, new))
    for talk in read_bank(bank, "en"):
        language, file, defect, expect, *step = talk.topic.split(" | ")
        turns = tuple(Turn(_shown(turn.ask), _shown(turn.answer), _shown(turn.input)) for turn in talk.turns)
        planted = Talk("planted", cast("Language", language), turns)
        yield Plant(file, defect, expect, "".join(step), talk=planted)
    for file, spoken, ask, again in GARBAGE:
        talk = single("planted", cast("Language", spoken), ask, again * 40)
        yield Plant(file, "repetitive", "dropped", "repetition", talk=talk)
    talk = single("planted", "en", "List the squares of the whole numbers.", SQUARES)
    yield Plant(CHAT, "over-long response", "dropped", "length", talk=talk)
    turn = Turn(
        "Search for the profile of Ottilie Brandt by her address.",
        f"There is one public profile under {MAIL}.",
        call=Call("search", {"query": MAIL}, f"1 result: {MAIL}"),
    )
    yield Plant(CHAT, "pii: e-mail in tool arguments", "changed", "scrub", talk=Talk("planted", "en", (turn,)))
    for file, defect, raw in UNREADABLE:
        yield Plant(file, defect, "rejected", "read", raw=raw)


def _shown(text: str) -> str:
    return re.sub(r"<U\+([0-9A-F]{0,5})>", lambda code: chr(int(code[1], 16)) if code[1] else "", text)
