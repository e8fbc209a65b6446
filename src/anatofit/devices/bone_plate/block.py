"""A block of letters of one size, and where on the outer face it can stand: asked by the letters, and by the holes that leave it room."""

from __future__ import annotations

from dataclasses import dataclass

from anatofit.devices.bone_plate.face import Face, Fits, anywhere

BESIDE_MM = 1.2  # from the letters to a head or to the run-out's end, by the measure of the path; EDGE_MM at least on the face itself
EDGE_MM = 0.8  # from the letters to the bevel: the least wall of polymers that are printed; without one they keep a wall to the plate's side
_ROUNDED_MM = 1e-5  # stretches end at holes, whose places are rounded to 1e-6 mm


@dataclass(frozen=True, eq=False)
class Block:
    """Lines of words with their width and height together; fits: whether what lies across the plate has room for them between two
    places of the path."""

    face: Face
    lines: tuple[str, ...]
    size_mm: tuple[float, float]
    fits: Fits = anywhere

    @property
    def room_mm(self) -> float:
        """The stretch without holes that it could do with, on a face as long as its path."""
        return self.size_mm[0] + 2 * BESIDE_MM

    def near_mm(self, low_mm: float, high_mm: float) -> float | None:
        """The place of the path between two, nearest to their middle, about which it can stand; None where there is none."""
        return self.face.even(low_mm, high_mm, half_mm=self.size_mm[0] / 2, fits=self.fits)

    def within_mm(self, low_mm: float, high_mm: float) -> float | None:
        """The same of a stretch without holes, all of it within that."""

        def clear(first: float, last: float) -> bool:
            return min(first - low_mm, high_mm - last) > EDGE_MM - _ROUNDED_MM and self.fits(first, last)

        half = self.room_mm / 2
        return self.face.even(low_mm + half, high_mm - half, half_mm=self.size_mm[0] / 2, fits=clear)

    def reach_mm(self, middle_mm: float) -> float:
        """How much of the path to either side of its middle it keeps free of heads."""
        first, last = self.face.ends_mm(middle_mm, half_mm=self.size_mm[0] / 2)
        return max(self.room_mm / 2, middle_mm - first + EDGE_MM, last - middle_mm + EDGE_MM)
