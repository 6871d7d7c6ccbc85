"""The public functions do from a notebook what the README says, loading nothing before it is needed."""

from __future__ import annotations

import gzip
import inspect as introspection
import json
import subprocess
import sys
import tracemalloc
import warnings
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import instrkit
from instrkit.formats import Dumped, Format
from instrkit.formats.convert import get_format

ALPACA = {"instruction": "Name a prime.", "input": "", "output": "7"}
HEAVY = ("numpy", "pydantic", "pydantic_core", "pyarrow", "datasets", "orjson", "rich", "click", "yaml", "jsonlines")


def python(code: str, *args: Any, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", code, *map(str, args)]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd, timeout=60)


def lines(path: Path, *records: Any) -> Path:
    """Write records, or raw lines, as JSON Lines."""
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records))
    return path


def said(sample: instrkit.Sample) -> list[str]:
    return [message.text for message in sample.messages]


@pytest.fixture
def alpaca(tmp_path: Path) -> Path:
    return lines(tmp_path / "a.jsonl", ALPACA, ALPACA | {"output": "11"})


# --- the namespace -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", instrkit.__all__)
def test_every_public_name_exists_and_is_documented(name: str) -> None:
    thing = getattr(instrkit, name)
    assert thing.__name__ == name
    assert introspection.getdoc(thing), f"{name} has no docstring"


def test_public_names_are_sorted_listed_and_spelled_once() -> None:
    assert instrkit.__all__ == sorted(set(instrkit.__all__))
    assert set(instrkit.__all__) <= set(dir(instrkit))
    assert instrkit.__version__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'instrkit' has no attribute 'cleen'"):
        _ = instrkit.cleen  # type: ignore[attr-defined]  # that is the test


def test_all_errors_derive_from_one() -> None:
    errors = [value for value in map(instrkit.__getattr__, instrkit.__all__) if str(value).endswith("Error'>")]
    assert len(errors) > 5
    assert all(issubclass(error, instrkit.InstrkitError) for error in errors)
    assert issubclass(instrkit.RejectWarning, UserWarning)


def test_import_loads_nothing_heavy_and_no_module_of_our_own() -> None:
    code = (
        f"import sys, instrkit; print([m for m in {HEAVY!r} if m in sys.modules]); "
        "print(sorted(m for m in sys.modules if m.startswith('instrkit.')))"
    )
    assert python(code).stdout.splitlines() == ["[]", "['instrkit.version']"]


EVERYTHING_ELSE = """
import sys, instrkit
path = sys.argv[1]
sample = list(instrkit.read(path))[0]
for name, call in {
    "dump": lambda: instrkit.dump(sample, "openai"),
    "write": lambda: instrkit.write([sample], path + ".w", "openai"),
    "render": lambda: instrkit.render(sample, "alpaca"),
    "convert": lambda: instrkit.convert(path, path + ".c", "openai", workers=1),
    "inspect": lambda: instrkit.inspect(path),
    "clean": lambda: instrkit.clean(path, path + ".d", workers=1),
}.items():
    call()
    if "datasets" in sys.modules:
        print(name)
print("done")
"""


def test_hugging_face_datasets_is_loaded_by_its_own_two_functions_only(alpaca: Path) -> None:
    done = python(EVERYTHING_ELSE, alpaca)
    assert done.stdout == "done\n", done.stderr


# --- read --------------------------------------------------------------------------------------------------------


def test_read_takes_one_path_or_several_in_order(tmp_path: Path, alpaca: Path) -> None:
    other = lines(tmp_path / "b.jsonl", {"prompt": "Hi", "response": "Hello", "history": []})
    assert [said(s)[-1] for s in instrkit.read(alpaca)] == ["7", "11"]
    assert [said(s)[-1] for s in instrkit.read([str(other), alpaca])] == ["Hello", "7", "11"]
    assert [said(s)[-1] for s in instrkit.read(str(tmp_path / "*.jsonl"))] == ["7", "11", "Hello"]


def test_every_sample_says_where_it_came_from(alpaca: Path) -> None:
    origins = [sample.origin for sample in instrkit.read(alpaca)]
    assert origins == [instrkit.Origin("a", str(alpaca), 1), instrkit.Origin("a", str(alpaca), 2)]


