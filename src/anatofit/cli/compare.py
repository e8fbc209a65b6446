"""`anatofit compare`: what changed between two scans of one limb."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from anatofit.cli.output import say, say_json, table

_EVERY = 2  # levels that are said; all stand in the file


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
    say(
        f"Volume below the patellar tendon: {facts['volume_change_percent']:+.1f} % from the first scan to the second; "
        f"what is alike lies on each other within {facts['alike_rms_mm']:.2f} mm (root mean square)."
    )
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
