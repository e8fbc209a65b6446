"""The doors of the stages, opened when a step walks through: engines load only then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from anatofit.app.anatomical import plan_places
from anatofit.app.prescription import Job
from anatofit.model.case import Locate
from anatofit.model.finding import Finding, Requirement, verdict_of
from anatofit.model.frame import Laterality
from anatofit.model.provenance import ScanFacts
from anatofit.model.scan import Limit, LoadedScan, ScanLimits

if TYPE_CHECKING:
    from anatofit.devices.base import Device
    from anatofit.model.anatomy import Anatomy
    from anatofit.model.cranium import BoneEdge, LocatedCranium, RestoredCranium
    from anatofit.model.labels import LabelMap
    from anatofit.model.mesh import Mesh
    from anatofit.model.part import Part
    from anatofit.model.pictures import Pictures, ScanLook
    from anatofit.model.seating import Seating
    from anatofit.model.surface_scan import SurfaceScan
    from anatofit.model.volume import Field, Volume

# Surfaces of the anatomy that the pack holds as models/<name>.stl: a contract.
MODELS = ("host", "missing_bone", "restored", "air_walls", "keep_out", "corrected_bone", "neighbours", "sole", "last")


def load(job: Job) -> LoadedScan:
    """The scan of the order, fit for its device."""
    from anatofit.app.identity import name_patient
    from anatofit.ingest.load import load_scan

    order = job.prescription
    if order.source.volume is not None:
        from anatofit.ingest.research.volume import load_research

        return load_research(job.scan, limits=limits(job), waivers=order.waiver, quarantine=job.quarantine)
    return load_scan(
        job.scan,
        series=order.source.series,
        limits=limits(job),
        waivers=order.waiver,
        patient=order.patient,
        order_date=order.order.date,
        quarantine=job.quarantine,
        name_patient=name_patient(job),
    )


def labels(job: Job, scan: LoadedScan) -> tuple[LabelMap | None, LoadedScan]:
    """The labelled bone on the scan's grid where the order names labels, and the scan with what they are among its facts."""
    if job.labels is None:
        return None, scan
    from anatofit.ingest.labels.read import read_labels

    found, facts = read_labels(job.labels, scan, label=job.prescription.source.label)
    return found, replace(scan, facts=scan.facts.model_copy(update={"labels": facts}))


def load_surface(job: Job) -> SurfaceScan:
    """The surface of the order in mm, mended with a record; for devices whose `sources` name one. Raises ScanError."""
    from anatofit.devices.base import surface_of
    from anatofit.ingest.surface.read import read_surface

    source = job.prescription.source
    return read_surface(
        job.scan,
        unit=source.unit,
        up=source.up,
        frame=source.frame,
        anatomy=surface_of(job.device),
        waivers=job.prescription.waiver,
    )


def bones_at(bone: BoneEdge, job: Job) -> tuple[Mesh, tuple[Mesh, ...]]:
    """The bone of a CT that the plan lies on, or that the order points at, and the others near it. Raises PrescriptionError where none does."""
    from anatofit.surface.bone import bones_at as found

    asked = job.prescription.locate
    places = plan_places(job) if asked.near is None else [asked.near]
    return found(bone, places, whole=asked.bone in ("tibia", "femur"))


def limits(job: Job) -> ScanLimits:
    """What the device asks of a scan."""
    return scan_limits(job.device)


def scan_limits(device: Device) -> ScanLimits:
    """The [scan] rows of a device's envelope, as ingest judges by them."""
    rows = device.scan_limits()
    return ScanLimits.model_validate(
        {name: row.get("terms") or {k: row[k] for k in Limit.model_fields if k in row} for name, row in rows.items()}
    )


def segment(volume: Volume, labels: LabelMap | None, *, edge_hu: float | None) -> BoneEdge:
    """The edge of bone, place by place; which bone it is, labels tell where there are any."""
    if labels is not None:
        from anatofit.segment.labelled import segment_labelled

        return segment_labelled(volume, labels, edge_hu=edge_hu)
    from anatofit.segment.bone import segment_bone

    return segment_bone(volume, edge_hu=edge_hu)


def locate(bone: BoneEdge, job: Job) -> LocatedCranium:
    """The defect that was ordered. Raises DefectError."""
    from anatofit.locate.cranium import locate_cranium

    return locate_cranium(bone, ordered=job.prescription.order.laterality, overrides=job.prescription.locate)


def locate_anywhere(bone: BoneEdge, overrides: Locate) -> LocatedCranium:
    """What is found where no side is asked for. Raises DefectError."""
    from anatofit.locate.cranium import locate_cranium

    return locate_cranium(bone, ordered=Laterality.UNPAIRED, overrides=overrides)


def restore(bone: BoneEdge, located: LocatedCranium) -> RestoredCranium:
    """The bone as it should be."""
    from anatofit.restore.cranium import restore_cranium

    return restore_cranium(bone, located)


def to_look_at(job: Job, volume: Volume) -> tuple[Volume, str]:
    """What pictures may be taken from, without a face where the order asks for that, and a sentence about it."""
    if not job.prescription.source.deface:
        return volume, ""
    from anatofit.identity.deface import deface

    made = deface(volume)
    return made.volume, made.sentence


