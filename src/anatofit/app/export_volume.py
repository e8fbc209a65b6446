"""What ingest made of a scan, as a file to be looked at with other tools."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from anatofit.app.outside import refuse_within
from anatofit.model.case import Waiver
from anatofit.model.scan import Limit, LoadedScan, ScanLimits
from anatofit.rules import WAIVABLE

# Nothing is designed from the file: limits of a device do not apply. What guards against wrong geometry does.
_WIDE = Limit(fit=1000.0)
LIMITS = ScanLimits(slice_spacing_mm=_WIDE, pixel_mm=_WIDE, slice_count_min=2, height_mm_min=0.0)


def export_volume(
    scan: Path, out: Path, *, series: str | None = None, force: bool = False, deface: bool = False
) -> LoadedScan:
    """Writes the volume of the named or the best series. Raises ScanError where its geometry or values cannot be trusted, OutputError.

    deface: without the face, which is then no longer what ingest made; a note of the facts says so.
    """
    from anatofit.ingest.load import load_scan
    from anatofit.ingest.research.gridfile import is_grid_file
    from anatofit.ingest.research.volume import load_research
    from anatofit.pack.nifti import check_target, write_volume

    refuse_within({"the scan": scan}, {"OUT": out})
    check_target(out, force=force)
    waivers = [
        Waiver(rule=rule, reason="to be looked at, not designed from", by="export-volume") for rule in sorted(WAIVABLE)
    ]
    if is_grid_file(scan) and not scan.is_dir():
        loaded = load_research(scan, limits=LIMITS)
    else:
        loaded = load_scan(scan, series=series, limits=LIMITS, waivers=waivers)
    loaded = _without_face(loaded) if deface else loaded
    write_volume(loaded.volume, out, force=force)
    return loaded


def _without_face(loaded: LoadedScan) -> LoadedScan:
    from anatofit.identity.deface import deface

    made = deface(loaded.volume)
    notes = [*loaded.facts.notes, made.sentence.rstrip(".")]
    return replace(loaded, volume=made.volume, facts=loaded.facts.model_copy(update={"notes": notes}))
