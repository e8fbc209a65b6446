"""From the surface or the height map of a foot, with or without a map of pressures, to a device under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.app import bones, feet, parameters, stages
from anatofit.app.prescription import Job
from anatofit.app.step import Produced, Route, Step
from anatofit.app.steps import from_skin
from anatofit.model.frame import FRAME


def _ingest(job: Job, _: Mapping[str, Any]) -> Produced:
    scan = stages.load_surface(job)
    facts = feet.surface_facts(scan)
    x, y, z = facts.extent_mm
    sentence = (
        f"A surface of {facts.triangles} triangles ({facts.format}, {x:g} x {y:g} x {z:g} mm) was read in {facts.unit}."
    )
    return Produced({"scan": scan, "facts": facts, "scan_findings": bones.surface_findings(scan)}, sentence)


def _locate(job: Job, at: Mapping[str, Any]) -> Produced:
    found = feet.found_foot(at["scan"], job)
    anatomy, sentence = feet.anatomy_of(found, job)
    outputs = {
        "anatomy": anatomy,
        "recognised": feet.told_by(found),
        "noticed": feet.noticed(job, anatomy, found, at["scan"]),
        "waived": feet.used_waivers(job, at["scan"], found),
    }
    return Produced(outputs, sentence, anatomy.figures)


def _export(job: Job, at: Mapping[str, Any]) -> Produced:
    files = stages.export(job, at["parts"], at["anatomy"], at["plan"], axes=at["facts"].axes)
    said = "Parts were written as binary STL and 3MF, the foot and its sole as STL, all in the coordinates of the scan (mm)."
    return Produced({"files": files}, said)


def _depict(job: Job, at: Mapping[str, Any]) -> Produced:
    named = at["facts"].axes == FRAME
    pictures = feet.depict(job, at["anatomy"], at["parts"], at["plan"], patient_axes=named)
    return Produced({"pictures": pictures}, f"{len(pictures.figures)} pictures were drawn from the bodies.")


FOOT_SURFACE = Route(
    "foot-surface",
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
            "Looking at the foot",
            _locate,
            ("scan",),
            ("anatomy", "recognised", "noticed", "waived"),
            parameters.locate,
            parameters.beside_foot,
        ),
        *from_skin(_export, _depict),
    ),
    noted=("locate", "build"),
    filed=("recognised", "noticed", "anatomy"),
)
