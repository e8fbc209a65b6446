"""Computed feet as devices take them, and insoles of them, each made once; how an insole is measured without its route."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from anatofit.app.settings import load_settings
from anatofit.devices.insole import DEVICE
from anatofit.devices.insole.layout import InsolePlan
from anatofit.devices.insole.spec import InsoleElements, InsoleSpec
from anatofit.ingest.surface.pressure_map import parse_pressure_map
from anatofit.locate.foot.find import locate_foot
from anatofit.locate.foot.last import lay_last
from anatofit.locate.foot.pressure import lay_on
from anatofit.locate.foot.waist import anatomy_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.finding import Requirement
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.foot import in_lps, skin
from anatofit.samples.foot_forms import last, pressure_map_text
from anatofit.verify.run import check_named
from anatofit.verify.subject import Measurement, Subject

LONG_MM = 170.0  # a child's: its insole is made in half the time


@cache
def foot(side: Laterality, *, pressed: bool = False, shod: bool = False) -> Anatomy:
    """The computed foot in LPS, with the synthetic pressures and a shoe last where asked."""
    found = locate_foot(in_lps(skin(side, length_mm=LONG_MM, step_mm=3.0)), ordered=side)
    text = pressure_map_text(side, length_mm=LONG_MM).encode()
    laid = lay_on(found, parse_pressure_map(text)) if pressed else None
    shoe = lay_last(found, last(side, length_mm=LONG_MM)) if shod else None
    return anatomy_of(found, laid, shoe)


def asked(
    design: Mapping[str, Any], elements: list[dict[str, Any]] | None = None, *, material: str = "TPU-85A"
) -> InsoleSpec:
    """The spec of a design and of elements of the plan, made of a material that ships."""
    spec = DEVICE.spec(design, surgery=InsoleElements.model_validate({"element": elements or []}))
    return DEVICE.made_of(spec, load_settings().materials[material])


def planned(
    anatomy: Anatomy,
    design: Mapping[str, Any],
    elements: list[dict[str, Any]] | None = None,
    *,
    material: str = "TPU-85A",
) -> InsolePlan:
    """The plan; letters are left away where the design does not ask for them."""
    plan: InsolePlan = DEVICE.plan(anatomy, asked({"text": "none", **design}, elements, material=material), case="A-1")
    return plan


def built(anatomy: Anatomy, plan: InsolePlan) -> Mesh:
    """The part."""
    return DEVICE.build(anatomy, plan)[0].mesh


def measured(check: str, part: Mesh, anatomy: Anatomy, plan: InsolePlan, **parameters: Any) -> Measurement:
    """What a check of verify/ finds of the part."""
    sole, host = anatomy.surfaces["sole"], anatomy.surfaces["host"]
    shoe = anatomy.surfaces.get("last")
    subject = Subject(part=part, host=host, missing=None, sole=sole, last=shoe, plan=plan.model_dump(mode="json"))
    wanted = Requirement(id="T", what="t", check=check, part="insole", unit="mm", parameters=parameters)
    return check_named(check)(subject, wanted)
