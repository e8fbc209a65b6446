"""What each step depends on beside its inputs: as the ledger tells it, and what only the hash of a stored result may hold."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from anatofit.app.anatomical import SOURCE, plan_marks, plan_places
from anatofit.app.caching import source_sha256
from anatofit.app.identity import vault_fingerprint
from anatofit.app.prescription import Job
from anatofit.model.case import ORIGINS


def ingest(job: Job) -> dict[str, Any]:
    """Where the scan is from, and by what it is judged."""
    prescription = job.prescription
    return {
        "device": prescription.order.device,
        **_package(job),
        "series": prescription.source.series,
        "input": next(key for key in ORIGINS if getattr(prescription.source, key) is not None),
        "labels": prescription.source.labels is not None,
        "label": prescription.source.label,
        "waivers": [w.rule for w in prescription.waiver],
        "order_date": prescription.order.date,
        "patient_checked": sorted(k for k, v in prescription.patient.model_dump().items() if v is not None),
    }


def locate(job: Job) -> dict[str, Any]:
    """The side that was ordered, and what a person overruled."""
    overrides = job.prescription.locate.model_dump(mode="json", exclude={"edge_hu"}, exclude_none=True)
    return {"ordered": job.prescription.order.laterality.value, "overrides": overrides}


def locate_bone(job: Job) -> dict[str, Any]:
    """As for any source, the frame that a bone is held against, that of the plan, and the places and marks that must lie on the half of their side."""
    frame = job.prescription.source.frame
    held = {} if frame is None else {"frame": frame}
    return {**locate(job), **held, **_plan_frame(job), "places": plan_places(job), "marks": plan_marks(job)}


def companions(job: Job) -> dict[str, Any]:
    """The bytes of what the plan keeps out of, and of the other bones that the order names."""
    named = {"keep_out": job.keep_out, "neighbours": job.neighbours}
    return {key: [source_sha256(path) for path in paths] for key, paths in named.items() if paths}


def beside_foot(job: Job) -> dict[str, Any]:
    """The bytes of a map of plantar pressure, and of a shoe last; and what a person confirmed."""
    files = {"pressure": job.pressure, "last": job.last}
    return {name: source_sha256(path) for name, path in files.items() if path is not None} | waivers(job)


def design(job: Job) -> dict[str, Any]:
    """The device, the package that it comes from where that is not ours, and its resolved design."""
    spec = job.spec.model_dump(mode="json")
    return {"device": job.prescription.order.device, **_package(job), **_plan_frame(job), "spec": spec}


def _plan_frame(job: Job) -> dict[str, Any]:
    return {} if job.plan_frame == SOURCE else {"plan_frame": job.plan_frame}


def _package(job: Job) -> dict[str, Any]:
    """A stranger's code counts as ours does: a result that it made is not found again by another version of it."""
    from anatofit.devices.registry import package_of

    package = package_of(job.prescription.order.device)
    return {} if package is None else {"package": asdict(package)}


def make(job: Job) -> dict[str, Any]:
    """The design with material and printer."""
    return {
        **design(job),
        "material": job.material.model_dump(mode="json"),
        "printer": job.printer.model_dump(mode="json"),
    }


def seating(job: Job) -> dict[str, Any]:
    """How many placements are tried, and what is assumed of bone and hand; nothing where none are."""
    asked = job.prescription.seating
    return {} if asked is None else {"seating": asked.model_dump(mode="json")}


def shown(job: Job) -> dict[str, Any]:
    """What is taken out of the pictures of the scan."""
    return {"deface": True} if job.prescription.source.deface else {}


def wanted_bone(job: Job) -> dict[str, Any]:
    """Which bone of a scan is meant, and how much of it: by the plan in the design, or as a person pointed at it."""
    asked = job.prescription.locate
    return {**design(job), "bone": asked.bone, "near": asked.near}


def edge(job: Job) -> dict[str, Any]:
    """The value at bone's edge that a person gave."""
    return {"edge_hu": job.prescription.locate.edge_hu}


def scan_and_patient(job: Job) -> dict[str, Any]:
    """The bytes of the scan, and whom it must be of."""
    order = job.prescription
    return {
        "scan": source_sha256(job.scan),
        "labels": None if job.labels is None else source_sha256(job.labels),
        "patient": order.patient.model_dump(mode="json"),
        **waivers(job),
        "vault": vault_fingerprint(job),
    }


def waivers(job: Job) -> dict[str, Any]:
    """What a person confirmed, and who."""
    return {"waivers": [w.model_dump(mode="json") for w in job.prescription.waiver]}


def case(job: Job) -> dict[str, Any]:
    """The case number."""
    return {"case": job.prescription.order.case}


def whole_order(job: Job) -> dict[str, Any]:
    """All of the order but where its files lie."""
    return job.prescription.model_dump(
        mode="json", exclude={"source": {*ORIGINS, "pacs", "labels", "pressure", "last"}}
    )
