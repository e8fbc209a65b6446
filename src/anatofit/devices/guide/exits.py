"""Where ways through a recognised bone come out: in its knee or at its back, and what is said of pins that do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from anatofit.devices.guide.joint import FACING, Joint, facing_at, joint_of
from anatofit.devices.guide.layout import Sleeve, Triple
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.words import bracketed, listed

# Cosine to straight back: within 60 degrees of it the bone looks back or is the corner between back and side, and what runs behind
# a knee comes round there too. Proposal.
CORNER = 0.5
# The same of a tibia's side to the fibula, from 10 degrees behind straight lateral on: the fibula and the nerve that winds round its
# neck lie there. Proposal.
BY_FIBULA = 0.17


class Way(Protocol):
    """A straight way into bone: as sleeves and screws have it."""

    @property
    def entry_lps_mm(self) -> Triple: ...
    @property
    def axis_lps(self) -> Triple: ...
    @property
    def depth_mm(self) -> float | None: ...


def far_lps_mm(way: Way, depth_mm: float) -> FloatArray:
    """(3,) the place of a way so deep from its entry."""
    return np.array(way.entry_lps_mm) - depth_mm * np.array(way.axis_lps)


@dataclass(frozen=True, eq=False)
class Back:
    """The back of a recognised bone, behind which the vessels and nerves of the knee run; `way_lps`: to the back; fibula_lps: of a
    tibia, straight to the side."""

    bone: Mesh
    way_lps: FloatArray
    fibula_lps: FloatArray | None = None

    def left_by(self, way: Way) -> bool:
        """Whether a pin, drill or screw that goes on leaves the bone there, corners included: as the bone around its end looks, however it came."""
        return way.depth_mm is not None and float((self._facing(way) * self.way_lps).sum()) > CORNER

    def place_of(self, way: Way) -> str:
        """What to call the place where a way leaves the bone, if vessels or nerves run there; else nothing."""
        out = self._facing(way)
        back, side = (0.0 if to is None else float((out * to).sum()) for to in (self.way_lps, self.fibula_lps))
        if back > CORNER:
            return "its back" if back > FACING else "the corner of its back"
        return "its side by the fibula" if side > CORNER and back > BY_FIBULA else ""

    def _facing(self, way: Way) -> FloatArray:
        return facing_at(self.bone, far_lps_mm(way, way.depth_mm or 0.0))


def back_of(anatomy: Anatomy) -> Back | None:
    """The back of a recognised bone; None where none was recognised."""
    if not anatomy.bone or "coronal" not in anatomy.planes:
        return None
    sided = anatomy.bone == "tibia" and "sagittal" in anatomy.planes
    fibula = -anatomy.planes["sagittal"].normal_lps if sided else None
    return Back(anatomy.surfaces["host"], -anatomy.planes["coronal"].normal_lps, fibula)


def exit_notes(anatomy: Anatomy, pins: Sequence[Sleeve]) -> list[str]:
    """What a surgeon must know of each pin that would end at the knee or leave the back when it is drilled through both cortices; of a bone
    that was not recognised, how deep each leaves it."""
    if not anatomy.bone:
        return _of_unknown(pins)
    joint, back = joint_of(anatomy), back_of(anatomy)
    return [
        said
        for n, pin in enumerate(pins, start=1)
        for said in _of_pin(joint, back, pin, f"pin {n} would leave the bone")
    ]


def _of_unknown(pins: Sequence[Sleeve]) -> list[str]:
    """One sentence for all pins that have a way out."""
    through = {f"{n}": f"{pin.depth_mm:.0f}" for n, pin in enumerate(pins, start=1) if pin.depth_mm is not None}
    if not through:
        return []
    who = f"pin {listed(list(through))} leaves" if len(through) == 1 else f"pins {listed(list(through))} leave"
    return [
        f"drilled through, {who} the bone after {listed(list(through.values()))} mm: of a bone that was not recognised it is not known what "
        "runs behind. See it before the drill"
    ]


def _of_pin(joint: Joint | None, back: Back | None, pin: Sleeve, begins: str) -> Iterator[str]:
    """At most one sentence: of the joint surface, or of the back, or of the side beside the joint."""
    if pin.depth_mm is None:
        return
    end, deep = far_lps_mm(pin, pin.depth_mm), f"after {pin.depth_mm:.0f} mm"
    if joint is not None and joint.met_by(pin):
        behind = back is not None and back.left_by(pin)
        yield f"{begins} {_at_joint(joint, end, deep, behind=behind)}: {_do(joint, pin)}"
    elif back is not None and (place := back.place_of(pin)):
        yield f"{begins} at {place} {deep}, at {bracketed(end)} mm: vessels and nerves run there, let the drill stop before the far cortex"


def _at_joint(joint: Joint, end: FloatArray, deep: str, *, behind: bool) -> str:
    if joint.is_surface(end):
        return f"{deep} through the knee's joint surface"
    before_mm = float(joint.before_mm(end))
    side = "above" if (before_mm > 0) == (joint.bone_lies > 0) else "below"  # the femur lies above its joint
    level = f"{abs(before_mm):.1f} mm {side} the plane of the knee's joint surface, where its capsule begins"
    return (
        f"at its back {deep}, {level}, and vessels and nerves run" if behind else f"{deep} at the bone's side, {level}"
    )


def _do(joint: Joint, pin: Sleeve) -> str:
    most = math.floor(joint.deepest_mm(pin))
    return f"drill no deeper than {most} mm" if most > 0 else "see whether it may stand there"
