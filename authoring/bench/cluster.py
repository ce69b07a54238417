"""Submissions of notebook 02 graded by one, two and four workers of a Dask cluster here."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from distributed import LocalCluster

from authoring.bench.grading import grade, hand_in
from authoring.bench.measurement import Measurement

COUNT, WORKERS = 12, (1, 2, 4)


def rows() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as place:
        folder = hand_in(Path(place, "class"), COUNT)
        seconds = {workers: by(workers, folder) for workers in WORKERS}
    first = seconds[WORKERS[0]]
    for workers, took in seconds.items():
        name = f"{COUNT} submissions of 02, workers: {workers}"
        yield Measurement(name, [60 * COUNT / took], "a minute")
        if workers > WORKERS[0]:
            yield Measurement(f"the same, workers: {workers} / 1", [first / took])


def by(workers: int, folder: Path) -> float:
    """Seconds once the workers have graded one each."""
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as cluster:
        given = ["--cluster", cluster.scheduler_address]
        grade(hand_in(folder.with_name(f"first{workers}"), workers), 1, *given)
        return grade(folder, 1, *given)
