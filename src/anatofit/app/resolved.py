"""The order as the pack keeps it: as it was written, and with every default filled in. No identity."""

from __future__ import annotations

import hashlib
import tomllib
from typing import Any

from anatofit.app.prescription import Job


def pack_texts(job: Job) -> dict[str, bytes]:
    """prescription.toml and resolved.toml."""
    return {"prescription.toml": _prescription(job), "resolved.toml": _resolved(job)}


def _prescription(job: Job) -> bytes:
    """As written; only a patient's identifier is replaced by its SHA-256, which a prescription may hold as well.

    An accession number leads to the patient too, and is so short that its SHA-256 would tell it: it is left out.
    """
    import tomli_w

    data, said = tomllib.loads(job.text), []
    patient, source = data.get("patient", {}), data.get("source", {})
    if "id" in patient:
        patient.setdefault("id_sha256", _sha256(str(patient.pop("id"))))
        said.append("The patient's identifier was replaced by its SHA-256.")
    if isinstance(source, dict) and source.pop("accession", None) is not None:
        said.append("The accession number was left out.")
    if not said:
        return job.text.encode()
    head = f"# {' '.join(said)} SHA-256 of the file as written: {job.text_sha256}\n\n"
    return (head + tomli_w.dumps(data)).encode()


def _sha256(identifier: str) -> str:
    return hashlib.sha256(identifier.strip().encode()).hexdigest()


def _resolved(job: Job) -> bytes:
    """Every parameter of the run in one file: prescription, product and site. Folders and identifiers are left out."""
    import tomli_w

    order = job.prescription
    data: dict[str, Any] = {
        "order": order.order.model_dump(mode="json", exclude_none=True),
        "patient": {"checked": sorted(order.patient.model_dump(exclude_none=True))},
        "design": job.spec.model_dump(mode="json"),
        "locate": order.locate.model_dump(mode="json", exclude_none=True),
        "make": {
            "material": job.material.model_dump(mode="json"),
            "printer": job.printer.model_dump(mode="json"),
        },
        "waiver": [w.model_dump(mode="json") for w in order.waiver],
        "overrides": {"set": [_key_only(o) for o in job.overrides]},
    }
    if order.source.series:
        data["source"] = {"series": order.source.series}
    return tomli_w.dumps(data).encode()


def _key_only(override: str) -> str:
    """What was overruled on the command line, without its value where that may identify."""
    key = override.partition("=")[0].strip()
    return override if key.startswith(("design.", "make.", "locate.")) else key
