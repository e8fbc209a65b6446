"""Pins that the program places: on free ground near their targets, out of each other's way and where they do least harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from anatofit.devices.guide.fixation import APART_MM, PinForm, leaning, meets
from anatofit.devices.guide.joint import Joint
from anatofit.devices.guide.layout import Pair, Seat, Sleeve
from anatofit.devices.guide.place import Room
from anatofit.devices.guide.sight import Look, hidden_by
from anatofit.devices.guide.sleeves import sleeve
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.words import counted

FEWEST = 2  # one pin lets the guide turn
_ON_GROUND = 0.7  # of a sleeve's radius that must lie on ground; beyond it the sleeve carries itself
_BESIDE_MM = 3.0  # between the places that are tried for a pin: a wire and its drill's play further on
_AROUND_MM = 15.0  # the first place, where others are tried: further off a pin holds another part of the base

Fits = Callable[[Sleeve, Sequence[Sleeve]], bool]
Harm = Callable[[Sleeve, Sequence[Sleeve]], tuple[int, ...]]
_At = tuple[int, int]
_Placed = tuple[_At, Sleeve]


@dataclass(frozen=True, eq=False)
class Site:
    """Where pins are to stand: the bone, the seat, its heights and what is free of it, and the knee where there is one.

    fits: whether a pin may stand beside those before it; harm: how bad it is that it does, the worst first, 0 where it is not.
    """

    bone: Mesh
    seat: Seat
    room: Room
    height: FloatArray
    joint: Joint | None = None
    fits: Fits = lambda _pin, _before: True
    harm: Harm = lambda _pin, _before: ()

    def ends_in_joint(self, pin: Sleeve) -> bool:
        """Whether a pin's way ends in the knee."""
        return self.joint is not None and self.joint.met_by(pin)


def place_pins(site: Site, form: PinForm, targets: Sequence[tuple[Pair, int]], *, wanted: int) -> list[Sleeve]:
    """Up to `wanted` pins, each nearest to a target on free ground, leaning to the side (1 or -1) that is told with it.

    The first target without room ends it. A pin that meets another in the bone, or does not fit beside those before it, gives way
    to one there with no lean or the other, then to one a little off; so does one whose `harm` is not 0, to one that does less; and
    where all of these end in the joint, to those that lean away from it. A target where none keeps out of it gets no pin,
    unless fewer than 2 would stand.
    """
    standing, put_off = _Standing(site, form), []
    for placed in standing.chosen(targets, wanted):
        if site.ends_in_joint(placed[1]):
            put_off.append(placed)
        else:
            standing.add(placed)
    for placed in put_off:
        if len(standing.pins) < min(FEWEST, wanted) and standing.is_free(placed):
            standing.add(placed)
    return standing.pins


@dataclass(frozen=True, eq=False)
class _Standing:
    """The pins of one form that stand on a site so far."""

    site: Site
    form: PinForm
    pins: list[Sleeve] = field(default_factory=list)

    @property
    def _on_ground_mm(self) -> float:
        return _ON_GROUND * self.form.radius_mm

    def add(self, placed: _Placed) -> None:
        at, pin = placed
        self.site.room.take(at, radius_mm=self.form.radius_mm + APART_MM)
        self.pins.append(pin)

    def is_free(self, placed: _Placed) -> bool:
        """Whether a pin that was chosen earlier still has room."""
        return bool(self.site.room.border_mm[placed[0]] <= -self._on_ground_mm) and self._fits(placed)

    def chosen(self, targets: Sequence[tuple[Pair, int]], wanted: int) -> Iterator[_Placed]:
        """The best pin near each target in turn, until enough stand or one has no room."""
        for target, side in targets:
            places = self._near(target) if len(self.pins) < wanted else []
            if not places:
                return
            best = self._mildest(filter(self._fits, _tried(self.site, self.form, places, side)))
            if best is not None:
                yield best

    def _near(self, target: Pair) -> list[_At]:
        room = self.site.room
        return [*room.near(target, radius_mm=self._on_ground_mm, spread_mm=_BESIDE_MM, within_mm=_AROUND_MM)]

    def _fits(self, placed: _Placed) -> bool:
        return meets(placed[1], self.pins) is None and self.site.fits(placed[1], self.pins)

    def _mildest(self, tried: Iterator[_Placed]) -> _Placed | None:
        """The first that does no harm, or the one that does least; None of none."""
        seen: list[tuple[tuple[int, ...], _Placed]] = []
        for placed in tried:
            worse = self.site.harm(placed[1], self.pins)
            if not any(worse):
                return placed
            seen.append((worse, placed))
        return min(seen, key=lambda s: s[0])[1] if seen else None


def _tried(site: Site, form: PinForm, places: Sequence[_At], side: int) -> Iterator[_Placed]:
    """A pin at each place, leaning to its side, then not, then to the other; then the same away from a joint, by half the lean and all of it."""
    seat, room, height, joint = site.seat, site.room, site.height, site.joint
    for away, at in product((0.0,) if joint is None else (0.0, 0.5, 1.0), places):
        entry = seat.to_lps(np.array([room.x_mm[at[1]], room.y_mm[at[0]], height[at]]))
        for turn in (1.0, 0.5, 0.0, -0.5, -1.0):
            axis = leaning(seat, height, at, form.lean_deg * side * turn)
            axis = axis if joint is None else joint.shunned(axis, form.lean_deg * away)
            yield (
                at,
                sleeve(site.bone, entry, axis, hole_mm=form.hole_mm, wall_mm=form.wall_mm, length_mm=form.length_mm),
            )


def less_pins(found: Sequence[Sleeve], wanted: int, joint: Joint | None) -> list[str]:
    """A sentence where fewer pins were placed than are wanted."""
    if len(found) == wanted:
        return []
    off = "" if joint is None else " and a way that keeps out of the knee's joint"
    return [
        f"{counted(len(found), 'pin')} of {wanted} found room{off}. Name pins of your own ([[plan.pin]]) where more are to hold"
    ]


def harm_of(
    joint: Joint | None, looks: Sequence[Sequence[Look]], sawn: Callable[[Sleeve], bool] = lambda _: False
) -> Harm:
    """What a pin is moved or leaned for where that helps: that it ends in the joint, less bad that it stands in the way of a saw, and least
    how many blocks of letters it hides beside those before it. looks: of each block those that are free."""

    def harm(pin: Sleeve, before: Sequence[Sleeve]) -> tuple[int, ...]:
        in_joint = joint is not None and joint.met_by(pin)
        return in_joint, sawn(pin), hidden_by([*before, pin], looks)

    return harm
