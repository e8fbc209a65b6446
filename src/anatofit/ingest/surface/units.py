"""The unit of a surface: stated, or borne by the file, never guessed; held against what a limb, a foot or a bone can measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anatofit.errors import PrescriptionError, Reason
from anatofit.ingest.rules import found
from anatofit.model.frame import FloatArray
from anatofit.model.scan import ScanFinding
from anatofit.model.surface_scan import MM_PER_UNIT, STATED_UNITS, SurfaceAnatomy, Unit
from anatofit.model.words import listed

# The longest extent in mm, from the smallest to the largest that is met. Limb: a short residual limb below the knee, to the whole
# leg of a man of 2.1 m (leg about half of stature; Drillis and Contini 1966). Foot: a newborn's (about 75 mm) to the largest adult's
# with the ankle (adults about 220 to 310 mm; ANSUR II 2012). Bone: a phalanx or carpal bone to a long femur (about a quarter of
# stature; Trotter and Gleser 1952). Rounded outwards; proposals, to be confirmed.
PLAUSIBLE_MM: Mapping[SurfaceAnatomy, tuple[float, float]] = {
    SurfaceAnatomy.LIMB: (80.0, 1150.0),
    SurfaceAnatomy.FOOT: (75.0, 450.0),
    SurfaceAnatomy.BONE: (10.0, 600.0),
}
# A program that makes every shape equally large leaves its longest side, or half of it, at one.
_NORMALISED = (1.0, 2.0)
_NORMALISED_NEAR = 0.01


@dataclass(frozen=True)
class UnitChoice:
    """The unit that holds, where it comes from, those that the size allows, and what is wrong."""

    unit: Unit | None
    origin: str
    plausible: tuple[Unit, ...]
    findings: tuple[ScanFinding, ...]

    @property
    def mm_per_unit(self) -> float:
        """Millimetres of one: of the unit that holds; without one of the only plausible one, else as if the numbers were mm."""
        only = self.plausible[0] if len(self.plausible) == 1 else Unit.MM
        return MM_PER_UNIT[self.unit or only]


def stated_unit(text: str | None) -> Unit | None:
    """The unit that an order states. Raises PrescriptionError for any other word."""
    wanted = ", ".join(f'"{u.value}"' for u in STATED_UNITS)
    if text is not None and text not in {u.value for u in STATED_UNITS}:
        raise PrescriptionError(Reason("order-key", f"source.unit: one of {wanted} is wanted"))
    return None if text is None else Unit(text)


def chosen_unit(
    longest: float, sides: FloatArray, *, stated: Unit | None, own: Unit | None, anatomy: SurfaceAnatomy | None
) -> UnitChoice:
    """The unit of a surface whose longest extent and box sides are given in the file's own numbers."""
    low, high = _bounds(anatomy)
    plausible = tuple(u for u in STATED_UNITS if low <= longest * MM_PER_UNIT[u] <= high)
    unit = own or stated
    findings = []
    if own is not None and stated is not None and own is not stated:
        was = f'unit = "{stated.value}" was stated, the file itself says {own.value}'
        findings.append(found("surface-unit-conflict", was))
    if unit is None:
        findings.append(found("surface-unit", _unstated(longest, plausible, anatomy)))
    elif not low <= longest * MM_PER_UNIT[unit] <= high:
        findings.append(_size(longest, sides, unit, plausible, anatomy))
    origin = "the file itself" if own is not None else "stated" if stated is not None else ""
    return UnitChoice(unit, origin, plausible, tuple(findings))


def _bounds(anatomy: SurfaceAnatomy | None) -> tuple[float, float]:
    ranges = [PLAUSIBLE_MM[anatomy]] if anatomy else list(PLAUSIBLE_MM.values())
    return min(r[0] for r in ranges), max(r[1] for r in ranges)


def _named(anatomy: SurfaceAnatomy | None) -> str:
    return f"a {anatomy.value}" if anatomy else "a limb, a foot or a bone"


def _unstated(longest: float, plausible: tuple[Unit, ...], anatomy: SurfaceAnatomy | None) -> str:
    sizes = [f'"{u.value}" ({longest * MM_PER_UNIT[u]:.4g} mm)' for u in plausible]
    was = f"The surface is {longest:.4g} long in a unit that nothing states"
    if len(sizes) == 1:
        return (
            f"{was}; for {_named(anatomy)} only {sizes[0]} is plausible: confirm it with unit = {sizes[0].split()[0]}"
        )
    if not sizes:
        return f"{was}; for {_named(anatomy)} no unit is plausible"
    return f"{was}; for {_named(anatomy)} {listed(sizes)} are plausible"


def _size(
    longest: float, sides: FloatArray, unit: Unit, plausible: tuple[Unit, ...], anatomy: SurfaceAnatomy | None
) -> ScanFinding:
    low, high = _bounds(anatomy)
    measured = longest * MM_PER_UNIT[unit]
    was = f'Read as "{unit.value}" the surface is {measured:.4g} mm long; {_named(anatomy)} is {low:g} to {high:g} mm long'
    if _looks_normalised(sides):
        was += ". It looks as if a program had made its size one: its true size is lost"
    elif plausible:
        was += f". {' or '.join(u.value for u in plausible)} would make a size that is met"
    limit = low if measured < low else high
    return found("surface-size", was, measured=measured, limit=limit, unit="mm")


def _looks_normalised(sides: FloatArray) -> bool:
    diagonal = float(np.linalg.norm(sides))
    return any(abs(size / one - 1) < _NORMALISED_NEAR for one in _NORMALISED for size in (float(sides.max()), diagonal))
