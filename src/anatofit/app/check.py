"""A pack measured again by the code that shares nothing with its builder; with the scan, what only the scan can show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from anatofit.app.engines import steady_engines
from anatofit.app.stages import scan_limits
from anatofit.errors import RequestError, ScanError
from anatofit.model.case import Order, Waiver
from anatofit.model.finding import Finding


def check(pack: Path, *, scan: Path | None = None) -> list[Finding]:
    """Hashes, ledger and every requirement, from the files of `pack`; with `scan` its findings are measured again too."""
    from anatofit.verify.pack_check import check_pack

    with steady_engines():
        again = None if scan is None else _scan_findings(pack, scan)
        return list(check_pack(pack, scan=scan, scan_findings=again))


def _scan_findings(pack: Path, scan: Path) -> list[Finding] | None:
    """The scan judged as the manifest says that it was; None where the manifest itself is not readable."""
    try:
        manifest: dict[str, Any] = json.loads((pack / "manifest.json").read_bytes())
        order = Order.model_validate(manifest["order"])
        waivers = [Waiver.model_validate(w) for w in manifest["waivers"]]
        series = str(manifest["inputs"][0]["uid"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return _judged(scan, series, order, waivers)


def _judged(scan: Path, series: str, order: Order, waivers: list[Waiver]) -> list[Finding]:
    """The findings of the named series. A scan that is refused gives one failed finding for each reason.

    Raises ScanError where the folder holds no scan: then nothing was found out about the pack.
    """
    from anatofit.devices.registry import get_device
    from anatofit.ingest.load import load_scan

    try:
        limits = scan_limits(get_device(order.device))
        return list(load_scan(scan, series=series, limits=limits, waivers=waivers, order_date=order.date).findings)
    except (ScanError, RequestError) as error:
        if any(r.rule == "no-dicom" for r in error.reasons):
            raise
        return [
            Finding(id=r.rule, what=r.message, measured=1.0, unit="faults", limit_high=0.0, passed=False, basis="scan")
            for r in error.reasons
        ]
