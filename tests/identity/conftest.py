"""Scans in which a canary sings wherever a file can hold text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.identity.canary import Script, plant, write_planted
from tests.ingest.dicom_writer import make_series


@pytest.fixture
def planted(tmp_path: Path) -> Callable[[Script], Path]:
    """A folder with a small series: the canary in name, number, birth date and UIDs of all slices, everywhere in the first, which speaks for all."""

    def _write(script: Script) -> Path:
        slices = [plant(d, script, everywhere=n == 0) for n, d in enumerate(make_series().slices)]
        return write_planted(slices, tmp_path / "scan", script)

    return _write


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """Where a vault may lie."""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)
    return folder / "vault.json"
