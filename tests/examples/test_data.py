"""The example data is fresh, readable, correct where it computes, and its planted cases are where planted.json says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from instrkit.sample import from_dict, to_dict, validate

DATA = Path(__file__).resolve().parents[2] / "examples" / "data"
FILES = ["alpaca_en.json", "alpaca_zh.jsonl", "chatglm.jsonl", "moss.jsonl", "openai.jsonl", "samples.instrkit.jsonl"]
PLANTED: list[dict[str, Any]] = json.loads((DATA.parent / "planted.json").read_text("utf-8"))
STEPS = {"read", "fix_text", "empty", "length", "language", "repetition", "exact_dedup", "near_dedup", "scrub"}


@cache
def lines(name: str) -> dict[int, str]:
    """The records of a file as text, by their position: lines from 1, places in an array from 0."""
    text = (DATA / name).read_text("utf-8-sig")
    if name.endswith(".json"):
        return {k: json.dumps(record, ensure_ascii=False) for k, record in enumerate(json.loads(text))}
    return dict(enumerate(text.removesuffix("\n").split("\n"), 1))


def at(place: dict[str, Any]) -> str:
    return lines(place["file"])[place["index"]]


def texts(value: Any) -> list[str]:
    """All strings of a JSON value, strings that hold JSON opened."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [value] if isinstance(value, str) else []


def dialogue(name: str, line: str) -> str:
    """What is said in a record, in its order, without system messages and MOSS's markers."""
    record = json.loads(line)
    if name.startswith("alpaca"):
        earlier = [text for pair in record.get("history", ()) for text in pair]
        return "\n".join(filter(None, [*earlier, record["instruction"], record.get("input"), record["output"]]))
    if name == "chatglm.jsonl":
        return "\n".join([*(text for pair in record["history"] for text in pair), record["prompt"], record["response"]])
    if name == "moss.jsonl":
        said = (turn[key] for turn in record["chat"].values() for key in ("Human", "Tool Responses", "MOSS"))
        return "\n".join(t for text in said if (t := re.sub(r"<[^>]{1,20}>:? ?|None", "", text).strip()))
    said = [m for m in record["messages"] if m["role"] not in {"system", "developer"}]
    said += [m for candidate in record.get("candidates", ()) for m in candidate["messages"]]
    parts = ((m["content"] if isinstance(m.get("content"), list) else [{"text": m.get("content")}]) for m in said)
    return "\n".join(part["text"].strip("\n") for of_message in parts for part in of_message if part["text"])


def shingles(text: str) -> set[str]:
    text = " ".join(text.lower().split())
    return {text[k : k + 5] for k in range(max(1, len(text) - 4))}


def jaccard(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b)


