"""Holes in the skin of a foot or a limb are closed by what lies around them, and each is told; bones stay as they were scanned."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from anatofit.geometry.nearest import Nearest
from anatofit.ingest.surface.read import read_surface
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.model.surface_scan import SurfaceAnatomy, SurfaceScan
from anatofit.samples.foot import skin
from anatofit.samples.foot_forms import height_map_text
from tests.ingest.surface.shapes import ball, stl, tube, written

RADIUS_MM = 50.0
LIMB = tube(radius_mm=RADIUS_MM, around=90, along=60, dome=24)
CALF = np.array([0.0, RADIUS_MM, 60.0])


def without(mesh: Mesh, *places: FloatArray, half_mm: float) -> Mesh:
    middles = mesh.triangles_lps_mm.mean(axis=1)
    away = np.min([np.linalg.norm(middles - place, axis=1) for place in places], axis=0)
    return Mesh(mesh.vertices_lps_mm, mesh.faces[away > half_mm])


def scan_of(folder: Path, mesh: Mesh, of: SurfaceAnatomy | None = SurfaceAnatomy.LIMB) -> SurfaceScan:
    return read_surface(written(folder, "scan.stl", stl(mesh)), unit="mm", anatomy=of)


def test_a_hole_in_a_limb_is_closed_by_its_curve_and_told(tmp_path: Path) -> None:
    scan = scan_of(tmp_path, without(LIMB, CALF, half_mm=14.0))
    (hole,) = scan.holes
    assert len(scan.loops) == 1 and scan.loops[0].facts.centre_mm == pytest.approx((0, 0, 200), abs=1e-3)
    assert np.abs(np.hypot(*hole.points_mm[:, :2].T) - RADIUS_MM).max() < 0.1
    assert 26.0 < hole.facts.width_mm < 36.0 and hole.facts.off_mm is not None and hole.facts.off_mm < 0.5
    (repair,) = [r for r in scan.report.repairs if r.what == "hole"]
    assert repair.sentence == hole.facts.sentence and "closed by the skin around it" in repair.sentence
    assert scan.report.balance is not None and scan.report.balance.holds and scan.report.balance.added > 0


def test_holes_beside_each_other_are_each_told_the_widest_first(tmp_path: Path) -> None:
    front = np.array([0.0, -RADIUS_MM, 100.0])
    scan = scan_of(tmp_path, without(without(LIMB, CALF, half_mm=8.0), front, half_mm=14.0))
    assert [hole.facts.centre_mm[1] < 0 for hole in scan.holes] == [True, False]


def test_the_only_opening_of_a_closed_skin_is_a_hole_too(tmp_path: Path) -> None:
    closed = ball(RADIUS_MM, fine=30)
    scan = scan_of(tmp_path, without(closed, np.array([RADIUS_MM, 0.0, 0.0]), half_mm=8.0), SurfaceAnatomy.FOOT)
    assert scan.loops == () and len(scan.holes) == 1


@pytest.mark.parametrize("of", [None, SurfaceAnatomy.BONE])
def test_what_is_no_skin_keeps_its_openings(tmp_path: Path, of: SurfaceAnatomy | None) -> None:
    scan = scan_of(tmp_path, without(LIMB, CALF, half_mm=14.0), of)
    assert len(scan.loops) == 2 and scan.holes == ()


def test_a_hole_that_no_plane_lies_under_is_closed_flat_and_known_by_nothing(tmp_path: Path) -> None:
    end = np.array([0.0, 0.0, -RADIUS_MM])
    (hole,) = scan_of(tmp_path, without(LIMB, end, half_mm=72.0)).holes
    assert hole.facts.off_mm is None and "closed by flat triangles" in hole.facts.sentence


@cache
def map_rows() -> tuple[list[str], list[list[str]]]:
    """Head and cells of a height map, its first rows over the toes."""
    lines = height_map_text(skin(Laterality.RIGHT, step_mm=3.0)).splitlines()
    head = [line for line in lines if line.startswith("#")]
    return head, [line.split(",") for line in lines if not line.startswith("#")]


def mapped(folder: Path, *, empty_from_end: int | None) -> SurfaceScan:
    """The map as a scan, with 5 x 5 cells (10 mm) emptied in the middle of a row so far from the heel's last."""
    head, rows = map_rows()
    cells = [row.copy() for row in rows]
    if empty_from_end is not None:
        last = max(j for j, row in enumerate(rows) if any(row))
        j = last - empty_from_end
        i = int(np.mean([n for n, cell in enumerate(rows[j]) if cell])) - 2
        for row in cells[j : j + 5]:
            row[i : i + 5] = [""] * 5
    path = folder / "sole.csv"
    path.write_text("\n".join([*head, *(",".join(row) for row in cells)]) + "\n", encoding="utf-8")
    return read_surface(path, unit=None, anatomy=SurfaceAnatomy.FOOT)


def test_empty_cells_that_a_heel_encloses_are_closed_where_the_sole_was(tmp_path: Path) -> None:
    whole = mapped(tmp_path, empty_from_end=None)
    (hole,) = mapped(tmp_path, empty_from_end=17).holes
    on_whole, _ = Nearest(whole.mesh).asked(hole.points_mm)
    assert whole.holes == () and hole.facts.off_mm is not None
    assert np.linalg.norm(hole.points_mm - on_whole, axis=1).max() < min(hole.facts.off_mm, 0.3)


def test_empty_cells_among_the_toes_are_not_known_to_a_millimetre(tmp_path: Path) -> None:
    (hole,) = mapped(tmp_path, empty_from_end=107).holes
    assert hole.facts.off_mm is None or hole.facts.off_mm > 1.0
