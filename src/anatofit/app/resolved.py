"""The order as the pack keeps it: as it was written, and with every default filled in. No identity."""

from __future__ import annotations

import hashlib
import tomllib
from typing import Any

from anatofit.app.prescription import Job
from anatofit.model.case import ORIGINS


def pack_texts(job: Job) -> dict[str, bytes]:
    """prescription.toml and resolved.toml."""
    return {"prescription.toml": _prescription(job), "resolved.toml": _resolved(job)}


def prescription_sha256(job: Job) -> str:
    """Of the order as written; where a vault keeps the identity out of it, of the order as the pack keeps it.

    A hash over the identifier beside all else that was written would let a short number be found by trying all of them.
    """
    return hashlib.sha256(_prescription(job)).hexdigest() if _is_kept_out(job) else job.text_sha256


def _is_kept_out(job: Job) -> bool:
    named = job.prescription.patient
    return job.vault is not None and (named.id is not None or named.id_sha256 is not None)


def _prescription(job: Job) -> bytes:
    """As written; only a patient's identifier is replaced by its SHA-256, which a prescription may hold as well.

    An accession number leads to the patient too, and is so short that its SHA-256 would tell it: it is left out.
    """
    import tomli_w

    data, said = tomllib.loads(job.text), []
    patient, source = data.get("patient", {}), data.get("source", {})
    if isinstance(source, dict) and source.pop("accession", None) is not None:
        said.append("The accession number was left out.")
    if _is_kept_out(job):
        return _without_identity(data, patient)
    if "id" in patient:
        patient.setdefault("id_sha256", _sha256(str(patient.pop("id"))))
        said.insert(0, "The patient's identifier was replaced by its SHA-256.")
    if not said:
        return job.text.encode()
    head = f"# {' '.join(said)} SHA-256 of the file as written: {job.text_sha256}\n\n"
    return (head + tomli_w.dumps(data)).encode()


def _without_identity(data: dict[str, Any], patient: dict[str, Any]) -> bytes:
    """A site with a vault names its patients by pseudonym alone: a SHA-256 can be undone by trying every number."""
    import tomli_w

    for key in ("id", "id_sha256"):
        patient.pop(key, None)
    head = "# The patient's identifier was left out: manifest.json bears the pseudonym, and the site's vault whom it stands for.\n\n"
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
    source = order.source.model_dump(mode="json", exclude={*ORIGINS, "labels"}, exclude_none=True)
    if not order.source.deface:
        source.pop("deface")
    if order.source.volume is not None:
        source["input"] = "research volume"
    if source:
        data["source"] = source
    return tomli_w.dumps(data).encode()


def _key_only(override: str) -> str:
    """What was overruled on the command line, without its value where that may identify."""
    key = override.partition("=")[0].strip()
    return override if key.startswith(("design.", "make.", "locate.")) else key
