"""Plans a socket: limb, rectification, trim line and walls on the limb's chart, its distal end, and what all of it changes."""

from __future__ import annotations

from typing import Literal, cast

import numpy as np

from anatofit.devices.guide.layout import Triple, triple
from anatofit.devices.socket.changes import changes, cut_off, volumes_mm3
from anatofit.devices.socket.distal import distal_end, lettering, letters_on
from anatofit.devices.socket.field import trim_at
from anatofit.devices.socket.layout import Flare, Shape, SocketPlan, Station
from anatofit.devices.socket.limb import Limb
from anatofit.devices.socket.overlaps import overlapping, within_bounds
from anatofit.devices.socket.patches import inset_of, patches_of
from anatofit.devices.socket.skin import skin_of
from anatofit.devices.socket.slots import slots_of
from anatofit.devices.socket.spec import SocketSpec
from anatofit.devices.socket.strength import made_stronger, wall_thickness_mm
from anatofit.devices.socket.trim import trim_of
from anatofit.devices.socket.walls import Walls
from anatofit.geometry.affine import turned
from anatofit.model.anatomy import Anatomy

_LEAST_ROOM_MM = 5.0  # above the ball's middle
_BRIM_EVERY = 2  # angles of the chart
_DISTAL_MM = 25.0  # above the ball's middle, over which the distal wall becomes the wall


def make_plan(anatomy: Anatomy, spec: SocketSpec, *, case: str) -> SocketPlan:
    """The plan. Raises PrescriptionError and ScanUnsuitableError where the limb does not carry what was ordered."""
    limb = Limb.of(anatomy)
    trim, lowered = trim_of(limb, spec)
    top = max(t.v_mm for t in trim)
    skin = skin_of(anatomy.surfaces["host"], limb.frame, top_mm=top, smoothing_mm=spec.smoothing_mm)
    patches, left = patches_of(limb, skin, spec)
    shape = Shape(
        frame=limb.frame, smoothing_mm=spec.smoothing_mm,
        liner_mm=round(spec.liner_mm / (1.0 + spec.liner_stretch_percent / 100.0), 6), inset=inset_of(limb, spec, top),
        patches=patches, trim=trim, flare=Flare(out_mm=spec.flare_mm, along_mm=spec.flare_along_mm), wall=_wall(limb, spec),
    )  # fmt: skip
    within_bounds(shape)
    walls = Walls(skin, shape)
    words = lettering(spec, case, limb.frame.medial_sign)
    adapter, holes, bores = distal_end(walls, spec, words)
    side = {1: "R", -1: "L"}.get(limb.frame.medial_sign, "U")
    vents, fewer = slots_of(walls, spec)
    level = _room_level_mm(limb, shape)
    limb_mm3, socket_mm3 = volumes_mm3(walls, level)
    return SocketPlan(
        case=case,
        laterality=cast(Literal["R", "L", "U"], side),
        variant=spec.variant,
        template=spec.rectification.name,
        template_source=spec.rectification.source,
        shape=shape,
        tendon_mm=round(limb.tendon_mm, 3),
        adapter=adapter,
        holes=holes,
        bores=bores,
        vents=vents,
        texts=letters_on(adapter, words, spec),
        brim_lps_mm=_brim(walls),
        room_level_mm=level,
        limb_volume_mm3=limb_mm3,
        socket_volume_mm3=socket_mm3,
        changed=changes(walls),
        notes=(*_own(spec), *made_stronger(limb, spec), *lowered, *left, *cut_off(shape), *overlapping(shape), *fewer),
    )


def _wall(limb: Limb, spec: SocketSpec) -> tuple[Station, ...]:
    ball = limb.frame.ball_mm
    wall = wall_thickness_mm(limb, spec)
    rows = ((round(ball / 2, 3), max(spec.distal_wall_mm, wall)), (round(ball + _DISTAL_MM, 3), wall))
    return tuple(Station(v_mm=v, value_mm=value) for v, value in rows)


def _own(spec: SocketSpec) -> tuple[str, ...]:
    """That the library's template was not taken."""
    if spec.surgery.template is None:
        return ()
    return (f"the rectification {spec.rectification.name!r} of the order's own file stands in place of the library's",)


def _room_level_mm(limb: Limb, shape: Shape) -> float:
    """Up to here the socket is whole around, without its flare; no further than the patellar tendon."""
    whole = min(t.v_mm for t in shape.trim) - shape.flare.along_mm
    return round(max(min(limb.tendon_mm, whole), limb.frame.ball_mm + _LEAST_ROOM_MM), 3)


def _brim(walls: Walls) -> tuple[Triple, ...]:
    angle = walls.skin.lattice.angles[::_BRIM_EVERY]
    places = walls.inner_mm(trim_at(walls.shape.trim, angle), angle)
    frame = walls.shape.frame
    return tuple(map(triple, turned(frame.axes.T, list(places.T), np.array(frame.origin_lps_mm))))
