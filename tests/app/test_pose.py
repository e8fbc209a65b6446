"""A frame that is stated wrongly of a bone that is recognised is told by the way the bone then looks."""

from __future__ import annotations

from functools import cache

import pytest
from scipy.spatial.transform import Rotation

from anatofit.app.bones import closed_bone, recognised
from anatofit.app.pose import pose_remarks
from anatofit.locate.long_bone import locate_long_bone
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.shin_bone import shin_bone


@cache
def tibia(axis: str = "z", degrees: float = 0.0) -> Anatomy:
    """A left tibia in LPS, turned about an axis of the patient."""
    stands = shin_bone(Laterality.LEFT, rings=80, around=36)
    turn = Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
    mesh = Mesh(stands.vertices_lps_mm @ turn.T, stands.faces)
    found = locate_long_bone(mesh, ordered=Laterality.LEFT, bone="tibia")
    assert found is not None
    return recognised(closed_bone(mesh, Laterality.LEFT), found)


def test_a_bone_in_the_stated_frame_is_worth_no_word() -> None:
    assert list(pose_remarks(tibia(), "LPS")) == []


@pytest.mark.parametrize(("stated", "other"), [("LPS", "RAS"), ("RAS", "LPS")])
def test_a_bone_that_looks_back_in_the_stated_frame_is_told_with_the_frame_to_try(stated: str, other: str) -> None:
    (said,) = pose_remarks(tibia(degrees=180.0), stated)
    assert "the tibia as recognised by its shape has its front toward posterior (1" in said
    assert f"in the stated frame, {stated}: check" in said and f'[source] frame = "{other}"' in said


def test_a_bone_on_its_head_is_told_and_no_frame_offered() -> None:
    (said,) = pose_remarks(tibia("y", 180.0), "LPS")
    assert "its proximal end toward inferior" in said and "neither LPS nor RAS" in said and "front" not in said


@pytest.mark.parametrize(("axis", "degrees"), [("z", 75.0), ("z", -75.0), ("x", 60.0), ("x", -60.0)])
def test_a_leg_turned_or_bent_as_legs_are_scanned_is_no_wrong_frame(axis: str, degrees: float) -> None:
    assert list(pose_remarks(tibia(axis, degrees), "LPS")) == []


def test_where_no_frame_is_stated_nothing_is_held_against_it() -> None:
    assert list(pose_remarks(tibia(degrees=180.0), None)) == []


def test_of_a_bone_that_is_not_recognised_the_frame_is_told_to_be_unproven() -> None:
    unknown = closed_bone(tibia().surfaces["host"], Laterality.UNPAIRED)
    (said,) = pose_remarks(unknown, "LPS")
    assert said.startswith("the stated frame, LPS, could not be proven") and "Were the coordinates RAS" in said
    assert list(pose_remarks(unknown, None)) == []
