"""The plan of a plate is drawn where the plate will lie, on the bone that it meets."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.report.body import Body
from anatofit.report.bone_captions import PLATE
from anatofit.report.bone_cast import Cast, across_of
from anatofit.report.directions import PATIENT_AXES
from anatofit.report.display import sphere
from anatofit.report.plate_on_bone import lines
from tests.verify.shapes import box

OUT = np.array([0.0, 0.0, 1.0])


def plate(*, length_mm: float = 40.0) -> dict[str, object]:
    stations = [{"point_lps_mm": (x, 0.0, 80.0), "normal_lps": (0.0, 0.0, 1.0), "width_mm": 5.0, "thickness_mm": 1.5}
                for x in np.linspace(-length_mm / 2, length_mm / 2, 9)]  # fmt: skip
    screw = {"centre_lps_mm": (10.0, 0.0, 81.8), "axis_lps": (0.0, 0.0, 1.0), "along_lps": (1.0, 0.0, 0.0), "recess_diameter_mm": 3.0,
             "stretch_mm": 0.0}  # fmt: skip
    return {"contact_offset_mm": 0.3, "stations": stations, "screws": [screw]}


def test_the_outline_reaches_half_a_width_beyond_both_ends_of_the_path_over_the_outer_face() -> None:
    (drawn,) = lines(plate())
    low, high = drawn.mesh.bounds_lps_mm
    assert np.allclose(high - low, (45.0, 5.0, 0.0), atol=0.8) and (low + high)[2] / 2 == pytest.approx(81.8)
    assert list(lines({"slots": []})) == []


@pytest.mark.parametrize(("radius", "whole"), [(80.0, False), (10.0, True)])
def test_the_other_side_of_a_skull_is_left_out_and_a_shaft_stays_whole(radius: float, whole: bool) -> None:
    bone = Body(sphere(OUT * (80.0 - radius), radius_mm=radius, sides=60))
    part = Body(box((45.0, 5.0, 1.5), (0.0, 0.0, 81.0)))
    cast = Cast(bone, {"plate": part}, tuple(lines(plate())), OUT, np.eye(3)[0], np.eye(3)[1], PATIENT_AXES, PLATE)
    assert (cast.beneath is bone) is whole
    assert cast.beneath.mesh.vertices_lps_mm[:, 2].min() > 50.0
    assert np.ptp(cast.around[:, 0]) < 70.0


@pytest.mark.parametrize(
    ("plan", "wanted"), [({}, 2), ({"slots": [{}]}, 0), ({"stations": [{}]}, 0), ({"sleeves": [{}]}, 2)]
)
def test_a_part_is_seen_across_its_cuts_or_along_its_plate_and_any_other_along_what_stands_upright(
    plan, wanted
) -> None:
    seat = {"axes_lps": np.eye(3).tolist()}
    across = across_of({"seat": seat, **plan}, np.array([0.0, -1.0, 0.0]), OUT)
    assert np.allclose(across, np.eye(3)[wanted])
