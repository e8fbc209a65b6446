"""The series that a refusal speaks of: they are not accepted, and their files go where refused files go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from anatofit.errors import Reason
from anatofit.ingest.series.judge import JudgedSeries
from anatofit.model.scan import SeriesKind, SeriesReport


def told_of(series: Sequence[SeriesReport], *, named: str | None) -> list[SeriesReport]:
    """Whose reasons a refusal gives: those of all CT series, of every series where none is CT, of the one that was `named` (its UID) alone."""
    if named is not None:
        return [s for s in series if s.uid == named]
    return [s for s in series if s.kind is SeriesKind.CT] or list(series)


def refused_files(judged: Sequence[JudgedSeries], *, named: str | None) -> dict[Path, tuple[Reason, ...]]:
    """Every file of an unfit series that the refusal speaks of, with that series' reasons; a file that serves a fit one as well is not refused."""
    told = {(s.uid, s.stack) for s in told_of([j.report for j in judged], named=named)}
    kept = {path for j in judged if j.report.fit for path in files_of_series(j)}
    out: dict[Path, tuple[Reason, ...]] = {}
    for j in judged:
        if j.report.fit or (j.report.uid, j.report.stack) not in told:
            continue
        reasons = tuple(Reason(f.rule, f.message) for f in j.report.findings if f.blocks)
        for path in files_of_series(j):
            if path not in kept:
                out[path] = tuple(dict.fromkeys((*out.get(path, ()), *reasons)))
    return out


def files_of_series(judged: JudgedSeries) -> list[Path]:
    """Each file once, those of copies among them."""
    return list(dict.fromkeys(i.path for i in (*judged.instances, *judged.copies)))
