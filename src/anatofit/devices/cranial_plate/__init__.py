"""The cranial plate: closes a hole of the skull vault. Its door is DEVICE; engines are imported when it plans or builds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.devices.base import SiteMaterial, SitePrinter
from anatofit.devices.cranial_plate.spec import CranialPlateSpec, make_spec
from anatofit.devices.envelope import Envelope, read_envelope
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.part import Part


class CranialPlate:
    """Plans, builds and states the requirements of one cranial plate."""

    name = "cranial-plate"
    title = "Cranial plate"

    @property
    def envelope(self) -> Envelope:
        return read_envelope(__name__)

    def scan_limits(self) -> Mapping[str, Mapping[str, Any]]:
        return self.envelope.scan

    def spec(self, design: Mapping[str, Any]) -> CranialPlateSpec:
        return make_spec(self.envelope, design)

    def plan(self, anatomy: Anatomy, spec: CranialPlateSpec, *, case: str) -> Any:
        from anatofit.devices.cranial_plate.plan import make_plan

        return make_plan(anatomy, spec, case=case, least_mm=self.envelope.rows["extent_mm"].min or 0.0)

    def read_plan(self, data: Mapping[str, Any]) -> Any:
        from anatofit.devices.cranial_plate.layout import CranialPlatePlan

        return CranialPlatePlan.model_validate(data)

    def build(self, anatomy: Anatomy, plan: Any) -> tuple[Part, ...]:
        from anatofit.devices.cranial_plate.build import build_plate

        return build_plate(anatomy, plan)

    def requirements(
        self, spec: CranialPlateSpec, plan: Any, *, material: SiteMaterial, printer: SitePrinter
    ) -> list[Requirement]:
        from anatofit.devices.cranial_plate.require import requirements

        return requirements(self.envelope, spec, plan, material=material, printer=printer)


DEVICE = CranialPlate()
