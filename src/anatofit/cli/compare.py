"""`anatofit compare`: what changed between two scans of one limb."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from anatofit.cli.output import say, say_json, table

_EVERY = 2  # levels that are said; all stand in the file
_ALIKE_MM = 5.0  # ends and openings that differ by less are not told: a liner's seam or a scan's edge does as much


def arguments(verb: ArgumentParser) -> None:
    """What the verb takes."""
    verb.add_argument("first", type=Path, metavar="FIRST", help="surface of the limb: STL, PLY, OBJ or 3MF")
    verb.add_argument("second", type=Path, metavar="SECOND", help="a later scan of the same limb")
    verb.add_argument("--unit", choices=("mm", "cm", "m", "in"), help="the unit of both, where the files state none")
    verb.add_argument("--out", type=Path, metavar="DIR", help="new folder for change.json and change.png")
    verb.add_argument("--force", action="store_true", help="write into a folder that is there already")
    verb.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def command(options: Namespace) -> int:
    """0 when both were read, recognised and laid on each other."""
    from anatofit.app.compare import CHANGE, MAP, compare_limbs, write_compared

    compared = compare_limbs(options.first, options.second, unit=options.unit)
    facts = compared.facts
    if options.out is not None:
        write_compared(compared, options.out, force=options.force)
    if options.json:
        say_json({"exit": 0, **facts})
        return 0
    for sentence in _told(facts):
        say(sentence)
    rows = [
        (
            f"{level['above_distal_end_mm']:.0f}",
            f"{level['below_tendon_mm']:.0f}",
            f"{level['area_mm2'][0]:.0f}",
            f"{level['area_change_percent']:+.1f}",
            f"{level['perimeter_mm'][0]:.0f}",
            f"{level['perimeter_mm'][1] - level['perimeter_mm'][0]:+.1f}",
        )
        for level in facts["levels"][1::_EVERY]
    ]
    table(rows, head=("above end mm", "below tendon mm", "area mm²", "change %", "perimeter mm", "change mm"))
    if options.out is not None:
        say(f"{options.out}: {CHANGE}, {MAP}")
    return 0


def _told(facts: dict[str, Any]) -> Iterator[str]:
    """Volume, and what one of the two scans has alone."""
    below = facts["volume_below_level_mm"]
    where = "the patellar tendon" if below == facts["tendon_level_mm"] else f"{below:.0f} mm above the distal end"
    yield (
        f"Volume below {where}: {facts['volume_change_percent']:+.1f} % from the first scan to the second; "
        f"what is alike lies on each other within {facts['alike_rms_mm']:.2f} mm (root mean square)."
    )
    first, second = facts["distal_end_levels_mm"]
    if abs(second - first) > _ALIKE_MM:
        low, whose = ("that", "first") if second > first else ("the first's end", "second")
        yield (
            f"The second limb ends {_higher(second - first)} than the first: below {low} there is skin of the {whose} alone, and nothing is "
            f"compared. Over what both have the volume changed by {facts['shared_volume_change_percent']:+.1f} %."
        )
    first, second = facts["skin_whole_up_to_levels_mm"]
    if abs(second - first) > _ALIKE_MM:
        yield (
            f"The second scan's skin ends {_higher(second - first)} than the first's: more than {min(first, second):.0f} mm above the first's distal "
            "end nothing is compared."
        )


def _higher(by_mm: float) -> str:
    return f"{abs(by_mm):.0f} mm {'higher' if by_mm > 0 else 'lower'}"
