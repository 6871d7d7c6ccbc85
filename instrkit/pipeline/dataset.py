"""A run of columns that ends as a folder for `datasets.load_from_disk`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instrkit.ledger import add_up
from instrkit.pipeline import publish
from instrkit.pipeline.job import Job
from instrkit.pipeline.ran import folder_run
from instrkit.pipeline.tasks import Engine
from instrkit.pipeline.watching import Progress
from instrkit.pipeline.work import digest
from instrkit.report import Report
from instrkit.version import VERSION

__all__ = ["run_to_dataset"]

DATA = "data-00000-of-00001.arrow"


def run_to_dataset(job: Job, engine: Engine, target: str, progress: Progress | None = None) -> Report:
    """
    Run *job*, which writes columns, and replace the folder *target* with a data set for `datasets.load_from_disk`.

    Raises:
        UsageError: The target holds something that no run of ours wrote, or a source.
        RunError: A shard failed for good, or there is not a single row.
    """
    folder = Path(target).resolve()
    with folder_run(job, engine, folder, progress) as (work, ran):
        finals, report = ran.finals, ran.report
        add_up(report.counts)
        with publish.published_folder(folder, work) as made:
            with (made / DATA).open("wb") as out:
                publish.join_streams(work, finals, "out.train", out, "stream")
            for name, value in _dataset_files(made / DATA, digest([receipt["key"] for receipt in finals])).items():
                publish.write_json(made / name, value)
            if any("rejected" in receipt["files"] for receipt in finals):
                with (made / "rejected.jsonl").open("wb") as out:
                    publish.join_files(work, finals, "rejected", out)
                report.rejected_path = str(folder / "rejected.jsonl")
            files = {path.name: path.stat().st_size for path in sorted(made.iterdir())}
            publish.write_json(made / "manifest.json", {"instrkit": VERSION, "files": files})
        work.remove()
    return ran.timed()


def _dataset_files(data: Path, fingerprint: str) -> dict[str, Any]:
    """What `datasets` wants beside the rows: the columns' types, and which files there are."""
    import pyarrow as pa
    from datasets import Features

    with pa.memory_map(str(data)) as source:
        features = Features.from_arrow_schema(pa.ipc.open_stream(source).schema)
    state: dict[str, Any] = {
        "_data_files": [{"filename": data.name}], "_fingerprint": fingerprint,
        "_format_columns": None, "_format_kwargs": {}, "_format_type": None, "_output_all_columns": False,
        "_split": "train",
    }  # fmt: skip
    return {"dataset_info.json": {"features": features.to_dict()}, "state.json": state}
