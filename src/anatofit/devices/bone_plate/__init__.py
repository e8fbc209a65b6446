"""The bone plate: a strip that follows a path on the bone, with screws whose lengths are told. Its door is DEVICE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.devices.base import BONE, CT, SURFACE, SiteMaterial, SitePrinter
from anatofit.devices.bone_plate.spec import BonePlateSpec, PlatePlan, make_spec
from anatofit.devices.envelope import Envelope, read_envelope
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.part import Part
from anatofit.model.stock import StockPlate


class BonePlate:
    """Plans, builds and states the requirements of one bone plate."""

    name = "bone-plate"
    title = "Bone plate"
    sources = (CT, SURFACE)
    surface_of = "bone"
    made_on = BONE
    words = ("plate", "bone")
    surgery = PlatePlan

    @property
    def envelope(self) -> Envelope:
        return read_envelope(__name__)

    def scan_limits(self) -> Mapping[str, Mapping[str, Any]]:
        return self.envelope.scan

    def spec(
        self, design: Mapping[str, Any], *, surgery: PlatePlan, stock: tuple[StockPlate, ...] = ()
    ) -> BonePlateSpec:
        return make_spec(self.envelope, design, surgery, stock)

    def places(self, spec: BonePlateSpec) -> list[tuple[float, float, float]]:
        return list(spec.surgery.places)

    def plan(self, anatomy: Anatomy, spec: BonePlateSpec, *, case: str) -> Any:
        from anatofit.devices.bone_plate.plan import make_plan

        return make_plan(anatomy, spec, case=case)

    def read_plan(self, data: Mapping[str, Any]) -> Any:
        from anatofit.devices.bone_plate.layout import BonePlatePlan

        return BonePlatePlan.model_validate(data)

    def build(self, anatomy: Anatomy, plan: Any) -> tuple[Part, ...]:
        from anatofit.devices.bone_plate.build import build_plate

        return build_plate(anatomy, plan)

    def requirements(
        self, spec: BonePlateSpec, plan: Any, *, material: SiteMaterial, printer: SitePrinter
    ) -> list[Requirement]:
        from anatofit.devices.bone_plate.require import requirements

        return requirements(self.envelope, spec, plan, material=material, printer=printer)


DEVICE = BonePlate()
