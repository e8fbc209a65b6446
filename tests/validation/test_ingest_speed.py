"""The study of speed reads one and the same series by every reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from validation.studies.ingest_speed import figures_of, make_series, seconds_of


def test_every_reader_reads_the_series(tmp_path: Path) -> None:
    make_series(tmp_path / "scan", count=40, side=64)
    names = [p.name for p in sorted((tmp_path / "scan").iterdir())]
    assert len(names) == 40 and (tmp_path / "scan" / names[0]).stat().st_size > 2 * 64 * 64
    figures = figures_of(seconds_of(tmp_path / "scan", rounds=1))
    assert figures["intake_ratio"] == pytest.approx(figures["intake_s"] / figures["cat_s"])
