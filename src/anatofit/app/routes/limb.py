"""From the surface of a residual limb, with or without its bones, to a device on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from anatofit.app import bones, limbs, parameters, stages
from anatofit.app.prescription import Job
from anatofit.app.step import Produced, Route, Step
from anatofit.app.steps import PLAN, from_skin
from anatofit.model.frame import FRAME


def _ingest(job: Job, _: Mapping[str, Any]) -> Produced:
    scan = stages.load_surface(job)
    facts = limbs.surface_facts(scan)
    x, y, z = facts.extent_mm
    sentence = (
        f"A surface of {facts.triangles} triangles ({facts.format}, {x:g} x {y:g} x {z:g} mm) was read in {facts.unit}."
    )
    return Produced({"scan": scan, "facts": facts, "scan_findings": bones.surface_findings(scan)}, sentence)


def _locate(job: Job, at: Mapping[str, Any]) -> Produced:
    found = limbs.found_limb(at["scan"], job)
    anatomy = limbs.anatomy_of(found)
    outputs = {
        "anatomy": anatomy,
        "recognised": limbs.told_by(found),
        "noticed": limbs.noticed(job, anatomy, found, at["scan"]),
        "waived": limbs.used_waivers(job, at["scan"], found),
    }
    return Produced(outputs, limbs.limb_sentence(anatomy), anatomy.figures)


def _plan(job: Job, at: Mapping[str, Any]) -> Produced:
    made = PLAN.run(job, at)
    limbs.stop_at_holes(job, at["scan"], at["anatomy"], made.outputs["plan"])
    return made


def _confirmed(job: Job) -> dict[str, Any]:
    return {**PLAN.unspoken(job), **parameters.waivers(job)}


def _export(job: Job, at: Mapping[str, Any]) -> Produced:
    files = stages.export(job, at["parts"], at["anatomy"], at["plan"], axes=at["facts"].axes)
    said = "Parts were written as binary STL and 3MF, the limb as STL, all in the coordinates of the scan (mm)."
    return Produced({"files": files}, said)


def _depict(job: Job, at: Mapping[str, Any]) -> Produced:
    named = at["facts"].axes == FRAME
    pictures = limbs.depict(job, at["anatomy"], at["parts"], at["plan"], patient_axes=named)
    return Produced({"pictures": pictures}, f"{len(pictures.figures)} pictures were drawn from the bodies.")


LIMB_SURFACE = Route(
    "limb-surface",
    (
        Step(
            "ingest",
            "Reading the surface",
            _ingest,
            inputs=(),
            outputs=("scan", "facts", "scan_findings"),
            parameters=parameters.ingest,
            unspoken=parameters.scan_and_patient,
        ),
        Step(
            "locate",
            "Looking at the limb",
            _locate,
            ("scan",),
            ("anatomy", "recognised", "noticed", "waived"),
            parameters.locate,
            parameters.waivers,
        ),
        *from_skin(_export, _depict, plan=replace(PLAN, run=_plan, inputs=(*PLAN.inputs, "scan"), unspoken=_confirmed)),
    ),
    noted=("locate", "build"),
    filed=("recognised", "noticed", "anatomy"),
)
