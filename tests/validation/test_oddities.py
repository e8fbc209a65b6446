"""The study of odd files tells equal voxels from different ones, and a wrong verdict from a right one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anatofit.ingest.pixel.decode import decoder
from anatofit.ingest.pixel.pixels import Decode
from tests.ingest.coded import JPEG_LS, JPEG_LS_NEAR, coded_file, encode, picture, plain
from validation.studies import oddities

FORMAT: dict[str, Any] = {"bits": 12, "allocated": 16}
VALUES = picture(bits=12)


@pytest.fixture(scope="module")
def decode() -> Iterator[Decode]:
    with decoder() as decode:
        yield decode


def study(folder: Path, name: str, data: bytes, decode: Decode) -> oddities.Row:
    (folder / name).write_bytes(data)
    return oddities.study_file(folder / name, folder, decode)


def test_rows_say_what_became_of_each_file(tmp_path: Path, decode: Decode) -> None:
    shape = VALUES.shape
    rows = [
        study(tmp_path, "plain", plain(VALUES, **FORMAT)[0], decode),
        study(tmp_path, "coded", coded_file([[encode(VALUES, JPEG_LS, **FORMAT)]], JPEG_LS, shape=shape, **FORMAT)[0], decode),
        study(tmp_path, "near", coded_file([[encode(VALUES, JPEG_LS_NEAR, **FORMAT)]], JPEG_LS_NEAR, shape=shape, **FORMAT)[0], decode),
        study(tmp_path, "wrong", coded_file([[encode(VALUES, JPEG_LS_NEAR, **FORMAT)]], JPEG_LS, shape=shape, **FORMAT)[0], decode),
        study(tmp_path, "text", b"no scan", decode),
        study(tmp_path, "black", plain(VALUES, **FORMAT, PhotometricInterpretation="MONOCHROME1")[0], decode),
    ]  # fmt: skip
    assert [(r.verdict, r.voxels) for r in rows] == [
        ("read", "equal"),
        ("read", "equal"),
        ("refused", "equal"),  # two decoders agree on what is left
        ("refused", "refused"),
        ("ignored", "none"),
        ("refused", "equal"),
    ]
    assert all(r.right for r in rows) and rows[1].reference == "SimpleITK, pydicom"
    figures = oddities.figures_of(rows)
    assert (figures["files"], figures["differing_files"], figures["wrong_verdicts"]) == (6, 0, 0)
    assert "WRONG" not in oddities.line_of(oddities.grouped(rows)[0])


def test_other_voxels_are_a_difference_and_a_lossy_file_that_is_read_is_a_wrong_verdict(
    tmp_path: Path, decode: Decode, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = plain(VALUES, **FORMAT, LossyImageCompression="01")[0]
    monkeypatch.setattr(oddities, "by_itk", lambda path, instance: (VALUES + 1)[None])
    row = study(tmp_path, "slice", data, decode)
    assert (row.voxels, row.difference) == ("differ", 1)
    assert row.right
    monkeypatch.setattr(oddities, "wanted_rules", lambda path: {"modality"})
    assert not study(tmp_path, "slice", data, decode).right
    assert np.array_equal(oddities.by_pydicom(tmp_path / "slice"), VALUES)