def test_reading_what_is_fine_warns_of_nothing(alpaca: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(instrkit.read(alpaca))) == 2


def test_read_is_lazy(alpaca: Path) -> None:
    """The first sample comes before the second line is looked at by the format."""
    alpaca.write_text(alpaca.read_text() + "{broken\n")
    samples = instrkit.read(alpaca)
    assert isinstance(samples, Iterator)
    assert said(next(samples))[-1] == "7"
    samples.close()  # type: ignore[attr-defined]  # a generator; left early, it has nothing to warn of


@pytest.mark.parametrize("layout", ["jsonl", "json"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, layout: str) -> None:
    path = tmp_path / f"big.{layout}"
    record = json.dumps(ALPACA | {"output": "seven " * 300})
    count = 12_000  # 22 MB
    text = f"[{(',' + chr(10)).join([record] * count)}]" if layout == "json" else (record + "\n") * count
    path.write_text(text)
    list(instrkit.read(path)).clear()  # so that what is loaded once is not measured
    tracemalloc.start()
    try:
        seen = sum(1 for _ in instrkit.read(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen == count
    assert peak < len(text) / 4


@pytest.mark.parametrize(
    ("records", "message"),
    [
        pytest.param(["{torn", ALPACA], r"a\.jsonl:1: not read: invalid JSON at character 1: .*quotes$", id="broken"),
        pytest.param([ALPACA, "[1]"], r"a\.jsonl:2: not read: expected an object, found array$", id="no-object"),
        pytest.param(
            [ALPACA, ALPACA | {"output": None}, {}, "x"],
            r"a\.jsonl:2: not read: not alpaca: \$\.output: expected a string, found null \(and 2 more\)$",
            id="misfit-and-more",
        ),
        pytest.param(
            [ALPACA, '{"instruction": "a", "output": "b", "score": NaN}'],
            r"a\.jsonl:2: NaN read as null$",
            id="mended",
        ),
    ],
)
def test_one_warning_per_file_names_the_first_place_and_cause(tmp_path: Path, records: list[Any], message: str) -> None:
    path = lines(tmp_path / "a.jsonl", *records)
    with pytest.warns(instrkit.RejectWarning, match=message) as caught:
        samples = list(instrkit.read(path, "alpaca"))
    assert len(caught) == 1
    assert caught[0].filename == __file__  # it points at the caller's line, not into instrkit
    assert len(samples) == sum(record == ALPACA or "NaN" in record for record in records)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", r"/a\.jsonl: empty file: no records$", id="empty"),
        pytest.param(gzip.compress(b'{"instruction": "a", "output": "b"}\n')[:-9], "cannot be read", id="cut-gzip"),
    ],
)
def test_what_concerns_a_whole_file_is_said_without_a_line(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    with pytest.warns(instrkit.RejectWarning, match=message) as caught:
        list(instrkit.read(path, "alpaca"))
    assert "None" not in str(caught[0].message)


def test_the_wrong_format_costs_every_record_and_says_so(alpaca: Path) -> None:
    with pytest.warns(instrkit.RejectWarning, match=r"a\.jsonl:1: not read: not moss: .* \(and 1 more\)"):
        assert not list(instrkit.read(alpaca, format="moss"))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        pytest.param(lambda: instrkit.read("nope.jsonl"), instrkit.ReadError, "nope.jsonl: no such file", id="missing"),
        pytest.param(lambda: instrkit.read([]), instrkit.UsageError, "no paths: expected at least one", id="none"),
        pytest.param(lambda: instrkit.convert([], "o", "alpaca"), instrkit.UsageError, "no paths", id="none-convert"),
        pytest.param(lambda: instrkit.clean([], "o"), instrkit.UsageError, "no paths", id="none-clean"),
        pytest.param(
            lambda: instrkit.read(__file__, "alpca"), instrkit.UsageError, "did you mean 'alpaca'?", id="format"
        ),
        pytest.param(
            lambda: instrkit.write([], "o", "opnai"), instrkit.UsageError, "did you mean 'openai'?", id="write-format"
        ),
        pytest.param(
            lambda: instrkit.parse(ALPACA, "mos"), instrkit.UsageError, "did you mean 'moss'?", id="parse-format"
        ),
        pytest.param(
            lambda: instrkit.dump(instrkit.parse(ALPACA), "chatgml"),
            instrkit.UsageError,
            "did you mean 'chatglm'?",
            id="dump-format",
        ),
        pytest.param(
            lambda: instrkit.render(instrkit.parse(ALPACA), "chatgml2"),
            instrkit.UsageError,
            "did you mean 'chatglm2'?",
            id="template",
        ),
        pytest.param(
            lambda: instrkit.render(instrkit.parse(ALPACA), "moss", loss="lats"),  # type: ignore[arg-type]  # that is the test
            instrkit.UsageError,
            "did you mean 'last'?",
            id="policy",
        ),
        pytest.param(
            lambda: instrkit.render(instrkit.parse(ALPACA), "moss", dat="1"), instrkit.UsageError, "dat", id="variable"
        ),
        pytest.param(
            lambda: instrkit.run("sftt"), instrkit.UsageError, "no such recipe .* did you mean 'sft'?", id="recipe"
        ),
        pytest.param(lambda: instrkit.run("sft"), instrkit.UsageError, "^sft: no sources: list some", id="no-sources"),
        pytest.param(
            lambda: instrkit.run(instrkit.Recipe()), instrkit.UsageError, "^recipe: no sources", id="empty-recipe"
        ),
        pytest.param(
            lambda: instrkit.parse(json.dumps(ALPACA)),  # type: ignore[arg-type]  # that is the test
            instrkit.UsageError,
            "parse: found str: expected one record as a mapping, as json.loads gives it",
            id="a-string",
        ),
        pytest.param(lambda: instrkit.parse({"a": 1}), instrkit.DetectionError, "keys seen in 1 record: a", id="alien"),
        pytest.param(
            lambda: instrkit.parse({"instruction": "a"}, "alpaca"),
            instrkit.Misfit,
            r"not alpaca: \$\.output: field required; keys: instruction",
            id="misfit",
        ),
    ],
)
def test_mistakes_are_answered_at_once_and_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Any, error: type[Exception], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


