"""The run as data: what each step takes and gives, and the numbers it depends on. Command and flow both walk it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from anatofit.app import parameters, stages
from anatofit.app.air import in_air
from anatofit.app.prescription import Job
from anatofit.model.words import counted


@dataclass(frozen=True)
class Produced:
    """What a step gives: its outputs by name, one sentence for the methods paragraph, and numbers for the report."""

    outputs: Mapping[str, Any]
    sentence: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    def with_notes(self, step: str) -> dict[str, Any]:
        """The outputs, and beside them sentence and numbers as an artifact of their own."""
        return {**self.outputs, notes_of(step): {"sentence": self.sentence, "figures": dict(self.figures)}}


def notes_of(step: str) -> str:
    """The name under which a step's sentence and numbers are kept."""
    return f"{step}.notes"


def _nothing(_: Job) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Step:
    """One line of the ledger. `title` is what a person reads while it runs.

    parameters: what the result depends on beside the inputs, as the ledger tells it, without identity.
    unspoken: the rest of it, which only the hash that a stored result is found by may hold.
    away: the command does it in a process of its own, without the order, from when its inputs are there.
    """

    name: str
    title: str
    run: Callable[[Any, Mapping[str, Any]], Produced]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: Callable[[Job], dict[str, Any]] = _nothing
    unspoken: Callable[[Job], dict[str, Any]] = _nothing
    away: bool = False


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


def _segment(job: Job, at: Mapping[str, Any]) -> Produced:
    return _noted("bone", stages.segment(at["volume"], at["labels"], edge_hu=job.prescription.locate.edge_hu))


def _locate(job: Job, at: Mapping[str, Any]) -> Produced:
    return _noted("located", stages.locate(at["bone"], job))


def _restore(_: Job, at: Mapping[str, Any]) -> Produced:
    return _noted("restored", stages.restore(at["bone"], at["located"]))


def _noted(name: str, value: Any) -> Produced:
    return Produced({name: value}, value.sentence, value.figures)


def _surface(job: Job, at: Mapping[str, Any]) -> Produced:
    shown, said = stages.to_look_at(job, at["bone"].volume)
    anatomy, skull, seen = stages.surface(at["bone"], at["located"], at["restored"], shown=shown)
    counts = ", ".join(f"{n.replace('_', ' ')} {len(m.faces)}" for n, m in anatomy.surfaces.items())
    return Produced(
        {"anatomy": anatomy, "whole_skull": skull, "scan_look": seen},
        f"{stages.surface_sentence(anatomy)} Triangles: {counts}. {said}".rstrip(),
    )


def _plan(job: Job, at: Mapping[str, Any]) -> Produced:
    plan = job.device.plan(at["anatomy"], job.spec, case=job.prescription.order.case)
    return Produced(
        {"plan": plan.model_dump(mode="json")},
        f"The {job.device.title.lower()} was planned from the anatomy and the order.",
    )


def _build(job: Job, at: Mapping[str, Any]) -> Produced:
    parts = job.device.build(at["anatomy"], job.device.read_plan(at["plan"]))
    figures = {
        "volume_mm3": sum(p.mesh.volume_mm3 for p in parts),
        **in_air(at["anatomy"], parts),
    }
    return Produced({"parts": parts}, f"The plan was built as {counted(len(parts), 'closed part')}.", figures)


def _whole(_: None, at: Mapping[str, Any]) -> Produced:
    skull = stages.whole(at["whole_skull"])
    return Produced(
        {"skull": skull}, f"The skull was made whole for models and pictures ({len(skull.faces)} triangles)."
    )


def _export(job: Job, at: Mapping[str, Any]) -> Produced:
    files = stages.export(job, at["parts"], stages.with_skull(at["anatomy"], at["skull"]), at["plan"])
    return Produced(
        {"files": files},
        "Parts were written as binary STL and 3MF, the bone as STL, all in patient coordinates (LPS, mm).",
    )


def _verify(job: Job, at: Mapping[str, Any]) -> Produced:
    requirements, findings = stages.verify(job, at["files"], at["plan"])
    failed = sum(not f.holds for f in findings)
    sentence = f"{len(findings)} requirements were measured on the exported files by separate code; {failed} failed."
    return Produced({"requirements": requirements, "findings": findings}, sentence)


def _depict(_: Job, at: Mapping[str, Any]) -> Produced:
    pictures = stages.depict(stages.with_skull(at["anatomy"], at["skull"]), at["parts"], at["plan"], at["scan_look"])
    return Produced({"pictures": pictures}, f"{len(pictures.figures)} pictures were drawn from the bodies.")


def _report(job: Job, at: Mapping[str, Any]) -> Produced:
    return Produced({"pages": stages.report(job, at)}, "The report was made from these records.")


_MEASURED = ("ingest", "segment", "locate", "restore", "surface", "plan", "build", "whole", "export", "verify")

STEPS: tuple[Step, ...] = (
    Step(
        "ingest",
        "Reading the scan",
        _ingest,
        inputs=(),
        outputs=("volume", "labels", "facts", "scan_findings", "waived"),
        parameters=parameters.ingest,
        unspoken=parameters.scan_and_patient,
    ),
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
    Step("plan", "Planning the device", _plan, ("anatomy",), ("plan",), parameters.design, parameters.case),
    Step("build", "Building the device", _build, ("anatomy", "plan"), ("parts",), parameters.design),
    Step("whole", "Making the skull whole", _whole, ("whole_skull",), ("skull",), away=True),
    Step(
        "export",
        "Writing parts and models",
        _export,
        ("parts", "anatomy", "skull", "plan"),
        ("files",),
        parameters.design,
    ),
    Step("verify", "Measuring the files", _verify, ("files", "plan"), ("requirements", "findings"), parameters.make),
    Step("depict", "Drawing the pictures", _depict, ("anatomy", "skull", "parts", "plan", "scan_look"), ("pictures",)),
    Step(
        "report",
        "Writing the report",
        _report,
        inputs=(
            *(
                "facts",
                "scan_findings",
                "waived",
                "anatomy",
                "parts",
                "plan",
                "files",
                "requirements",
                "findings",
                "pictures",
            ),
            *map(notes_of, _MEASURED),
        ),
        outputs=("pages",),
        parameters=parameters.make,
        unspoken=parameters.whole_order,
    ),
)

# What the pack is bound from when every step has run.
PACKED = (
    "facts",
    "scan_findings",
    "waived",
    "plan",
    notes_of("segment"),
    notes_of("build"),
    "files",
    "requirements",
    "findings",
    "pages",
)


def waves() -> Iterator[tuple[Step, ...]]:
    """The steps in their order; those that stand together and ask nothing of each other may run side by side."""
    wave: list[Step] = []
    for step in STEPS:
        made = {name for before in wave for name in (*before.outputs, notes_of(before.name))}
        if made & set(step.inputs):
            yield tuple(wave)
            wave = []
        wave.append(step)
    yield tuple(wave)


def needed_after(position: int) -> set[str]:
    """The artifacts that a step after `position`, or the pack, still asks for."""
    return {name for step in STEPS[position + 1 :] for name in step.inputs} | set(PACKED)
