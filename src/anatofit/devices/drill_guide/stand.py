"""Where a drill guide is set down: pads at its sleeves, what joins them, and the ground beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anatofit.devices.drill_guide.approach import bare_seat, footprint_mm2
from anatofit.devices.drill_guide.footprint import footprint, hang_together, stand_reasons
from anatofit.devices.drill_guide.lines import Line
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.guide.footprint import ground_under
from anatofit.devices.guide.layout import Bridge, Pad, Seat
from anatofit.devices.guide.planned import ground_mm2, too_little
from anatofit.errors import refuse
from anatofit.geometry.field import FieldArray
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh


@dataclass(frozen=True, eq=False)
class Stand:
    """Where the guide is set down: its pads and bridges, the pairs that bridges hold together and those that only a bar can join, heights
    and ground over the seat's lattice."""

    pads: tuple[Pad, ...]
    bridges: tuple[Bridge, ...]
    held: Sequence[tuple[int, int]]
    apart: Sequence[tuple[int, int]]
    bare: Seat
    height: FloatArray
    ground: FieldArray


def stand_of(bone: Mesh, lines: Sequence[Line], spec: DrillGuideSpec, way: FloatArray, others: Mesh | None) -> Stand:
    """Where the guide is set down along its way. Raises PrescriptionError where the bone offers too little ground."""
    pads, bridges, joined, bare = footprint(lines, spec, bare_seat(lines, way))
    height, ground = ground_under(bone, bare, pads, bridges, steepest_deg=spec.steepest_deg, others=others)
    apart = [pair for pair in joined if not hang_together(pads, pair, bare, height, ground)]
    if apart:  # a bar goes there, and no base beneath it
        bridges = tuple(b for b, pair in zip(bridges, joined, strict=True) if pair not in apart)
        height, ground = ground_under(bone, bare, pads, bridges, steepest_deg=spec.steepest_deg, others=others)
    area = ground_mm2(bare, ground)
    refuse([*too_little(area, of_mm2=footprint_mm2(lines, spec)), *stand_reasons(pads, bare, ground)])
    held = [pair for pair in joined if pair not in apart]
    return Stand(pads, bridges, held, apart, bare, height, ground)
