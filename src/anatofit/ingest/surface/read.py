"""A file with a surface becomes a scan fit for design, or every reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anatofit.errors import PrescriptionError, Reason, ScanUnsuitableError
from anatofit.geometry.weld import used_vertices
from anatofit.ingest.rules import apply_waivers, found
from anatofit.ingest.surface.attitude import RAS_TO_LPS, Attitude, attitude_of, principal_extents, stated_up
from anatofit.ingest.surface.bodies import Pieces, drop_scraps, set_inner_apart
from anatofit.ingest.surface.cuts import mend_cuts
from anatofit.ingest.surface.door import OpenedSurface, open_surface
from anatofit.ingest.surface.holes import close_small, measured_loops
from anatofit.ingest.surface.mend import Shape, face_outward, soup_to_shape
from anatofit.ingest.surface.raw import RawSurface
from anatofit.ingest.surface.skin import SKINS, close_skin
from anatofit.ingest.surface.units import UnitChoice, chosen_unit, stated_unit
from anatofit.model.case import Waiver
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.scan import ScanFinding
from anatofit.model.surface_scan import (
    Balance,
    BoundaryLoop,
    ClosedHole,
    SurfaceAnatomy,
    SurfaceFrame,
    SurfaceReport,
    SurfaceScan,
)


@dataclass(frozen=True)
class Stated:
    """What an order says of a surface: unit, up and frame as it writes them, what it is of, and what a person waived."""

    unit: str | None = None
    up: str | None = None
    frame: str | None = None
    anatomy: SurfaceAnatomy | None = None
    waivers: tuple[Waiver, ...] = ()


def read_surface(
    path: Path,
    *,
    unit: str | None,
    up: str | None = None,
    frame: str | None = None,
    anatomy: SurfaceAnatomy | None = None,
    waivers: Sequence[Waiver] = (),
) -> SurfaceScan:
    """The surface in the file at `path` in mm, mended with a record, every triangle accounted for.

    unit: "mm", "cm", "m" or "in"; None only where the file bears its own, as 3MF does. up: such as "+z", in the file's axes.
    frame: "LPS" or "RAS" (turned to LPS by half a turn, never mirrored); None leaves the coordinates as they stand.
    Raises ScanUnsuitableError with every reason, PrescriptionError for words that are none of those.
    """
    report, scan = _survey(path, Stated(unit, up, frame, anatomy, tuple(waivers)))
    if scan is None or not report.fit:
        raise ScanUnsuitableError(Reason(f.rule, f.message) for f in report.findings if f.blocks)
    return scan


def inspect_surface(path: Path, stated: Stated | None = None) -> SurfaceReport:
    """Everything that can be told of the file, and what stops a design from it. Raises for no bad surface."""
    return _survey(path, stated or Stated())[0]


def _survey(path: Path, stated: Stated) -> tuple[SurfaceReport, SurfaceScan | None]:
    unit, frame = stated_unit(stated.unit), _frame(stated.frame)
    up = stated_up(stated.up, frame)
    try:
        opened = open_surface(path)
    except ScanUnsuitableError as error:
        return SurfaceReport(findings=_as_findings(error), frame=frame), None
    choice = _unit_of(opened.raw, unit, stated.anatomy)
    facts = _facts_of(opened, choice, frame)
    try:
        work = _mended(opened.raw, choice, frame, skin=stated.anatomy in SKINS)
    except ScanUnsuitableError as error:
        findings = apply_waivers([*choice.findings, *_as_findings(error)], stated.waivers)
        return SurfaceReport(**facts, findings=findings), None
    attitude = attitude_of(work.mesh, work.loops, stated=up, frame=frame, anatomy=stated.anatomy)
    findings = apply_waivers([*choice.findings, *attitude.findings], stated.waivers)
    report = SurfaceReport(**facts | _mended_facts(work, attitude, opened.raw), findings=findings)
    return report, SurfaceScan(work.mesh, frame, report, work.loops, work.pieces.inner, attitude.up, work.holes)


def _as_findings(error: ScanUnsuitableError) -> tuple[ScanFinding, ...]:
    return tuple(found(r.rule, "").model_copy(update={"message": r.message}) for r in error.reasons)


def _frame(text: str | None) -> SurfaceFrame:
    if text is None:
        return SurfaceFrame.AS_STATED
    if text not in ("LPS", "RAS"):
        raise PrescriptionError(
            Reason(
                "order-key", 'source.frame: "LPS" or "RAS" is wanted, or nothing where the axes are the source\'s own'
            )
        )
    return SurfaceFrame(text)


def _unit_of(raw: RawSurface, stated: Any, anatomy: SurfaceAnatomy | None) -> UnitChoice:
    points = _named_points(raw)
    longest = float(principal_extents(points)[0][0])
    return chosen_unit(longest, np.ptp(points, axis=0), stated=stated, own=raw.unit, anatomy=anatomy)


def _named_points(raw: RawSurface) -> FloatArray:
    """The points that a face names."""
    return np.asarray(raw.vertices[used_vertices(raw.faces, len(raw.vertices))], dtype=np.float64)


@dataclass(frozen=True)
class _Mended:
    mesh: Mesh
    loops: tuple[BoundaryLoop, ...]
    pieces: Pieces
    shape: Shape
    holes: tuple[ClosedHole, ...]


def _mended(raw: RawSurface, choice: UnitChoice, frame: SurfaceFrame, *, skin: bool) -> _Mended:
    """The steps of the repair in their order. Raises ScanUnsuitableError."""
    shape = soup_to_shape(raw.vertices, raw.faces, mm_per_unit=choice.mm_per_unit)
    if frame is SurfaceFrame.RAS:
        shape.vertices = shape.vertices * RAS_TO_LPS
    drop_scraps(shape)
    close_small(shape)
    face_outward(shape)
    pieces = set_inner_apart(shape)
    mend_cuts(shape)
    holes = close_skin(shape) if skin else ()
    return _Mended(Mesh(shape.vertices, shape.faces), measured_loops(shape), pieces, shape, holes)


def _facts_of(opened: OpenedSurface, choice: UnitChoice, frame: SurfaceFrame) -> dict[str, Any]:
    points = _named_points(opened.raw) * choice.mm_per_unit
    return {
        "format": opened.raw.format,
        "sha256": opened.sha256,
        "file_bytes": opened.file_bytes,
        "unit": choice.unit,
        "unit_from": choice.origin,
        "plausible_units": choice.plausible,
        "frame": frame,
        "extent": tuple(round(float(v), 4) for v in np.ptp(points, axis=0)),
        "longest": round(float(principal_extents(points)[0][0]), 4),
        "notes": opened.raw.notes,
    }


def _mended_facts(work: _Mended, attitude: Attitude, raw: RawSurface) -> dict[str, Any]:
    shape = work.shape
    dropped = {cause: n for cause, n in sorted(shape.dropped.items()) if n and cause != "inner"}
    kept = int((~shape.added).sum())
    balance = Balance(
        read=shape.read, kept=kept, inner=shape.dropped["inner"], dropped=dropped, added=int(shape.added.sum())
    )
    assert balance.holds, "a triangle was lost between two steps"
    return {
        "up": None if attitude.up is None else tuple(round(float(v), 6) for v in attitude.up),
        "up_from": attitude.origin,
        "area": round(sum(b.area_mm2 for b in work.pieces.facts if not b.inside), 3),
        "balance": balance,
        "loops": tuple(loop.facts for loop in work.loops),
        "holes": tuple(hole.facts for hole in work.holes),
        "bodies": work.pieces.facts,
        "repairs": tuple(shape.repairs),
        "notes": (*raw.notes, *shape.notes),
    }
