"""The steps that every route has: reading a scan, planning, building, measuring, reporting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from anatofit.app import parameters, stages
from anatofit.app.air import in_air
from anatofit.app.anatomical import spec_in_lps
from anatofit.app.prescription import Job
from anatofit.app.step import Produced, Step, notes_of
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.words import counted


def _ingest(job: Job, _: Mapping[str, Any]) -> Produced:
    labels, scan = stages.labels(job, stages.load(job))
    facts = scan.facts
    sentence = (
        f"{facts.slice_count} {'research' if facts.research else facts.modality} slices of {facts.columns} x {facts.rows} pixels "
        f"({facts.pixel_mm[0]:g} x {facts.pixel_mm[1]:g} mm, step {facts.slice_step_mm:g} mm) "
        "were placed by their own position and orientation."
    )
    if facts.labels is not None:
        sentence += f" Labels ({facts.labels.kind}, number {facts.labels.number}) were compared with them and placed {facts.labels.placed}."
    outputs = {
        "volume": scan.volume,
        "labels": labels,
        "facts": facts,
        "scan_findings": list(scan.findings),
        "waived": list(scan.waived),
    }
    return Produced(outputs, sentence)


def noted(name: str, value: Any) -> Produced:
    return Produced({name: value}, value.sentence, value.figures)


def _plan(job: Job, at: Mapping[str, Any]) -> Produced:
    plan = job.device.plan(at["anatomy"], spec_in_lps(job, at["anatomy"]), case=job.prescription.order.case).model_dump(
        mode="json"
    )
    _tells_its_way(job, plan)
    return Produced(
        {"plan": plan},
        f"The {job.device.title.lower()} was planned from the anatomy and the order.",
    )


def _tells_its_way(job: Job, plan: Mapping[str, Any]) -> None:
    """Raises PrescriptionError for a plan on a bone that does not say which way is out of it: pictures and seat are told by that."""
    from anatofit.devices.base import BONE, made_on

    if made_on(job.device) == BONE and "insertion_direction_lps" not in plan:
        said = f"a plan of {job.device.name} has no insertion_direction_lps, the way out of the bone. Its package must be mended"
        raise PrescriptionError(Reason("device-package", said))


def _build(job: Job, at: Mapping[str, Any]) -> Produced:
    parts = job.device.build(at["anatomy"], job.device.read_plan(at["plan"]))
    figures = {
        "volume_mm3": sum(p.mesh.volume_mm3 for p in parts),
        **in_air(at["anatomy"], parts),
    }
    return Produced({"parts": parts}, f"The plan was built as {counted(len(parts), 'closed part')}.", figures)


def _verify(job: Job, at: Mapping[str, Any]) -> Produced:
    requirements, findings = stages.verify(job, at["files"], at["plan"])
    failed = sum(not f.holds for f in findings)
    sentence = f"{len(findings)} requirements of the part were measured on the exported files by separate code; {failed} failed."
    return Produced({"requirements": requirements, "findings": findings}, sentence)


def _report(job: Job, at: Mapping[str, Any]) -> Produced:
    return Produced({"pages": stages.report(job, at)}, "The report was made from these records.")


INGEST = Step(
    "ingest",
    "Reading the scan",
    _ingest,
    inputs=(),
    outputs=("volume", "labels", "facts", "scan_findings", "waived"),
    parameters=parameters.ingest,
    unspoken=parameters.scan_and_patient,
)
PLAN = Step("plan", "Planning the device", _plan, ("anatomy",), ("plan",), parameters.design, parameters.case)
BUILD = Step("build", "Building the device", _build, ("anatomy", "plan"), ("parts",), parameters.design)
VERIFY = Step(
    "verify", "Measuring the files", _verify, ("files", "plan"), ("requirements", "findings"), parameters.make
)

_TOLD = (
    "facts", "scan_findings", "waived", "anatomy", "parts", "plan", "files", "requirements", "findings", "pictures",
)  # fmt: skip


def report_step(measured: tuple[str, ...], *, told: tuple[str, ...] = ()) -> Step:
    """The report, from the notes of the steps that are named, and what else the route has to tell."""
    return Step(
        "report",
        "Writing the report",
        _report,
        inputs=(*_TOLD, *told, *map(notes_of, measured)),
        outputs=("pages",),
        parameters=parameters.make,
        unspoken=parameters.whole_order,
    )


_Run = Callable[[Job, Mapping[str, Any]], Produced]


def from_skin(export: _Run, depict: _Run, *, plan: Step = PLAN) -> tuple[Step, ...]:
    """The steps from what was found of a foot or a limb to the report; how its parts are written and shown is the route's own."""
    return (
        plan,
        BUILD,
        Step(
            "export",
            "Writing parts and models",
            export,
            ("facts", "parts", "anatomy", "plan"),
            ("files",),
            parameters.design,
        ),
        VERIFY,
        Step("depict", "Drawing the pictures", depict, ("facts", "anatomy", "parts", "plan"), ("pictures",)),
        report_step(("ingest", "locate", "plan", "build", "export", "verify"), told=("recognised", "noticed")),
    )
