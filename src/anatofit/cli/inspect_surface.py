"""`anatofit inspect` of a file with a surface: format, unit, size, openings, what was mended, and what stops a design."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from anatofit.cli.output import say, say_json
from anatofit.model.words import counted

if TYPE_CHECKING:
    from anatofit.model.surface_scan import SurfaceReport

UNFIT = 3
_SUFFIXES = (".stl", ".ply", ".obj", ".3mf", ".csv", ".tsv")
_NAMED = 8  # openings and bodies that are shown one by one


def is_surface(options: Namespace) -> bool:
    """Whether the file's name, or an option that only a surface has, says so."""
    asked = any(getattr(options, name, None) is not None for name in ("unit", "up", "frame", "anatomy"))
    return asked or options.scan.suffix.lower() in _SUFFIXES


def command(options: Namespace) -> int:
    """0 where nothing stops a design, 3 otherwise."""
    from anatofit.ingest.surface.read import Stated, inspect_surface
    from anatofit.model.surface_scan import SurfaceAnatomy

    anatomy = SurfaceAnatomy(options.anatomy) if options.anatomy else None
    report = inspect_surface(options.scan, Stated(options.unit, options.up, options.frame, anatomy))
    code = 0 if report.fit else UNFIT
    if options.json:
        say_json({"exit": code, **report.model_dump(mode="json")})
        return code
    say(f"surface: {options.scan}")
    for line in _lines(report):
        say(line)
    return code


def _lines(report: SurfaceReport) -> Iterator[str]:
    if report.format:
        yield f"{report.format}, {report.file_bytes} bytes, sha256 {report.sha256}"
    if report.extent is not None:
        yield from _size(report)
    if report.balance is not None:
        yield from _content(report)
    yield from (f"  mended: {repair.sentence}" for repair in report.repairs)
    yield from (f"  note: {note}" for note in report.notes)
    for finding in report.findings:
        state = "can be waived" if finding.waivable else "stops a design"
        yield f"  {finding.code} {finding.rule} ({state}): {finding.message}"
    yield "Fit for design." if report.fit else "Not fit for design."


def _size(report: SurfaceReport) -> Iterator[str]:
    only = report.plausible_units[0] if len(report.plausible_units) == 1 else None
    if report.unit is not None:
        yield f"unit: {report.unit.value} ({report.unit_from})"
        measure = "mm"
    elif only is not None:
        yield f'unit: not stated; only {only.value} is plausible, confirm it with unit = "{only.value}"'
        measure = f"mm, if its unit is {only.value}"
    else:
        named = ", ".join(u.value for u in report.plausible_units)
        yield f"unit: not stated; plausible are {named}" if named else "unit: not stated; none is plausible"
        measure = "in the file's own unit"
    x, y, z = report.extent or (0.0, 0.0, 0.0)
    yield f"extent: {x:g} x {y:g} x {z:g} along x, y, z, longest {report.longest:g} ({measure})"
    up = (
        "not shown by the shape"
        if report.up is None
        else f"({', '.join(f'{v:g}' for v in report.up)}), {report.up_from}"
    )
    yield f"frame: {report.frame.value}; up: {up}"


def _content(report: SurfaceReport) -> Iterator[str]:
    balance = report.balance
    assert balance is not None
    dropped = "".join(f" + {n} dropped ({cause})" for cause, n in balance.dropped.items())
    inner = f" + {balance.inner} in inner bodies" if balance.inner else ""
    added = f"; {balance.added} were added to close holes" if balance.added else ""
    yield f"triangles: {balance.read} read = {balance.kept} kept{inner}{dropped}{added}"
    for body in report.bodies[:_NAMED]:
        state = f"closed, volume {body.volume_mm3:g} mm³" if body.volume_mm3 is not None else "open"
        where = ", inside another" if body.inside else ""
        yield f"  body: {counted(body.triangles, 'triangle')}, area {body.area_mm2:g} mm², {state}{where}"
    yield f"openings: {len(report.loops) or 'none'}"
    for loop in report.loops[:_NAMED]:
        x, y, z = loop.centre_mm
        yield f"  opening: {loop.perimeter_mm:g} mm round, {loop.points} points, at ({x:g}, {y:g}, {z:g}) mm, flat to {loop.flatness_mm:g} mm"
