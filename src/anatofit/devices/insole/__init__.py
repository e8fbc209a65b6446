"""The insole: a bed that follows the sole of a foot, corrected as ordered, on a flat ground face. Its door is DEVICE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.devices.base import FOOT, SURFACE, SiteMaterial, SitePrinter, ZoneAt
from anatofit.devices.envelope import Envelope, read_envelope
from anatofit.devices.insole.spec import InsoleElements, InsoleSpec, make_spec
from anatofit.devices.insole.stiffness import stiffness_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.part import Part


class Insole:
    """Plans, builds and states the requirements of one insole."""

    name = "insole"
    title = "Insole"
    sources = (SURFACE,)
    surface_of = "foot"
    made_on = FOOT
    words = ("insole", "foot")
    surgery = InsoleElements

    @property
    def envelope(self) -> Envelope:
        return read_envelope(__name__)

    def scan_limits(self) -> Mapping[str, Mapping[str, Any]]:
        return self.envelope.scan

    def spec(self, design: Mapping[str, Any], *, surgery: InsoleElements) -> InsoleSpec:
        return make_spec(self.envelope, design, surgery)

    def made_of(self, spec: InsoleSpec, material: SiteMaterial) -> InsoleSpec:
        found = stiffness_of(material, shore_a=spec.shore_a, solid_mpa=spec.solid_mpa)
        return spec.model_copy(update={"solid": found})

    def plan(self, anatomy: Anatomy, spec: InsoleSpec, *, case: str) -> Any:
        from anatofit.devices.insole.plan import make_plan

        return make_plan(anatomy, spec, case=case)

    def read_plan(self, data: Mapping[str, Any]) -> Any:
        from anatofit.devices.insole.layout import InsolePlan

        return InsolePlan.model_validate(data)

    def build(self, anatomy: Anatomy, plan: Any) -> tuple[Part, ...]:
        from anatofit.devices.insole.body import build_insole

        return build_insole(anatomy, plan)

    def requirements(
        self, spec: InsoleSpec, plan: Any, *, material: SiteMaterial, printer: SitePrinter
    ) -> list[Requirement]:
        from anatofit.devices.insole.require import requirements

        return requirements(self.envelope, spec, plan, material=material, printer=printer)

    def pressures(self, anatomy: Anatomy, plan: Any) -> Mapping[str, FloatArray]:
        from anatofit.devices.insole.offload import pressures

        return pressures(anatomy, plan)

    def lifted(self, anatomy: Anatomy, plan: Any) -> FloatArray:
        from anatofit.devices.insole.bed import turned_up_mm

        sole = anatomy.heights["sole"]
        return turned_up_mm(sole.x_mm[None, :], sole.y_mm[:, None], plan)

    def zone_at(self, plan: Any) -> ZoneAt | None:
        from anatofit.devices.insole.zones import zone_at

        filling, sign = plan.filling, plan.frame.medial_sign
        return None if filling is None else lambda xy_mm: zone_at(filling, *xy_mm.T, sign=sign)

    def heel_mm(self, plan: Mapping[str, Any]) -> float:
        return float(self.read_plan(plan).heel_mm)

    def unmet(self, plan: Mapping[str, Any]) -> str:
        from anatofit.devices.insole.told import unmet

        return unmet(self.read_plan(plan))

    def told(self, plan: Mapping[str, Any]) -> list[tuple[str, str]]:
        from anatofit.devices.insole.told import told

        return told(self.read_plan(plan))


DEVICE = Insole()
