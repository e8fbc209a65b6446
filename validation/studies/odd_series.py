"""Bad and odd CT series, each with the outcome that was stated beforehand: what intake makes of them, and what the peers do.

    python -m validation.studies.odd_series [--dicom2stl PYTHON] [--only WORDS] [--out results.json]

Every series is a phantom of formulas sampled at each pixel's true place, so the truth of an accepted volume is known: where
nothing was resampled, every reading of distance inside an edge holds to 0.001 mm; where something was, it is no worse than plain
linear interpolation by more than a quarter. A volume that comes in and is wrong is a SILENT ERROR: none may be.
dicom2stl runs in an interpreter that has it (--dicom2stl); its ingest is SimpleITK's, whose outcome stands beside it.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from validation import record
from validation.odd.catalogue import catalogue
from validation.odd.judge import EXACT_MM, surface_figures
from validation.odd.odd import Odd
from validation.odd.readers import Dicom2Stl, read_by_intake, read_by_simpleitk
from validation.odd.verdict import (
    CRASH,
    OTHER_NAME,
    REFUSED,
    RIGHT,
    SILENT,
    UNSOUND,
    UNTOLD,
    judge_intake,
    judge_peer,
    judge_surface,
)

NOT_RUN = "not run"


def run_case(case: Odd, folder: Path, *, peer: Dicom2Stl | None = None) -> dict[str, Any]:
    """One row of the table; the series is written to `folder`."""
    case.make(folder)
    verdict = judge_intake(case, read_by_intake(case, folder))
    row: dict[str, Any] = {
        "row": case.row,
        "series": case.name,
        "expected": case.expected,
        "bar_mm": case.bar_mm,
        "outcome": verdict.outcome,
        "detail": verdict.detail,
        "surface_mm": verdict.figures.surface_mm if verdict.figures else None,
        "centre_mm": verdict.figures.centre_mm if verdict.figures else None,
        "hu": verdict.figures.hu if verdict.figures else None,
        "simpleitk": judge_peer(case, read_by_simpleitk(case, folder)),
        "dicom2stl": NOT_RUN,
    }
    if peer is not None:
        found = peer.surface(folder / case.source, folder.with_suffix(".stl"))
        row["dicom2stl"] = judge_surface(case, found if isinstance(found, str) else surface_figures(found))
    return row


def run_study(cases: Sequence[Odd], *, dicom2stl: Path | None) -> list[dict[str, Any]]:
    """Every case in a folder of its own, printed as it ends."""
    peer = Dicom2Stl(dicom2stl) if dicom2stl else None
    rows = []
    with tempfile.TemporaryDirectory(prefix="anatofit-odd-") as name:
        for number, case in enumerate(cases):
            rows.append(run_case(case, Path(name) / str(number), peer=peer))
            record.say(line(rows[-1]))
    if peer:
        peer.close()
    return rows


def line(row: dict[str, Any]) -> str:
    """One row for a reader."""
    said = f"{row['outcome']}{': ' + row['detail'] if row['detail'] else ''}"
    return f"{row['row']} {row['series']:68.68} | {said:60} | SimpleITK: {row['simpleitk']:22} | dicom2stl: {row['dicom2stl']}"


def summarise(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """How many of each outcome, the largest error of what came in unresampled, and how often a peer was wrong, or took what must be refused."""
    counts = Counter(row["outcome"] for row in rows)
    exact = [r for r in rows if r["outcome"] == RIGHT and "resampled" not in r["expected"]]
    out = {"count": float(len(rows))}
    for name, outcome in (
        ("right", RIGHT), ("refused_by_name", REFUSED), ("silent_errors", SILENT), ("crashes", CRASH),
        ("refused_though_sound", UNSOUND), ("refused_by_another_name", OTHER_NAME),
    ):  # fmt: skip
        out[name] = float(counts[outcome])
    out["exact_surface_mm"] = max((r["surface_mm"] for r in exact if r["bar_mm"] == EXACT_MM), default=0.0)
    out["untold"] = float(sum(UNTOLD in r["detail"] for r in rows))
    for peer in ("simpleitk", "dicom2stl"):
        out[f"{peer}_wrong"] = float(sum("wrong" in r[peer] for r in rows))
        out[f"{peer}_taken"] = float(sum("taken" in r[peer] for r in rows))
    return out


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--dicom2stl", type=Path, metavar="PYTHON", help="an interpreter that has dicom2stl 0.5.0")
    parser.add_argument("--only", default="", metavar="WORDS", help="the series whose names hold these words")
    options = parser.parse_args()
    rows = run_study([c for c in catalogue() if options.only in c.name], dicom2stl=options.dicom2stl)
    figures = summarise(rows)
    for row in rows:
        if row["outcome"] in (SILENT, CRASH, UNSOUND, OTHER_NAME) or UNTOLD in row["detail"]:
            record.say(f"{row['outcome']}: {row['row']} {row['series']}, expected {row['expected']}; {row['detail']}")
    missed = record.failures(figures, record.bars("odd_series"))
    return record.finish(options.out, "odd_series", figures, rows, missed)


if __name__ == "__main__":
    raise SystemExit(main())
