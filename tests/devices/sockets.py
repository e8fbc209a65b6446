"""Computed limbs as devices take them, and sockets of them, each made once; how a socket is measured without its route."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from anatofit.app.limbs import anatomy_of
from anatofit.devices.socket import DEVICE
from anatofit.devices.socket.layout import SocketPlan
from anatofit.devices.socket.spec import SocketPlanForm, SocketSpec
from anatofit.locate.limb.find import locate_limb
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.residual_limb import residual_limb
from anatofit.verify.run import check_named
from anatofit.verify.subject import Measurement, Subject

R, L = Laterality.RIGHT, Laterality.LEFT
PLAIN: dict[str, Any] = {"text": "none"}


def located(skin: Mesh, side: Laterality) -> Anatomy:
    """A limb at the waist of the house."""
    return anatomy_of(locate_limb(skin, ordered=side))


@cache
def limb(side: Laterality) -> Anatomy:
    """A short computed limb in LPS: its socket is made sooner."""
    return located(residual_limb(side, joint_mm=130.0, above_joint_mm=70.0, rings=80, around=72).skin, side)


def asked(design: Mapping[str, Any] | None = None, plan: Mapping[str, Any] | None = None, **more: Any) -> SocketSpec:
    """The spec of a design and of a table [plan]."""
    return DEVICE.spec({**PLAIN, **(design or {})}, surgery=SocketPlanForm.model_validate(plan or {}), **more)


def planned(anatomy: Anatomy, spec: SocketSpec) -> SocketPlan:
    plan: SocketPlan = DEVICE.plan(anatomy, spec, case="A-1")
    return plan


def built(anatomy: Anatomy, plan: SocketPlan) -> Mesh:
    """The part."""
    return DEVICE.build(anatomy, plan)[0].mesh


def measured(check: str, part: Mesh, anatomy: Anatomy, plan: SocketPlan, **parameters: Any) -> Measurement:
    """What a check of verify/ finds of the part."""
    subject = Subject(part=part, host=anatomy.surfaces["host"], missing=None, plan=plan.model_dump(mode="json"))
    wanted = Requirement(id="T", what="t", check=check, part="socket", unit="mm", parameters=parameters)
    return check_named(check)(subject, wanted)