# --- parse, dump, write ------------------------------------------------------------------------------------------


def test_parse_then_dump_gives_the_record_back(alpaca: Path) -> None:
    assert instrkit.dump(instrkit.parse(ALPACA), "alpaca") == ALPACA
    assert instrkit.dump(instrkit.parse(ALPACA, "alpaca"), "openai") == {
        "messages": [{"role": "user", "content": "Name a prime."}, {"role": "assistant", "content": "7"}]
    }


def test_parse_leaves_its_record_alone() -> None:
    record = ALPACA | {"id": 3, "extra": {"a": [1]}}
    before = json.dumps(record)
    instrkit.dump(instrkit.parse(record), "alpaca")
    assert json.dumps(record) == before


class OneMessageEach(Format):
    """A format that holds a message per record."""

    name = "one message each"

    def from_sample(self, sample: instrkit.Sample) -> Dumped:
        return Dumped(tuple({message.role: message.text} for message in sample.messages), ())


def test_a_format_of_several_records_per_sample_gives_a_list(tmp_path: Path) -> None:
    sample = instrkit.parse(ALPACA)
    records = [{"user": "Name a prime."}, {"assistant": "7"}]
    assert instrkit.dump(sample, OneMessageEach()) == records
    instrkit.write([sample], tmp_path / "o.json", OneMessageEach())
    assert json.loads((tmp_path / "o.json").read_text()) == records


def test_strict_refuses_what_would_be_lost(tmp_path: Path) -> None:
    sample = instrkit.parse(ALPACA | {"input": "x"})
    with pytest.raises(instrkit.LossError, match=r"^sample: openai cannot hold .* at messages\[0\]"):
        instrkit.dump(sample, "openai", strict=True)
    with pytest.raises(instrkit.LossError, match="cannot hold"):
        instrkit.write([sample], tmp_path / "o.jsonl", "openai", strict=True)
    source = lines(tmp_path / "a.jsonl", ALPACA | {"input": "x"})
    with pytest.raises(instrkit.LossError, match="cannot hold"):
        instrkit.convert(source, tmp_path / "o.jsonl", "openai", strict=True, workers=1)
    assert not (tmp_path / "o.jsonl").exists()


