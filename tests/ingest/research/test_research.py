"""A research volume comes in at its own places in HU, however its axes are stored, and says that no patient is in it."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from anatofit.ingest.research.volume import NO_IDENTITY, inspect_research, load_research
from anatofit.model.case import Waiver
from anatofit.model.scan import LoadedScan, ScanLimits, SeriesKind
from anatofit.model.volume import Volume
from tests.ingest.grid_writer import SHAPE_IJK, SPACING_MM, phantom, write_nifti, write_nrrd

LIMITS = ScanLimits.model_validate({"scan_age_days": (180, None), "age_years_min": 21, "height_mm_min": 5.0})
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
ORIGIN_LPS = np.array([-3.0, 5.0, 40.0])


def lps_affine() -> NDArray[np.float64]:
    """Of the phantom as it lies in the patient: i to the left, j to the back, k to the head."""
    affine = np.diag([*SPACING_MM, 1.0])
    affine[:3, 3] = ORIGIN_LPS
    return affine


def stored(order: tuple[int, ...], flips: tuple[bool, ...]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The phantom with its axes in another order and direction, `[slowest, …]`, and the affine to LPS that keeps every place."""
    ijk = phantom().transpose(2, 1, 0)
    affine = lps_affine()
    for axis, flip in enumerate(flips):
        if flip:
            ijk = np.flip(ijk, axis)
            affine[:3, 3] += affine[:3, axis] * (SHAPE_IJK[axis] - 1)
            affine[:3, axis] *= -1
    affine[:3, :3] = affine[:3, list(order)]
    return np.ascontiguousarray(ijk.transpose(order).transpose(2, 1, 0)), affine


def same_places(volume: Volume, atol_mm: float = 1e-4) -> None:
    """Every value of the phantom lies where it belongs, on a right-handed grid."""
    assert np.linalg.det(volume.grid.direction_lps) > 0
    k, j, i = (n.ravel() for n in np.indices(volume.grid.shape_kji))
    places = volume.grid.to_lps(np.stack([i, j, k], axis=1).astype(float))
    index = (places - ORIGIN_LPS) / SPACING_MM
    whole = np.rint(index).astype(int)
    assert np.abs((index - whole) * SPACING_MM).max() < atol_mm
    assert (phantom()[whole[:, 2], whole[:, 1], whole[:, 0]] == volume.hu.ravel()).all()


ORDERS = [(order, flips) for order in permutations(range(3)) for flips in product((False, True), repeat=3)]


@pytest.mark.parametrize("form", ["nii", "nii.gz", "nrrd"])
def test_all_48_orders_and_mirrorings_of_the_axes_hold_the_same_physical_voxels(tmp_path: Path, form: str) -> None:
    for n, (order, flips) in enumerate(ORDERS):
        array, affine = stored(order, flips)
        path = tmp_path / f"{n}.{form}"
        written = write_nrrd(path, array, affine) if form == "nrrd" else write_nifti(path, array, RAS @ affine)
        volume = load_research(written, limits=LIMITS).volume
        assert volume.hu.dtype == np.int16 and volume.grid.is_straight
        same_places(volume)


