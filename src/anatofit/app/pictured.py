"""What a report shows of a device on a bone: the doors of its pictures, opened when a step walks through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from anatofit.app import stages
from anatofit.app.prescription import Job

if TYPE_CHECKING:
    from anatofit.model.anatomy import Anatomy
    from anatofit.model.cranium import BoneEdge
    from anatofit.model.part import Part
    from anatofit.model.pictures import Pictures, ScanLook


def look_at_bone(job: Job, bone: BoneEdge, plan: Mapping[str, Any]) -> tuple[ScanLook, str]:
    """The cuts through the scan that a plan asks for, without a face where the order asks for that, and a sentence about it."""
    from anatofit.report.bone_slices import look_at_bone as looked

    volume, said = stages.to_look_at(job, bone.volume)
    return looked(volume, plan), said


def depict_bone(
    anatomy: Anatomy,
    parts: tuple[Part, ...],
    plan: Mapping[str, Any],
    *,
    patient_axes: bool,
    seen: ScanLook | None,
) -> Pictures:
    """What the report shows of a device on its bone; seen: of the scan, where it was made from one."""
    from anatofit.report.data import Scene
    from anatofit.report.on_bone import depict as drawn

    return drawn(Scene(anatomy, {p.name: p.mesh for p in parts}, plan), patient_axes=patient_axes, seen=seen)
