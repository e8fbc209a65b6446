"""One odd series: how it is made, and what must come of it, stated before anyone reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import FileDataset

from validation.odd.judge import EXACT_MM
from validation.odd.layout import Layout
from validation.odd.writer import Stored, slices, write

# HU may be wrong by the rounding of the stored number and of the volume's own.
HU_ROUNDING = 0.51


@dataclass(frozen=True)
class Odd:
    """row: of FAULTS. at: where the slices truly are. right: it may come in, and then must be right. rules: it may be refused so.

    resampled: right means as good as linear interpolation, else exact to bar_mm. waive: rules that the order waives.
    source: what is given to the reader, relative to the folder. series: the UID that is asked for. told: a word that must stand in
    the notes beside a volume.
    """

    name: str
    row: str
    make: Callable[[Path], None]
    at: Layout | None = None
    right: bool = True
    rules: frozenset[str] = frozenset()
    resampled: bool = False
    bar_mm: float = EXACT_MM
    bar_hu: float = HU_ROUNDING
    waive: tuple[str, ...] = ()
    source: str = "."
    series: str | None = None
    told: str = ""

    @property
    def expected(self) -> str:
        """In words."""
        ways = (["right, resampled" if self.resampled else "right"] if self.right else []) + (
            ["refused: " + "/".join(sorted(self.rules))] if self.rules else []
        )
        return " or ".join(ways)


Change = Callable[[list[FileDataset]], object]


def odd(
    row: str,
    name: str,
    at: Layout,
    *changes: Change,
    stored: Stored | Sequence[Stored] = Stored(),  # noqa: B008 - frozen
    refused: str = "",
    either: str = "",
    digits: int = 9,
    resampled: bool = False,
    bar_mm: float = EXACT_MM,
    waive: tuple[str, ...] = (),
    told: str = "",
) -> Odd:
    """A series of single slices with changes to its tags. refused: rules, one must stop it; either: rules that may, if it is not right."""

    def make(folder: Path) -> None:
        series = slices(at, stored, digits=digits)
        for change in changes:
            change(series)
        write(series, folder)

    coarsest = max(abs(s.slope) for s in ([stored] if isinstance(stored, Stored) else stored))
    return Odd(
        name, row, make, at, right=not refused, rules=frozenset((refused or either).split()), resampled=resampled,
        bar_mm=bar_mm, bar_hu=HU_ROUNDING * max(1.0, coarsest), waive=waive, told=told,
    )  # fmt: skip


def each(**tags: object) -> Change:
    """Sets tags on every slice; a callable is given the slice's number, None drops the tag."""

    def change(series: list[FileDataset]) -> None:
        for n, ds in enumerate(series):
            _set(ds, {k: v(n) if callable(v) else v for k, v in tags.items()})

    return change


def some(numbers: Sequence[int], **tags: object) -> Change:
    """Sets tags on some slices."""
    return lambda series: [_set(series[n], tags) for n in numbers]


def _set(ds: FileDataset, tags: dict[str, object]) -> None:
    for keyword, value in tags.items():
        if value is not None:
            setattr(ds, keyword, value)
        elif keyword in ds:
            delattr(ds, keyword)
