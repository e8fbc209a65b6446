"""Whether a guide tells its seat: turned round, or made for the other side, it must fit the bone measurably worse.

The guide is turned by 180° about the way out through the middle of its contact, and mirrored across and along its footing, which
is the guide of the other side put on this bone. Each is pressed on where it fits best nearby, and so is the guide as it is; what
is compared is how far the contact surface stands from the bone, root mean square.
"""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.bone_cloud import BoneCloud
from anatofit.verify.contact import contact_of
from anatofit.verify.regions import way_out
from anatofit.verify.settle import Body, settled
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface, cropped, spokes, spread_points

_CONTACT, _OTHERS = 200, 200  # places that are followed
_SPACING_MM = 1.0  # of the bone's places while a seat is looked for; its distance is then measured on the triangles
_CROP_MM = 25.0  # bone around the part that a wrong seat may lie on
_LEAST_MM = 0.1  # a better fit than this cannot be told from it by hand; it stands below the ratio
_NAMES = {"reversed": (-1.0, -1.0), "other side, across": (-1.0, 1.0), "other side, along": (1.0, -1.0)}


def wrong_seat(subject: Subject, requirement: Requirement) -> Measurement:
    """How many times farther from the bone the contact surface stands in the best of the wrong seats than in the right one.

    Where the parameter `mirrored` is false, as for a midline bone, which has no other side, it is turned round alone.
    """
    mirrored = bool(requirement.parameters.get("mirrored", True))
    names = {name: signs for name, signs in _NAMES.items() if mirrored or name == "reversed"}
    if subject.host is None:
        raise subject.absent("models/host.stl")
    low, high = subject.part.bounds_lps_mm
    near = cropped(subject.host, low - _CROP_MM, high + _CROP_MM)
    bone, frame, body = BoneCloud(near, spacing_mm=_SPACING_MM), _frame(subject), _body(subject)
    middle, exact = body.contact_mm.mean(axis=0), Surface(near)
    seats = {"right": np.eye(3)} | {name: frame @ np.diag([x, y, 1.0]) @ frame.T for name, (x, y) in names.items()}
    found = {name: settled(body.moved(turn, np.zeros(3), middle), bone, frame=frame) for name, turn in seats.items()}
    away = {name: _rms(exact.distance_mm(there.contact_mm)) for name, there in found.items()}
    best = min(names, key=lambda name: away[name])
    moved = float(np.linalg.norm(found["right"].contact_mm - body.contact_mm, axis=1).max())
    values = {f"{name.replace(', ', ' ').replace(' ', '_')}_mm": value for name, value in away.items()}
    said = f"{best}: {away[best]:.2f} mm from the bone, {away['right']:.2f} mm in the right seat (root mean square)"
    return Measurement(away[best] / max(away["right"], _LEAST_MM), said, values | {"right_seat_moves_mm": moved})


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.square(values).mean()))


def _frame(subject: Subject) -> FloatArray:
    """Columns x, y and the way out: the seat's own where the plan has one."""
    out = way_out(subject)
    axes = (subject.plan.get("seat") or {}).get("axes_lps")
    x = np.asarray(axes[0], dtype=np.float64) if axes else spokes(out, 4)[0]
    x = unit_vector(x - out * float(x @ out))
    return np.column_stack([x, np.cross(out, x), out])


def _body(subject: Subject) -> Body:
    """An even choice of the contact's places, and places all over the part that must stay out of the bone."""
    contact = contact_of(subject).points_lps_mm
    chosen = np.linspace(0, len(contact) - 1, min(len(contact), _CONTACT)).astype(np.int64)
    others, _, _ = spread_points(subject.part, _OTHERS)
    return Body(contact[chosen], others, float(subject.plan["contact_offset_mm"]))
