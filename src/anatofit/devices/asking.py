"""How every product line states what must be proved of its part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from anatofit.devices.base import SiteMaterial, SitePrinter
from anatofit.devices.envelope import Envelope
from anatofit.model.finding import Requirement

LEAST_SEEN_PERCENT = 95.0  # of a letter's strokes: what tells one from another, as the tail of a Q from an O, is more than the rest. Proposal
TEXT_TOLERANCE_MM = 0.1  # of the engraved depth: a quarter of the grid's step, proposal


@dataclass(frozen=True)
class Asking:
    """Makes the requirements of one part; `advice` says of each id what a person may try where it fails."""

    part: str
    advice: Mapping[str, str]

    def __call__(
        self,
        id_: str,
        what: str,
        check: str,
        unit: str,
        *,
        low: float | None = None,
        high: float | None = None,
        **parameters: Any,
    ) -> Requirement:
        """One requirement. Raises KeyError for an id without advice."""
        return Requirement(
            id=id_,
            what=what,
            check=check,
            part=self.part,
            unit=unit,
            limit_low=low,
            limit_high=high,
            parameters=parameters,
            advice=self.advice[id_],
        )

    def other_bones(self, line: str, room_mm: float, *, length_mm: float) -> Requirement:
        """That other bones stay clear, in the seat and over a way out of it; half of the planned room is the lattice's and the edges'."""
        return self(
            f"{line}-BESIDE-1",
            f"smallest distance to other bones, in the seat and on the way in (planned: {room_mm:g} mm)",
            "other_bones",
            "mm",
            low=room_mm / 2,
            length_mm=length_mm,
        )

    def pins_apart(self, line: str, planned_mm: float) -> Requirement:
        """That no pin's way through the bone meets another's; a tenth of the planned bone is what two depths may differ by."""
        said = f"bone between a pin's way and that of another pin or drill (planned: {planned_mm:g} mm at least)"
        return self(f"{line}-PIN-5", said, "pins_apart", "mm", low=0.9 * planned_mm)

    def sound_mesh(self, line: str) -> Iterator[Requirement]:
        """What holds of the surface of any part; `line`: the two letters that the ids of the product line begin with."""
        yield self(f"{line}-MESH-1", "the surface is closed and manifold", "closed_manifold", "edges", high=0)
        yield self(f"{line}-MESH-2", "the surface does not cross itself", "self_intersection", "triangle pairs", high=0)
        yield self(f"{line}-MESH-3", "the part is one piece", "components", "pieces", low=1, high=1)

    def printed(
        self, line: str, envelope: Envelope, material: SiteMaterial, printer: SitePrinter, *, most_g: float
    ) -> Iterator[Requirement]:
        """What holds of any part that is to be printed: its mass, its size by the envelope, and that it fits the printer."""
        said = f"mass in {material.name}"
        yield self(f"{line}-MASS-1", said, "mass_g", "g", high=most_g, density_g_cm3=material.density_g_cm3)
        extent = envelope.rows["extent_mm"]
        yield self(
            f"{line}-SIZE-1",
            "greatest extent of the part, along the sides of its own box",
            "extent",
            "mm",
            low=extent.min,
            high=extent.max,
        )
        room, said = list(printer.build_volume_mm), f"the part fits the printer {printer.name}"
        yield self(f"{line}-BOX-1", said, "fits_printer", "mm", low=0.0, build_volume_mm=room)

    def letters(self, line: str, depth_mm: float, *, check: str = "engravings") -> Requirement:
        """That letters are as deep as ordered."""
        return self(
            f"{line}-TEXT-1",
            f"depth of the engraved letters (limit: ordered {depth_mm:g} mm, {TEXT_TOLERANCE_MM:g} mm more or less)",
            check,
            "mm",
            low=round(depth_mm - TEXT_TOLERANCE_MM, 6),
            high=round(depth_mm + TEXT_TOLERANCE_MM, 6),
        )

    def legible(self, line: str) -> Requirement:
        """That each engraved letter can be read."""
        said = "least of a letter's strokes that is cut and seen, with nothing of the part before it, in one look at its text"
        return self(f"{line}-TEXT-2", said, "letters_seen", "%", low=LEAST_SEEN_PERCENT)

    def same_files(self, line: str) -> Requirement:
        """That both files of the part hold the same triangles."""
        said = "STL and 3MF read back to the same triangles"
        return self(f"{line}-FILE-1", said, "stl_3mf_same", "differences", high=0)
