"""Holes of a plate on both sides of a fracture, and on even bone alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anatofit.devices.bone_plate import lettering, screws, spacing
from anatofit.devices.bone_plate.layout import Keep
from anatofit.devices.bone_plate.require import contacts
from anatofit.devices.bone_plate.rim import rim_of
from anatofit.devices.bone_plate.sides import check_held, side_notes
from anatofit.errors import PrescriptionError
from anatofit.geometry.nearest import Nearest
from anatofit.model.mesh import Mesh
from tests.devices.test_plate_places import bent, spec_of, texts


def line(x: float) -> Keep:
    return Keep(point_lps_mm=(x, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0), points_lps_mm=(), margin_mm=4.0, at_mm=x)


def held(x: float, *, count: int, texts_mm: list[float] | None = None) -> tuple[int, int]:
    """How many holes are placed before and behind a line across a straight plate of 100 mm."""
    curve, keeps = bent(arm_mm=100.0, other_mm=0.5, radius_mm=1000.0), [line(x)]
    spec = spec_of({"hole_count": count})
    pieces = spacing.free_pieces(spec, curve, keeps, texts=texts(curve, *texts_mm or []))
    places, _ = spacing.spread(spec, pieces, keeps)
    return sum(s < x for s in places), sum(s > x for s in places)


def screws_at(*at_mm: float) -> Any:
    return [SimpleNamespace(at_mm=s) for s in at_mm]


@pytest.mark.parametrize(
    ("x", "count", "wanted"), [(50.0, 6, (3, 3)), (30.0, 6, (3, 3)), (30.0, 4, (2, 2)), (18.0, 6, (2, 4))]
)
def test_holes_go_in_equal_numbers_to_both_sides_of_a_line_as_far_as_there_is_room(
    x: float, count: int, wanted: tuple[int, int]
) -> None:
    assert held(x, count=count) == wanted


@pytest.mark.parametrize(
    ("design", "wanted_mm"),
    [({}, 12.0), ({"screw_diameter_mm": 4.5, "head_diameter_mm": 8.0}, 20.0), ({"hole_pitch_mm": 9.0}, 9.0)],
)
def test_holes_stand_as_far_apart_as_ordered_or_as_the_screws_are_thick(
    design: dict[str, float], wanted_mm: float
) -> None:
    spec, piece = spec_of(design), (0.0, 180.0)
    places, _ = spacing.spread(spec, [piece], [])
    assert np.diff(places) == pytest.approx(wanted_mm)


def test_a_distance_of_holes_that_no_head_has_room_in_is_refused() -> None:
    with pytest.raises(PrescriptionError, match=r"was 4 mm; at least 6 mm is wanted, or 0: by the screws' diameter"):
        spec_of({"hole_pitch_mm": 4.0})


def test_letters_take_no_side_s_second_hole() -> None:
    assert min(held(30.0, count=8, texts_mm=[24.0])) >= 2


def test_a_side_that_one_screw_holds_is_told_with_what_its_path_lacks() -> None:
    (said,) = side_notes([line(20.0)], screws_at(8.0, 30.0, 40.0, 50.0), [(4.0, 8.5), (28.0, 56.0)], pitch_mm=6.0)
    assert "1 and 3 screws" in said and "first point" in said and "1.5 mm too short" in said
    (said,) = side_notes([line(40.0)], screws_at(8.0, 30.0, 50.0), [(4.0, 32.0), (48.0, 56.0)], pitch_mm=6.0)
    assert "last point name screws of your own" in said
    assert side_notes([line(30.0)], screws_at(8.0, 20.0, 40.0, 50.0), [], pitch_mm=6.0) == []


def test_a_plate_that_would_hold_one_side_with_no_screw_is_refused() -> None:
    check_held([line(20.0)], screws_at(8.0, 30.0))
    with pytest.raises(PrescriptionError, match=r"path's last point, .* there \(1 hole left out\)") as caught:
        check_held([line(20.0)], screws_at(8.0, 14.0), ["1 hole left out"])
    assert [r.rule for r in caught.value.reasons] == ["no-room"]


def stepped(rise_mm: float, *, over_mm: float, at_mm: float = 1.0) -> Nearest:
    """A plane with a straight step up that begins at x."""
    xs, zs = np.array([-20.0, at_mm, at_mm + over_mm, 20.0]), np.array([0.0, 0.0, rise_mm, rise_mm])
    corners = np.array([[x, y, z] for x, z in zip(xs, zs, strict=True) for y in (-20.0, 20.0)])
    faces = [f for n in (0, 2, 4) for f in ((n, n + 2, n + 1), (n + 1, n + 2, n + 3))]
    return Nearest(Mesh(corners, np.array(faces)))


def sharpest_deg(near: Nearest, axis: Any = (0.0, 0.0, 1.0), *, stretch_mm: float = 0.0) -> float:
    axis = np.array(axis)
    along = np.array([axis[2], 0.0, -axis[0]])
    rim = rim_of(near, 2.8 * axis, axis, along, radius_mm=1.2, stretch_mm=stretch_mm, level_mm=0.3)
    return float(rim.edge_deg.min())


def test_the_edge_of_a_hole_is_square_on_even_bone_and_as_sharp_as_it_leans() -> None:
    assert sharpest_deg(stepped(0.0, over_mm=1.0)) == pytest.approx(90.0, abs=0.5)
    lean = np.deg2rad(20.0)
    assert sharpest_deg(stepped(0.0, over_mm=1.0), (np.sin(lean), 0.0, np.cos(lean))) == pytest.approx(70.0, abs=0.5)


@pytest.mark.parametrize("over_mm", [0.4, 1.0])
def test_a_step_beneath_a_hole_s_rim_is_seen_however_narrow(over_mm: float) -> None:
    assert sharpest_deg(stepped(over_mm, over_mm=over_mm)) == pytest.approx(45.0, abs=2.0)
    assert sharpest_deg(stepped(-over_mm, over_mm=over_mm)) > 85.0  # it falls away: that edge is blunt


def test_a_step_beneath_the_end_of_an_oblong_hole_is_seen() -> None:
    far = stepped(0.5, over_mm=0.5, at_mm=2.0)
    assert sharpest_deg(far) == pytest.approx(90.0, abs=0.5)
    assert sharpest_deg(far, stretch_mm=2.0) == pytest.approx(45.0, abs=2.0)


def test_a_small_plate_rests_on_as_many_places_as_half_its_footing_has_room_for() -> None:
    assert [contacts(mm2) for mm2 in (30.0, 100.0, 200.0, 384.0, 1500.0)] == [3, 3, 6, 12, 12]


@pytest.mark.parametrize(("edges_deg", "number"), [([80.0, 90.0], 0), ([65.0, 80.0, 90.0], 1), ([65.0, 70.0], 0)])
def test_of_places_with_room_the_first_on_even_bone_is_taken_or_else_the_first(
    monkeypatch: pytest.MonkeyPatch, edges_deg: list[float], number: int
) -> None:
    monkeypatch.setattr(screws, "sharpest_deg", lambda _near, _spec, _curve, screw: edges_deg[screw])
    places: Any = iter(range(len(edges_deg)))
    nothing: Any = None
    assert screws._evenest(nothing, nothing, nothing, places) == number


def test_letters_on_a_round_bone_stand_where_the_outer_face_turns_little() -> None:
    turns = np.linspace(0.0, 2 * np.pi, 181)
    ring = np.stack([0 * turns, 6.0 * np.sin(turns), 6.0 * np.cos(turns) - 6.0], axis=1)
    corners = np.concatenate([ring + np.array([x, 0.0, 0.0]) for x in (-10.0, 110.0)])
    n = np.arange(180)
    faces = np.concatenate([np.stack([n, n + 181, n + 1], axis=1), np.stack([n + 1, n + 181, n + 182], axis=1)])
    curve = bent(arm_mm=100.0, other_mm=0.5, radius_mm=1000.0)
    turned = lettering._turns_deg(Nearest(Mesh(corners, faces)), spec_of(), curve, 3.5)[80:121].max()
    assert turned == pytest.approx(np.rad2deg(np.arcsin(1.75 / 8.8)), abs=1.0)
