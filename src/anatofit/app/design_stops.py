"""Which limits of which devices a scan breaks: said to whoever looks at its volume, before a design is ordered from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from anatofit.model.case import Patient
from anatofit.model.scan import LoadedScan, ScanFinding, ScanLimits, SeriesReport


@dataclass(frozen=True)
class DesignStop:
    """A rule by which a device would refuse the scan, or want a waiver. By headers and geometry alone: no figure of the pixels is judged."""

    device: str
    finding: ScanFinding

    @property
    def sentence(self) -> str:
        """For a person; what could be done stands in it."""
        kind = "needs a waiver" if self.finding.waivable else "stops a design"
        return f"{self.device}: {self.finding.code} {self.finding.rule} ({kind}): {self.finding.message}"


def design_stops(scan: Path, loaded: LoadedScan) -> list[DesignStop]:
    """For every installed device that is made from a CT: what its limits say of the series that was loaded from `scan`."""
    limits = dict(_limits())
    found = _research(scan, limits) if loaded.facts.research else _series(scan, limits, loaded)
    return list(dict.fromkeys(found))


def _limits() -> Iterator[tuple[str, ScanLimits]]:
    from anatofit.app.stages import scan_limits
    from anatofit.devices.base import CT, sources_of
    from anatofit.devices.registry import usable_devices

    for device in usable_devices():
        if CT in sources_of(device):
            yield device.name, scan_limits(device)


def _research(scan: Path, limits: dict[str, ScanLimits]) -> Iterator[DesignStop]:
    from anatofit.ingest.research.volume import inspect_research

    for name, asked in limits.items():
        for report in inspect_research(scan, asked).series:
            yield from (DesignStop(name, finding) for finding in report.findings)


def _series(scan: Path, limits: dict[str, ScanLimits], loaded: LoadedScan) -> Iterator[DesignStop]:
    """The headers are read once for all devices."""
    from anatofit.ingest.door.opened import opened
    from anatofit.ingest.header.intake import received
    from anatofit.ingest.series.judge import Demands, judge_all

    with opened(scan) as there:
        instances = received(there).instances
    for name, asked in limits.items():
        judged = judge_all(instances, Demands(asked, Patient(), None, ()))
        findings = _findings([j.report for j in judged], loaded)
        yield from (DesignStop(name, finding) for finding in findings)


def _findings(reports: Sequence[SeriesReport], loaded: LoadedScan) -> Iterator[ScanFinding]:
    facts = loaded.facts
    for report in reports:
        if (report.uid, report.slice_count) == (facts.series_uid, facts.slice_count):
            yield from report.findings