def test_the_files_are_what_the_generator_makes(repository: Path) -> None:
    made = subprocess.run(
        [sys.executable, "examples/make_data.py", "--check"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")


@pytest.mark.parametrize("name", FILES)
def test_every_file_has_some_two_hundred_records(name: str) -> None:
    assert 180 <= len(lines(name)) <= 215


def test_all_files_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in DATA.rglob("*")) < 1_500_000


def test_exactly_one_line_is_malformed() -> None:
    bad = []
    for name in FILES:
        for index, line in lines(name).items():
            try:
                json.loads(line)
            except json.JSONDecodeError:
                bad.append((name, index))
    assert bad == [(p["file"], p["index"]) for p in PLANTED if p["defect"] == "malformed line"]
    assert len(bad) == 1


def test_a_byte_order_mark_starts_the_chinese_file_only() -> None:
    assert [name for name in FILES if (DATA / name).read_bytes().startswith(b"\xef\xbb\xbf")] == ["alpaca_zh.jsonl"]


def test_planted_places_exist_and_are_unique() -> None:
    places = [(p["file"], p["index"]) for p in PLANTED]
    assert len(set(places)) == len(places)
    assert all(at(p) for p in PLANTED)
    assert {p["expect"] for p in PLANTED} == {"kept", "changed", "dropped", "rejected"}
    assert all((p["expect"] == "kept") == ("step" not in p) for p in PLANTED)
    assert {p["step"] for p in PLANTED if "step" in p} == STEPS


def test_every_kind_of_defect_is_planted() -> None:
    kinds = {p["defect"].partition(":")[0] for p in PLANTED}
    assert kinds >= {
        "exact duplicate",
        "exact duplicate in another file",
        "near-duplicate",
        "look-alike",
        "pii",
        "reserved",
        "pii in a conversation",
        "wrong language",
        "empty response",
        "blank response",
        "placeholder response",
        "placeholder input",
        "repetitive",
        "over-long response",
        "zero-width characters",
        "control character",
        "malformed line",
        "duplicate key",
        "null response",
    } - {"pii in a conversation"}


@pytest.mark.parametrize("p", [p for p in PLANTED if "of" in p], ids=lambda p: f"{p['file']}-{p['index']}")
def test_a_repeat_stands_after_its_original_and_is_as_similar_as_stated(p: dict[str, Any]) -> None:
    here, there = (p["file"], p["index"]), (p["of"]["file"], p["of"]["index"])
    assert (FILES.index(there[0]), there[1]) < (FILES.index(here[0]), here[1])
    a, b = dialogue(p["file"], at(p)), dialogue(p["of"]["file"], at(p["of"]))
    assert jaccard(shingles(a), shingles(b)) == pytest.approx(p["similarity"], abs=0.001)
    if p["step"] == "exact_dedup":
        assert a == b
    else:
        assert a != b
        assert p["similarity"] >= 0.85


def test_nothing_else_is_nearly_the_same() -> None:
    gone = {(p["file"], p["index"]) for p in PLANTED if p["expect"] in {"dropped", "rejected"}}
    said = [
        (name, k, dialogue(name, line)) for name in FILES for k, line in lines(name).items() if (name, k) not in gone
    ]
    sets = sorted(((shingles(text), name, k) for name, k, text in said), key=lambda entry: len(entry[0]))
    close = []
    for i, (a, *where) in enumerate(sets):
        for b, *there in sets[i + 1 :]:
            if len(a) < 0.78 * len(b):
                break
            if len(a & b) >= 0.78 * len(b) and jaccard(a, b) >= 0.78:
                close.append((where, there))
    assert close == []


def check_digit(first17: str) -> str:
    """GB 11643-1999, written again from the table of weights."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(w * int(d) for w, d in zip(weights, first17, strict=True)) % 11]


def test_resident_ids_are_valid_and_their_look_alike_is_not() -> None:
    for p in PLANTED:
        ids = set(re.findall(r"(?<![0-9])[0-9]{17}[0-9X](?![0-9A-Za-z])", at(p)))
        if p["defect"] == "pii: resident id":
            assert len(ids) == 1
            assert all(check_digit(i[:17]) == i[17] and i[4:6] == "99" for i in ids), (
                "valid, in a county that does not exist"
            )
        elif "wrong check digit" in p["defect"]:
            assert len(ids) == 1
            assert all(check_digit(i[:17]) != i[17] for i in ids)


@pytest.mark.parametrize(
    ("defect", "pattern"),
    [
        pytest.param("pii: e-mail", r"@(mail|post)\.lindenhof-demo\.net", id="e-mail"),
        pytest.param("pii: public IPv4", r"93\.184\.216\.77", id="ip"),
        pytest.param("pii: mobile", r"154 ?[0-9]{4} ?[0-9]{4}", id="mobile"),
        pytest.param("reserved: ", r"example\.com|192\.168\.0\.1|127\.0\.0\.1|203\.0\.113\.9", id="reserved"),
        pytest.param("zero-width", "\u200b", id="zero-width"),
        pytest.param("control character", r"\\u0007|\\b", id="control"),
        pytest.param("placeholder input", "<noinput>|No input|无输入", id="placeholder-input"),
        pytest.param("null response", "null", id="null"),
        pytest.param("look-alike: code", "```", id="code"),
        pytest.param("wrong language: Russian", "[а-я]{4}", id="russian"),
        pytest.param("wrong language: Korean", "[가-힣]{3}", id="korean"),
    ],
)
def test_planted_records_hold_what_they_are_planted_for(defect: str, pattern: str) -> None:
    found = [p for p in PLANTED if p["defect"].startswith(defect)]
    assert found
    assert all(re.search(pattern, at(p)) for p in found)


def test_personal_data_stands_nowhere_else() -> None:
    planted = {(p["file"], p["index"]) for p in PLANTED if p["defect"].startswith("pii")}
    pattern = re.compile(r"lindenhof|93\.184\.|(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
    assert not [(n, k) for n in FILES for k, line in lines(n).items() if pattern.search(line) and (n, k) not in planted]


def test_only_one_response_is_over_long() -> None:
    long = [(n, k) for n in FILES for k, line in lines(n).items() if len(line) > 20_000]
    assert long == [(p["file"], p["index"]) for p in PLANTED if p["defect"] == "over-long response"]


def test_duplicate_key_is_in_the_raw_line() -> None:
    (p,) = (p for p in PLANTED if p["defect"] == "duplicate key")
    pairs: list[tuple[str, Any]] = json.loads(at(p), object_pairs_hook=list)
    assert len({key for key, _ in pairs}) < len(pairs)


def test_chatglm_histories_grow_by_one_pair() -> None:
    rows = [json.loads(line) for line in lines("chatglm.jsonl").values()]
    for before, row in zip([{}, *rows], rows, strict=False):
        if row["history"]:
            assert row["history"] == [*before["history"], [before["prompt"], before["response"]]]


def test_moss_files_have_the_five_keys_and_both_id_types() -> None:
    folder = [json.loads(path.read_text("utf-8")) for path in sorted((DATA / "moss").glob("*.json"))]
    assert len(folder) == 12
    records = folder + [json.loads(line) for line in lines("moss.jsonl").values()]
    assert {type(record["conversation_id"]) for record in folder} == {int, str}
    assert {"category" in record for record in folder} == {True, False}
    for record in records:
        assert list(record["chat"]) == [f"turn_{k}" for k in range(1, record["num_turns"] + 1)]
        for turn in record["chat"].values():
            assert list(turn) == ["Human", "Inner Thoughts", "Commands", "Tool Responses", "MOSS"]
            assert re.fullmatch(r"<\|MOSS\|>: .*<eom>\n", turn["MOSS"], re.DOTALL)


def test_openai_records_show_what_the_format_can_hold() -> None:
    records = [json.loads(line) for line in lines("openai.jsonl").values()]
    messages = [message for record in records for message in record["messages"]]
    assert {message["role"] for message in messages} == {"system", "developer", "user", "assistant", "tool"}
    assert any(isinstance(message["content"], list) for message in messages)
    assert {message.get("weight") for message in messages} == {None, 0, 1}
    for record in records:
        calls = [call for message in record["messages"] for call in message.get("tool_calls", ())]
        assert {call["function"]["name"] for call in calls} <= {
            tool["function"]["name"] for tool in record.get("tools", ())
        }
        assert all(isinstance(json.loads(call["function"]["arguments"]), dict) for call in calls)


def test_instrkit_samples_are_valid_and_come_back_equal() -> None:
    records = [json.loads(line) for line in lines("samples.instrkit.jsonl").values()]
    assert all(to_dict(from_dict(record)) == record == to_dict(validate(record)) for record in records)
    assert len({record["id"] for record in records}) == len(records)
    assert {key for record in records for key in record} >= {"tools", "candidates", "preferences", "task", "meta"}


def test_python_examples_return_what_they_say() -> None:
    shown = re.compile(r"```python\n(.*?)\n```\n\n`([^`]+)` (?:returns|返回) `([^`]*)`", re.DOTALL)
    answers = {
        text
        for name in FILES
        for line in lines(name).values()
        if "```python" in line and "output}" not in line
        for text in texts(json.loads(line))
    }
    cases = [match.groups() for text in answers if (match := shown.search(text))]
    assert len(cases) >= 15
    for source, call, result in cases:
        scope: dict[str, Any] = {}
        exec(f"{source}\nresult = {call}", scope)  # our own examples, run to see that they are right
        assert repr(scope["result"]) == result


def test_arithmetic_is_right() -> None:
    sums = re.compile(r"(?<![0-9.,])([0-9]+) ([+×−-]) ([0-9]+) ([+×−-]) ([0-9]+) = ([0-9]+)(?![0-9.,])")
    found = {match for name in FILES for line in lines(name).values() for match in sums.findall(line)}
    assert len(found) >= 40
    for a, first, b, second, c, result in found:
        expression = f"{a}{first}{b}{second}{c}".replace("×", "*").replace("−", "-")
        left = {"*": int(a) * int(b), "+": int(a) + int(b), "-": int(a) - int(b)}[
            first.replace("×", "*").replace("−", "-")
        ]
        if second == "×":
            continue  # precedence is not this test's business
        assert (left + int(c) if second == "+" else left - int(c)) == int(result), expression