def quaternion(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """The last three parts of the unit quaternion of a rotation, the first one positive."""
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(rotation).as_quat()
    sign = 1.0 if w >= 0 else -1.0
    return sign * x, sign * y, sign * z


def test_all_48_come_in_by_the_qform_alone_as_well(tmp_path: Path) -> None:
    for n, (order, flips) in enumerate(ORDERS):
        array, affine = stored(order, flips)
        ras = RAS @ affine
        axes = ras[:3, :3] / np.linalg.norm(ras[:3, :3], axis=0)
        mirrored = np.linalg.det(axes) < 0
        spacing = np.linalg.norm(ras[:3, :3], axis=0)
        rotation = axes * [1, 1, -1] if mirrored else axes
        path = write_nifti(
            tmp_path / f"{n}.nii", array, ras, codes=(1, 0), quatern=quaternion(rotation), shift=tuple(ras[:3, 3]),
            pixdim=(-1.0 if mirrored else 1.0, *spacing, 1, 1, 1, 1), rows=np.zeros(12),
        )  # fmt: skip
        same_places(load_research(path, limits=LIMITS).volume)


@settings(max_examples=40)
@given(
    turns=st.tuples(*[st.floats(-180, 180)] * 3),
    spacing=st.tuples(*[st.floats(0.5, 1.0)] * 3),
    origin=st.tuples(*[st.floats(-400, 400)] * 3),
    mirrored=st.booleans(),
)
def test_any_affine_puts_any_voxel_where_the_affine_says(
    tmp_path_factory: pytest.TempPathFactory, turns: Any, spacing: Any, origin: Any, mirrored: bool
) -> None:
    from scipy.spatial.transform import Rotation

    affine = np.eye(4)
    axes = Rotation.from_euler("xyz", turns, degrees=True).as_matrix() * [1, 1, -1 if mirrored else 1]
    affine[:3, :3], affine[:3, 3] = axes * spacing, origin
    array = phantom()
    path = write_nifti(tmp_path_factory.mktemp("any") / "a.nii", array, RAS @ affine, version=2)
    volume = load_research(path, limits=LIMITS).volume
    for ijk in ((0, 0, 0), (15, 23, 19), (5, 3, 4), (1, 20, 7)):
        lps = (affine @ [*ijk, 1.0])[:3]
        at = volume.grid.to_index(lps)
        assert np.abs(at - np.rint(at)).max() < 1e-6
        i, j, k = np.rint(at).astype(int)
        assert volume.hu[k, j, i] == array[ijk[2], ijk[1], ijk[0]]
    assert np.linalg.det(volume.grid.direction_lps) > 0
    assert (
        np.diag(volume.grid.direction_lps).sum() > 0.9
    )  # the nearest of 24 lies within 63 degrees of the patient's axes


def load(tmp_path: Path, array: NDArray[Any] | None = None, name: str = "head.nii", **fields: Any) -> LoadedScan:
    """The phantom, or other values, as a file that was read."""
    affine = fields.pop("affine", lps_affine())
    if name.endswith(("nrrd", "nhdr")):
        return load_research(
            write_nrrd(tmp_path / name, phantom() if array is None else array, affine, **fields), limits=LIMITS
        )
    return load_research(
        write_nifti(tmp_path / name, phantom() if array is None else array, RAS @ affine, **fields), limits=LIMITS
    )


@pytest.mark.parametrize("kind", ["i2", "i4", "i8", "f4", "f8"])
@pytest.mark.parametrize("order", "<>")
def test_every_type_and_byte_order_that_holds_whole_hu_gives_the_same_volume(
    tmp_path: Path, kind: str, order: str
) -> None:
    scan = load(tmp_path, phantom().astype(kind), order=order)
    assert scan.volume.hu.dtype == np.int16 and (scan.volume.hu == phantom()).all()


def test_slope_and_intercept_make_hu_and_a_slope_of_zero_means_none(tmp_path: Path) -> None:
    raw = (phantom() + 1024).astype("u2")
    assert (load(tmp_path, raw, scale=(1.0, -1024.0)).volume.hu == phantom()).all()
    assert (load(tmp_path, phantom(), scale=(0.0, 99.0)).volume.hu == phantom()).all()
    halves = load(tmp_path, raw, scale=(0.5, -1024.0)).volume
    assert halves.hu.dtype == np.float32 and np.abs(halves.hu - (raw * 0.5 - 1024)).max() == 0


def test_decimal_hu_stay_decimal(tmp_path: Path) -> None:
    values = phantom().astype("f4") + np.float32(0.25)
    assert (load(tmp_path, values).volume.hu == values).all()


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("units", "factor", "said"), [(1, 1e-3, "metres"), (3, 1e3, "microns"), (2, 1.0, ""), (0, 1.0, "no unit")]
)
def test_lengths_become_millimetres_and_it_is_said(
    tmp_path: Path, version: int, units: int, factor: float, said: str
) -> None:
    affine = lps_affine()
    affine[:3] *= factor
    scan = load(tmp_path, affine=affine, units=units, version=version)
    same_places(scan.volume, 1e-3)
    assert said in " ".join(scan.facts.notes)


