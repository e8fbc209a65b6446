"""What ingest made of a scan, as a file to be looked at with other tools."""

from __future__ import annotations

from pathlib import Path

from anatofit.model.case import Waiver
from anatofit.model.scan import Limit, LoadedScan, ScanLimits
from anatofit.rules import WAIVABLE

# Nothing is designed from the file: limits of a device do not apply. What guards against wrong geometry does.
_WIDE = Limit(fit=1000.0)
LIMITS = ScanLimits(slice_spacing_mm=_WIDE, pixel_mm=_WIDE, slice_count_min=2, height_mm_min=0.0)


def export_volume(scan: Path, out: Path, *, series: str | None = None, force: bool = False) -> LoadedScan:
    """Writes the volume of the named or the best series. Raises ScanError where its geometry or values cannot be trusted, OutputError."""
    from anatofit.ingest.gridfile import is_grid_file
    from anatofit.ingest.load import load_scan
    from anatofit.ingest.research import load_research
    from anatofit.pack.nifti import check_target, write_volume

    check_target(out, force=force)
    waivers = [
        Waiver(rule=rule, reason="to be looked at, not designed from", by="export-volume") for rule in sorted(WAIVABLE)
    ]
    if is_grid_file(scan) and not scan.is_dir():
        loaded = load_research(scan, limits=LIMITS)
    else:
        loaded = load_scan(scan, series=series, limits=LIMITS, waivers=waivers)
    write_volume(loaded.volume, out, force=force)
    return loaded
