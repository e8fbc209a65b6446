"""From a bone, as a surface or out of a CT, and a surgeon's plan on it, to a device that fits the bone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.app import bones, parameters, stages
from anatofit.app.anatomical import plan_places
from anatofit.app.companions import with_scanned
from anatofit.app.pictured import depict_bone, look_at_bone
from anatofit.app.prescription import Job
from anatofit.app.step import Produced, Route, Step
from anatofit.app.steps import BUILD, INGEST, PLAN, VERIFY, noted, report_step
from anatofit.model.frame import FRAME
from anatofit.model.words import counted

_FRAMES = {
    "as stated": "kept in its own axes",
    "LPS": "kept in LPS",
    "RAS": "turned from RAS to LPS, and the surgeon's plan with it",
}


def _ingest(job: Job, _: Mapping[str, Any]) -> Produced:
    scan = stages.load_surface(job)
    facts = bones.surface_facts(scan)
    x, y, z = facts.extent_mm
    sentence = (
        f"A surface of {facts.triangles} triangles ({facts.format}, {x:g} x {y:g} x {z:g} mm) was read in "
        f"{facts.unit} and {_FRAMES[facts.frame]}."
    )
    outputs = {
        "surface": scan.mesh,
        "facts": facts,
        "scan_findings": bones.surface_findings(scan),
        "waived": bones.used_waivers(job, scan),
    }
    return Produced(outputs, sentence)


def _segment(job: Job, at: Mapping[str, Any]) -> Produced:
    return noted("bone", stages.segment(at["volume"], at["labels"], edge_hu=job.prescription.locate.edge_hu))


def _surface(job: Job, at: Mapping[str, Any]) -> Produced:
    mesh, others = stages.bones_at(at["bone"], job)
    said = (
        f"The surface of the bone nearest to the plan has {len(mesh.faces)} triangles; canals and cells in it were filled. "
        f"{counted(len(others), 'other bone')} of the scan around the plan {'is' if len(others) == 1 else 'are'} kept clear of; "
        "bones that touch it in the scan are a part of it."
    )
    return Produced({"surface": mesh, "neighbours": others}, said)


def _locate(job: Job, at: Mapping[str, Any]) -> Produced:
    located, noticed = bones.locate_bone(at["surface"], job)
    anatomy = with_scanned(located, at.get("neighbours"), plan_places(job))
    outputs = {"anatomy": anatomy, "recognised": bones.recognised_as(anatomy, job), "noticed": noticed}
    return Produced(outputs, bones.bone_sentence(anatomy), anatomy.figures)


def _export(job: Job, at: Mapping[str, Any]) -> Produced:
    shown = bones.with_models(at["anatomy"], job, at["plan"])
    return Produced(
        {"files": stages.export(job, at["parts"], shown, at["plan"], axes=at["facts"].axes), "shown": shown},
        "Parts were written as binary STL and 3MF, the bone as STL, all in the coordinates of the plan (mm).",
    )


def _seat(job: Job, at: Mapping[str, Any]) -> Produced:
    found, sentence = stages.seat(job, at["anatomy"], at["parts"], at["plan"])
    return Produced({"seating": found}, sentence)


def _depict(_: Job, at: Mapping[str, Any]) -> Produced:
    named, seen = at["facts"].axes == FRAME, at.get("scan_look")
    pictures = depict_bone(at["shown"], at["parts"], at["plan"], patient_axes=named, seen=seen)
    return Produced({"pictures": pictures}, f"{len(pictures.figures)} pictures were drawn from the bodies.")


def _look(job: Job, at: Mapping[str, Any]) -> Produced:
    seen, said = look_at_bone(job, at["bone"], at["plan"])
    count = counted(len(seen.slices), "cut")
    return Produced({"scan_look": seen}, f"The scan was looked at in {count} through what is planned. {said}".rstrip())


_SHOWN = ("facts", "shown", "parts", "plan")
_FILED = ("seating", "recognised", "noticed")
_ON_BONE = ("locate", "plan", "build", "export", "verify", "seat")


def _from_surface(
    *, measured: tuple[str, ...], found: tuple[str, ...] = ("surface",), look: tuple[Step, ...] = ()
) -> tuple[Step, ...]:
    """The steps from the surface of a bone on. found: what the steps before give of bones; look: a step that looks at the scan."""
    return (
        Step(
            "locate",
            "Looking at the bone",
            _locate,
            found,
            ("anatomy", "recognised", "noticed"),
            parameters.locate_bone,
            parameters.companions,
        ),
        PLAN,
        *look,
        BUILD,
        Step(
            "export",
            "Writing parts and models",
            _export,
            ("facts", "parts", "anatomy", "plan"),
            ("files", "shown"),
            parameters.design,
        ),
        VERIFY,
        Step("seat", "Trying the seat", _seat, ("anatomy", "parts", "plan"), ("seating",), parameters.seating),
        Step(
            "depict", "Drawing the pictures", _depict, (*_SHOWN, *(o for s in look for o in s.outputs)), ("pictures",)
        ),
        report_step(measured, told=_FILED),
    )


BONE_SURFACE = Route(
    "bone-surface",
    (
        Step(
            "ingest",
            "Reading the surface",
            _ingest,
            inputs=(),
            outputs=("surface", "facts", "scan_findings", "waived"),
            parameters=parameters.ingest,
            unspoken=parameters.scan_and_patient,
        ),
        *_from_surface(measured=("ingest", *_ON_BONE)),
    ),
    noted=("build",),
    filed=_FILED,
)

_LOOK = Step("look", "Looking at the scan", _look, ("bone", "plan"), ("scan_look",), parameters.shown)
_OF_CT = ("surface", "neighbours")

BONE_CT = Route(
    "bone-ct",
    (
        INGEST,
        Step("segment", "Finding the edge of bone", _segment, ("volume", "labels"), ("bone",), parameters.edge),
        Step("surface", "Making the bone's surface", _surface, ("bone",), _OF_CT, parameters.wanted_bone),
        *_from_surface(measured=("ingest", "segment", "surface", "look", *_ON_BONE), found=_OF_CT, look=(_LOOK,)),
    ),
    noted=("segment", "build"),
    filed=_FILED,
)
