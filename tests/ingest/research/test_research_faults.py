"""Every fault of a research file is refused under its own name, at once and in little memory."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.research.volume import inspect_research, load_research
from anatofit.model.scan import ScanLimits
from tests.ingest.grid_writer import phantom, write_nifti, write_nrrd
from tests.ingest.research.test_research import RAS, lps_affine

LIMITS = ScanLimits(height_mm_min=5.0)
Write = Callable[[Path], Path]


def nifti(name: str = "a.nii", change: Callable[[Any], Any] | None = None, **fields: Any) -> Write:
    """A writer of the phantom, its values changed, with other fields."""
    return lambda folder: write_nifti(
        folder / name, phantom() if change is None else change(phantom().astype("f8")), RAS @ lps_affine(), **fields
    )


def nrrd(name: str = "a.nrrd", **fields: Any) -> Write:
    """The same as NRRD."""
    return lambda folder: write_nrrd(folder / name, phantom(), lps_affine(), **fields)


def raw(name: str, data: bytes) -> Write:
    """A writer of these bytes."""

    def write(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return write


def one_value(value: float) -> Callable[[Any], Any]:
    """A change that puts one value into the middle."""

    def change(values: Any) -> Any:
        values[10, 10, 10] = value
        return values

    return change


def cut(write: Write, count: int) -> Write:
    """The same file without its last bytes."""

    def cut_short(folder: Path) -> Path:
        path = write(folder)
        path.write_bytes(path.read_bytes()[:-count])
        return path

    return cut_short


def linked(folder: Path) -> Path:
    """A header whose values are a link to a file elsewhere."""
    path = nrrd("a.nhdr")(folder)
    (folder / "a.raw").rename(folder / "elsewhere")
    (folder / "a.raw").symlink_to(folder / "elsewhere")
    return path


SHEAR = np.array([[1, 0.05, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0.0]])
TURNED = {"codes": (1, 1), "quatern": (0.0, 0.0, 0.1), "pixdim": (1, 0.75, 0.5, 1.25, 1, 1, 1, 1)}
FAULTS: dict[str, tuple[str, Write]] = {
    "no file": ("research-unreadable", lambda folder: folder / "none.nii"),
    "an empty file": ("research-unreadable", raw("a.nii", b"")),
    "one byte": ("research-unreadable", raw("a.nii.gz", b"\x1f")),
    "text": ("research-unreadable", raw("a.nii", b"x" * 1000)),
    "a broken archive": ("research-unreadable", raw("a.nii.gz", b"\x1f\x8b" + b"\xff" * 1000)),
    "no NRRD": ("research-unreadable", raw("a.nrrd", b"NRRD9\n\n")),
    "Analyze": ("research-unreadable", nifti(magic=b"\0\0\0\0")),
    "a pair of files": ("research-unreadable", nifti(magic=b"ni1\0")),
    "values that begin nowhere": ("research-unreadable", nifti(version=2, offset=3)),
    "a header line that is no field": ("research-unreadable", nrrd(extra=("gibberish",))),
    "a field that stands twice": ("research-unreadable", nrrd(extra=("sizes: 1 1 1",))),
    "another coding": ("research-unreadable", nrrd(encoding="bzip2")),
    "an endless header": ("research-unreadable", raw("a.nrrd", b"NRRD0004\n" + b"#" * 2_000_000)),
    "sizes that are words": ("research-unreadable", nrrd(sizes="a b c")),
    "no order of bytes": ("research-unreadable", nrrd(endian=None)),
    "4-D": ("research-dimensions", nifti(dim=(4, 16, 24, 20, 3, 1, 1, 1))),
    "2-D": ("research-dimensions", nifti(dim=(2, 16, 24, 1, 1, 1, 1, 1))),
    "a negative size": ("research-dimensions", nifti(dim=(3, -16, 24, 20, 1, 1, 1, 1))),
    "4-D in NRRD": ("research-dimensions", nrrd(dimension="4", sizes="3 16 24 20")),
    "complex": ("research-type", nifti(datatype=32)),
    "RGB": ("research-type", nifti(datatype=128, bitpix=24)),
    "bits that contradict the type": ("research-type", nifti(bitpix=8)),
    "blocks": ("research-type", nrrd(type="block")),
    "neither form": ("research-space", nifti(codes=(0, 0))),
    "no space": ("research-space", nrrd(space=None)),
    "a space of the scanner": ("research-space", nrrd(space="scanner-xyz")),
    "no directions": ("research-space", nrrd(space_directions="none none none")),
    "a zero direction": ("research-space", nifti(rows=np.zeros(12))),
    "a direction that is no number": ("research-space", nifti(rows=np.full(12, np.nan))),
    "a quaternion that is no rotation": ("research-space", nifti(codes=(1, 0), quatern=(1.0, 1.0, 1.0))),
    "forms that contradict each other": ("research-forms", nifti(**TURNED)),
    "an unknown unit": ("research-units", nifti(units=5)),
    "metres taken for millimetres": ("research-units", nifti(units=1)),
    "a unit of another kind": ("research-units", nrrd(space_units='"in" "in" "in"')),
    "a sheared affine": ("research-sheared", nifti(rows=((RAS @ lps_affine())[:3, :3] @ SHEAR[:, :3]).tolist())),
    "NaN": ("research-values", nifti(change=one_value(np.nan))),
    "infinity": ("research-values", nifti(change=one_value(-np.inf))),
    "a slope that is no number": ("research-values", nifti(scale=(np.nan, 0.0))),
    "no air": ("research-values", nifti(change=lambda v: np.abs(v))),
    "beyond CT": ("hu-range", nifti(change=one_value(70_000))),
    "cut": ("research-truncated", cut(nifti(), 1)),
    "cut and packed": ("research-truncated", cut(nifti("a.nii.gz"), 40)),
    "cut in NRRD": ("research-truncated", cut(nrrd(), 1)),
    "fewer numbers than stated": ("research-truncated", cut(nrrd(encoding="ascii"), 40)),
    "values by an absolute path": ("research-detached", nrrd("a.nhdr", data_file="/etc/passwd")),
    "values outside the folder": ("research-detached", nrrd("a.nhdr", data_file="../a.raw")),
    "a list of files": ("research-detached", nrrd("a.nhdr", data_file="LIST")),
    "a pattern of files": ("research-detached", nrrd("a.nhdr", data_file="a%03d.raw 1 9 1")),
    "values that are a link": ("research-detached", linked),
    "values that are not there": ("research-detached", nrrd("a.nhdr", data_file="b.raw")),
    "2^45 voxels": ("research-size", nifti(dim=(3, 32767, 32767, 32767, 1, 1, 1, 1))),
    "2^63 voxels": ("research-size", nrrd(sizes="2097152 2097152 2097152")),
}  # fmt: skip
FAULTS["a sheared affine"] = (
    "research-sheared",
    nifti(rows=np.column_stack([(RAS @ lps_affine())[:3, :3] @ SHEAR[:, :3], [0.0, 0.0, 0.0]]).ravel()),
)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_by_its_name(fault: str, tmp_path: Path) -> None:
    rule, write = FAULTS[fault]
    path = write(tmp_path)
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_research(path, limits=LIMITS)
    assert [r.rule for r in refusal.value.reasons] == [rule]
    assert str(tmp_path) not in str(refusal.value) and refusal.value.exit_code == 3
    report = inspect_research(path, LIMITS)
    assert not report.fit and rule in {f.rule for s in (report, *report.series) for f in s.findings}


def test_a_mirroring_by_one_of_two_forms_is_said(tmp_path: Path) -> None:
    path = nifti(codes=(1, 1), pixdim=(-1.0, 0.75, 0.5, 1.25, 1, 1, 1, 1))(tmp_path)
    with pytest.raises(ScanUnsuitableError, match="one of them mirrors the patient"):
        load_research(path, limits=LIMITS)


def bomb(folder: Path, sizes: tuple[int, int, int], dtype: str = "f8") -> Path:
    """A header that asks for zeros, packed a thousandfold: some hundred kilobytes on disk."""
    head = write_nifti(
        folder / "h.nii", np.zeros((2, 2, 2), dtype), RAS @ lps_affine(), dim=(3, *sizes, 1, 1, 1, 1)
    ).read_bytes()[:352]
    path = folder / "bomb.nii.gz"
    left = sizes[0] * sizes[1] * sizes[2] * np.dtype(dtype).itemsize
    with gzip.open(path, "wb", compresslevel=6) as packed:
        packed.write(head)
        while left > 0:
            packed.write(bytes(min(left, 1 << 24)))
            left -= 1 << 24
    return path


@pytest.mark.parametrize(("sizes", "rule"), [((512, 512, 100), "research-size"), ((100, 100, 800), "research-values")])
def test_a_bomb_stays_below_256_mb_and_two_seconds(tmp_path: Path, sizes: tuple[int, int, int], rule: str) -> None:
    code = (
        "import re, sys; from pathlib import Path; from anatofit.ingest.research.volume import load_research as load\n"
        "from anatofit.model.scan import ScanLimits\n"
        "try: load(Path(sys.argv[1]), limits=ScanLimits())\n"
        "except Exception as e: print(e.reasons[0].rule, "
        "int(re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024)"
    )
    path = bomb(tmp_path, sizes)
    start = time.process_time()
    before = os.times().children_user
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    seconds = os.times().children_user - before + time.process_time() - start
    named, megabytes = done.stdout.split()
    assert named == rule and int(megabytes) < 256 and seconds < 2


def test_an_archive_that_unpacks_without_end_is_read_no_further_than_the_header_asks(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    whole = gzip.decompress(nifti("a.nii.gz")(tmp_path).read_bytes())
    path.write_bytes(gzip.compress(whole + bytes(200_000_000), 6))
    start = time.process_time()
    scan = load_research(path, limits=LIMITS)
    assert "goes on after its values" in " ".join(scan.facts.notes) and time.process_time() - start < 1


@settings(max_examples=300)
@given(
    position=st.integers(0, 600),
    value=st.binary(min_size=1, max_size=4),
    form=st.sampled_from(["nii", "nii.gz", "nrrd"]),
)
def test_any_bytes_in_the_header_give_a_volume_or_a_named_refusal(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: bytes, form: str
) -> None:
    folder = tmp_path_factory.mktemp("mutated")
    path = (nrrd() if form == "nrrd" else nifti(f"a.{form}"))(folder)
    data = bytearray(path.read_bytes())
    at = position % min(len(data), 600)
    data[at : at + len(value)] = value
    path.write_bytes(bytes(data))
    with suppress(ScanUnsuitableError):
        load_research(path, limits=LIMITS)
