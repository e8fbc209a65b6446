"""A bone that its own shape does not tell the side of is told by a known one that stands beside it, and by none farther off."""

from __future__ import annotations

from functools import cache

import pytest

from anatofit.app.beside import axis_beside, known_beside
from anatofit.app.sides import BESIDE, side_remark, untold_side
from anatofit.errors import ScanUnsuitableError
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.shin_bone import shin_bone
from tests.verify.shapes import box, finer

LEFT, RIGHT, ANY = Laterality.LEFT, Laterality.RIGHT, Laterality.UNPAIRED


@cache
def tibia() -> Mesh:
    return shin_bone(LEFT, rings=90, around=48)


def rod(off_mm: float) -> Mesh:
    """A bone that nothing tells the side of, so far to the left of the tibia's box."""
    low, high = tibia().bounds_lps_mm
    middle = (low + high) / 2
    at = (float(high[0]) + off_mm + 5.0, float(middle[1]), float(middle[2]))
    return finer(box((10.0, 10.0, float(high[2] - low[2])), at), 5)


@pytest.mark.parametrize("ordered", [LEFT, ANY])
def test_a_fibula_of_the_side_of_the_tibia_beside_it_passes(ordered: Laterality) -> None:
    found = known_beside(rod(3.0), [box((9.0, 9.0, 9.0), (0.0, 60.0, 300.0)), tibia()], ordered)
    assert found is not None and (found.bone, found.laterality) == ("tibia", LEFT)


def test_a_fibula_of_the_other_side_than_the_tibia_beside_it_is_refused() -> None:
    with pytest.raises(ScanUnsuitableError) as caught:
        known_beside(rod(3.0), [tibia()], RIGHT)
    assert caught.value.reasons[0].rule == "wrong-side" and "a left tibia" in str(caught.value)


def test_a_bone_of_the_other_leg_or_of_no_known_shape_tells_nothing() -> None:
    assert known_beside(rod(120.0), [tibia()], RIGHT) is None
    assert known_beside(tibia(), [rod(3.0)], RIGHT) is None
    assert known_beside(rod(3.0), [], RIGHT) is None


def test_a_bone_that_runs_along_a_known_one_has_its_proximal_end_and_one_at_its_end_has_none() -> None:
    found = known_beside(rod(3.0), [tibia()], LEFT)
    assert found is not None
    assert axis_beside(rod(3.0), found)["beside_across"].normal_lps[2] > 0.99
    assert axis_beside(box((30.0, 70.0, 40.0), (0.0, 0.0, -20.0)), found) == {}


def test_bones_of_both_legs_or_beside_a_bone_of_the_middle_tell_no_side(monkeypatch: pytest.MonkeyPatch) -> None:
    points, faces = tibia().vertices_lps_mm, tibia().faces
    other = Mesh(points * [-1.0, 1.0, 1.0] + [2 * points[:, 0].max() + 16.0, 0.0, 0.0], faces[:, ::-1])
    assert known_beside(rod(3.0), [tibia(), other], RIGHT) is None
    assert known_beside(rod(3.0), [other], RIGHT) is not None
    monkeypatch.setattr("anatofit.app.beside.middle_plane", lambda _: object())
    assert known_beside(rod(3.0), [tibia()], RIGHT) is None


def test_what_told_the_side_is_said() -> None:
    (said,) = side_remark({"laterality": "L", "texts": []}, BESIDE + "tibia", LEFT)
    assert said == "a left tibia by its shape stands beside the bone, as ordered"
    (said,) = untold_side("tibia", LEFT, ANY, beside=True)
    assert "a left tibia stands beside the bone" in said and "none is engraved" in said
