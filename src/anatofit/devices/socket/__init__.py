"""The transtibial socket: a limb's surface with liner and rectification, walled, trimmed and carried by an adapter. Its door is DEVICE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.devices.base import LIMB, SURFACE, SiteMaterial, SitePrinter
from anatofit.devices.envelope import Envelope, read_envelope
from anatofit.devices.socket.spec import SocketPlanForm, SocketSpec, make_spec
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.part import Part
from anatofit.model.rectification import Template


class Socket:
    """Plans, builds and states the requirements of one socket."""

    name = "socket"
    title = "Socket"
    sources = (SURFACE,)
    surface_of = "limb"
    made_on = LIMB
    words = ("socket", "limb")
    surgery = SocketPlanForm

    @property
    def envelope(self) -> Envelope:
        return read_envelope(__name__)

    def scan_limits(self) -> Mapping[str, Mapping[str, Any]]:
        return self.envelope.scan

    def spec(
        self, design: Mapping[str, Any], *, surgery: SocketPlanForm, template: Template | None = None
    ) -> SocketSpec:
        return make_spec(self.envelope, design, surgery, template)

    def made_of(self, spec: SocketSpec, material: SiteMaterial) -> SocketSpec:
        return spec.model_copy(update={"material_mpa": material.strength_mpa or 0.0})

    def plan(self, anatomy: Anatomy, spec: SocketSpec, *, case: str) -> Any:
        from anatofit.devices.socket.plan import make_plan

        return make_plan(anatomy, spec, case=case)

    def read_plan(self, data: Mapping[str, Any]) -> Any:
        from anatofit.devices.socket.layout import SocketPlan

        return SocketPlan.model_validate(data)

    def build(self, anatomy: Anatomy, plan: Any) -> tuple[Part, ...]:
        from anatofit.devices.socket.body import build_socket

        return build_socket(anatomy, plan)

    def requirements(
        self, spec: SocketSpec, plan: Any, *, material: SiteMaterial, printer: SitePrinter
    ) -> list[Requirement]:
        from anatofit.devices.socket.require import requirements

        return requirements(self.envelope, spec, plan, material=material, printer=printer)

    def offsets(self, anatomy: Anatomy, plan: Any) -> Mapping[str, FloatArray]:
        from anatofit.devices.socket.told import offsets

        return offsets(anatomy, plan)

    def unfit(self, material: SiteMaterial) -> str:
        from anatofit.devices.socket.require import unfit

        return unfit(material)

    def told(self, plan: Mapping[str, Any]) -> list[tuple[str, str]]:
        from anatofit.devices.socket.told import told

        return told(self.read_plan(plan))


DEVICE = Socket()