@pytest.mark.parametrize("encoding", ["raw", "gzip", "gz", "ascii"])
@pytest.mark.parametrize("name", ["head.nrrd", "head.nhdr"])
def test_every_encoding_of_nrrd_gives_the_same_volume(tmp_path: Path, encoding: str, name: str) -> None:
    scan = load(tmp_path, name=name, encoding=encoding)
    same_places(scan.volume)
    assert scan.facts.input.count == (2 if name.endswith("nhdr") else 1)


@pytest.mark.parametrize(
    ("space", "signs"), [("RAS", (-1, -1, 1)), ("left-anterior-superior", (1, -1, 1)), ("LPS", (1, 1, 1))]
)
def test_every_space_of_the_patient_gives_the_same_volume(tmp_path: Path, space: str, signs: tuple[int, ...]) -> None:
    same_places(load(tmp_path, name="a.nrrd", affine=np.diag([*signs, 1]) @ lps_affine(), space=space).volume)


@pytest.mark.parametrize("name", ["head.nii", "head.nii.gz", "head.nrrd"])
def test_simpleitk_sees_the_same_places_and_values(tmp_path: Path, name: str) -> None:
    import SimpleITK

    array, affine = stored((2, 0, 1), (True, False, False))
    path = tmp_path / name
    write_nrrd(path, array, affine) if name.endswith("nrrd") else write_nifti(path, array, RAS @ affine, codes=(0, 1))
    image, volume = SimpleITK.ReadImage(str(path)), load_research(path, limits=LIMITS).volume
    for ijk in ((0, 0, 0), (3, 5, 7), (19, 15, 23)):
        k, j, i = np.rint(volume.grid.to_index(np.array(image.TransformIndexToPhysicalPoint(ijk)))[::-1]).astype(int)
        assert volume.hu[k, j, i] == image[ijk]


def test_facts_findings_and_notes_say_that_no_patient_is_in_it(tmp_path: Path) -> None:
    facts = load(tmp_path).facts
    assert facts.identity == NO_IDENTITY == "research input: no patient identity in it"
    assert (facts.series_uid, facts.modality, facts.research) == ("", "unknown, taken as CT in HU", "NIfTI-1")
    assert [s.split(" ")[0] for s in facts.not_judged] == ["patient-age", "scan-age"]
    report = inspect_research(tmp_path / "head.nii", LIMITS)
    assert report.fit and report.series[0].kind is SeriesKind.RESEARCH and NO_IDENTITY in report.series[0].notes


def test_limits_of_the_device_are_judged_and_waived_by_name(tmp_path: Path) -> None:
    affine = lps_affine()
    affine[2, 2] = 2.0
    path = write_nifti(tmp_path / "thick.nii", phantom(), RAS @ affine)
    report = inspect_research(path, LIMITS)
    assert not report.fit and [f.rule for f in report.series[0].findings] == ["slice-thickness"]
    waiver = Waiver(rule="slice-thickness", reason="only scan", by="CE")
    scan = load_research(path, limits=LIMITS, waivers=[waiver])
    assert scan.waived == (waiver,)
    assert {f.id: (f.passed, f.waived) for f in scan.findings}["slice-thickness"] == (False, True)


def test_fillers_below_the_scale_become_its_lowest_value_and_it_is_said(tmp_path: Path) -> None:
    array = phantom()
    array[0, 0, :3] = -3024
    scan = load(tmp_path, array)
    assert scan.volume.hu.min() == -1024 and "-3024" in " ".join(scan.facts.notes)


def test_what_follows_the_values_is_said(tmp_path: Path) -> None:
    for name in ("a.nii", "a.nii.gz"):
        assert "goes on after its values" in " ".join(load(tmp_path, name=name, tail=b"more").facts.notes)


def test_a_file_packed_in_many_pieces_is_one_file(tmp_path: Path) -> None:
    import gzip

    whole = write_nifti(tmp_path / "a.nii", phantom(), RAS @ lps_affine()).read_bytes()
    pieces = b"".join(gzip.compress(whole[n : n + 999]) for n in range(0, len(whole), 999))
    (tmp_path / "b.nii.gz").write_bytes(pieces + b"\0" * 512)
    scan = load_research(tmp_path / "b.nii.gz", limits=LIMITS)
    same_places(scan.volume)
    assert not any("goes on" in note for note in scan.facts.notes)
