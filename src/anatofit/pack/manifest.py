"""manifest.json: what the pack is, what was found, what went in, and the hash of every file that came out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from anatofit.model.case import Locate, Order, Waiver
from anatofit.model.finding import Finding, Requirement, Verdict, unmeasured, verdict_of
from anatofit.model.frame import UNIT
from anatofit.model.landmark import LandmarkRow
from anatofit.model.level import LevelRow
from anatofit.model.make import Material, Printer
from anatofit.model.provenance import OutputRecord, SourceFacts, SurfaceFacts

SCHEMA = 1
MANIFEST_NAME = "manifest.json"
PAIR_NAME = "pair.json"  # beside two packs, what tells how they differ
# In the parameters of the ledger's last line: the hash of the manifest without `outputs` and `ledger_sha256`.
SEAL_NAME = "manifest_content_sha256"
LEDGER_NAME = "ledger.jsonl"
NOT_FOR_USE_NAME = "NOT_FOR_USE.txt"


def output_records(files: Mapping[str, bytes]) -> list[OutputRecord]:
    """Path, hash and size of every file, sorted by path."""
    return [
        OutputRecord(path=p, sha256=hashlib.sha256(files[p]).hexdigest(), bytes=len(files[p])) for p in sorted(files)
    ]


def make_manifest(
    *,
    device: str,
    order: Order,
    parameters: Mapping[str, Any],
    material: Material,
    printer: Printer,
    overrides: Locate,
    waivers: Sequence[Waiver],
    findings: Sequence[Finding],
    requirements: Sequence[Requirement],
    facts: SourceFacts,
    remarks: Sequence[str],
    prescription_sha256: str,
    software: Mapping[str, str],
    surgery: Mapping[str, Any] | None = None,
    seating: Sequence[Mapping[str, Any]] = (),
    landmarks: Sequence[LandmarkRow] = (),
    levels: Sequence[LevelRow] = (),
    unmet: str = "",
) -> dict[str, Any]:
    """What the manifest says of order, findings and scan, as it will be read back: a number that is not finite is null.

    surgery: the surgeon's plan, of devices that take one. seating: what is predicted of each part's seat, where that was asked for.
    landmarks: of a foot or a limb. levels: measures of a limb by level. unmet: what was aimed at and is not reached by a prediction.
    """
    verdict = verdict_of(findings, requirements)
    content = {
        "schema": SCHEMA,
        "device": device,
        "verdict": verdict.value,
        "fit": verdict is Verdict.FIT,
        **({"unmet": unmet} if unmet else {}),
        "order": order.model_dump(mode="json", exclude_none=True),
        "frame": facts.axes,
        "unit": UNIT,
        "parameters": dict(parameters),
        **({} if surgery is None else {"surgery": dict(surgery)}),
        **({"seating": [dict(row) for row in seating]} if seating else {}),
        **({"landmarks": [r.model_dump(mode="json", exclude_none=True) for r in landmarks]} if landmarks else {}),
        **({"by_level": [row.model_dump(mode="json") for row in levels]} if levels else {}),
        "make": {"material": material.model_dump(mode="json"), "printer": printer.model_dump(mode="json")},
        "overrides": overrides.model_dump(mode="json", exclude_none=True),
        "waivers": [w.model_dump(mode="json") for w in waivers],
        "remarks": list(remarks),
        "findings": [f.model_dump(mode="json") for f in findings],
        "requirements": [r.model_dump(mode="json") for r in requirements],
        "inputs": [facts.input.model_dump(mode="json")],
        "surface" if isinstance(facts, SurfaceFacts) else "scan": facts.model_dump(
            mode="json", exclude={"input"} | ({"patient_pseudonym"} if facts.patient_pseudonym is None else set())
        ),
        "prescription_sha256": prescription_sha256,
        "software": dict(software),
    }
    return dict(_finite(content))


def content_sha256(content: Mapping[str, Any]) -> str:
    """The hash of what `make_manifest` gave, for the ledger: of JSON in ASCII with sorted keys and no spaces."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def with_outputs(content: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    """The whole manifest. `files`: every file of the pack but the manifest itself, ledger included."""
    return {
        **content,
        "ledger_sha256": hashlib.sha256(files[LEDGER_NAME]).hexdigest(),
        "outputs": [r.model_dump(mode="json") for r in output_records(files)],
    }


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The file."""
    return json.dumps(manifest, indent=1, ensure_ascii=True, allow_nan=False).encode() + b"\n"


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not _is_finite(value) else value


def _is_finite(value: float) -> bool:
    return value == value and value not in (float("inf"), float("-inf"))


def not_for_use_text(findings: Sequence[Finding], requirements: Sequence[Requirement]) -> bytes:
    """What lies in a pack that must not be used: which requirements failed, and which nobody measured."""
    failed = [
        f"- {f.id}: {f.what}: {f.told}, {wanted(f) or 'another result wanted'}{f'. To try: {f.advice}' if f.advice else ''}"
        for f in findings
        if not f.holds
    ]
    failed += [f"- {r.id}: {r.what}: not measured" for r in unmeasured(findings, requirements)]
    lines = [
        "NOT FOR USE",
        "",
        "This pack was built, but these requirements do not hold:",
        *failed,
        "",
        "Do not print or use any part of it. report.html shows each finding. Change the prescription and run again.",
    ]
    return ("\n".join(lines) + "\n").encode()


def wanted(finding: Finding) -> str:
    """The limits of a finding in words; empty where it has none."""
    low, high = finding.limit_low, finding.limit_high
    if low is not None and low == high:
        return f"exactly {low:g} wanted"
    words = [] if low is None else [f"at least {low:g}"]
    words += [] if high is None else [f"at most {high:g}"]
    return " and ".join(words) + " wanted" if words else ""
