"""Random designs over the envelope on three skulls: each must pass, or fail with a named finding; none may crash.

Every design draws each parameter from its whole range (a third of the time from one of its ends), with a seed, so that a
design can be made again by its number. What the envelope refuses by a rule between parameters is drawn again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Make
from anatofit.model.volume import Volume
from validation import record
from validation.studies.outcomes import draw_accepted, findings_of, outcome_of, say_row, summarise

DEVICE = "cranial-plate"
NIGHTLY, QUICK = 200, 20
CASE = "STUDY-1"


def skulls(scan: Path | None) -> list[tuple[str, Volume]]:
    """Two phantoms of other people and a scan, or three phantoms; holes left, right and across the midline."""
    from anatofit.samples.head import head_grid
    from anatofit.samples.hole import Hole
    from anatofit.samples.phantom import HeadPhantom
    from anatofit.samples.render import scan_phantom
    from validation.studies.cut_defects import read_scan

    holes = {
        0: Hole(),
        11: Hole(towards=(0.55, 0.35, 0.75), diameter_mm=85.0),
        23: Hole(towards=(0.1, -0.55, 0.83), diameter_mm=45.0),
    }
    out = []
    for seed, hole in list(holes.items())[: 2 if scan else 3]:
        phantom = HeadPhantom(shape_seed=seed, hole=hole)
        out.append((f"phantom {seed}", scan_phantom(phantom, head_grid(phantom))))
    return [*out, ("scan", read_scan(scan))] if scan else out


def anatomy_of(volume: Volume) -> Anatomy:
    """The product's own way from a scan to the anatomy, the skull made whole in it."""
    from anatofit.app.stages import with_skull
    from anatofit.locate.cranium import locate_cranium
    from anatofit.model.case import Locate
    from anatofit.model.frame import Laterality
    from anatofit.restore.cranium import restore_cranium
    from anatofit.segment.bone import segment_bone
    from anatofit.surface.cranium import surface_cranium
    from anatofit.surface.skull import skull_surface, whole_skull

    bone = segment_bone(volume)
    located = locate_cranium(bone, ordered=Laterality.UNPAIRED, overrides=Locate())
    restored = restore_cranium(bone, located)
    return with_skull(surface_cranium(bone, located, restored), skull_surface(whole_skull(bone, restored)))


def run_design(anatomy: Anatomy, design: dict[str, Any], *, case: str = CASE) -> dict[str, Any]:
    """What became of one design."""
    from anatofit.devices.registry import get_device

    device = get_device(DEVICE)
    return outcome_of(lambda: findings_of(device, anatomy, device.spec(design), case=case, make=Make()))


def draw_design(random: np.random.Generator) -> tuple[dict[str, Any], list[str]]:
    """A design that the envelope accepts; with it, the names of the rules that refused the ones before."""
    from anatofit.devices.registry import get_device

    device = get_device(DEVICE)
    return draw_accepted(dict(device.envelope.rows), random, device.spec)


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--scan", type=Path, help="folder of a head CT with a defect, in place of the third phantom")
    parser.add_argument("--count", type=int, default=QUICK, help=f"designs over all skulls (nightly: {NIGHTLY})")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = run_study(options.scan, options.count, options.seed)
    figures = summarise(rows, each="skull")
    table = record.asked_bars("designs", count=options.count)
    return record.finish(options.out, "designs", figures, rows, record.failures(figures, table))


def run_study(scan: Path | None, count: int, seed: int) -> list[dict[str, Any]]:
    """`count` designs dealt out over the skulls."""
    people = [(name, anatomy_of(volume)) for name, volume in skulls(scan)]
    rows: list[dict[str, Any]] = []
    for number in range(count):
        name, anatomy = people[number % len(people)]
        design, refused = draw_design(np.random.default_rng([seed, number]))
        row = {"number": number, "skull": name, "design": design, "drawn_again": refused, **run_design(anatomy, design)}
        rows.append(row)
        say_row(row, name)
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
