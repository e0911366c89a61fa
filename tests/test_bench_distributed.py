"""The bench of the batch on Spark: by cores, up to a million things, with a sample of rows where all would take an hour."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from kg.bench import FULL, Size, distributed
from kg.errors import Invalid
from kg.settings import read_settings


def test_a_million_things_are_ranked_in_the_full_size() -> None:
    assert FULL.ranked == 1_000_000
    assert len(distributed.pick_rows(100_000)) == 100_000
    rows = distributed.pick_rows(1_000_000)
    assert len(rows) == 20_000 and rows[0] == 0 and rows[-1] == 999_950 and (np.diff(rows) == 50).all()


def test_cores_double_up_to_all() -> None:
    assert [distributed.list_cores(cores) for cores in (1, 2, 3, 8)] == [[1], [1, 2], [1, 2, 3], [1, 2, 4, 8]]


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Invalid, match="Spark, numba or Java is missing"):
        next(distributed.measure(read_settings({}, var=tmp_path), Size(), print))


@pytest.mark.skipif(not (find_spec("pyspark") and find_spec("numba") and shutil.which("java")),
                    reason="the extra `distributed` or Java is missing: pip install 'urban-agenda-kg[distributed]'")
def test_each_figure_names_its_cores_and_a_sample_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "WHOLE", 1_000_000)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    size = Size(quads=2_000, ranked=2_000, runs=2, quick=True)
    figures = list(distributed.measure(read_settings({}, var=tmp_path), size, lambda line: None))
    assert all(value > 0 for each in figures for value in (*each.runs, *each.peer_runs))
    found = {(each.name, each.size): (len(each.runs), each.peer) for each in figures}
    for used in ("1 of 2 cores", "2 of 2 cores"):
        for size_name in ("20 things", "200 things", "2,000 things, from 500 rows"):
            assert found.pop((f"all pairs in one process, {used}", size_name)) == (2, "")
        for size_name in ("20 things", "200 things"):
            assert found.pop((f"all pairs on Spark, {used}", size_name)) == (2, "one process")
        assert found.pop((f"statistics on Spark, {used}", "2,000 quads")) == (2, "stored queries")
    assert found == {("all pairs on Spark, 2 of 2 cores", "2,000 things"): (1, "one process, a sample of rows")}
