"""Pins that the program places give way to each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.guide.fixation import PinForm
from anatofit.devices.guide.layout import Seat, Sleeve
from anatofit.devices.guide.own_bone import under_bone
from anatofit.devices.guide.place import Room
from anatofit.devices.guide.placing import place_pins
from anatofit.devices.guide.site import Harm, Site
from anatofit.geometry.joined import joined
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from tests.verify.shapes import box, finer

FORM = PinForm(diameter_mm=2.0, clearance_mm=0.2, wall_mm=1.9, length_mm=9.0, lean_deg=0.0)
SEAT = Seat(origin_lps_mm=(0.0, 0.0, 0.0), axes_lps=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), low_mm=(-20.0, -20.0, 0.0),
            shape_kji=(1, 81, 81), step_mm=0.5)  # fmt: skip
FIRST, SECOND = ((0.0, 0.0), 1), ((0.0, 8.0), 1)
APART_MM, EDGE_MM, STRIP_MM = 10.0, 9.0, 1.0


def apart(pin: Sleeve, before: Sequence[Sleeve]) -> bool:
    return all(float(np.linalg.norm(np.subtract(pin.entry_lps_mm, o.entry_lps_mm))) >= APART_MM - 1e-6 for o in before)


def off_strip(pin: Sleeve, _before: Sequence[Sleeve]) -> tuple[int, ...]:
    x, y, _ = pin.entry_lps_mm
    return int(y > EDGE_MM or abs(x) > STRIP_MM), 0


def site(harm: Harm = lambda _pin, _before: (), *, thick_mm: float = 10.0, over: Sequence[Mesh] = ()) -> Site:
    """A plate of bone under its flat top, all of it free; what stands over it is bone as well."""
    line, free = np.linspace(-20.0, 20.0, 81), np.full((81, 81), -20.0, dtype=np.float32)
    bone = joined([finer(box((60.0, 60.0, thick_mm), (0.0, 0.0, -thick_mm / 2)), 4), *over])
    return Site(bone, SEAT, Room(line, line, free, free.copy()), np.zeros((81, 81)), fits=apart, harm=harm)


def entries(pins: Sequence[Sleeve]) -> FloatArray:
    return np.array([pin.entry_lps_mm[:2] for pin in pins])


def test_pins_stand_at_their_targets_one_after_the_other_where_none_does_harm() -> None:
    found = entries(place_pins(site(lambda _pin, _before: (0, 0)), FORM, [FIRST, SECOND], wanted=2))
    assert np.allclose(found[0], FIRST[0]) and np.linalg.norm(found[1] - found[0]) >= APART_MM


def test_a_pin_that_those_before_it_leave_harm_alone_is_placed_before_them() -> None:
    on = site(off_strip)
    found = entries(place_pins(on, FORM, [FIRST, SECOND], wanted=2))
    assert (found[:, 1] <= EDGE_MM).all() and np.allclose(found[1], SECOND[0])
    assert np.linalg.norm(found[1] - found[0]) >= APART_MM
    assert all(on.room.border_mm[round(2 * (y + 20.0)), round(2 * (x + 20.0))] > 0.0 for x, y in found)


def test_the_least_kind_of_harm_is_no_reason_to_place_others_anew() -> None:
    found = entries(
        place_pins(site(lambda pin, before: (0, *off_strip(pin, before)[:1])), FORM, [FIRST, SECOND], wanted=2)
    )
    assert np.allclose(found[0], FIRST[0])


def test_where_every_order_does_harm_as_many_pins_stand_as_without_it() -> None:
    assert len(place_pins(site(lambda _pin, _before: (1, 0)), FORM, [FIRST, SECOND], wanted=2)) == 2


def test_a_pin_that_finds_less_bone_than_holds_it_is_not_placed() -> None:
    assert place_pins(site(thick_mm=4.9), FORM, [FIRST, SECOND], wanted=2) == []
    assert len(place_pins(site(thick_mm=5.2), FORM, [FIRST, SECOND], wanted=2)) == 2


def test_a_pin_gives_way_to_bone_that_stands_over_its_sleeve() -> None:
    """A shelf over the target, 30 mm up: the first place whose drill passes it is taken."""
    shelf = finer(box((8.0, 8.0, 2.0), (0.0, 0.0, 31.0)), 3)
    (found,) = place_pins(site(over=[shelf]), FORM, [FIRST], wanted=1)
    assert 4.0 + 1.1 < max(abs(v) for v in found.entry_lps_mm[:2]) < 4.0 + 1.1 + 3.0
    assert [reason.rule for reason in under_bone(site(over=[shelf]).bone, [found])] == []
    (reason,) = under_bone(site(over=[shelf]).bone, place_pins(site(), FORM, [FIRST], wanted=1))
    assert reason.rule == "way-blocked" and "pin 1" in reason.message
