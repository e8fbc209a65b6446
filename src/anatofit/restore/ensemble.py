"""Several continuations of one sheet, each counting the same, combined so that one that goes astray does not count.

Weights learnt on holes cut in the same skull were tried and did worse than equal ones: such trials lie in the even vault, and
an average of plain members is hard to beat (Timmermann, Handbook of Economic Forecasting 1:135, 2006).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.restore import kriging
from anatofit.restore.fill import Sheet, continue_about, continue_about_bowl, continue_sheet
from anatofit.restore.kriging import Sides, Variogram

BLEND_CELLS = 2.0


@dataclass(frozen=True)
class Member:
    """One way to continue a sheet."""

    name: str
    fill: Callable[[Sheet, Sides], FloatArray]


def _plain(order: int) -> Member:
    name = "harmonic" if order == 1 else "biharmonic"
    return Member(name, lambda sheet, _: continue_sheet(sheet, order=order, mirrored=False))


def _kriged(variogram: Variogram) -> Member:
    return Member("kriged", lambda sheet, sides: continue_about(sheet, *kriging.kriged(sheet, sides, variogram)))


_MIRRORED = Member("mirrored", lambda sheet, _: continue_sheet(sheet, order=1, mirrored=True))
_BOWL = Member("bowl", lambda sheet, _: continue_about_bowl(sheet))


@dataclass(frozen=True)
class Ensemble:
    """Members, and how far one may lie from the mirrored height, or from the flattest sheet where there is no mirror."""

    members: tuple[Member, ...]
    farthest_mm: float
    wildest_mm: float

    @property
    def names(self) -> str:
        """The members' names in a row."""
        return ", ".join(m.name for m in self.members)


# A vault is a bent plate: the flattest sheet through its rim lies too deep. Thickness is none: a bent one overshoots.
# Two sides of a skull differ by less than 6 mm, save in the very plagiocephalic; a skull rises 22 mm over the flattest sheet
# across 110 mm. Thickness swells between ridges by about 2 mm beyond its rim.
OUTER = Ensemble((_plain(2), _MIRRORED, _BOWL, _kriged(kriging.OUTER)), farthest_mm=6.0, wildest_mm=22.0)
THICKNESS = Ensemble((_plain(1), _MIRRORED, _kriged(kriging.THICKNESS)), farthest_mm=2.0, wildest_mm=2.0)


def combined(sheet: Sheet, sides: Sides, ensemble: Ensemble) -> tuple[FloatArray, FloatArray]:
    """The sheet with its wanted cells filled, and how much the members disagree there (standard deviation).

    The median, freed from the kinks that it has where members cross.
    """
    from scipy import ndimage

    flat = continue_sheet(sheet, order=1, mirrored=False)
    maps = np.stack([_bounded(m.fill(sheet, sides), flat, sheet, ensemble) for m in ensemble.members])
    mean = maps.mean(axis=0)
    leaning = ndimage.gaussian_filter(np.median(maps, axis=0) - mean, BLEND_CELLS)
    return np.where(sheet.wanted, mean + leaning, sheet.values), np.where(sheet.wanted, maps.std(axis=0), 0.0)


def _bounded(values: FloatArray, flat: FloatArray, sheet: Sheet, ensemble: Ensemble) -> FloatArray:
    """A continuation runs wild where little rim holds it: it stays near the mirrored height or the flattest sheet."""
    told = np.isfinite(sheet.mirror)
    middle = np.where(told, sheet.mirror, flat)
    most = np.where(told, ensemble.farthest_mm, ensemble.wildest_mm)
    return np.where(sheet.wanted, np.clip(values, middle - most, middle + most), values)
