"""Real surfaces: bones of both sides, a limb, a foot; each comes in, and the side is told by shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from anatofit.geometry.chirality import Hand, chirality
from anatofit.ingest.surface.read import read_surface
from anatofit.model.mesh import Mesh
from anatofit.model.surface_scan import SurfaceAnatomy


def bone(cases: Path, side: str, name: str) -> Mesh:
    return read_surface(cases / "bones" / f"VHF_{side}_Bone_{name}_smooth.stl", unit="mm", frame="RAS").mesh


@pytest.mark.parametrize("name", ["Fibula", "Tibia"])
def test_left_reads_as_left_against_the_mirrored_right(cases: Path, name: str) -> None:
    left, right = bone(cases, "Left", name), bone(cases, "Right", name)
    told = chirality(left, right)
    assert told.hand is Hand.OTHER and told.ratio > 1.25


def test_a_right_tibia_of_another_person_reads_as_right(cases: Path) -> None:
    other = read_surface(cases / "foot-and-leg" / "right_tibia_remeshed.stl", unit="mm", frame="LPS").mesh
    assert chirality(other, bone(cases, "Right", "Tibia"), scaled=True).hand is Hand.SAME


def test_a_residual_limb_is_open_at_its_top(cases: Path) -> None:
    scan = read_surface(cases / "limb" / "limb_scan_A.stl", unit="mm", anatomy=SurfaceAnatomy.LIMB)
    assert scan.up is not None and scan.up[2] > 0.98 and len(scan.loops) == 1
    assert scan.loops[0].facts.perimeter_mm == pytest.approx(376.6, abs=0.5)


def test_bones_within_the_mean_limb_are_kept_apart(cases: Path) -> None:
    scan = read_surface(cases / "limb" / "mean_limb_full_size.stl", unit="mm")
    assert len(scan.inner) == 4 and scan.report.balance is not None
    assert (scan.report.balance.read, scan.report.balance.kept) == (38910, 19161)


def test_a_talus_that_cuts_itself_is_mended_with_a_record(cases: Path) -> None:
    scan = read_surface(cases / "bones" / "VHF_Right_Bone_Talus_smooth.stl", unit="mm")
    assert scan.loops == () and {r.what for r in scan.report.repairs} >= {
        "crossings",
        "small holes",
        "duplicate triangles",
    }


def test_a_foot_that_was_cut_above_the_ankle_stands_upright(cases: Path) -> None:
    scan = read_surface(cases / "foot-and-leg" / "right_foot_skin_cut90mm.stl", unit="mm", anatomy=SurfaceAnatomy.FOOT)
    assert scan.up is not None and scan.up[2] > 0.98
