"""From a CT of a head to a part that closes a hole of the skull."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.app import parameters, stages
from anatofit.app.prescription import Job
from anatofit.app.step import Produced, Route, Step
from anatofit.app.steps import BUILD, INGEST, PLAN, VERIFY, noted, report_step
from anatofit.model.frame import FRAME


def _segment(job: Job, at: Mapping[str, Any]) -> Produced:
    return noted("bone", stages.segment(at["volume"], at["labels"], edge_hu=job.prescription.locate.edge_hu))


def _locate(job: Job, at: Mapping[str, Any]) -> Produced:
    return noted("located", stages.locate(at["bone"], job))


def _restore(_: Job, at: Mapping[str, Any]) -> Produced:
    return noted("restored", stages.restore(at["bone"], at["located"]))


def _surface(job: Job, at: Mapping[str, Any]) -> Produced:
    shown, said = stages.to_look_at(job, at["bone"].volume)
    anatomy, skull, seen = stages.surface(at["bone"], at["located"], at["restored"], shown=shown)
    counts = ", ".join(f"{n.replace('_', ' ')} {len(m.faces)}" for n, m in anatomy.surfaces.items())
    return Produced(
        {"anatomy": anatomy, "whole_skull": skull, "scan_look": seen},
        f"{stages.surface_sentence(anatomy)} Triangles: {counts}. {said}".rstrip(),
    )


def _whole(_: None, at: Mapping[str, Any]) -> Produced:
    skull = stages.whole(at["whole_skull"])
    return Produced(
        {"skull": skull}, f"The skull was made whole for models and pictures ({len(skull.faces)} triangles)."
    )


def _export(job: Job, at: Mapping[str, Any]) -> Produced:
    files = stages.export(job, at["parts"], stages.with_skull(at["anatomy"], at["skull"]), at["plan"], axes=FRAME)
    return Produced(
        {"files": files},
        "Parts were written as binary STL and 3MF, the bone as STL, all in patient coordinates (LPS, mm).",
    )


def _depict(_: Job, at: Mapping[str, Any]) -> Produced:
    pictures = stages.depict(stages.with_skull(at["anatomy"], at["skull"]), at["parts"], at["plan"], at["scan_look"])
    return Produced({"pictures": pictures}, f"{len(pictures.figures)} pictures were drawn from the bodies.")


_MEASURED = ("ingest", "segment", "locate", "restore", "surface", "plan", "build", "whole", "export", "verify")

CRANIUM_CT = Route(
    "cranium-ct",
    (
        INGEST,
        Step("segment", "Finding the edge of bone", _segment, ("volume", "labels"), ("bone",), parameters.edge),
        Step("locate", "Locating the defect", _locate, ("bone",), ("located",), parameters.locate),
        Step("restore", "Restoring what is missing", _restore, ("bone", "located"), ("restored",)),
        Step(
            "surface",
            "Making surfaces",
            _surface,
            ("bone", "located", "restored"),
            ("anatomy", "whole_skull", "scan_look"),
            parameters.shown,
        ),
        PLAN,
        BUILD,
        Step("whole", "Making the skull whole", _whole, ("whole_skull",), ("skull",), away=True),
        Step(
            "export",
            "Writing parts and models",
            _export,
            ("parts", "anatomy", "skull", "plan"),
            ("files",),
            parameters.design,
        ),
        VERIFY,
        Step(
            "depict", "Drawing the pictures", _depict, ("anatomy", "skull", "parts", "plan", "scan_look"), ("pictures",)
        ),
        report_step(_MEASURED),
    ),
    noted=("segment", "build"),
)
