"""A folder with one small series that a test has spoiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import FileDataset

from tests.ingest.dicom_writer import make_series


@pytest.fixture
def spoiled(tmp_path: Path) -> Callable[[Callable[[list[FileDataset]], Any]], Path]:
    """A folder with the series after a change to its slices."""

    def _write(change: Callable[[list[FileDataset]], Any]) -> Path:
        series = make_series()
        change(series.slices)
        return series.write(tmp_path / "scan")

    return _write
