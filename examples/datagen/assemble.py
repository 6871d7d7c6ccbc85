"""Deal the talks out to the files, plant the defects, and write everything down as text."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from datagen.chinese import chinese_families
from datagen.defects import CHAT, EN, GLM, MOSS, OWN, ZH, Plant, plants
from datagen.english import english_families
from datagen.similar import distinct, jaccard, shingles
from datagen.talk import Talk, Turn, read_bank
from datagen.tools import tool_talks
from datagen.writers import MOSS_TOOLS, alpaca, chatglm, instrkit_record, moss, openai

__all__ = ["build"]

BANK = Path(__file__).resolve().parents[1] / "bank"
SEED = 20
APART = 0.7  # talks that are not planted stay well below the default bound of near_dedup, 0.8
ROWS_APART = 0.75  # and so do the rows of one growing conversation


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file as text, the talk behind it, and the plant it is, if any."""

    text: str
    talk: Talk
    plant: Plant | None = None
    of: str = ""  # of a repeat: the text that the original says

    @property
    def key(self) -> str:
        """What repeats are found by."""
        return self.talk.text


def build() -> dict[str, str]:
    """Return the content of every file, by its path seen from `examples/data`."""
    dealt = _deal(Random(SEED))
    originals = [talk for talks in dealt.values() for talk in talks]
    rows = {name: _fill(name, talks, originals) for name, talks in dealt.items() if name != "moss/"}
    files = {name: _text(name, [row.text for row in rows_of]) for name, rows_of in rows.items()}
    for k, talk in enumerate(dealt["moss/"], 1):
        kind = talk.turns[0].call.tool if talk.turns[0].call else "chat"
        record = moss(
            talk, k if kind != "chat" else str(k), {"chat": f"writing_{talk.language}", "draw": None}.get(kind, "tool")
        )
        files[f"moss/{kind}_conversation_{k}.json"] = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    files["../planted.json"] = _planted(rows)
    return files


def _deal(rng: Random) -> dict[str, list[Talk]]:
    """Return which talks go into which file; no talk goes into two."""
    bank_en, bank_zh = list(read_bank(BANK / "english.txt", "en")), list(read_bank(BANK / "chinese.txt", "zh"))
    spoken = [*read_bank(BANK / "chinese_talks.txt", "zh"), *read_bank(BANK / "english_talks.txt", "en")]
    english, chinese, tools = english_families(rng), chinese_families(rng), tool_talks(rng)
    for talks in (english, chinese, tools):
        rng.shuffle(talks)
    pool = distinct([*bank_en, *bank_zh, *spoken, *english, *chinese, *tools], APART)
    left = [talk for talk in pool if talk not in bank_en and talk not in bank_zh]
    take = _taker(left)
    dealt = {EN: bank_en + take(4, _is("en", turns=2)) + take(97, _is("en"))}
    dealt[ZH] = bank_zh + take(4, _is("zh", turns=2)) + take(100, _is("zh"))
    growing = take(36, lambda talk: len(talk.turns) > 1 and not talk.system and _grows_apart(talk))
    dealt[GLM] = growing + take(45, _is("zh")) + take(200 - 60 - _rows(growing), _is("en"))
    plugins = take(75, lambda talk: talk.turns[0].call is not None and talk.turns[0].call.tool in MOSS_TOOLS)
    dealt["moss/"] = [*_one_of_each(plugins), *take(4, lambda talk: len(talk.turns) > 1 and not talk.system)]
    rest = [talk for talk in plugins if talk not in dealt["moss/"]]
    dealt[MOSS] = rest + take(10, lambda talk: len(talk.turns) > 1 and not talk.system)
    dealt[MOSS] += _joined(take(116, _is("en")), 2) + _joined(take(100, _is("zh")), 2)
    dealt[CHAT] = take(58, lambda talk: talk.turns[0].call is not None) + take(14, lambda talk: len(talk.turns) > 1)
    dealt[CHAT] += take(68, _is("en")) + take(54, _is("zh"))
    dealt[OWN] = take(190, lambda _: True)
    for talks in dealt.values():
        rng.shuffle(talks)
    return dealt


def _is(language: str, turns: int = 1) -> Callable[[Talk], bool]:
    return lambda talk: talk.language == language and len(talk.turns) == turns and talk.turns[0].call is None


def _taker(left: list[Talk]) -> Callable[[int, Callable[[Talk], bool]], list[Talk]]:
    def take(many: int, fits: Callable[[Talk], bool]) -> list[Talk]:
        taken = [talk for talk in left if fits(talk)][: max(0, many)]
        for talk in taken:
            left.remove(talk)
        return taken

    return take


def _rows(talks: Iterable[Talk]) -> int:
    return sum(len(talk.turns) for talk in talks)


def _grows_apart(talk: Talk) -> bool:
    rows = [shingles(replace(talk, turns=talk.turns[:k]).text) for k in range(1, len(talk.turns) + 1)]
    return all(jaccard(a, b) < ROWS_APART for a, b in itertools.pairwise(rows))


def _one_of_each(plugins: list[Talk]) -> list[Talk]:
    """Return two talks for each of MOSS's tools, one per language where there is one."""
    found = []
    for tool in MOSS_TOOLS:
        for language in ("en", "zh"):
            of_tool = (talk for talk in plugins if talk.language == language and talk.turns[0].call.tool == tool)  # type: ignore[union-attr]  # plugins have a call
            found += [talk for talk in [next(of_tool, None)] if talk]
    return found