def test_write_counts_what_is_lost(tmp_path: Path) -> None:
    sample = instrkit.parse(ALPACA | {"input": "x"})
    losses = instrkit.write([sample, sample], tmp_path / "o.jsonl", "openai")
    assert list(losses.values()) == [2]


@pytest.mark.parametrize("name", ["o.jsonl", "o.json", "o.jsonl.gz", "o.json.gz", "o.jsonl.zst", "new/folder/o.jsonl"])
def test_what_is_written_is_read_again(tmp_path: Path, alpaca: Path, name: str) -> None:
    path = tmp_path / name
    assert not instrkit.write(instrkit.read(alpaca), path, "alpaca")
    assert [instrkit.dump(sample, "alpaca") for sample in instrkit.read(path)] == [ALPACA, ALPACA | {"output": "11"}]
    if name == "o.json":
        assert json.loads(path.read_text()) == [ALPACA, ALPACA | {"output": "11"}]


def test_a_file_can_be_rewritten_from_itself(alpaca: Path) -> None:
    instrkit.write((s for s in instrkit.read(alpaca) if said(s)[-1] != "7"), alpaca, "openai")
    assert [said(sample)[-1] for sample in instrkit.read(alpaca)] == ["11"]


def test_a_failing_iterable_leaves_the_old_file(alpaca: Path) -> None:
    before = alpaca.read_bytes()

    def broken() -> Iterator[instrkit.Sample]:
        yield instrkit.parse(ALPACA)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        instrkit.write(broken(), alpaca, "openai")
    assert alpaca.read_bytes() == before
    assert [path.name for path in alpaca.parent.iterdir()] == [alpaca.name]


def test_a_format_with_settings_serves_wherever_a_name_does(tmp_path: Path) -> None:
    columns = get_format("chatglm", prompt="content", response="summary")
    source = lines(tmp_path / "a.jsonl", {"content": "A long story.", "summary": "Short."})
    (sample,) = instrkit.read(source, columns)
    assert said(sample) == ["A long story.", "Short."]
    assert instrkit.convert(source, tmp_path / "o.jsonl", "alpaca", format=columns, workers=1).kept == 1
    assert instrkit.inspect(source, format=columns)[0].samples == 1


# --- convert, render, clean, run, inspect ------------------------------------------------------------------------


def test_convert_reports_what_it_did(tmp_path: Path, alpaca: Path) -> None:
    report = instrkit.convert([alpaca], tmp_path / "o.json", to="chatglm", workers=1)
    assert (report.read, report.kept, report.dropped, report.rejected_records) == (2, 2, 0, 0)
    assert [row["response"] for row in json.loads((tmp_path / "o.json").read_text())] == ["7", "11"]
    assert not report.has_findings


def test_render_gives_text_and_the_characters_that_are_trained(alpaca: Path) -> None:
    rendered = instrkit.render(next(instrkit.read(alpaca)), "alpaca", loss="assistant")
    assert isinstance(rendered, instrkit.Rendered)
    assert [rendered.text[start:end] for start, end in rendered.loss_spans] == ["7</s>"]
    assert "".join(segment.text for segment in rendered.segments) == rendered.text
    assert (rendered.label_overrides, rendered.dropped, rendered.altered) == ((), (), ())


def test_render_for_generation_stops_before_the_answer() -> None:
    sample = instrkit.parse({"messages": [{"role": "user", "content": "Hi"}]})
    rendered = instrkit.render(sample, "alpaca", add_generation_prompt=True)
    assert rendered.text.endswith("### Response:")
    assert rendered.loss_spans == ()


def test_clean_writes_a_folder_and_returns_its_report(tmp_path: Path, alpaca: Path) -> None:
    report = instrkit.clean(alpaca, tmp_path / "out", workers=1)
    assert (report.read, report.kept) == (2, 2)
    assert json.loads((tmp_path / "out" / "report.json").read_text())["totals"]["kept"] == 2
    assert instrkit.clean(alpaca, tmp_path / "out", workers=1).unchanged


