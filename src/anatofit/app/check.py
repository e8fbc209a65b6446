"""A pack measured again by the code that shares nothing with its builder; with the scan, what only the scan can show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from anatofit.app.engines import steady_engines
from anatofit.app.stages import scan_limits
from anatofit.errors import AnatofitError, Reason, RequestError, ScanError, ScanUnsuitableError
from anatofit.model.case import Order, Waiver
from anatofit.model.finding import Finding
from anatofit.model.provenance import InputRecord
from anatofit.rules.files import UNOPENED

UNJUDGED = (
    "Name the folder of the scan that the pack was made from, or leave --scan out to check the pack from its files alone; "
    "if this is that folder, the scan or the pack's record of it was altered. Nothing was judged of the pack by this scan"
)


def check(pack: Path, *, scan: Path | None = None) -> list[Finding]:
    """Hashes, ledger and every requirement, from the files of `pack`; with `scan` its findings are measured again too. Of a pair both packs.

    Raises ScanError where `scan` is not the one that the pack was made from, or not fit: then nothing of the pack was judged.
    """
    from anatofit.verify.pack_check import check_pack
    from anatofit.verify.pair_packs import PAIR, SIDES, check_pair

    if (pack / PAIR).is_file() and scan is None:
        return [check_pair(pack), *(_of_foot(side, f) for side in SIDES for f in check(pack / side))]
    with steady_engines():
        again = None if scan is None else _scan_findings(pack, scan)
        return list(check_pack(pack, scan=scan, scan_findings=again))


def _of_foot(side: str, finding: Finding) -> Finding:
    return finding.model_copy(update={"id": f"{side} {finding.id}"})


def _scan_findings(pack: Path, scan: Path) -> list[Finding] | None:
    """The scan judged as the manifest says that it was; None where the manifest is not readable, or not as it was written."""
    from anatofit.verify.manifest_seal import seal_faults
    from anatofit.verify.pack_files import read_json
    from anatofit.verify.scan_inputs import recorded_inputs

    try:
        manifest = read_json(pack / "manifest.json")
        if seal_faults(pack, manifest):
            return None
        order = Order.model_validate(manifest["order"])
        waivers = [Waiver.model_validate(w) for w in manifest["waivers"]]
        inputs = recorded_inputs(manifest["inputs"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    surface = manifest.get("surface")
    found = _found(scan, inputs[0].uid, order, waivers) if surface is None else _surface(scan, surface, order, waivers)
    return _judged(scan, inputs, found)


def _judged(scan: Path, inputs: Sequence[InputRecord], found: list[Finding] | AnatofitError) -> list[Finding]:
    """The findings of what went in. Raises ScanError where it is not there as it was, or not fit."""
    from anatofit.verify.scan_inputs import other_scan

    if not isinstance(found, list) and any(r.rule in {"no-dicom", *UNOPENED} for r in found.reasons):
        raise _unjudged(found.reasons)
    if others := other_scan(scan, inputs):
        raise _unjudged(Reason("other-scan", f"this is not the scan that the pack was made from: {o}") for o in others)
    return found if isinstance(found, list) else _refused(found)


def _found(scan: Path, series: str, order: Order, waivers: Sequence[Waiver]) -> list[Finding] | AnatofitError:
    """The findings of the named series, or why it is refused."""
    from anatofit.devices.registry import get_device
    from anatofit.ingest.load import load_scan
    from anatofit.ingest.research.volume import load_research

    try:
        limits = scan_limits(get_device(order.device))
        if not series:  # a research volume is of no series
            return list(load_research(scan, limits=limits, waivers=waivers).findings)
        return list(load_scan(scan, series=series, limits=limits, waivers=waivers, order_date=order.date).findings)
    except (ScanError, RequestError) as error:
        return error


def _surface(
    path: Path, facts: Mapping[str, Any], order: Order, waivers: Sequence[Waiver]
) -> list[Finding] | AnatofitError:
    """The findings of the surface, read in the unit and frame that the pack records, or why it is refused."""
    from anatofit.app.bones import surface_findings
    from anatofit.devices.base import surface_of
    from anatofit.devices.registry import get_device
    from anatofit.ingest.surface.read import read_surface

    frame = None if facts.get("frame") == "as stated" else facts.get("frame")
    try:
        of = surface_of(get_device(order.device))
        return surface_findings(read_surface(path, unit=facts.get("unit"), frame=frame, anatomy=of, waivers=waivers))
    except (ScanError, RequestError) as error:
        return error


def _refused(error: AnatofitError) -> list[Finding]:
    """The very scan that went in, refused now: a failed finding for each reason, where what the pack records can be the cause.

    So it is where the order is wrong, or a limit is not kept that a waiver was needed for. Raises ScanError for all else.
    """
    from anatofit.rules import WAIVABLE

    if isinstance(error, ScanError) and any(r.rule not in WAIVABLE for r in error.reasons):
        raise _unjudged(error.reasons)
    return [
        Finding(id=r.rule, what=r.message, measured=1.0, unit="faults", limit_high=0.0, passed=False, basis="scan")
        for r in error.reasons
    ]


def _unjudged(reasons: Iterable[Reason]) -> ScanUnsuitableError:
    """The reasons, the last with what to do."""
    *first, last = reasons
    return ScanUnsuitableError([*first, Reason(last.rule, f"{last.message.rstrip('.')}. {UNJUDGED}")])
