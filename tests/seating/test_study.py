"""The study of a part: its contact face, what becomes of cuts and axes, and that it is the same every time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.errors import GeometryError
from anatofit.model.mesh import Mesh
from anatofit.model.part import Part
from anatofit.model.seating import SeatingOrder
from anatofit.seating import study
from anatofit.seating.effect import Moved, axes_of, cuts_of, outline
from anatofit.seating.places import ContactFace, contact_face
from anatofit.seating.pose import Pose, rotations_of
from tests.verify.shapes import box, finer, joined

BONE = finer(box((60.0, 60.0, 60.0), (-30.0, -30.0, -30.0)), 3)
OUT = (3**-0.5,) * 3
PLAN: dict[str, Any] = {
    "contact_offset_mm": 0.3,
    "insertion_direction_lps": OUT,
    "slots": [{"point_lps_mm": [-12.0, -12.0, 0.0], "normal_lps": [1.0, 0.0, 0.0], "blade_way_lps": [0.0, 0.0, 1.0]}],
    "pins": [{"entry_lps_mm": [-8.0, -8.0, 0.0], "axis_lps": [0.0, 0.0, 1.0], "depth_mm": 60.0}],
}
ASKED = SeatingOrder(count=12)


def guide() -> Part:
    """Three plates about the corner of the bone, 0.3 mm off."""
    plates = []
    for axis in range(3):
        size, middle = np.full(3, 14.0), np.full(3, -10.0)
        size[axis], middle[axis] = 3.0, 1.8
        plates.append(box(tuple(size), tuple(middle)))
    return Part("guide", joined(*plates))


GUIDE = guide()


@pytest.fixture(scope="module")
def face() -> ContactFace:
    return contact_face(GUIDE.mesh, BONE, offset_mm=0.3)


@pytest.fixture
def quick(face: ContactFace, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The contact face is found once for all tests."""
    monkeypatch.setattr(study, "contact_face", lambda *_, **__: face)
    return monkeypatch


def moved(shift: Any = (0, 0, 0), turn_deg: Any = (0, 0, 0)) -> Moved:
    return Moved(Pose(rotations_of(np.deg2rad([turn_deg])), np.array([shift], dtype=float)), np.zeros(3))


def test_the_contact_face_is_what_faces_bone_and_no_other_side(face: ContactFace) -> None:
    assert np.abs(face.places_lps_mm.max(axis=1) - 0.3).max() < 1e-9
    assert face.shares.sum() == pytest.approx(1.0) and face.shares.max() < 4 / len(face.shares)
    assert face.area_mm2 == pytest.approx(3 * 196.0, rel=0.02)


def test_a_part_that_faces_no_bone_is_pressed_on_none() -> None:
    far = Mesh(GUIDE.mesh.vertices_lps_mm + 10.0, GUIDE.mesh.faces)
    with pytest.raises(GeometryError, match="50 are wanted"):
        contact_face(far, BONE, offset_mm=0.3)


def test_without_error_and_miss_a_cut_is_off_by_the_offset_alone(quick: pytest.MonkeyPatch) -> None:
    found = study.seated(GUIDE, BONE, PLAN, SeatingOrder(count=4, sigma_mm=0.0, start_mm=0.0, start_deg=0.0))
    assert found.not_seated == 0.0
    assert found.cuts[0].edge_mm.high == pytest.approx(0.3, abs=0.01)
    assert found.cuts[0].angle_deg.high < 0.02
    assert found.shift_mm.high == pytest.approx(0.3 * 3**0.5, abs=0.02)


def test_the_same_order_gives_the_same_figures_however_many_are_followed_at_once(
    quick: pytest.MonkeyPatch,
) -> None:
    first = study.seated(GUIDE, BONE, PLAN, ASKED)
    quick.setattr(study, "_TOGETHER", 5)
    assert study.seated(GUIDE, BONE, PLAN, ASKED) == first


def test_another_seed_gives_other_placements(quick: pytest.MonkeyPatch) -> None:
    first, second = (study.seated(GUIDE, BONE, PLAN, SeatingOrder(count=5, seed=seed)) for seed in (1, 2))
    assert first.cuts[0].edges_mm != second.cuts[0].edges_mm


def test_a_guide_that_runs_away_is_told_and_not_counted(quick: pytest.MonkeyPatch) -> None:
    quick.setattr(study, "FARTHEST_MM", 0.6)
    found = study.seated(GUIDE, BONE, PLAN, ASKED)
    assert 0.0 < found.not_seated < 1.0
    assert found.why_not[0][0].startswith("ran more than 0.6 mm") and found.shift_mm.high <= 0.6
    assert len(found.cuts[0].edges_mm) == round(ASKED.count * (1 - found.not_seated))


def test_a_shift_across_a_cut_moves_its_edge_and_turns_nothing() -> None:
    (cut,) = cuts_of(PLAN, BONE, moved(shift=(0.5, 1.0, 2.0)))
    assert cut.edge_mm.high == pytest.approx(0.5) and cut.angle_deg.high < 1e-6
    assert cut.by[0].words == "shift across the cut" and cut.by[0].share == pytest.approx(1.0)


def test_a_tilt_moves_the_far_edge_by_its_lever() -> None:
    (cut,) = cuts_of(PLAN, BONE, moved(turn_deg=(0, 2, 0)))
    # about the origin: the plane x = -12 at the far edge z = -60 of the bone
    assert cut.angle_deg.median == pytest.approx(2.0, abs=1e-3)
    assert cut.edge_at_lps_mm[2] == pytest.approx(-60.0)
    assert cut.edge_mm.high == pytest.approx(
        60.0 * np.tan(np.deg2rad(2.0)) + 12 * (1 / np.cos(np.deg2rad(2)) - 1), abs=0.01
    )
    assert cut.by[0].words == "tilt about the length of the slot"


def test_an_axis_that_is_moved_beside_itself_passes_its_entry_and_its_end() -> None:
    (axis,) = axes_of(PLAN, moved(shift=(0.3, 0.4, 5.0)))
    assert axis.name == "pin 1" and axis.entry_mm.high == pytest.approx(0.5)
    assert axis.end_mm is not None and axis.end_mm.high == pytest.approx(0.5)
    (turned,) = axes_of({"trajectories": PLAN["pins"]}, moved(turn_deg=(0, 1, 0)))
    assert turned.name == "trajectory 1" and turned.angle_deg.high == pytest.approx(1.0, abs=1e-3)


def test_the_edge_of_a_cut_is_of_the_bone_that_is_cut_and_no_other() -> None:
    two = joined(BONE, box((10.0, 10.0, 10.0), (-12.0, 40.0, -5.0)))
    edge = outline(two, np.array([-12.0, -12.0, 0.0]), np.array([1.0, 0.0, 0.0]))
    assert edge[:, 1].max() <= 0.0 and np.allclose(edge[:, 0], -12.0)
    assert np.array_equal(outline(BONE, np.array([99.0, 0, 0]), np.array([1.0, 0, 0])), [[99.0, 0, 0]])
