"""Which way an order takes: by what its device is designed on, and what it was scanned with."""

from __future__ import annotations

from anatofit.app.prescription import Job
from anatofit.app.routes.bone import BONE_CT, BONE_SURFACE
from anatofit.app.routes.cranium import CRANIUM_CT
from anatofit.app.routes.foot import FOOT_SURFACE
from anatofit.app.routes.limb import LIMB_SURFACE
from anatofit.app.step import Route

ROUTES: tuple[Route, ...] = (CRANIUM_CT, BONE_CT, BONE_SURFACE, FOOT_SURFACE, LIMB_SURFACE)


def route_of(job: Job) -> Route:
    """The route of an order."""
    from anatofit.devices.base import BONE, FOOT, LIMB, made_on

    on = made_on(job.device)
    if on != BONE:
        return {FOOT: FOOT_SURFACE, LIMB: LIMB_SURFACE}.get(on, CRANIUM_CT)
    return BONE_CT if job.prescription.source.surface is None else BONE_SURFACE
