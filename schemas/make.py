"""
Write every JSON Schema that instrkit exports, or check that the committed ones are fresh.

    python schemas/make.py            write them
    python schemas/make.py --check    exit 1 when one differs
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from instrkit.catalogue import catalogue, schemas

FOLDER = Path(__file__).parent


def expected() -> dict[Path, bytes]:
    """Return what should be where."""
    formats = {entry["name"] for entry in catalogue("formats")}
    places = {name: FOLDER / ("formats" if name in formats else "") / f"{name}.schema.json" for name in schemas()}
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return {places[name]: orjson.dumps(make(), option=options) for name, make in schemas().items()}


def main() -> int:
    """Write or check."""
    stale = [path for path, text in expected().items() if not path.is_file() or path.read_bytes() != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path}: not fresh: run python schemas/make.py")
        return bool(stale)
    for path, text in expected().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
