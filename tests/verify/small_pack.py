"""A whole pack around the plate in the skull cap, written with the house's own writers where they exist."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import host_plate as bodies

from anatofit.model.finding import Finding, Requirement, verdict_of
from anatofit.pack.stl import stl_bytes
from anatofit.verify.run import verify
from anatofit.verify.stl_reader import parse_stl

SCAN = Finding(id="SCAN-1", what="slice spacing", measured=1.0, unit="mm", limit_high=1.5, passed=True, basis="scan")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def as_json(data: Any) -> bytes:
    return json.dumps(data, indent=1).encode()


def requirements(gap_low_mm: float) -> list[Requirement]:
    def one(id_: str, check: str, low: float | None, high: float | None) -> Requirement:
        return Requirement(id=id_, what=check, check=check, part="plate", unit="mm", limit_low=low, limit_high=high)

    return [one("CR-GAP-1", "clearance_min", gap_low_mm, None), one("CR-STEP-1", "outer_step", None, 1.0)]


def seal(manifest: dict[str, Any]) -> str:
    """The hash of what the manifest says beside the hashes of files."""
    content = {k: v for k, v in manifest.items() if k not in ("outputs", "ledger_sha256")}
    return digest(json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


def ledger(outputs: dict[str, str], parameters: dict[str, str] | None = None) -> bytes:
    lines: list[bytes] = []
    for step in ("ingest", "build", "pack"):
        previous = digest(lines[-1]) if lines else "0" * 64
        record = {"sequence": len(lines) + 1, "step": step, "inputs": {}, "outputs": {}}
        if step == "pack":
            record |= {"parameters": parameters or {}, "outputs": outputs}
        lines.append(json.dumps(record | {"seconds": 0.1, "previous_sha256": previous}).encode())
    return b"".join(line + b"\n" for line in lines)


def write_pack(pack: Path, *, gap_low_mm: float = 0.45) -> Path:
    """The pack's folder; NOT FOR USE where the gap is asked to be wider than it is."""
    order = {"case": "A-0001", "device": "cranial-plate", "laterality": "R"}
    text = b'[order]\ncase = "A-0001"\ndevice = "cranial-plate"\nlaterality = "R"\n'
    files = {"plan.json": as_json(bodies.plan()), "prescription.toml": text}
    files["resolved.toml"] = text + b"[design]\ngap_mm = 0.5\n[overrides]\nset = []\n"
    files |= {"device/plate.stl": stl_bytes(bodies.plate()), "models/host.stl": stl_bytes(bodies.host())}
    asked = requirements(gap_low_mm)
    parts, models = {"plate": parse_stl(files["device/plate.stl"])}, {"host": parse_stl(files["models/host.stl"])}
    findings = [SCAN, *verify(parts, requirements=asked, models=models, plan=bodies.plan())]
    fit = all(f.passed for f in findings)
    if not fit:
        files["NOT_FOR_USE.txt"] = b"NOT FOR USE\n"
    manifest: dict[str, Any] = {
        "schema": 1,
        "verdict": verdict_of(findings, asked).value,
        "fit": fit,
        "frame": "LPS",
        "make": {"material": {"name": "PEEK", "density_g_cm3": 1.32}, "printer": {"volume_mm": [200, 200, 200]}},
        "software": {"anatofit": "0.1.0"},
        "order": order | {"prescriber": "Neurosurgery"},
        "parameters": {"gap_mm": 0.5},
        "findings": [f.model_dump(mode="json") for f in findings],
        "requirements": [r.model_dump(mode="json") for r in asked],
        "inputs": [{"uid": "1.2.3", "sha256": "0" * 64, "count": 1}],
        "prescription_sha256": digest(text),
        "remarks": ["no patient was named"],
    }
    files["ledger.jsonl"] = ledger(
        {n: digest(d) for n, d in files.items()}, {"manifest_content_sha256": seal(manifest)}
    )
    manifest["ledger_sha256"] = digest(files["ledger.jsonl"])
    manifest["outputs"] = [{"path": n, "sha256": digest(d), "bytes": len(d)} for n, d in sorted(files.items())]
    for name, data in {**files, "manifest.json": as_json(manifest)}.items():
        (pack / name).parent.mkdir(parents=True, exist_ok=True)
        (pack / name).write_bytes(data)
    return pack
