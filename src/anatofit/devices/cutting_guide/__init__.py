"""The cutting guide: slots that lead a saw along planned planes, on a base that fits the bone. Its door is DEVICE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.devices.base import BONE, CT, SURFACE, Marked, SiteMaterial, SitePrinter
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, CuttingPlan, make_spec
from anatofit.devices.envelope import Envelope, read_envelope
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.model.part import Part


class CuttingGuide:
    """Plans, builds and states the requirements of one cutting guide."""

    name = "cutting-guide"
    title = "Cutting guide"
    sources = (CT, SURFACE)
    surface_of = "bone"
    made_on = BONE
    words = ("guide", "bone")
    surgery = CuttingPlan

    @property
    def envelope(self) -> Envelope:
        return read_envelope(__name__)

    def scan_limits(self) -> Mapping[str, Mapping[str, Any]]:
        return self.envelope.scan

    def spec(self, design: Mapping[str, Any], *, surgery: CuttingPlan) -> CuttingGuideSpec:
        return make_spec(self.envelope, design, surgery)

    def places(self, spec: CuttingGuideSpec) -> list[tuple[float, float, float]]:
        return [cut.point for cut in spec.surgery.cut] + [at for wedge in spec.surgery.wedge for at in wedge.places]

    def marked(self, spec: CuttingGuideSpec) -> list[Marked]:
        cuts = [Marked(f"cut {number}", cut.marks or ()) for number, cut in enumerate(spec.surgery.cut, start=1)]
        wedges = [
            Marked(f"wedge {number}", wedge.marks or ()) for number, wedge in enumerate(spec.surgery.wedge, start=1)
        ]
        return cuts + wedges

    def plan(self, anatomy: Anatomy, spec: CuttingGuideSpec, *, case: str) -> Any:
        from anatofit.devices.cutting_guide.plan import make_plan

        return make_plan(anatomy, spec, case=case)

    def read_plan(self, data: Mapping[str, Any]) -> Any:
        from anatofit.devices.cutting_guide.layout import CuttingGuidePlan

        return CuttingGuidePlan.model_validate(data)

    def build(self, anatomy: Anatomy, plan: Any) -> tuple[Part, ...]:
        from anatofit.devices.cutting_guide.build import build_guide

        return build_guide(anatomy, plan)

    def models(self, anatomy: Anatomy, plan: Any) -> Mapping[str, Mesh]:
        from anatofit.devices.cutting_guide.corrected import corrected_bone

        return corrected_bone(anatomy, plan)

    def requirements(
        self, spec: CuttingGuideSpec, plan: Any, *, material: SiteMaterial, printer: SitePrinter
    ) -> list[Requirement]:
        from anatofit.devices.cutting_guide.require import requirements

        return requirements(self.envelope, spec, plan, material=material, printer=printer)


DEVICE = CuttingGuide()