def test_a_recipe_can_be_a_name_a_file_or_an_object(tmp_path: Path, alpaca: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text("version: 1\nsources: [a.jsonl]\nsteps: [{length: {min: 2}}]\noutput: {dir: here}\n")
    assert instrkit.run(file, workers=1).kept == 1
    assert (tmp_path / "here" / "train.jsonl").is_file()
    assert instrkit.clean(alpaca, tmp_path / "a", file, workers=1).kept == 1
    assert instrkit.clean(alpaca, tmp_path / "b", instrkit.Recipe(), workers=1).kept == 2


def test_inspect_tells_what_is_in_a_file(alpaca: Path) -> None:
    (survey,) = instrkit.inspect(alpaca)
    assert (survey.format, survey.records, survey.samples, survey.problems) == ("alpaca", 2, 2, 0)


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_are_an_error(tmp_path: Path, alpaca: Path, workers: int) -> None:
    with pytest.raises(instrkit.UsageError, match=rf"workers: {workers}: expected 1 or more"):
        instrkit.clean(alpaca, tmp_path / "out", workers=workers)


def test_a_script_needs_no_main_guard(tmp_path: Path, examples: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, instrkit\n"
        "print('begin')\n"
        "report = instrkit.clean(sys.argv[1], 'out', workers=2)\n"
        "print(report.kept + report.dropped + report.rejected_records == report.read > 100, report.workers)\n"
    )
    command = [sys.executable, str(script), str(examples / "alpaca_en.json")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stdout == "begin\nTrue 2\n", done.stderr
    assert done.stderr == ""


OWN_OP = """
import sys, instrkit
from instrkit.ops import Filter, op

@op("polite")
class Polite(Filter):
    '''Judge whether the question says please.'''
    min: float | None = 1
    why = "impolite"
    def measure_one(self, sample):
        return float("please" in sample.messages[0].text)

recipe = instrkit.Recipe(steps=(Polite(),))
try:
    print(instrkit.clean("a.jsonl", "out", recipe, workers=eval(sys.argv[1])).dropped)
except instrkit.UsageError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("workers", "out"),
    [
        pytest.param("None", "2", id="one-per-core"),
        pytest.param("1", "2", id="one"),
        pytest.param("2", "workers: 2: Polite stands in the script or notebook itself", id="two-cannot-import-it"),
    ],
)
def test_an_op_of_a_script_itself_runs_in_its_own_process(tmp_path: Path, alpaca: Path, workers: str, out: str) -> None:
    done = python(OWN_OP, workers, cwd=tmp_path)
    assert done.stdout.startswith(out), done.stderr


NO_NETWORK = """
import sys

def deny(event, args):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        raise RuntimeError(f"{event} {args}")

sys.addaudithook(deny)
import instrkit
instrkit.clean(sys.argv[1], "out", workers=1)
samples = list(instrkit.read(sys.argv[1], "openai"))
assert list(instrkit.from_dataset(instrkit.to_dataset(samples))) == samples
print("done")
"""


def test_nothing_is_asked_of_the_network(tmp_path: Path, examples: Path) -> None:
    """Even with Hugging Face's own offline switch left alone."""
    done = python(NO_NETWORK, examples / "openai.jsonl", cwd=tmp_path)
    assert done.stdout == "done\n", done.stderr


# --- real data ---------------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "count"), [("alpaca_en.json", 52_002), ("alpaca_zh.json", 17_476), ("carbonz0_zh_part_0.json", 10_021)]
)
def test_every_sample_of_the_real_alpacas_is_read(real_data: Path, name: str, count: int) -> None:
    path = real_data / "alpaca" / name
    found = enumerate(instrkit.read(path), 1)
    ((number, last),) = deque(found, maxlen=1)
    assert number == count
    assert last.origin == instrkit.Origin(name.removesuffix(".json"), str(path), count - 1)


@pytest.mark.real
def test_a_hand_broken_array_gives_all_its_samples_and_names_the_line(real_data: Path) -> None:
    path = real_data / "broken" / "alpaca_zh_hand_edited.json"
    with pytest.warns(instrkit.RejectWarning, match=r"alpaca_zh_hand_edited\.json:14007: trailing comma") as caught:
        samples = list(instrkit.read(path))
    assert len(caught) == 1
    assert len(samples) == path.read_bytes().count(b'"instruction"') == 2801
