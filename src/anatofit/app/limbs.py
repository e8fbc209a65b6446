"""A residual limb as devices take it: found in the surface of the order, with what a person overruled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anatofit.app.prescription import Job
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.surface_scan import SurfaceFrame, SurfaceScan

if TYPE_CHECKING:
    from anatofit.locate.limb.located import LocatedLimb

LIMB = "limb"
SIDE_RULE = "limb-side"


def locate_limb(scan: SurfaceScan, job: Job) -> Anatomy:
    """The limb of an order. Raises ScanUnsuitableError, PrescriptionError."""
    from anatofit.locate.limb.find import locate_limb as found

    order = job.prescription
    confirmed = any(waiver.rule == SIDE_RULE for waiver in order.waiver)
    return anatomy_of(
        found(
            scan.mesh,
            ordered=order.order.laterality,
            inner=scan.inner,
            by_hand=by_hand(job, scan.frame),
            side_confirmed=confirmed,
        )
    )


def by_hand(job: Job, frame: SurfaceFrame) -> dict[str, FloatArray]:
    """The places of [locate.landmark], turned with the surface where that was turned."""
    from anatofit.ingest.surface.attitude import RAS_TO_LPS

    given = job.prescription.locate.landmark
    turn = RAS_TO_LPS if frame is SurfaceFrame.RAS else np.ones(3)
    return (
        {} if given is None else {name: turn * np.array(at) for name, at in given.model_dump(exclude_none=True).items()}
    )


def anatomy_of(limb: LocatedLimb) -> Anatomy:
    """The waist of the house, of kind "limb"."""
    marks = {name: mark.point_lps_mm for name, mark in limb.landmarks.items()}
    return Anatomy(
        kind=LIMB,
        laterality=limb.laterality,
        surfaces={"skin": limb.skin, **limb.bones},
        curves={"crest": limb.crest_lps_mm, "rim": limb.rim_lps_mm},
        landmarks={**marks, "origin": limb.frame.origin_lps_mm},
        planes=limb.frame.planes(),
        figures=limb.figures,
        tables={"by_level": limb.by_level.table()},
    )


def limb_sentence(limb: Anatomy) -> str:
    """For the methods paragraph."""
    side = {Laterality.RIGHT: "a right limb", Laterality.LEFT: "a left limb"}.get(
        limb.laterality, "a limb of unknown side"
    )
    return (
        f"{side.capitalize()} was recognised by its unrolled skin; its middle patellar tendon is expected within "
        f"{limb.figures['patellar_tendon_confidence_mm']:.0f} mm of the place that was found in two of three limbs."
    )
