"""A file appears whole or not at all, in the form its name says."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from instrkit.errors import UsageError
from instrkit.io import open_writer, read_file, write_atomically


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def write(path: Path, records: Iterable[object]) -> None:
    with open_writer(path) as writer:
        for record in records:
            writer.write(record)


RECORDS = [{"a": "哈😀"}, {"n": 123456789012345678901234567890}, {"t": "x\n\u2028"}]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.jsonl.gz", "a.json.zst", "a.ndjson.bz2", "a.json.xz", "a"])
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    with open_writer(tmp_path / name) as writer:
        for record in RECORDS:
            writer.write(record)
    assert writer.count == 3
    assert writer.kind == ("array" if ".json" in name and ".jsonl" not in name else "jsonl")
    assert [item.record for item in read_file(tmp_path / name)] == RECORDS
    assert names(tmp_path) == [name]


@pytest.mark.parametrize(
    ("name", "count", "text"),
    [
        pytest.param("a.json", 0, "[]\n", id="empty-array"),
        pytest.param("a.json", 2, '[\n{"k":0},\n{"k":1}\n]\n', id="array-one-per-line"),
        pytest.param("a.jsonl", 0, "", id="no-lines"),
        pytest.param("a.jsonl", 2, '{"k":0}\n{"k":1}\n', id="lines"),
    ],
)
def test_layout(tmp_path: Path, name: str, count: int, text: str) -> None:
    with open_writer(tmp_path / name) as writer:
        for k in range(count):
            writer.write({"k": k})
    assert (tmp_path / name).read_text() == text


def test_the_kind_can_be_said(tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.json", kind="jsonl") as writer:
        writer.write({})
    assert (tmp_path / "a.json").read_bytes() == b"{}\n"


@pytest.mark.parametrize("ending", ["gz", "zst", "bz2", "xz"])
def test_the_same_records_give_the_same_bytes(tmp_path: Path, ending: str) -> None:
    for name in ("a", "b"):
        with open_writer(tmp_path / f"{name}.jsonl.{ending}") as writer:
            writer.write(RECORDS[0])
    assert (tmp_path / f"a.jsonl.{ending}").read_bytes() == (tmp_path / f"b.jsonl.{ending}").read_bytes()


@pytest.mark.parametrize("name", ["a.jsonl", "a.json.gz", "a.json.zst"])
def test_an_error_leaves_the_old_file_and_no_trace(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"old")
    with pytest.raises(UsageError, match="cannot be written as JSON"):
        write(tmp_path / name, [{"a": 1}, {"a": object()}])
    assert (tmp_path / name).read_bytes() == b"old"
    assert names(tmp_path) == [name]


def test_nothing_appears_before_the_end(tmp_path: Path) -> None:
    with write_atomically(tmp_path / "a") as out:
        out.write(b"new")
        assert not (tmp_path / "a").exists()
        assert [name.endswith(".tmp") and name.startswith(".") for name in names(tmp_path)] == [True]
    assert (tmp_path / "a").read_bytes() == b"new"


def test_an_interrupt_leaves_no_trace(tmp_path: Path) -> None:
    def interrupted() -> Iterator[object]:
        yield {"a": 1}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a.jsonl", interrupted())
    assert names(tmp_path) == []


def test_a_link_is_followed_and_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    with write_atomically(tmp_path / "link") as out:
        out.write(b"new")
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_device_is_written_to_and_stays_a_device() -> None:
    with open_writer("/dev/null") as writer:
        writer.write({"a": 1})
    assert not Path("/dev/null").is_file()


def test_a_full_disk_is_an_error_and_leaves_no_trace(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with pytest.raises(OSError, match="No space left"), write_atomically("/dev/full") as out:
        out.write(b"x" * 1_000_000)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open_writer(tmp_path / "no" / "a.jsonl"):
        pass


def test_writing_outside_the_block_is_an_error(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "a.jsonl")
    with pytest.raises(ValueError, match="outside the `with` block"):
        writer.write({})


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with open_writer("-") as writer:
        writer.write({"a": "哈"})
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == '{"a":"哈"}\n'.encode()