def _joined(talks: list[Talk], turns: int) -> list[Talk]:
    """Return conversations of several *turns*, made of single questions."""
    groups = (talks[k : k + turns] for k in range(0, len(talks), turns))
    return [
        Talk(
            group[0].topic,
            group[0].language,
            tuple(turn for talk in group for turn in talk.turns),
            foreign=next((talk.foreign for talk in group if talk.foreign), ""),
        )
        for group in groups
    ]


def _fill(name: str, talks: list[Talk], originals: list[Talk]) -> list[Row]:
    rows = [row for k, talk in enumerate(talks) for row in _write(name, talk, k)]
    rng = Random(f"{SEED} {name}")
    planted = [plant for plant in plants(BANK / "planted.txt") if plant.file == name]
    for k, plant in enumerate(sorted(planted, key=lambda plant: bool(plant.like)), len(talks)):
        made, of = _planted_talk(plant, originals)
        first = 1 + max((at for at, row in enumerate(rows) if row.key == of), default=0)
        at = rng.randint(first, len(rows))
        while at < len(rows) and name == GLM and len(json.loads(rows[at].text).get("history", ())):
            at += 1  # the rows of one conversation stay together
        written = [Row(plant.raw, made)] if plant.raw else _write(name, made, k, planted=True)
        rows[at:at] = [replace(row, plant=plant, of=of) for row in written]
    return rows


def _planted_talk(plant: Plant, originals: list[Talk]) -> tuple[Talk, str]:
    if plant.talk is not None:
        return plant.talk, ""
    if plant.raw:
        return Talk("planted", "en", (Turn("", ""),)), ""
    original = next(talk for talk in originals if talk.turns[0].ask.startswith(plant.like))
    turn = original.turns[0]
    if plant.swap is not None:
        old, new = plant.swap
        if old not in turn.answer:
            raise ValueError(f"{plant.like!r}: {old!r} is not in the answer")
        turn = replace(turn, answer=turn.answer.replace(old, new))
    return replace(original, turns=(turn,)), original.text


def _write(name: str, talk: Talk, k: int, *, planted: bool = False) -> list[Row]:
    if name == GLM:
        grown = [replace(talk, turns=talk.turns[:turn]) for turn in range(1, len(talk.turns) + 1)]
        return [Row(_line(record), part) for record, part in zip(chatglm(talk), grown, strict=True)]
    record: dict[str, Any]
    if name == MOSS:
        plugins = any(turn.call for turn in talk.turns)
        record = moss(talk, k if plugins else str(k), "tool" if plugins else f"quiz_{talk.language}")
    elif name == CHAT:
        record = openai(talk, k)
    elif name == OWN:
        record = instrkit_record(talk, k, worse=_worse(talk) if k % 5 == 3 and not planted else "")
    else:
        record = alpaca(talk, 0 if planted else k)  # 0: no variant, a planted record holds one defect
    return [Row(_line(record), talk)]


def _worse(talk: Talk) -> str:
    """Return a poorer last answer: its first sentence, or a shrug where it has only one."""
    english = talk.language == "en"
    answer = talk.turns[-1].answer
    first = answer.partition("." if english else "。")[0]
    if len(first) <= len(answer) - 12 and "`" not in first:
        return first
    return "I am not sure." if english else "我不太清楚。"


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _text(name: str, lines: list[str]) -> str:
    if name != EN:  # alpaca_zh.jsonl starts with a byte order mark, as some Windows editors write it
        return ("\ufeff" if name == ZH else "") + "".join(line + "\n" for line in lines)
    return json.dumps([json.loads(line) for line in lines], ensure_ascii=False, indent=2) + "\n"


def _planted(rows: dict[str, list[Row]]) -> str:
    places: dict[str, tuple[str, int]] = {}
    for name, rows_of in rows.items():
        for at, row in enumerate(rows_of):
            if row.plant is None:
                places.setdefault(row.key, (name, at))
    entries = []
    for name, rows_of in rows.items():
        for at, row in enumerate(rows_of):
            if entry := _entry(row, places):
                entries.append({"file": name, "index": at if name == EN else at + 1, **entry})
    return "[\n" + ",\n".join(_line(entry) for entry in entries) + "\n]\n"


def _entry(row: Row, places: dict[str, tuple[str, int]]) -> dict[str, Any]:
    """Return what `planted.json` says about a row, empty for an ordinary one."""
    if (plant := row.plant) is None:
        return _must_stay(row)
    entry: dict[str, Any] = {"defect": plant.defect, "expect": plant.expect}
    if plant.step:
        entry["step"] = plant.step
    if row.of:
        name, at = places[row.of]
        entry["of"] = {"file": name, "index": at if name == EN else at + 1}
        entry["similarity"] = round(jaccard(shingles(row.talk.text), shingles(row.of)), 3)
    return entry


def _must_stay(row: Row) -> dict[str, Any]:
    last = row.talk.turns[-1].answer
    if row.talk.foreign:
        return {"defect": f"look-alike: asked for in another language ({row.talk.foreign})", "expect": "kept"}
    if "```" in last:
        return {"defect": "look-alike: code", "expect": "kept"}
    if len(last) <= 2:
        return {"defect": "look-alike: short answer", "expect": "kept"}
    if not any(char.isalnum() for char in last):
        return {"defect": "look-alike: no letters or digits", "expect": "kept"}
    return {}
