"""Pins that the program places: on free ground near their targets, out of each other's way and where they do least harm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from anatofit.devices.guide.fixation import APART_MM, PinForm, leaning, meets
from anatofit.devices.guide.layout import Pair, Sleeve
from anatofit.devices.guide.own_bone import holds
from anatofit.devices.guide.site import FEWEST, Site
from anatofit.devices.guide.sleeves import sleeve

_ON_GROUND = 0.7  # of a sleeve's radius that must lie on ground; beyond it the sleeve carries itself
_BESIDE_MM = 3.0  # between the places that are tried for a pin: a wire and its drill's play further on
_AROUND_MM = 15.0  # the first place, where others are tried: further off a pin holds another part of the base

Target = tuple[Pair, int]
_At = tuple[int, int]
_Placed = tuple[_At, Sleeve]


def place_pins(site: Site, form: PinForm, targets: Sequence[Target], *, wanted: int) -> list[Sleeve]:
    """Up to `wanted` pins, each nearest to a target on free ground, leaning to the side (1 or -1) that is told with it.

    The first target without room ends it. A pin that meets another in the bone, or does not fit beside those before it, gives way
    to one there with no lean or the other, then to one a little off; so does one whose `harm` is not 0, to one that does less; and
    where all of these do harm, to those that lean away from the joint. A target where none keeps out of it gets no pin, unless
    fewer than 2 would stand. Where those before it leave one no way but a harmful one, it is placed before them.
    """
    order, tries = list(targets), list[_Standing]()
    while len(tries) <= wanted:
        tries.append(_Standing.filled(site, form, order, wanted))
        worst = tries[-1].worst
        if worst is None or worst == order[0]:
            break
        order = [worst, *(t for t in order if t != worst)]
    best = min(tries, key=lambda t: t.badness)
    site.room.border_mm = best.site.room.border_mm
    return [pin for _, pin in sorted(best.placed, key=lambda p: targets.index(p[0]))]


@dataclass(frozen=True, eq=False)
class _Standing:
    """The pins of one form that stand on a site so far, each with its target."""

    site: Site
    form: PinForm
    placed: list[tuple[Target, Sleeve]] = field(default_factory=list)

    @classmethod
    def filled(cls, site: Site, form: PinForm, targets: Sequence[Target], wanted: int) -> _Standing:
        """With pins near its targets, as many as are wanted; the site's own room stays as it is."""
        standing, put_off = cls(replace(site, room=replace(site.room)), form), []
        for target, placed in standing._chosen(targets, wanted):
            if site.ends_in_joint(placed[1]):
                put_off.append((target, placed))
            else:
                standing._add(target, placed)
        for target, placed in put_off:
            if len(standing.pins) < min(FEWEST, wanted) and standing._is_free(placed):
                standing._add(target, placed)
        return standing

    @property
    def pins(self) -> list[Sleeve]:
        """Those that stand."""
        return [pin for _, pin in self.placed]

    @property
    def worst(self) -> Target | None:
        """Where the pin stands that does most harm, the least kind left out; None where none does any."""
        harm, n = max(((h[:-1], -n) for n, h in enumerate(self._harms)), default=((), 0))
        return self.placed[-n][0] if any(harm) else None

    @property
    def badness(self) -> tuple[int, ...]:
        """Of two ways to place pins that with less is the better: more pins, then less harm, the worst first."""
        return -len(self.placed), *(sum(kind) for kind in zip(*self._harms, strict=True))

    @property
    def _harms(self) -> list[tuple[int, ...]]:
        return [self.site.harm(pin, self.pins[:n]) for n, pin in enumerate(self.pins)]

    @property
    def _on_ground_mm(self) -> float:
        return _ON_GROUND * self.form.radius_mm

    def _add(self, target: Target, placed: _Placed) -> None:
        at, pin = placed
        self.site.room.take(at, radius_mm=self.form.radius_mm + APART_MM)
        self.placed.append((target, pin))

    def _is_free(self, placed: _Placed) -> bool:
        """Whether a pin that was chosen earlier still has room."""
        return bool(self.site.room.border_mm[placed[0]] <= -self._on_ground_mm) and self._fits(placed)

    def _chosen(self, targets: Sequence[Target], wanted: int) -> Iterator[tuple[Target, _Placed]]:
        """The best pin near each target in turn, until enough stand or one has no room."""
        for target, side in targets:
            places = self._near(target) if len(self.placed) < wanted else []
            if not places:
                return
            best = self._mildest(filter(self._fits, _tried(self.site, self.form, places, side)))
            if best is not None:
                yield (target, side), best

    def _near(self, target: Pair) -> list[_At]:
        room = self.site.room
        return [*room.near(target, radius_mm=self._on_ground_mm, spread_mm=_BESIDE_MM, within_mm=_AROUND_MM)]

    def _fits(self, placed: _Placed) -> bool:
        _, pin = placed
        return meets(pin, self.pins) is None and self.site.fits(pin, self.pins) and holds(self.site.bone, pin)

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
