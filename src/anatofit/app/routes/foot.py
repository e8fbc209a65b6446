"""From the surface or the height map of a foot, with or without a map of pressures, to a device under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.app import bones, feet, parameters, stages
from anatofit.app.pose import pose_remarks
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
    outputs = {
        "surface": scan.mesh,
        "up": scan.up,
        "facts": facts,
        "scan_findings": bones.surface_findings(scan),
        "waived": bones.used_waivers(job, scan),
    }
    return Produced(outputs, sentence)


def _locate(job: Job, at: Mapping[str, Any]) -> Produced:
    anatomy, sentence, told_by = feet.locate_foot(at["surface"], at["up"], job)
    noticed = tuple(pose_remarks(anatomy, job.prescription.source.frame))
    outputs = {"anatomy": anatomy, "recognised": told_by, "noticed": noticed}
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
            outputs=("surface", "up", "facts", "scan_findings", "waived"),
            parameters=parameters.ingest,
            unspoken=parameters.scan_and_patient,
        ),
        Step(
            "locate",
            "Looking at the foot",
            _locate,
            ("surface", "up"),
            ("anatomy", "recognised", "noticed"),
            parameters.locate,
            parameters.beside_foot,
        ),
        *from_skin(_export, _depict),
    ),
    noted=("locate", "build"),
    filed=("recognised", "noticed", "anatomy"),
)
