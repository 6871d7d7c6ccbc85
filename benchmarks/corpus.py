"""
Write a seeded corpus of Alpaca-like records with planted near-duplicates.

    python benchmarks/corpus.py --samples 1000000 --seed 1 --out /tmp/corpus.jsonl --truth /tmp/truth.jsonl

The records are nonsense with the shapes of real data: English (58 %) and Chinese (42 %); prose, lists, code, sums and
short answers; with and without an input. One record in five is a copy of an earlier one with edited words or
characters; one copy in ten is of one of 50 sources, so that some texts come in hundreds of variants.

The truth names each copy, its source and their exact Jaccard similarity as `near_dedup` defines it, computed here on
Python sets of strings. The same seed writes the same bytes.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson

ENGLISH = 0.58
COPIES = 0.2
HOT_COPIES = 0.1
HOT_SOURCES = 50
MOST_EDITS = 0.2
BLOCK = 2_000
POOL = 40_000  # originals remembered as sources of copies, about 40 MB


def _words(text: str) -> list[str]:
    return text.split()


COMMON = _words(
    """
    the of and to in is that for with as on are this by be from or an it at can have which their more one two has
    but not they its other a a the the of and to in time people also when how what most some may such each many use
    """
)
STEMS = _words(
    """
    account act add adopt agree air answer apply argue arrange art ask balance bake band bank base beach bear bell
    bend bird blend block boat bond book border bottle branch bread bridge bright bring brush build burn button
    cable call camp candle car carbon card care cast castle chain chair change chart check cheer child choose city
    claim class clean clear climb clock cloud coast coat code coin collect color common compare connect cook cool
    copper corner cost cotton count course cover craft cross crown culture curve cut cycle dance danger dark date
    deal debate deep design desk detail develop dinner direct discover dish doctor door double draft dream dress
    drink drive dust earth edge education effect electric energy engine equal event exact example expect explain
    fabric face fact family farm fast feather field figure filter find fire fish flag flight floor flow flower fold
    forest form frame fresh friend fruit garden gather gentle gift glass gold grain grand graph grass green ground
    group grow guard guide habit hall hammer hand harbor harvest health heart heat heavy help hill history hold home
    honest hope horse hotel hour house human hunt ice idea image increase industry iron island join journey judge
    jump keep key kind kitchen knot know label lake lamp land language laugh law layer lead leaf learn letter level
    library light limit line list listen local lock look machine manage map mark market match material matter
    measure medicine meet melt member metal method middle mind mirror model moment money moon morning motion
    mountain music nature network night noise number object observe ocean offer office oil open orange order organ
    paint paper park part pass path pattern peace pencil phone picture pilot plan plant plate play point policy pool
    power press price print problem process produce project protect public pull pure push quality question quick
    quiet rain range rate reach read reason record region report rest result rice ring rise river road rock roof
    room root rope round rule safe sail salt sand save scale school science score screen search season seed sell
    sense serve shade shape share sharp shelf shine ship shop sign silver simple sing skill sleep slow smile smooth
    snow social soft soil solve sound source space speak speed spring square stage stand star start state station
    steam steel stone store storm story stream street strength study sugar summer sun supply support surface system
    table talk tax teach team test theory thick thread ticket tide timber tool tower town track trade train travel
    treat tree trust truth turn type union unit value valley view village visit voice vote walk wall warm wash watch
    water wave weather week weight west wheel wide wind window winter wire wish wonder wood word work world wrap
    write yard year yellow young zone
    """
)
BEFORE = ("", "", "re", "over", "under", "out", "sub", "inter")
AFTER = ("", "s", "ed", "ing", "er", "ers", "less", "ful", "ment", "able", "ness", "ly", "ist", "hood", "work", "line")
HANZI = (
    "天地人和心手水火山石田土木花草春夏秋冬风云雨雪日月星光早晚年时分东西南北上下左右前后里外大小多少高低长短新旧快慢"
    "好坏冷热红黄蓝绿白黑学生老师书本文字语言数理化工农商医法军政治经济社会国家城市乡村道路桥车船飞机电力气油米面菜果"
    "鱼肉鸡牛羊马狗猫鸟虫父母儿女兄弟姐妹朋友邻居客主公司店铺银行钱物价格买卖交易合同计划目标方案问题原因结果办法经验"
    "技术科研究实验数据分析系统程序网络信息设备机器材料产品质量服务管理组织活动会议报告文章故事音乐画影戏舞歌曲体育球"
    "跑步游泳健康疾病药品身体头眼耳口鼻脚血骨睡眠饮食营养运动休息旅行景点历史文化传统节庆礼俗宗教哲思想感情爱恨喜怒哀"
    "乐希望梦理由观点态度行为习惯能力智慧勇敢诚实善良美丽真假对错是非开始结束继续停止增加减提高降改变发展保护环境资源"
)
PARTICLES = _words("的 的 的 了 和 在 是 与 对 把 被 从 到 为 有 不 也 可以 我们 这个 一个 它 会 就 因为 所以 ， 、")


class Planted(NamedTuple):
    """
    One record of the corpus.

    Attributes:
        record: What is written.
        language: `en` or `zh`.
        source: For a copy the row it was made from.
        source_text: For a copy the text it was made from.
    """

    record: dict[str, str]
    language: str
    source: int | None = None
    source_text: str = ""


def corpus(samples: int, seed: int = 1) -> Iterator[Planted]:
    """Yield the records of the corpus of this seed, in order; a shorter corpus is the beginning of a longer one."""
    rng = np.random.Generator(np.random.PCG64(seed))
    pool: list[tuple[int, dict[str, str], str]] = []
    row = 0
    while row < samples:
        writer = Writer(rng)
        luck = rng.random((BLOCK, 4)).tolist()
        for copies, hot, which, where in luck[: samples - row]:
            if copies < COPIES and len(pool) > HOT_SOURCES:
                source, original, language = pool[int(which * (HOT_SOURCES if hot < HOT_COPIES else len(pool)))]
                yield Planted(writer.edited(original, language), language, source, text_of(original))
            else:
                language = "en" if which < ENGLISH else "zh"
                record = writer.record(language)
                if len(pool) < POOL:
                    pool.append((row, record, language))
                elif where < 0.5:  # later originals become sources too; the hot ones stay
                    pool[HOT_SOURCES + int(2 * where * (POOL - HOT_SOURCES))] = (row, record, language)
                yield Planted(record, language)
            row += 1


@cache
def _vocabulary() -> tuple[np.ndarray, np.ndarray]:
    """Some 60,000 English-looking words and 20,000 of two or three characters; the same for any seed."""
    rng = np.random.Generator(np.random.PCG64(20))
    made = [before + stem + after for before in BEFORE for stem in STEMS for after in AFTER]
    rng.shuffle(made)
    hanzi = rng.integers(0, len(HANZI), (20_000, 3)).tolist()
    words = ["".join(HANZI[k] for k in triple[: 2 + (n % 4 == 0)]) for n, triple in enumerate(hanzi)]
    return np.array(made, dtype=object), np.array(words, dtype=object)


class Writer:
    """Writes the records of one block from numbers drawn at once: a draw per word would cost most of the time."""

    WORDS = 90 * BLOCK

    def __init__(self, rng: np.random.Generator) -> None:
        self.words: dict[str, list[str]] = {}
        for language, vocabulary in zip(("en", "zh"), _vocabulary(), strict=True):
            skewed = (len(vocabulary) * rng.random(self.WORDS) ** 2.5).astype(np.int64)
            self.words[language] = vocabulary[skewed].tolist()
        common = np.array(COMMON, dtype=object)[rng.integers(0, len(COMMON), self.WORDS // 5 * 2)].tolist()
        self.words["en"][1::5], self.words["en"][3::5] = common[::2], common[1::2]
        common = np.array(PARTICLES, dtype=object)[rng.integers(0, len(PARTICLES), self.WORDS // 4)].tolist()
        self.words["zh"][1::4] = common
        self.numbers: list[int] = rng.integers(0, 1 << 30, 60 * BLOCK).tolist()
        self.at = {"en": 0, "zh": 0}
        self.drawn = 0

    def draw(self, below: int) -> int:
        """Return a number from 0 up to *below*, which must be small against 2^30."""
        self.drawn += 1
        return self.numbers[self.drawn % len(self.numbers)] % below

    def take(self, language: str, count: int) -> list[str]:
        """Return the next *count* words."""
        words, at = self.words[language], self.at[language]
        if at + count > len(words):
            at = 0
        self.at[language] = at + count
        return words[at : at + count]

    def phrase(self, language: str, count: int) -> str:
        """Return *count* words in a row."""
        return (" " if language == "en" else "").join(self.take(language, count))

    def sentence(self, language: str) -> str:
        """Return a sentence of 6 to 15 words."""
        phrase = self.phrase(language, 6 + self.draw(10))
        return f"{phrase.capitalize()}." if language == "en" else f"{phrase}。"

    def prose(self, language: str, sentences: int) -> str:
        """Return some sentences."""
        return (" " if language == "en" else "").join([self.sentence(language) for _ in range(sentences)])

    def record(self, language: str) -> dict[str, str]:
        """Return an original record: prose 55 %, short 15 %, list 12 %, code 10 %, sums 8 %."""
        kind = self.draw(100)
        english = language == "en"
        topic = self.phrase(language, 3 + self.draw(5))
        if kind < 55:
            ask = (
                ("Explain how {} works.", "Write about {}.", "Describe {} in your own words.")
                if english
                else ("请解释{}。", "写一段关于{}的文字。", "描述一下{}？")
            )
            given = self.prose(language, 1 + self.draw(3)) if kind < 20 else ""
            return _record(ask[kind % 3].format(topic), given, self.prose(language, 1 + self.draw(6)))
        if kind < 70:
            ask = ("Name a kind of {}.", "What is {}?") if english else ("举例{}。", "什么是{}？")
            return _record(ask[kind % 2].format(topic), "", self.phrase(language, 1 + self.draw(4)))
        if kind < 82:
            lines = [f"{k}. {self.phrase(language, 4 + self.draw(8))}" for k in range(1, 4 + self.draw(4))]
            return _record(f"List points on {topic}." if english else f"列出{topic}的要点。", "", "\n".join(lines))
        if kind < 92:
            one, two, three, four = self.take("en", 4)
            factor = self.draw(999)
            code = (
                f'def {one}_{two}({three}, {four}={factor}):\n    """{self.sentence(language)}"""\n'
                f"    for {two} in {three}:\n        if {two} > {four}:\n            yield {two} * {self.draw(99)}\n"
            )
            return _record(f"Write a function for {topic}." if english else f"编写函数：{topic}。", "", code)
        first, second = 11 + self.draw(9_000), 11 + self.draw(9_000)
        told, asked = self.phrase(language, 8), self.phrase(language, 4)
        question = "{} {} {} {}. How much together?" if english else "{}{}{}{}，一共多少？"
        return _record(question.format(told, first, asked, second), "", f"{first} + {second} = {first + second}")

    def edited(self, record: dict[str, str], language: str) -> dict[str, str]:
        """Return a copy with up to a fifth of its words or characters edited; mostly few."""
        share = MOST_EDITS * (self.draw(1 << 20) / (1 << 20)) ** 3
        by_word = language == "en" and self.draw(2) == 0
        return {field: self._edit(text, share, by_word, language) for field, text in record.items()}

    def _edit(self, text: str, share: float, by_word: bool, language: str) -> str:
        pieces = text.split(" ") if by_word else list(text)
        expected = share * len(pieces)
        edits = int(expected) + (self.draw(1 << 20) < (expected % 1) * (1 << 20))
        for _ in range(edits):
            place, how = self.draw(len(pieces)), self.draw(3)
            fresh = self.take(language, 1)[0]
            if not by_word:
                fresh = fresh[0]
            pieces[place] = (fresh, "", f"{pieces[place]}{' ' if by_word else ''}{fresh}")[how]
        return (" " if by_word else "").join(pieces)


def _record(instruction: str, given: str, output: str) -> dict[str, str]:
    return {"instruction": instruction, "input": given, "output": output}


def text_of(record: dict[str, str]) -> str:
    """Return the dialogue of a record as `near_dedup` sees it."""
    return "\n".join(text for text in (record["instruction"], record["input"], record["output"]) if text)


def shingle_set(text: str, n: int = 5) -> set[str]:
    """Return the n-grams of *text* after per-character NFKC and lower case, blanks collapsed: the slow, plain way."""
    normal = "".join(map(_normal, text))
    normal = re.sub(" +", " ", normal).strip(" ")
    if len(normal) < n:
        return {f"{normal} whole"} if normal else set()
    return {normal[k : k + n] for k in range(len(normal) - n + 1)}


@cache
def _normal(character: str) -> str:
    if character.isspace():
        return " "
    normal = unicodedata.normalize("NFKC", character).lower() if ord(character) < 0x20000 else character
    return normal if len(normal) == 1 else character


def jaccard(one: set[str], other: set[str]) -> float:
    """Return the share of members in common; 0.0 where there is nothing to compare."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def main() -> None:
    """Write the corpus, and the truth if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="JSON Lines, Alpaca's three keys")
    parser.add_argument("--truth", type=Path, help="JSON Lines: row, source, language, jaccard of each copy (slower)")
    asked = parser.parse_args()
    begun, written, copies = time.process_time(), 0, 0
    with ExitStack() as files:
        out = files.enter_context(asked.out.open("wb"))
        truth = files.enter_context(asked.truth.open("wb")) if asked.truth else None
        for row, planted in enumerate(corpus(asked.samples, asked.seed)):
            written += out.write(orjson.dumps(planted.record, option=orjson.OPT_APPEND_NEWLINE))
            copies += planted.source is not None
            if truth and planted.source is not None:
                exact = jaccard(shingle_set(text_of(planted.record)), shingle_set(planted.source_text))
                line = {"row": row, "source": planted.source, "language": planted.language, "jaccard": round(exact, 6)}
                truth.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    spent = time.process_time() - begun
    print(
        f"{asked.samples:,} samples, {copies:,} copies, {written / max(1, asked.samples):.0f} bytes each, "
        f"{spent:.1f} CPU-s",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
