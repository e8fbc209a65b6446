"""What a study leaves behind: one JSON with its figures, the bars they were held against, and the versions used."""

from __future__ import annotations

import argparse
import json
import math
import sys
import tomllib
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

PASSED, MISSED, PART = "passed", "missed", "part of the bar"
ACCEPTANCE = Path(__file__).with_name("acceptance.toml")
LIBRARIES = ("anatofit", "numpy", "scipy", "vtk", "manifold3d", "libigl", "SimpleITK", "pydicom", "pynetdicom")


def bars(study: str) -> dict[str, float]:
    """The acceptance table of a study."""
    table: dict[str, float] = tomllib.loads(ACCEPTANCE.read_text(encoding="utf-8"))[study]
    return table


def asked_bars(study: str, **asked: float) -> dict[str, float]:
    """The table with each named count no higher than what a run was asked for: it judges that part, and its record says what is short."""
    table = bars(study)
    return {**table, **{f"{name}_min": min(table[f"{name}_min"], count) for name, count in asked.items()}}


def failures(figures: Mapping[str, float], table: Mapping[str, float]) -> list[str]:
    """Every bar that the figures miss: `NAME_max` and `NAME_min` bound the figure NAME (its unit follows either). Other rows bound nothing."""
    out = []
    for bar, limit in table.items():
        if "_max" not in bar and "_min" not in bar:
            continue
        name, low = bar.replace("_max", "").replace("_min", ""), "_min" in bar
        value = figures.get(name, math.nan)
        if not (value >= limit if low else value <= limit):
            out.append(f"{name}: {value:.4g}, wanted at {'least' if low else 'most'} {limit:g}")
    return out


def versions() -> dict[str, str]:
    """Versions of what took part."""
    out = {"python": sys.version.split()[0]}
    for name in LIBRARIES:
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            out[name] = "not installed"
    return out


def parser(doc: str | None) -> argparse.ArgumentParser:
    """What every study can be asked: help out of its own words, and where its record goes."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--out", type=Path, metavar="FILE.json", help="write the record there")
    return made


def finish(
    out: Path | None, study: str, figures: Mapping[str, float], rows: list[dict[str, Any]], missed: list[str]
) -> int:
    """Says figures and missed bars, writes the record where one was asked for; 0 where every bar holds that the run was asked for, else 1."""
    for name, value in figures.items():
        say(f"{name:28} {value:.4g}")
    for line in missed:
        say(f"MISSED {line}")
    for line in short(study, figures, missed):
        say(f"{PART} {line}")
    if out:
        write_record(out, study, figures, rows, missed)
    return 1 if missed else 0


def short(study: str, figures: Mapping[str, float], missed: Sequence[str]) -> list[str]:
    """What of the whole table the figures do not reach and the run was not asked for, as most of a count."""
    return [line for line in failures(figures, bars(study)) if line not in missed]


def verdict(missed: Sequence[str], lacking: Sequence[str]) -> dict[str, Any]:
    """How a record says it. passed: the whole table holds; a run that was asked for less, and misses nothing of that, is part of it."""
    word = MISSED if missed else PART if lacking else PASSED
    return {"passed": word == PASSED, "verdict": word, "missed": list(missed), "short": list(lacking)}


def write_record(
    path: Path, study: str, figures: Mapping[str, float], rows: list[dict[str, Any]], missed: list[str]
) -> None:
    """Writes a study's record; figures that are not finite become null."""
    body = {
        "study": study,
        **verdict(missed, short(study, figures, missed)),
        "bars": bars(study),
        "figures": dict(figures),
        "rows": rows,
        "versions": versions(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_finite(body), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def say(text: str) -> None:
    """One line to the person who runs the study."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
