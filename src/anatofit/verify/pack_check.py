"""Measures a pack again from its files alone: nothing altered, missing or added, and every requirement holds as recorded."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from anatofit.model.finding import NOT_MEASURED, Finding, Requirement, verdict_of
from anatofit.model.mesh import Mesh
from anatofit.verify.ledger_chain import broken_lines, pack_line
from anatofit.verify.manifest_seal import seal_faults
from anatofit.verify.pack_files import LEDGER, MANIFEST, file_fault, present_files, read_json, safe_path
from anatofit.verify.run import verify
from anatofit.verify.scan_inputs import scan_faults
from anatofit.verify.subject import said_of

NOT_FOR_USE = "NOT_FOR_USE.txt"
SCHEMA = 1
RECORDED = "as recorded, not measured again: only the scan can show it (--scan)"
MODELS = ("host", "missing_bone", "restored", "air_walls", "keep_out", "corrected_bone", "neighbours", "sole", "last")
# Measuring again gives the same floating-point numbers on the same machine; another may round sums differently.
SAME_SHARE = 1e-6
# What a finding repeats of its requirement, word for word.
ASKED = ("what", "unit", "limit_low", "limit_high")
_WANTED = {"outputs": list, "findings": list, "requirements": list, "order": dict, "verdict": str, "ledger_sha256": str}


def check_pack(
    pack: Path, *, scan: Path | None = None, scan_findings: Sequence[Finding] | None = None
) -> list[Finding]:
    """Every check of the pack as a finding. A faulty pack gives failed findings, never an error.

    With `scan` the folder's files are hashed against the manifest's inputs; `scan_findings` are what the same scan gives when
    it is judged again: they stand in the place of the recorded ones, and must agree with them.
    """
    try:
        manifest = read_json(pack / MANIFEST)
    except ValueError as error:
        return [_verdict("PK-MANIFEST-1", "the manifest can be read", [str(error)])]
    faults = _manifest_faults(manifest)
    found = [_verdict("PK-MANIFEST-1", "the manifest can be read", faults)]
    if faults:
        return found
    said = "the manifest is the one that was written"
    found += _guarded("PK-MANIFEST-2", said, lambda: [_verdict("PK-MANIFEST-2", said, seal_faults(pack, manifest))])
    found += _guarded("PK-FILE-1", "every file is as the manifest says", lambda: _files(pack, manifest))
    found += _guarded("PK-LEDGER-1", "the ledger's chain holds", lambda: [_ledger(pack, manifest)])
    found += _guarded("PK-ORDER-1", "order, prescription and plan agree", lambda: [_order(pack, manifest)])
    found += _guarded("PK-MEASURE-1", "every requirement is measured again", lambda: _again(pack, manifest))
    found += _guarded("PK-SCAN-1", "what only the scan shows", lambda: _scan(manifest, scan, scan_findings))
    found += _guarded(
        "PK-VERDICT-1", "the verdict follows from the findings", lambda: [_recorded_verdict(pack, manifest)]
    )
    return found


def _verdict(id_: str, what: str, faults: Sequence[str]) -> Finding:
    return Finding(
        id=id_,
        what=what,
        measured=float(len(faults)),
        unit="faults",
        limit_high=0.0,
        passed=not faults,
        detail="; ".join(faults)[:2000],
    )


def _guarded(id_: str, what: str, check: Callable[[], list[Finding]]) -> list[Finding]:
    """What the check finds; an error in it is a failed finding, because an unproved pack must never pass."""
    try:
        return check()
    except Exception as error:  # noqa: BLE001
        return [_verdict(id_, what, [f"could not be checked: {said_of(error)}"[:500]])]


def _manifest_faults(manifest: Mapping[str, Any]) -> list[str]:
    faults = [
        f"{k} is missing or of the wrong kind" for k, kind in _WANTED.items() if not isinstance(manifest.get(k), kind)
    ]
    if manifest.get("schema") != SCHEMA:
        faults.append(
            f"the schema is {manifest.get('schema')!r}; {SCHEMA} is wanted: check with the version that wrote the pack"
        )
    if not faults and not manifest["requirements"]:
        faults.append("there is no requirement; nothing would be proved")
    return faults


def _files(pack: Path, manifest: Mapping[str, Any]) -> list[Finding]:
    """The files that are missing, altered or not listed, in one finding."""
    records = [r if isinstance(r, dict) else {} for r in manifest["outputs"]]
    listed = [str(r.get("path")) for r in records]
    faults = {str(r.get("path")): fault for r in records if (fault := file_fault(pack, r))}
    faults |= {name: "the file is listed twice" for name in listed if listed.count(name) > 1}
    faults |= dict.fromkeys(present_files(pack) - set(listed) - {MANIFEST}, "the file is not in the manifest")
    faults |= {name: "the manifest does not list the file" for name in ("plan.json", LEDGER) if name not in listed}
    said = [f"{name}: {fault}" for name, fault in sorted(faults.items())]
    return [_verdict("PK-FILE-1", "every file is as the manifest says", said)]


def _ledger(pack: Path, manifest: Mapping[str, Any]) -> Finding:
    data = safe_path(pack, LEDGER).read_bytes()
    faults = broken_lines(data)
    if hashlib.sha256(data).hexdigest() != manifest["ledger_sha256"]:
        faults.append("the ledger is not the one that the manifest names")
    if not faults:
        written = pack_line(data)["outputs"]
        listed = {r["path"]: r["sha256"] for r in manifest["outputs"] if r["path"] != LEDGER}
        faults += [
            f"{n}: the ledger and the manifest disagree"
            for n in sorted({*written, *listed})
            if written.get(n) != listed.get(n)
        ]
    return _verdict("PK-LEDGER-1", "the ledger's chain holds", faults)


def _order(pack: Path, manifest: Mapping[str, Any]) -> Finding:
    import tomllib

    plan, order = read_json(safe_path(pack, "plan.json")), manifest["order"]
    text = safe_path(pack, "prescription.toml").read_text(encoding="utf-8")
    resolved, prescribed = (
        tomllib.loads(safe_path(pack, "resolved.toml").read_text(encoding="utf-8")),
        tomllib.loads(text),
    )
    overruled = {str(entry).partition("=")[0].strip() for entry in resolved["overrides"]["set"]}
    faults = []
    for key in ("case", "device", "laterality"):
        said = {"manifest": order.get(key), "plan": plan.get(key), "resolved order": resolved["order"].get(key)}
        if key == "laterality" and order.get(key) == "U" and plan.get(key) in ("R", "L"):
            del said["plan"]  # an order that names no side leaves it to the shape
        one_of_pair = key == "laterality" and "pair" in prescribed and order.get(key) in ("R", "L")
        if f"order.{key}" not in overruled and not one_of_pair:
            said["prescription"] = prescribed["order"].get(key)
        if len({str(value) for value in said.values()}) > 1:
            faults.append(f"{key} is " + ", ".join(f"{value} in the {place}" for place, value in said.items()))
    if resolved["design"] != manifest.get("parameters"):
        faults.append("the parameters in the manifest are not those of the resolved order")
    if resolved.get("plan") != manifest.get("surgery"):
        faults.append("the surgeon's plan in the manifest is not that of the resolved order")
    wanted = str(manifest.get("prescription_sha256"))
    # the first line names the hash of the text as it was written, where the patient's identifier had to be replaced
    if wanted != hashlib.sha256(text.encode()).hexdigest() and wanted not in text.partition("\n")[0]:
        faults.append("prescription.toml is not the one that the manifest names")
    set_apart = sorted(key for key in overruled if key.startswith("order."))
    but = f", but for {', '.join(set_apart)}, set on the command line" if set_apart else ""
    return _verdict("PK-ORDER-1", f"order, prescription and plan agree{but}", faults)


def _again(pack: Path, manifest: Mapping[str, Any]) -> list[Finding]:
    """Every requirement measured again, with its recorded limits; each must give the recorded number."""
    requirements = [Requirement.model_validate(r) for r in manifest["requirements"]]
    names = sorted({r.part for r in requirements})
    files = {f"device/{n}.{k}": safe_path(pack, f"device/{n}.{k}") for n in names for k in ("stl", "3mf")}
    unread: dict[str, str] = {}
    parts = _meshes(pack, {n: f"device/{n}.stl" for n in names}, unread)
    models = _meshes(pack, {n: f"models/{n}.stl" for n in MODELS}, unread)
    plan = read_json(safe_path(pack, "plan.json"))
    found = verify(parts, requirements=requirements, models=models, plan=plan, files=files, unread=unread)
    return [
        *found,
        _verdict("PK-MEASURE-1", "measured again, every number is as recorded", list(_changed(found, manifest))),
    ]


def _meshes(pack: Path, names: Mapping[str, str], unread: dict[str, str]) -> dict[str, Mesh]:
    """The meshes that can be read; `unread` is told why others cannot, and whatever needs one of them fails with that."""
    from anatofit.verify.stl_reader import read_stl
    from anatofit.verify.surface import UnreadableFileError

    out = {}
    for name, path in names.items():
        try:
            out[name] = read_stl(safe_path(pack, path))
        except Exception as error:  # noqa: BLE001 - the requirement that needs the mesh fails and says why
            why = error.what if isinstance(error, UnreadableFileError) else said_of(error)
            unread[path] = f"{path} cannot be read: {why}"
    return out


def _changed(found: Sequence[Finding], manifest: Mapping[str, Any]) -> Iterator[str]:
    recorded = {
        r.get("id"): r for r in manifest["findings"] if isinstance(r, dict) and r.get("basis", "pack") == "pack"
    }
    gone = []
    for finding in found:
        record = recorded.pop(finding.id, None)
        if record is None:
            yield f"{finding.id}: the manifest records no finding"
        elif not _same(finding.measured, record.get("measured")) or record.get("passed") is not finding.passed:
            if finding.not_measured:
                gone.append(finding.id)
            else:
                yield f"{finding.id}: measured {finding.measured:g}, recorded {_before(record)}"
        elif any(record.get(k) != getattr(finding, k) for k in ASKED):
            yield f"{finding.id}: the recorded finding and its requirement differ in {' or '.join(ASKED)}"
    if gone:
        yield f"not measured again: {', '.join(gone)}"
    for id_ in recorded:
        yield f"{id_}: recorded, but no requirement asks for it"


def _before(record: Mapping[str, Any]) -> object:
    return "as not measured" if record.get("measured") == NOT_MEASURED else record.get("measured")


def _same(value: float, recorded: object) -> bool:
    if isinstance(recorded, bool) or not isinstance(recorded, int | float) or not math.isfinite(recorded):
        return False
    return abs(value - recorded) <= SAME_SHARE * max(abs(value), abs(recorded), 1.0)


def _scan(manifest: Mapping[str, Any], scan: Path | None, again: Sequence[Finding] | None) -> list[Finding]:
    """The recorded findings on the scan, marked as such, or those of the scan itself where it was judged again."""
    recorded = [_recorded(r) for r in manifest["findings"] if isinstance(r, dict) and r.get("basis") == "scan"]
    found = [_unseen(f) for f in recorded] if again is None else list(again)
    if scan is not None:
        found.append(
            _verdict("PK-SCAN-1", "the scan is the one that went in", scan_faults(scan, manifest.get("inputs")))
        )
    if again is not None:
        now, before = ({f.id: f for f in group} for group in (again, recorded))
        faults = [f"{i}: not as recorded" for i in sorted({*now, *before}) if not _agree(now.get(i), before.get(i))]
        found.append(_verdict("PK-SCAN-2", "the scan gives the recorded findings", faults))
    return found


def _unseen(finding: Finding) -> Finding:
    """The finding, with a word that nobody looked: only the scan can show it."""
    detail = f"{finding.detail}; {RECORDED}" if finding.detail else RECORDED
    return finding.model_copy(update={"detail": detail})


def _agree(first: Finding | None, second: Finding | None) -> bool:
    return (
        first is not None
        and second is not None
        and (first.passed, first.waived) == (second.passed, second.waived)
        and _same(first.measured, second.measured)
    )


def _recorded(record: Mapping[str, Any]) -> Finding:
    """A recorded finding as it stands; one that cannot be read, or passed against its own limits, fails."""
    try:
        finding = Finding.model_validate(record)
    except ValueError:
        what = "a recorded finding on the scan can be read"
        return Finding(
            id=str(record.get("id")),
            what=what,
            measured=NOT_MEASURED,
            unit="",
            passed=False,
            basis="scan",
            detail="not readable",
        )
    low, high = finding.limit_low, finding.limit_high
    fits = (
        math.isfinite(finding.measured)
        and (low is None or finding.measured >= low)
        and (high is None or finding.measured <= high)
    )
    return (
        finding
        if fits or not finding.passed
        else finding.model_copy(update={"passed": False, "detail": "recorded as passed beyond its limits"})
    )


def _recorded_verdict(pack: Path, manifest: Mapping[str, Any]) -> Finding:
    faults = []
    requirements = [Requirement.model_validate(r) for r in manifest["requirements"]]
    findings = [Finding.model_validate(r) for r in manifest["findings"]]
    named = {w.get("rule") for w in manifest.get("waivers", []) if isinstance(w, dict)}
    faults += [
        f"{f.id} is recorded as waived, but no waiver names it" for f in findings if f.waived and f.id not in named
    ]
    verdict = verdict_of(findings, requirements)
    fit = verdict is type(verdict).FIT
    if manifest["verdict"] != verdict.value or manifest.get("fit") is not fit:
        faults.append(f"the verdict is {manifest['verdict']!r}; the recorded findings give {verdict.value!r}")
    if (pack / NOT_FOR_USE).exists() == fit:
        faults.append(
            f"{NOT_FOR_USE} {'lies in a pack that is fit' if fit else 'is missing from a pack that is not fit'}"
        )
    return _verdict("PK-VERDICT-1", "the verdict follows from the findings", faults)