def surface(
    bone: BoneEdge, located: LocatedCranium, restored: RestoredCranium, *, shown: Volume
) -> tuple[Anatomy, Field, ScanLook]:
    """The waist of the house; the field of the skull made whole, which no device is fitted to; and what the pictures keep
    of the scan `shown`, which is let go after this."""
    from anatofit.report.slices import look
    from anatofit.surface.cranium import surface_cranium
    from anatofit.surface.skull import whole_skull

    with ThreadPoolExecutor(1) as beside:
        skull = beside.submit(whole_skull, bone, restored)
        anatomy = surface_cranium(bone, located, restored)
        return anatomy, skull.result(), look(shown, anatomy.surfaces["missing_bone"])


def surface_sentence(anatomy: Anatomy) -> str:
    """What the methods paragraph says of the surfaces."""
    from anatofit.surface.cranium import sentence_of

    return sentence_of(anatomy)


def whole(field: Field) -> Mesh:
    """The surface of the skull made whole."""
    from anatofit.surface.skull import skull_surface

    return skull_surface(field)


def with_skull(anatomy: Anatomy, skull: Mesh) -> Anatomy:
    """The anatomy with the skull made whole among its surfaces, as it is filed and shown."""
    return replace(anatomy, surfaces={**anatomy.surfaces, "restored": skull})


def export(
    job: Job, parts: tuple[Part, ...], anatomy: Anatomy, plan: Mapping[str, Any], *, axes: str
) -> dict[str, bytes]:
    """The files of the pack that hold geometry, and plan.json, by their path in the pack; each says its axes."""
    from anatofit.pack.stl import stl_bytes
    from anatofit.pack.threemf import threemf_bytes

    told = {"axes": axes, **plan}
    files = {"plan.json": json.dumps(told, indent=1, ensure_ascii=True, allow_nan=False).encode() + b"\n"}
    for part in parts:
        files[f"device/{part.name}.stl"] = stl_bytes(part.mesh, axes=axes)
        files[f"device/{part.name}.3mf"] = threemf_bytes(part, title=job.device.title, axes=axes)
    for name in MODELS:
        if name in anatomy.surfaces:
            files[f"models/{name}.stl"] = stl_bytes(anatomy.surfaces[name], axes=axes)
    return files


def verify(job: Job, files: Mapping[str, bytes], plan: Mapping[str, Any]) -> tuple[list[Requirement], list[Finding]]:
    """What must hold, and what was measured on the exported files alone."""
    from anatofit.app.apart import measured_apart

    planned = job.device.read_plan(plan)
    requirements = job.device.requirements(job.spec, planned, material=job.material, printer=job.printer)
    return requirements, measured_apart(files, requirements)


def seat(
    job: Job, anatomy: Anatomy, parts: tuple[Part, ...], plan: Mapping[str, Any]
) -> tuple[tuple[Seating, ...], str]:
    """Where the parts come to rest when they are pressed on, if the order asks for it; and a sentence about it."""
    from anatofit.app.seating import tried

    return tried(job.prescription.seating, anatomy, parts, plan)


def depict(anatomy: Anatomy, parts: tuple[Part, ...], plan: Mapping[str, Any], seen: ScanLook) -> Pictures:
    """What the report shows."""
    from anatofit.report.data import Scene
    from anatofit.report.depict import depict as drawn

    return drawn(Scene(anatomy, {p.name: p.mesh for p in parts}, plan), seen)


def report(job: Job, at: Mapping[str, Any]) -> dict[str, bytes]:
    """report.html and figures/*.png."""
    from anatofit.app.landmarks import landmark_rows
    from anatofit.app.limbs import level_rows
    from anatofit.app.remarks import remarks_of
    from anatofit.app.versions import versions
    from anatofit.devices.base import told_of, unmet_of, words_of
    from anatofit.ingest.header.disclosure import attribute_table
    from anatofit.pack.manifest import output_records
    from anatofit.report.data import ReportData
    from anatofit.report.page import build_report

    findings = [*at["scan_findings"], *at["findings"]]
    notes = {name.removesuffix(".notes"): at[name] for name in at if name.endswith(".notes")}
    data = ReportData(
        order=job.prescription.order,
        device_title=job.device.title,
        words=words_of(job.device),
        told=told_of(job.device, at["plan"]),
        unmet=unmet_of(job.device, at["plan"]),
        verdict=verdict_of(findings, at["requirements"]),
        findings=findings,
        requirements=at["requirements"],
        facts=at["facts"],
        anatomy=at["anatomy"],
        parts={p.name: p.mesh for p in at["parts"]},
        plan=at["plan"],
        sentences=[n["sentence"] for n in notes.values() if n["sentence"]],
        material=job.material,
        printer=job.printer,
        figures={step: n["figures"] for step, n in notes.items()},
        parameters=_parameter_rows(job),
        versions=versions(job.prescription.order.device),
        outputs=output_records(at["files"]),
        overrides=job.prescription.locate,
        remarks=remarks_of(at, job),
        seating=at.get("seating", ()),
        landmarks=landmark_rows(at["anatomy"], at["facts"]),
        levels=level_rows(at["anatomy"]),
        attributes=attribute_table() if isinstance(at["facts"], ScanFacts) and not at["facts"].research else [],
    )
    return dict(build_report(data, at["pictures"]))


def _parameter_rows(job: Job) -> list[Any]:
    from anatofit.report.data import ParameterRow

    rows = job.device.envelope.rows
    return [
        ParameterRow(
            name=name,
            value=value,
            unit=rows[name].unit,
            default=rows[name].default,
            minimum=rows[name].min,
            maximum=rows[name].max,
            source=rows[name].source,
            help=rows[name].help,
            proposal=rows[name].proposal,
            asked=name in job.prescription.design,
        )
        for name, value in job.spec.model_dump(mode="json").items()
        if name in rows
    ]
