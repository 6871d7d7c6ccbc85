"""Repair what went wrong with the characters of a text, and nothing else."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from html import unescape
from unicodedata import is_normalized, normalize

from instrkit.ops.base import Batch, Map, op
from instrkit.ops.placeholders import is_placeholder
from instrkit.ops.rewrite import rewrite_texts
from instrkit.sample import Message, Part, Sample
from instrkit.text import CharGate

__all__ = ["FixText"]

# Control characters but tab, line feed and carriage return; zero-width characters; direction marks; byte order marks.
_INVISIBLE = "\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
_JOINERS = "\u200c\u200d"
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_GATE = CharGate(rf"{_CONTROL}\r{_INVISIBLE}{_JOINERS}")
_GATE_HTML = CharGate(rf"{_CONTROL}\r{_INVISIBLE}{_JOINERS}&")

# Where the zero-width characters are spelling: joiners in Arabic and Indic scripts and in emoji, the zero-width space
# between the words of scripts without spaces, direction marks in texts that run from right to left.
_JOINED_SCRIPTS = (
    "\u0600-\u07bf\u0840-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\ua840-\ua8ff\ufb50-\ufdff\ufe70-\ufefc"
)
_EMOJI = (
    "\u20e3\u2194-\u21aa\u231a-\u2328\u23e9-\u23ff\u2600-\u27bf\u2b00-\u2bff"
    "\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f"
)
_SPACELESS_SCRIPTS = "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_DIRECTIONS = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"

_STRAY = re.compile(
    rf"(?<![{_SPACELESS_SCRIPTS}])\u200b|(?<![{_JOINED_SCRIPTS}{_EMOJI}])\u200d|(?<![{_JOINED_SCRIPTS}])\u200c"
    r"|[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d\u2060-\u2065\ufeff\ufff9-\ufffb]"
)
_STRAY_DIRECTION = re.compile(f"[{_DIRECTIONS}]")
_CRLF = re.compile(r"\r{1,8}\n")
_PAGE_BREAK = re.compile(r"[\x0b\x0c]")
_C1 = re.compile(r"[\x80-\x9f]")

# "\frac" and "\begin" read as escapes of a string: a form feed or a backspace before the rest of the word.
_EATEN = re.compile(r"\x0c(?=rac\{|orall\b)|\x08(?=egin\{|inom\{|oldsymbol\b|eta\b|ar\{|ullet\b)")

_ENTITY = re.compile(
    r"&(?:amp;){0,4}(?:lt|gt|amp|quot|apos|nbsp|ldquo|rdquo|lsquo|rsquo|mdash|ndash|hellip|#\d{2,6}|#[xX][0-9a-fA-F]{2,5});"
)
_ESCAPED_TIMES = 8  # at most: some texts went through several systems, each of which escaped them once more
_RAW_MARKUP = re.compile(r"[<>]|&(?!(?:[A-Za-z]{2,8}|#\d{2,6}|#[xX][0-9a-fA-F]{2,5});)")
_ABOUT_MARKUP = re.compile(
    r"html|xml|entit|escap|encod|web ?page|web ?site|markup|less.than|ampersand"
    r"|转义|实体|编码|網頁|网页|网站|标签|小于号|大于号",
    re.IGNORECASE,
)


@op("fix_text")
class FixText(Map):
    r"""
    Repair characters: Unicode form, control and invisible characters, line ends, HTML entities, placeholder inputs.

    In this order, on every text of the sample (thinking, content, parts, candidates; tool calls stay byte for byte):

    - `\r\n` becomes `\n`. A form feed that ate the f of `\frac` gives it back, others and vertical tabs become `\n`. C1
      controls are read as Windows-1252, as browsers do (WHATWG Encoding Standard). Other control characters go.
    - Zero-width characters, direction marks and byte order marks go, except where they are spelling: joiners in emoji,
      Arabic and Indic scripts, zero-width spaces in Thai, Lao, Khmer, Burmese and Tibetan, direction marks in texts
      with right-to-left letters.
    - The text is brought into NFC. Never NFKC, which would turn ２ into 2 and ½ into 1⁄2.
    - HTML entities become the characters they stand for, in samples that were escaped as a whole (see `html`).
    - An `input` part that says only that there is none (`<noinput>`, `No input`, `无输入`) goes.

    Doing it twice gives the same as doing it once.

    Attributes:
        html: Whether to decode HTML entities. Only samples whose texts hold entities but neither a raw `<`, `>` or `&`
            nor a word about markup or escaping are touched: those were escaped by accident, as machine translation does
            (136 of 14,046 Chinese Alpaca records), while a question about HTML keeps its entities.
        placeholders: Whether to remove placeholder inputs.
    """

    html: bool = True
    placeholders: bool = True

    def change(self, batch: Batch) -> list[Sample]:
        """Return the repaired samples; those without damage as the same objects."""
        samples = list(batch.samples)
        for row in self._suspects(samples):
            samples[row] = self._repaired(samples[row])
        return samples

    def _suspects(self, samples: list[Sample]) -> list[int]:
        """The rows where something may have to be done: a superset, found without looking at each text by itself."""
        texts: list[str] = []
        ends: list[int] = []  # of each sample's texts
        rows: set[int] = set()
        add = texts.append
        for row, sample in enumerate(samples):
            for message in sample.messages:
                content = message.content
                if isinstance(content, str):
                    add(content)
                elif content:
                    for part in content:
                        if part.text:
                            add(part.text)
                    if self.placeholders and any(map(_is_placeholder, content)):
                        rows.add(row)
                if message.thinking:
                    add(message.thinking)
            if sample.candidates:
                rows.add(row)
            ends.append(len(texts))
        hits = (_GATE_HTML if self.html else _GATE).hits(texts)
        hits += [k for k, text in enumerate(texts) if not text.isascii() and not is_normalized("NFC", text)]
        rows.update(bisect_right(ends, k) for k in hits)
        return sorted(rows)

    def _repaired(self, sample: Sample) -> Sample:
        sample = rewrite_texts(sample, repaired)
        if self.html and _escaped_by_accident(sample):
            sample = rewrite_texts(sample, lambda text: repaired(_unescaped(text)))
        return _without_placeholders(sample) if self.placeholders else sample


def repaired(text: str) -> str:
    """Return *text* in NFC, without stray control and invisible characters; the same object if nothing is wrong."""
    if _GATE.pattern.search(text):
        text = _EATEN.sub(lambda match: "\\f" if match[0] == "\x0c" else "\\b", text)
        text = _STRAY.sub("", _PAGE_BREAK.sub("\n", text))
        text = _C1.sub(lambda match: match[0].encode("latin-1").decode("cp1252"), text)
        if not _RIGHT_TO_LEFT.search(text):
            text = _STRAY_DIRECTION.sub("", text)
        text = _CRLF.sub("\n", text)  # last, since what went may have stood between the two
    return text if text.isascii() or is_normalized("NFC", text) else normalize("NFC", text)


def _escaped_by_accident(sample: Sample) -> bool:
    """Whether the texts of the sample hold entities, and no sign that anybody meant to write them."""
    found = False

    def look(text: str) -> str:
        nonlocal found
        found = found or _ENTITY.search(text) is not None
        return text

    rewrite_texts(sample, look)
    if not found:
        return False
    innocent = True

    def judge(text: str) -> str:
        nonlocal innocent
        innocent = innocent and not _RAW_MARKUP.search(text) and not _ABOUT_MARKUP.search(text)
        return text

    rewrite_texts(sample, judge)
    return innocent


def _unescaped(text: str) -> str:
    for _ in range(_ESCAPED_TIMES):
        new = _ENTITY.sub(lambda match: unescape(match[0].replace("amp;", "")).replace("\xa0", " "), text)
        if new == text:
            break
        text = new
    return text


def _without_placeholders(sample: Sample) -> Sample:
    messages = tuple(map(_without_placeholder, sample.messages))
    same = all(new is old for new, old in zip(messages, sample.messages, strict=True))
    return sample if same else replace(sample, messages=messages)


def _without_placeholder(message: Message) -> Message:
    content = message.content
    if not isinstance(content, tuple):
        return message
    parts = tuple(part for part in content if not _is_placeholder(part))
    if len(parts) == len(content):
        return message
    return replace(message, content=_plain(parts))


def _is_placeholder(part: Part) -> bool:
    return part.name == "input" and part.text is not None and is_placeholder(part.text)


def _plain(parts: tuple[Part, ...]) -> str | tuple[Part, ...]:
    """One text part that says nothing more than its text is written as a string."""
    if len(parts) == 1 and parts[0] == Part(text=parts[0].text):
        return parts[0].text or ""
    return parts
