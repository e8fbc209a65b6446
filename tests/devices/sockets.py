"""Computed limbs as devices take them, and sockets of them, each made once; how a socket is measured without its route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from anatofit.app.limbs import anatomy_of
from anatofit.devices.socket import DEVICE
from anatofit.devices.socket.layout import SocketPlan
from anatofit.devices.socket.spec import SocketPlanForm, SocketSpec
from anatofit.locate.limb.find import locate_limb
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.residual_limb import residual_limb
from anatofit.verify.run import check_named
from anatofit.verify.socket_limb import asked_face
from anatofit.verify.socket_plan import frame_of
from anatofit.verify.subject import Subject

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


@dataclass(frozen=True)
class Bench:
    """A socket with its plan and limb, measured as often as wanted: what is asked of its inner face is worked out once."""

    anatomy: Anatomy
    plan: SocketPlan
    part: Mesh

    @cached_property
    def subject(self) -> Subject:
        return Subject(
            part=self.part, host=self.anatomy.surfaces["host"], missing=None, plan=self.plan.model_dump(mode="json")
        )

    def found(self, check: str, other: Mesh | None = None, **parameters: Any) -> float:
        """What a check of verify/ finds of the part, or of another one in its place."""
        subject = self.subject
        if other is not None:
            subject = replace(self.subject, part=other)
            subject.once("asked face", lambda: asked_face(self.subject))
        wanted = Requirement(id="T", what="t", check=check, part="socket", unit="mm", parameters=parameters)
        return check_named(check)(subject, wanted).value

    @property
    def local(self) -> FloatArray:
        """(n, 3) the part's corners in the limb's own frame."""
        return frame_of(self.subject.plan).local(self.part.vertices_lps_mm)

    def moved(self, local_mm: FloatArray) -> Mesh:
        """The part with its corners elsewhere."""
        return Mesh(frame_of(self.subject.plan).lps(local_mm), self.part.faces)


@cache
def bench(side: Laterality, design: tuple[tuple[str, Any], ...]) -> Bench:
    """A socket of a design, made once."""
    plan = planned(limb(side), asked(dict(design)))
    return Bench(limb(side), plan, built(limb(side), plan))
