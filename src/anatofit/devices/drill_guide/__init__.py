"""The drill guide: sleeves that lead a drill along planned axes, on a base that fits the bone. Its door is DEVICE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.devices.base import BONE, CT, SURFACE, Marked, SiteMaterial, SitePrinter
from anatofit.devices.drill_guide.spec import DrillGuideSpec, DrillPlan, make_spec
from anatofit.devices.envelope import Envelope, read_envelope
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.part import Part


class DrillGuide:
    """Plans, builds and states the requirements of one drill guide."""

    name = "drill-guide"
    title = "Drill guide"
    sources = (CT, SURFACE)
    surface_of = "bone"
    made_on = BONE
    words = ("guide", "bone")
    surgery = DrillPlan

    @property
    def envelope(self) -> Envelope:
        return read_envelope(__name__)

    def scan_limits(self) -> Mapping[str, Mapping[str, Any]]:
        return self.envelope.scan

    def spec(self, design: Mapping[str, Any], *, surgery: DrillPlan) -> DrillGuideSpec:
        return make_spec(self.envelope, design, surgery)

    def places(self, spec: DrillGuideSpec) -> list[tuple[float, float, float]]:
        return [trajectory.entry for trajectory in spec.surgery.trajectory]

    def marked(self, spec: DrillGuideSpec) -> list[Marked]:
        return [
            Marked(f"trajectory {number}", () if t.mark is None else (t.mark,), (t.entry, t.target))
            for number, t in enumerate(spec.surgery.trajectory, start=1)
        ]

    def keep_out(self, spec: DrillGuideSpec) -> list[str]:
        return [k.surface for k in spec.surgery.keep_out if k.surface is not None]

    def plan(self, anatomy: Anatomy, spec: DrillGuideSpec, *, case: str) -> Any:
        from anatofit.devices.drill_guide.plan import make_plan

        return make_plan(anatomy, spec, case=case)

    def read_plan(self, data: Mapping[str, Any]) -> Any:
        from anatofit.devices.drill_guide.layout import DrillGuidePlan

        return DrillGuidePlan.model_validate(data)

    def build(self, anatomy: Anatomy, plan: Any) -> tuple[Part, ...]:
        from anatofit.devices.drill_guide.build import build_guide

        return build_guide(anatomy, plan)

    def requirements(
        self, spec: DrillGuideSpec, plan: Any, *, material: SiteMaterial, printer: SitePrinter
    ) -> list[Requirement]:
        from anatofit.devices.drill_guide.require import requirements

        return requirements(self.envelope, spec, plan, material=material, printer=printer)


DEVICE = DrillGuide()
