"""A surface that a scanner or a program made, as it came in: what was read, what was mended, and what is left of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, computed_field

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.provenance import InputRecord
from anatofit.model.scan import ScanFinding
from anatofit.model.words import bracketed


class Unit(StrEnum):
    """Units of length that a surface may be stated in."""

    MM = "mm"
    CM = "cm"
    M = "m"
    INCH = "in"
    MICRON = "micron"  # 3MF's own names alone know these two
    FOOT = "ft"


# Exact by definition (the inch since 1959): a coordinate times this is its value in mm.
MM_PER_UNIT: Mapping[Unit, float] = {
    Unit.MM: 1.0,
    Unit.CM: 10.0,
    Unit.M: 1000.0,
    Unit.INCH: 25.4,
    Unit.MICRON: 0.001,
    Unit.FOOT: 304.8,
}
# Those that an order may state.
STATED_UNITS = (Unit.MM, Unit.CM, Unit.M, Unit.INCH)


class SurfaceFrame(StrEnum):
    """The axes of a surface's coordinates. AS_STATED: the file's own, which plan and device use too."""

    AS_STATED = "as stated"
    LPS = "LPS"
    RAS = "RAS"


class SurfaceAnatomy(StrEnum):
    """What was scanned, as far as its size and shape tell."""

    LIMB = "limb"
    FOOT = "foot"
    BONE = "bone"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Balance(_Frozen):
    """Where every triangle went: `read = kept + inner + sum(dropped)`. `added` close small holes and are part of no other number."""

    read: int
    kept: int
    inner: int = 0
    dropped: Mapping[str, int] = {}
    added: int = 0

    @property
    def holds(self) -> bool:
        """Nothing is lost."""
        return self.read == self.kept + self.inner + sum(self.dropped.values())


WELDED = "corners merged"  # the repair that any file without shared corners needs, as STL; it changes nothing


class Repair(_Frozen):
    """One thing that was mended: `what` names it, `count` says how often, `sentence` says how."""

    what: str
    count: int
    sentence: str


class LoopFacts(_Frozen):
    """One opening of the surface: length around it, its middle, and how far its edge lies from a plane at most."""

    perimeter_mm: float
    points: int
    centre_mm: tuple[float, float, float]
    flatness_mm: float


class HoleFacts(_Frozen):
    """One hole of a skin that was closed. width_mm: the greatest distance across. off_mm: how far the same closing lay off the skin at most
    where it was `tried` beside the hole, on skin that is known; None where too little of it could be tried. flat: its edge lies over no
    plane, and flat triangles close it."""

    centre_mm: tuple[float, float, float]
    width_mm: float
    off_mm: float | None
    tried: int
    flat: bool = False

    @property
    def where(self) -> str:
        """The hole by its width and place."""
        return f"a hole of the scan, {self.width_mm:.0f} mm wide at {bracketed(self.centre_mm)} mm,"

    @property
    def known(self) -> str:
        """How well what closes it is known."""
        if self.flat:
            return "its edge lies over no plane, so that nothing tells how the skin went there"
        if self.off_mm is None:
            return "nothing beside it was like enough to try the same on"
        return f"tried at {self.tried} places beside it where the skin is known, the same lay up to {self.off_mm:.2f} mm off"

    @property
    def sentence(self) -> str:
        """What was closed, where, and how well that is known."""
        return f"{self.where} was closed {'by flat triangles' if self.flat else 'by the skin around it'}: {self.known}"


class BodyFacts(_Frozen):
    """One connected piece. volume_mm3 is None where it is open. inside: it lies within another."""

    triangles: int
    area_mm2: float
    closed: bool
    volume_mm3: float | None = None
    inside: bool = False


class SurfaceReport(_Frozen):
    """Everything that is known of a file with a surface; lengths in mm under `unit`, or in the file's own numbers without one."""

    format: str = ""
    sha256: str = ""
    file_bytes: int = 0
    unit: Unit | None = None
    unit_from: str = ""
    plausible_units: tuple[Unit, ...] = ()
    frame: SurfaceFrame = SurfaceFrame.AS_STATED
    up: tuple[float, float, float] | None = None
    up_from: str = ""
    extent: tuple[float, float, float] | None = None
    longest: float | None = None
    area: float | None = None
    balance: Balance | None = None
    loops: tuple[LoopFacts, ...] = ()
    holes: tuple[HoleFacts, ...] = ()
    bodies: tuple[BodyFacts, ...] = ()
    repairs: tuple[Repair, ...] = ()
    findings: tuple[ScanFinding, ...] = ()
    notes: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def fit(self) -> bool:
        """Nothing stops a design from it."""
        return self.balance is not None and not any(f.blocks for f in self.findings)


@dataclass(frozen=True)
class BoundaryLoop:
    """One opening: the points `(n, 3)` of its edge in order, in the mesh's coordinates; the last is joined to the first."""

    points_mm: FloatArray
    facts: LoopFacts


@dataclass(frozen=True)
class ClosedHole:
    """A hole of a skin that was closed: the points `(n, 3)` of its edge and of what closes it, in the mesh's coordinates."""

    points_mm: FloatArray
    facts: HoleFacts


@dataclass(frozen=True)
class SurfaceScan:
    """A surface fit for design. `mesh` has outward triangles in mm; its coordinates are those of `frame`.

    AS_STATED: they stay as the file states them (times the unit), and the mesh's name for them, LPS, stands for the source's own
    axes. LPS: patient coordinates; a RAS file was turned by half a turn about z. up: unit vector in the mesh's coordinates where
    stated or shown by the shape. inner: bodies inside the others, kept apart. loops: openings that stayed, the longest first. holes: of a
    skin, those that were closed by what lies around them, the widest first.
    """

    mesh: Mesh
    frame: SurfaceFrame
    report: SurfaceReport
    loops: tuple[BoundaryLoop, ...] = ()
    inner: tuple[Mesh, ...] = ()
    up: FloatArray | None = field(default=None, compare=False)
    holes: tuple[ClosedHole, ...] = ()

    @property
    def sha256(self) -> str:
        """The hash of the file as it lies on disk."""
        return self.report.sha256

    @property
    def input(self) -> InputRecord:
        """The file as the input of a run: one file of no series, by its own hash."""
        return InputRecord(uid="", sha256=self.report.sha256, count=1)
