"""`anatofit export-volume`: exactly what ingest made of a series, as NIfTI or NRRD."""

from __future__ import annotations

from argparse import Namespace

from anatofit.cli.output import number, say, say_json


def command(options: Namespace) -> int:
    """0 when the file was written, also where devices would refuse the scan: that is said."""
    from anatofit.app.design_stops import design_stops
    from anatofit.app.export_volume import export_volume

    loaded = export_volume(options.scan, options.out, series=options.series, force=options.force, deface=options.deface)
    grid, facts = loaded.volume.grid, loaded.facts
    stops = design_stops(options.scan, loaded)
    if options.json:
        say_json({
            "exit": 0,
            "image_judged": False,
            "file": str(options.out),
            "shape_ijk": grid.shape_kji[::-1],
            "spacing_ijk_mm": grid.spacing_ijk_mm.tolist(),
            "origin_lps_mm": grid.origin_lps_mm.tolist(),
            "direction_lps": grid.direction_lps.tolist(),
            "facts": facts.model_dump(mode="json"),
            "waived": [w.rule for w in loaded.waived],
            "design_stops": [{"device": s.device, **s.finding.model_dump(mode="json", exclude={"waived"})} for s in stops],
        })  # fmt: skip
        return 0
    shape = " x ".join(map(str, grid.shape_kji[::-1]))
    say(
        f"{options.out}: {shape} voxels of {' x '.join(number(round(float(s), 6)) for s in grid.spacing_ijk_mm)} mm, HU, LPS"
    )
    for note in (
        [facts.identity, *facts.notes] if facts.research else facts.notes[1:]
    ):  # a series' first explains its choice
        say(f"note  {note}")
    for stop in stops:
        say(f"note  {stop.sentence}")
    for waiver in loaded.waived:
        if all(stop.finding.rule != waiver.rule for stop in stops):
            say(f"note  {waiver.rule} would stop a design")
    say(
        "note  the image itself was not judged (slices out of order, motion, noise, metal): anatofit inspect --image does"
    )
    if stops or loaded.waived:
        say("note  the file was written to be looked at; the limits above are those of a design")
    return 0
