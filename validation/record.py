"""What a study leaves behind: one JSON with its figures, the bars they were held against, and the versions used."""

from __future__ import annotations

import argparse
import json
import math
import sys
import tomllib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

ACCEPTANCE = Path(__file__).with_name("acceptance.toml")
LIBRARIES = ("anatofit", "numpy", "scipy", "vtk", "manifold3d", "libigl", "SimpleITK", "pydicom", "pynetdicom")


def bars(study: str) -> dict[str, float]:
    """The acceptance table of a study."""
    table: dict[str, float] = tomllib.loads(ACCEPTANCE.read_text(encoding="utf-8"))[study]
    return table


def failures(figures: Mapping[str, float], table: Mapping[str, float]) -> list[str]:
    """Every bar that the figures miss: `NAME_max` and `NAME_min` bound the figure NAME (its unit follows either)."""
    out = []
    for bar, limit in table.items():
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
    """Says figures and missed bars, writes the record where one was asked for; 0 where every bar holds, else 1."""
    for name, value in figures.items():
        say(f"{name:28} {value:.4g}")
    for line in missed:
        say(f"MISSED {line}")
    if out:
        write_record(out, study, figures, rows, missed)
    return 1 if missed else 0


def write_record(
    path: Path, study: str, figures: Mapping[str, float], rows: list[dict[str, Any]], missed: list[str]
) -> None:
    """Writes a study's record; figures that are not finite become null."""
    body = {
        "study": study,
        "passed": not missed,
        "missed": missed,
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
