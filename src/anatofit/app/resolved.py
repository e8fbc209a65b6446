"""The order as the pack keeps it: as it was written, and with every default filled in. No identity."""

from __future__ import annotations

import hashlib
import tomllib
from typing import Any

from anatofit.app.anatomical import SOURCE
from anatofit.app.prescription import Job
from anatofit.model.case import ORIGINS


def pack_texts(job: Job) -> dict[str, bytes]:
    """prescription.toml and resolved.toml."""
    return {"prescription.toml": _prescription(job), "resolved.toml": _resolved(job)}


def prescription_sha256(job: Job) -> str:
    """Of the order as written; where an identifier is kept out of it, of the order as the pack keeps it.

    A hash over the identifier beside all else that was written would let a short number be found by trying all of them.
    """
    return hashlib.sha256(_prescription(job)).hexdigest() if _left_out(job) else job.text_sha256


def _left_out(job: Job) -> tuple[str, ...]:
    """What the pack must not tell, in sentences: an accession number; of a site with a vault also who the patient is."""
    said = []
    named = job.prescription.patient
    if job.vault is not None and (named.id is not None or named.id_sha256 is not None):
        said.append(
            "The patient's identifier was left out: manifest.json bears the pseudonym, and the site's vault whom it stands for."
        )
    if "accession" in _source(tomllib.loads(job.text)):
        said.append("The accession number of the scan was left out.")
    return tuple(said)


def _source(data: dict[str, Any]) -> dict[str, Any]:
    """[source] as it was written, which a folder named on the command line may have replaced whatever it is."""
    source = data.get("source")
    return source if isinstance(source, dict) else {}


def _prescription(job: Job) -> bytes:
    """As written; only a patient's identifier is replaced by its SHA-256, which a prescription may hold as well.

    What must not be told at all is left out: its SHA-256 can be undone by trying every number.
    """
    data, said = tomllib.loads(job.text), list(_left_out(job))
    patient = data.get("patient", {})
    _source(data).pop("accession", None)
    if job.vault is not None:
        for key in ("id", "id_sha256"):
            patient.pop(key, None)
    elif "id" in patient:
        patient.setdefault("id_sha256", _sha256(str(patient.pop("id"))))
        said.insert(0, "The patient's identifier was replaced by its SHA-256.")
    if not said:
        return job.text.encode()
    import tomli_w

    if not _left_out(job):
        said.append(f"SHA-256 of the file as written: {job.text_sha256}")
    return (f"# {' '.join(said)}\n\n" + tomli_w.dumps(data)).encode()


def _sha256(identifier: str) -> str:
    return hashlib.sha256(identifier.strip().encode()).hexdigest()


def _resolved(job: Job) -> bytes:
    """Every parameter of the run in one file: prescription, product and site. Folders and identifiers are left out."""
    import tomli_w

    order = job.prescription
    data: dict[str, Any] = {
        "order": order.order.model_dump(mode="json", exclude_none=True),
        "patient": {"checked": sorted(order.patient.model_dump(exclude_none=True))},
        **asked(job),
        "locate": order.locate.model_dump(mode="json", exclude_none=True),
        "make": {
            "material": job.material.model_dump(mode="json", exclude_none=True),
            "printer": job.printer.model_dump(mode="json"),
        },
        **({} if order.seating is None else {"seating": order.seating.model_dump(mode="json")}),
        "waiver": [w.model_dump(mode="json") for w in order.waiver],
        "overrides": {"set": [_key_only(o) for o in job.overrides]},
    }
    source = order.source.model_dump(
        mode="json", exclude={*ORIGINS, "labels", "pressure", "last", "neighbours"}, exclude_none=True
    )
    if not order.source.deface:
        source.pop("deface")
    if order.source.volume is not None:
        source["input"] = "research volume"
    if source:
        data["source"] = source
    return tomli_w.dumps(data).encode()


def asked(job: Job) -> dict[str, Any]:
    """The design and, for a device that takes one, the surgeon's plan."""
    design = job.spec.model_dump(mode="json", exclude_none=True)
    surgery = design.pop("surgery", None)
    if surgery is None:
        return {"design": design}
    frame = {} if job.plan_frame == SOURCE else {"frame": job.plan_frame}
    return {"plan": {**frame, **surgery}, "design": design}


def _key_only(override: str) -> str:
    """What was overruled on the command line, without its value where that may identify."""
    key = override.partition("=")[0].strip()
    return override if key.startswith(("design.", "make.", "locate.", "seating.")) else key
