"""Samples are whole, as their manifest says, and refuse what they must."""

from __future__ import annotations

import gzip
import hashlib
import io
import plistlib
import tarfile
import tomllib
from pathlib import Path

import numpy as np
import pytest

from anatofit.errors import OutputError, RequestError
from anatofit.model.case import Prescription
from anatofit.samples import SAMPLES, write_sample
from anatofit.samples.cranium import read_inv3
from anatofit.samples.series import SeriesText, uid, write_series

SHIPPED = Path(__file__).parents[2] / "data" / "samples"


def test_the_manifest_names_every_file_with_its_hash() -> None:
    manifest = tomllib.loads((SHIPPED / "manifest.toml").read_text(encoding="utf-8"))["head"]
    files = {p.relative_to(SHIPPED / "head").as_posix(): p for p in (SHIPPED / "head").rglob("*") if p.is_file()}
    assert set(manifest["sha256"]) == set(files)
    assert {name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in files.items()} == manifest["sha256"]
    assert manifest["origin"] and manifest["licence"]
    assert sum(p.stat().st_size for p in files.values()) < 5_000_000


def test_the_committed_copy_is_what_the_command_computes(tmp_path: Path) -> None:
    import pydicom

    prescription = write_sample("head", tmp_path / "head")
    assert prescription.read_bytes() == (SHIPPED / "head" / "prescription.toml").read_bytes()
    names = sorted(p.name for p in (tmp_path / "head" / "scan").iterdir())
    assert names == sorted(p.name for p in (SHIPPED / "head" / "scan").iterdir())
    for name in names[::33]:
        made, kept = (pydicom.dcmread(folder / "scan" / name) for folder in (tmp_path / "head", SHIPPED / "head"))
        assert made.SOPInstanceUID == kept.SOPInstanceUID
        assert made.ImagePositionPatient == kept.ImagePositionPatient
        off = np.abs(made.pixel_array.astype(int) - kept.pixel_array.astype(int))
        assert off.max() <= 1 and (off > 0).mean() < 1e-3  # another processor may round a value the other way


def test_the_prescription_is_valid() -> None:
    order = Prescription.model_validate(
        tomllib.loads((SHIPPED / "head" / "prescription.toml").read_text(encoding="utf-8"))
    )
    assert order.order.device == "cranial-plate"
    assert order.order.laterality.value == "R"


@pytest.mark.parametrize(
    ("name", "source"), [("skull", None), ("cranium", None), ("cranium", Path("no such file")), ("head", Path("x"))]
)
def test_a_wrong_request_is_refused_and_leaves_nothing(name: str, source: Path | None, tmp_path: Path) -> None:
    with pytest.raises(RequestError):
        write_sample(name, tmp_path / "out", source=source)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["tibia", "osteotomy"])
def test_the_sample_of_a_bone_is_a_closed_surface_with_an_order_for_it(name: str, tmp_path: Path) -> None:
    prescription = write_sample(name, tmp_path / "case")
    order = Prescription.model_validate(tomllib.loads(prescription.read_text(encoding="utf-8")))
    data = (prescription.parent / str(order.source.surface)).read_bytes()
    assert order.order.device == "cutting-guide" and len(data) == 84 + 50 * int.from_bytes(data[80:84], "little")


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(OutputError):
        write_sample("head", tmp_path)
    assert set(SAMPLES) == {"head", "tibia", "osteotomy", "foot", "limb", "cranium"}


def _inv3(
    path: Path,
    *,
    shape: tuple[int, int, int] = (3, 4, 5),
    matrix: bytes | None = None,
    name: str = "tmp1/matrix.dat",
    **changes: object,
) -> Path:
    hu = np.arange(np.prod(shape), dtype="<i2")
    main = {
        "matrix": {"dtype": "int16", "filename": "matrix.dat", "shape": list(shape)},
        "spacing": [0.5, 0.5, 1.5],
        **changes,
    }
    with tarfile.open(path, "w:gz") as archive:
        for member, data in (
            ("tmp1/main.plist", plistlib.dumps(main)),
            (name, hu.tobytes() if matrix is None else matrix),
        ):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_rows_of_an_inv3_are_turned(tmp_path: Path) -> None:
    volume = read_inv3(_inv3(tmp_path / "a.inv3"))
    assert volume.hu.shape == (3, 4, 5)
    assert volume.hu[0, 0].tolist() == [15, 16, 17, 18, 19]
    assert volume.grid.spacing_ijk_mm.tolist() == [0.5, 0.5, 1.5]


@pytest.mark.parametrize("changes", [
    {"matrix": b"short"}, {"shape": (3, 4, 5000)}, {"spacing": [0.5, -1, 1]}, {"spacing": "x"}, {"name": "tmp1/other.dat"},
])  # fmt: skip
def test_a_broken_inv3_is_refused(changes: dict, tmp_path: Path) -> None:
    with pytest.raises(RequestError):
        read_inv3(_inv3(tmp_path / "a.inv3", **{"matrix": b"", **changes} if "shape" in changes else changes))


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    for name, data in (
        ("text", b"hello"),
        ("gz", gzip.compress(b"hello" * 999)),
        ("cut", gzip.compress(b"x" * 99999)[:40]),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(RequestError):
            read_inv3(tmp_path / name)


def test_a_member_that_points_elsewhere_writes_nothing(tmp_path: Path) -> None:
    path = _inv3(tmp_path / "a.inv3", name="../../matrix.dat")
    assert read_inv3(path).hu.shape == (3, 4, 5)  # read by its base name, in memory
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.inv3"]


def test_a_series_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    volume = read_inv3(_inv3(tmp_path / "a.inv3"))
    text = SeriesText(seed="t", patient_id="P", description="d")
    first, second = (write_series(volume, tmp_path / n, text) for n in ("one", "two"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert uid("a") != uid("b") and len(uid("a")) <= 64
