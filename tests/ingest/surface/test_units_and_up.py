"""A unit is never guessed, no side is ever mirrored, and up is stated, or shown and told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anatofit.errors import PrescriptionError, ScanUnsuitableError
from anatofit.ingest.surface.read import Stated, inspect_surface, read_surface
from anatofit.model.case import Waiver
from anatofit.model.mesh import Mesh
from anatofit.model.surface_scan import SurfaceAnatomy, SurfaceFrame, Unit
from tests.ingest.surface import shapes
from tests.ingest.surface.shapes import tube, written

LIMB = tube()
LIMB_ANATOMY = SurfaceAnatomy.LIMB


def moved(
    mesh: Mesh, *, scale: float = 1.0, turn: np.ndarray | None = None, to: tuple[float, float, float] = (0, 0, 0)
) -> Mesh:
    turn = np.eye(3) if turn is None else turn
    return Mesh(scale * mesh.vertices_lps_mm @ turn.T + np.array(to), mesh.faces)


def rules(error: pytest.ExceptionInfo[ScanUnsuitableError]) -> list[str]:
    return [r.rule for r in error.value.reasons]


@pytest.mark.parametrize("unit, per_mm", [("mm", 1.0), ("cm", 0.1), ("m", 0.001), ("in", 1 / 25.4)])
def test_a_stated_unit_scales_exactly(tmp_path: Path, unit: str, per_mm: float) -> None:
    path = written(tmp_path, "scan.obj", shapes.obj(moved(LIMB, scale=per_mm)))
    scan = read_surface(path, unit=unit, anatomy=LIMB_ANATOMY)
    assert np.allclose(np.sort(scan.mesh.vertices_lps_mm, axis=0), np.sort(LIMB.vertices_lps_mm, axis=0), atol=1e-9)
    assert scan.report.unit == unit and scan.report.unit_from == "stated"


@pytest.mark.parametrize("scale, told", [(1.0, 'unit = "mm"'), (0.1, 'unit = "cm"'), (0.001, 'unit = "m"')])
def test_without_a_unit_the_only_plausible_one_is_told_and_has_to_be_confirmed(
    tmp_path: Path, scale: float, told: str
) -> None:
    path = written(tmp_path, "scan.stl", shapes.stl(moved(LIMB, scale=scale)))
    with pytest.raises(ScanUnsuitableError) as error:
        read_surface(path, unit=None, anatomy=SurfaceAnatomy.FOOT)
    assert rules(error) == ["surface-unit"] and f"confirm it with {told}" in str(error.value)
    assert read_surface(path, unit=told[8:-1], anatomy=SurfaceAnatomy.FOOT).report.fit


def test_where_several_units_are_plausible_all_are_named_and_none_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, "scan.stl", shapes.stl(moved(LIMB, scale=1 / 10)))
    report = inspect_surface(path, Stated(anatomy=None))
    assert report.plausible_units == (Unit.MM, Unit.CM, Unit.INCH)
    assert (
        report.unit is None
        and '"mm" (25 mm), "cm" (250 mm) and "in" (635 mm) are plausible' in report.findings[0].message
    )


@pytest.mark.parametrize(
    "scale, said", [(0.001, "mm"), (1 / 25.4, "mm"), (1.0, "cm"), (1.0, "in"), (1.0, "m"), (0.1, "m")]
)
def test_a_stated_unit_that_makes_no_limb_is_refused(tmp_path: Path, scale: float, said: str) -> None:
    path = written(tmp_path, "scan.stl", shapes.stl(moved(LIMB, scale=scale)))
    with pytest.raises(ScanUnsuitableError) as error:
        read_surface(path, unit=said, anatomy=LIMB_ANATOMY)
    assert rules(error) == ["surface-size"]


def test_a_size_that_was_made_one_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "scan.stl", shapes.stl(moved(LIMB, scale=1 / 250)))
    with pytest.raises(ScanUnsuitableError, match="made its size one: its true size is lost"):
        read_surface(path, unit="mm", anatomy=LIMB_ANATOMY)


def test_a_size_beyond_what_is_met_can_be_confirmed_by_a_waiver(tmp_path: Path) -> None:
    path = written(tmp_path, "scan.stl", shapes.stl(moved(LIMB, scale=6.0)))
    waiver = Waiver(rule="surface-size", reason="a giant", by="A. Person")
    scan = read_surface(path, unit="mm", anatomy=LIMB_ANATOMY, waivers=[waiver])
    assert [(f.rule, f.waived) for f in scan.report.findings] == [("surface-size", True)]


def test_a_3mf_needs_no_unit_and_a_contradiction_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "scan.3mf", shapes.threemf(moved(LIMB, scale=0.1), unit="centimeter"))
    scan = read_surface(path, unit=None, anatomy=LIMB_ANATOMY)
    assert np.ptp(scan.mesh.vertices_lps_mm[:, 2]) == pytest.approx(250)
    assert read_surface(path, unit="cm").report.unit_from == "the file itself"
    with pytest.raises(ScanUnsuitableError) as error:
        read_surface(path, unit="mm", anatomy=LIMB_ANATOMY)
    assert rules(error) == ["surface-unit-conflict"]


@pytest.mark.parametrize(
    "word", [{"unit": "inch"}, {"unit": "MM"}, {"unit": "mm", "up": "z"}, {"unit": "mm", "frame": "LAS"}]
)
def test_words_that_are_none_of_the_order_are_refused(tmp_path: Path, word: dict[str, str]) -> None:
    path = written(tmp_path, "scan.stl", shapes.stl(LIMB))
    with pytest.raises(PrescriptionError):
        read_surface(path, **word)  # type: ignore[arg-type]


def test_coordinates_stay_as_they_stand_without_a_frame(tmp_path: Path) -> None:
    scan = read_surface(written(tmp_path, "scan.stl", shapes.stl(moved(LIMB, to=(100, 200, 300)))), unit="mm")
    assert scan.frame is SurfaceFrame.AS_STATED
    assert scan.mesh.vertices_lps_mm.mean(axis=0)[:2] == pytest.approx([100, 200], abs=1e-3)


def test_ras_becomes_lps_by_half_a_turn_and_nothing_is_mirrored(tmp_path: Path) -> None:
    path = written(tmp_path, "scan.stl", shapes.stl(moved(LIMB, to=(100, 200, 300))))
    scan = read_surface(path, unit="mm", frame="RAS")
    lps = read_surface(path, unit="mm", frame="LPS")
    assert np.array_equal(
        shapes.corner_set(Mesh(scan.mesh.vertices_lps_mm * [-1, -1, 1], scan.mesh.faces)), shapes.corner_set(lps.mesh)
    )
    assert scan.report.up_from == lps.report.up_from == "z of the stated frame" and list(np.asarray(scan.up)) == [
        0,
        0,
        1,
    ]


TURNS = {
    "z": np.eye(3), "y": np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]]), "x": np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0.0]]),
}  # fmt: skip


@pytest.mark.parametrize("axis", TURNS)
@pytest.mark.parametrize("over", [False, True])
def test_the_open_end_of_a_limb_shows_up_whatever_axis_it_lies_along(tmp_path: Path, axis: str, over: bool) -> None:
    turn = TURNS[axis] * ([-1, 1, -1] if over else [1, 1, 1])
    scan = read_surface(written(tmp_path, "scan.stl", shapes.stl(moved(LIMB, turn=turn))), unit="mm")
    assert scan.up == pytest.approx(turn @ [0, 0, 1], abs=0.02)
    assert scan.report.up_from == "the long axis towards the open end"


def test_a_stated_up_that_the_shape_contradicts_is_refused_unless_confirmed(tmp_path: Path) -> None:
    path = written(tmp_path, "scan.stl", shapes.stl(LIMB))
    with pytest.raises(ScanUnsuitableError) as error:
        read_surface(path, unit="mm", up="+y")
    assert rules(error) == ["surface-up"] and "90°" in str(error.value)
    waiver = Waiver(rule="surface-up", reason="cut at the wrong end", by="A. Person")
    scan = read_surface(path, unit="mm", up="-z", waivers=[waiver])
    assert list(np.asarray(scan.up)) == [0, 0, -1] and scan.report.up_from == "stated"


def test_up_is_stated_in_the_file_s_own_axes(tmp_path: Path) -> None:
    turned = moved(LIMB, turn=TURNS["y"])
    scan = read_surface(written(tmp_path, "scan.stl", shapes.stl(turned)), unit="mm", up="+y", frame="RAS")
    assert list(np.asarray(scan.up)) == pytest.approx([0, -1, 0])


def test_a_y_up_file_that_is_said_to_be_lps_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "scan.stl", shapes.stl(moved(LIMB, turn=TURNS["y"])))
    with pytest.raises(ScanUnsuitableError) as error:
        read_surface(path, unit="mm", frame="LPS")
    assert rules(error) == ["surface-up"]


def test_a_closed_shape_shows_no_up(tmp_path: Path) -> None:
    scan = read_surface(written(tmp_path, "scan.stl", shapes.stl(tube(open_top=False))), unit="mm")
    assert scan.up is None and scan.report.up_from == ""


def test_a_foot_stands_on_its_sole(tmp_path: Path) -> None:
    """A half ellipsoid with a flat, slightly uneven sole; closed, and long along x."""
    dome = shapes.ball(1.0, fine=24)
    points = dome.vertices_lps_mm * [125, 45, 60]
    points[:, 2] = np.where(points[:, 2] < -25, -25 + 0.02 * points[:, 1], points[:, 2])
    turn = TURNS["y"]
    path = written(tmp_path, "foot.stl", shapes.stl(moved(Mesh(points, dome.faces), turn=turn)))
    scan = read_surface(path, unit="mm", anatomy=SurfaceAnatomy.FOOT)
    assert scan.report.up_from == "the flat sole" and scan.up == pytest.approx(turn @ [0, 0, 1], abs=0.05)


def test_the_record_bears_the_hash_of_the_file(tmp_path: Path) -> None:
    import hashlib

    path = written(tmp_path, "scan.stl", shapes.stl(LIMB))
    scan = read_surface(path, unit="mm")
    assert scan.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() and scan.input.count == 1
    assert scan.input.sha256 == scan.sha256
