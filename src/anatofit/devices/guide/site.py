"""Where pins are to stand, and what there is against one: what it is refused for, and what it is moved or leaned for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from anatofit.devices.guide.joint import Joint
from anatofit.devices.guide.layout import Seat, Sleeve
from anatofit.devices.guide.place import Room
from anatofit.devices.guide.sight import Look, hidden_by, left_by
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.words import counted

FEWEST = 2  # one pin lets the guide turn

Fits = Callable[[Sleeve, Sequence[Sleeve]], bool]
Harm = Callable[[Sleeve, Sequence[Sleeve]], tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Site:
    """Where pins are to stand: the bone, the seat, its heights and what is free of it, and the knee where there is one.

    fits: whether a pin may stand beside those before it; harm: how bad it is that it does, the worst first, 0 where it is not;
    the last kind is no reason to place others anew.
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

    @cache
    def left(before: tuple[Sleeve, ...]) -> list[list[Look]]:
        return left_by(before, looks)

    def harm(pin: Sleeve, before: Sequence[Sleeve]) -> tuple[int, ...]:
        in_joint = joint is not None and joint.met_by(pin)
        return in_joint, sawn(pin), hidden_by(pin, left(tuple(before)))

    return harm
