"""A plan in the frame of the bone itself: x medial, y to the front, z towards the head, mm from the middle of the knee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from anatofit.app.turned import bone_to_lps, unmarked
from anatofit.errors import PrescriptionError, Reason, ScanUnsuitableError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector

if TYPE_CHECKING:
    from pydantic import BaseModel

    from anatofit.app.prescription import Job
    from anatofit.devices.base import Marked

BONE, SOURCE = "bone", "source"
FRAME_KEY = "plan.frame"


def plan_frame(plan: Mapping[str, Any]) -> str:
    """The frame that a table [plan] is given in. Raises PrescriptionError for one that is not known."""
    frame = plan.get("frame", SOURCE)
    if frame not in (BONE, SOURCE):
        said = f'plan.frame is {frame!r:.40}; "{SOURCE}" (as without it) or "{BONE}" were wanted'
        raise PrescriptionError(Reason(FRAME_KEY, said))
    return str(frame)


def check_form(form: type[BaseModel], frame: str) -> None:
    """Raises PrescriptionError where a plan in the bone's frame is asked of a line that does not say which numbers are directions."""
    if frame == BONE and unmarked(form):
        said = f"this line's plan cannot be given in the frame of the bone; give it in the source's coordinates (frame = \"{SOURCE}\")"
        raise PrescriptionError(Reason(FRAME_KEY, said))


def plan_places(job: Job) -> list[tuple[float, float, float]]:
    """Points of the surgeon's plan on the bone, in LPS mm; none of a plan in the frame of the bone, before that is recognised."""
    from anatofit.devices.base import places_of

    return places_of(job.device, job.spec) if job.plan_frame == SOURCE else []


def plan_marks(job: Job) -> list[Marked]:
    """Things of the surgeon's plan with their marks, and their points in LPS mm; without points of a plan in the frame of the bone."""
    from anatofit.devices.base import marked_of

    marked = marked_of(job.device, job.spec)
    return marked if job.plan_frame == SOURCE else [item._replace(places=()) for item in marked]


def spec_in_lps(job: Job, anatomy: Anatomy) -> BaseModel:
    """The spec with the surgeon's plan in the frame of the anatomy. Raises ScanUnsuitableError where the bone was not recognised."""
    if job.plan_frame != BONE:
        return job.spec
    if not anatomy.bone:
        said = "the plan is given in the frame of the bone, and the bone was not recognised by its shape. Give it in the source's coordinates"
        raise ScanUnsuitableError(Reason("not-that-bone", said))
    knee = anatomy.landmarks["knee_centre"]
    surgery = bone_to_lps(job.spec.surgery, origin_lps_mm=knee, axes_lps=_axes_lps(anatomy))  # type: ignore[attr-defined]
    return job.spec.model_copy(update={"surgery": surgery})


def with_order_axes(job: Job, anatomy: Anatomy) -> Anatomy:
    """The anatomy with the axes in which the order gives its plan; in those of the source where it gives it in a bone's that was not recognised."""
    if job.plan_frame == BONE and anatomy.bone:
        return replace(anatomy, order_axes_lps=_axes_lps(anatomy))
    ras = job.plan_frame == SOURCE and job.prescription.source.frame == "RAS"
    return replace(anatomy, order_axes_lps=np.diag([-1.0, -1.0, 1.0])) if ras else anatomy


def _axes_lps(anatomy: Anatomy) -> FloatArray:
    """`(3, 3)` rows: medial, front and towards the head of a recognised bone."""
    medial, front = anatomy.planes["sagittal"].normal_lps, anatomy.planes["coronal"].normal_lps
    up = unit_vector(np.cross(medial, front))
    return np.stack([medial, front, up * np.sign(up @ anatomy.planes["joint"].normal_lps)])
