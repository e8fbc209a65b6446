"""Height maps continued across a hole, each way as one sparse least-squares problem.

Biharmonic: the smoothest sheet through the rim (thin plate, Duchon 1977). Harmonic: the flattest one. Mirrored: the same
for the difference to the other side, so that the other side's shape is brought over and bent to fit the rim. About a shape:
the same for the difference to that shape, such as the bowl (the quadratic that fits the bone around the hole, which neither
flattens nor overshoots).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

Mask = NDArray[np.bool_]

RING_SHARE = 0.7  # of the hole's own half width: the skull curves evenly over about that
TIE = 1e-9  # holds cells that no rim reaches at the other side's height; far below any bending energy


@dataclass(frozen=True)
class Sheet:
    """A height map: `values` hold where `known`, are wanted where `wanted`; `mirror` is the other side, NaN where absent."""

    values: FloatArray
    known: Mask
    wanted: Mask
    mirror: FloatArray


def continue_about_bowl(sheet: Sheet) -> FloatArray:
    """The map with its wanted cells filled by the bowl that fits the ring around them, bent harmonically to meet the rim."""
    return continue_about(sheet, _bowl(sheet), np.ones_like(sheet.known))


def continue_about(sheet: Sheet, shape_mm: FloatArray, where: Mask) -> FloatArray:
    """The map with its wanted cells filled by a shape, given `where` (the wanted cells and the rim), bent harmonically to meet the rim."""
    level = np.where(where, sheet.values - shape_mm, 0.0)
    bent = continue_sheet(
        Sheet(level, sheet.known & where, sheet.wanted, np.full_like(level, np.nan)), order=1, mirrored=False
    )
    return np.where(sheet.wanted, bent + shape_mm, sheet.values)


def _bowl(sheet: Sheet) -> FloatArray:
    """The quadratic in the cells' rows and columns that fits the known cells near the wanted ones best."""
    from scipy import ndimage

    if not sheet.wanted.any():
        return np.zeros_like(sheet.values)
    ring = RING_SHARE * float(ndimage.distance_transform_edt(sheet.wanted).max())
    near = sheet.known & (ndimage.distance_transform_edt(~sheet.wanted) <= ring)
    row, column = (2.0 * np.indices(sheet.known.shape) / max(sheet.known.shape)) - 1.0
    terms = np.stack([np.ones_like(row), row, column, row * row, row * column, column * column], axis=-1)
    if near.sum() < 10 * terms.shape[-1]:
        return np.zeros_like(row)
    return np.asarray(terms @ np.linalg.lstsq(terms[near], sheet.values[near], rcond=None)[0])


def continue_sheet(sheet: Sheet, *, order: int, mirrored: bool) -> FloatArray:
    """The map with its wanted cells filled; other cells keep their values.

    order: 1 harmonic, 2 biharmonic. mirrored: for the difference to the mirror where there is one; where there is none
    the sheet is continued biharmonically.
    """
    from scipy import sparse
    from scipy.sparse.linalg import splu

    domain = sheet.known | sheet.wanted
    target = np.where(mirrored & np.isfinite(sheet.mirror), sheet.mirror, 0.0)
    has_mirror = np.isfinite(sheet.mirror) if mirrored else np.ones_like(domain)
    rows = _edges(domain & has_mirror) if order == 1 else _stencils(domain & has_mirror)
    matrix = rows
    right = rows @ target.ravel()
    if mirrored and not has_mirror[sheet.wanted].all():
        plain = _stencils(domain, touching=~has_mirror)
        matrix = sparse.vstack([rows, plain]).tocsr()
        right = np.concatenate([right, np.zeros(plain.shape[0])])
    unknown = np.flatnonzero(sheet.wanted)
    known = np.flatnonzero(sheet.known & ~sheet.wanted)
    free, fixed = matrix[:, unknown], matrix[:, known]
    normal = (free.T @ free + sparse.eye(len(unknown)) * TIE).tocsc()
    rest = right - fixed @ sheet.values.ravel()[known]
    level = np.nan_to_num(
        sheet.mirror.ravel()[unknown], nan=float(sheet.values.ravel()[known].mean()) if len(known) else 0.0
    )
    out = np.array(sheet.values, dtype=np.float64)
    out.ravel()[unknown] = splu(normal).solve(free.T @ rest + TIE * level)
    return out


def _edges(domain: Mask):  # type: ignore[no-untyped-def]
    """One row for each pair of neighbouring cells in the domain: first minus second."""
    index = np.arange(domain.size).reshape(domain.shape)
    across = domain[:, :-1] & domain[:, 1:]
    down = domain[:-1] & domain[1:]
    first = np.concatenate([index[:, :-1][across], index[:-1][down]])
    second = np.concatenate([index[:, 1:][across], index[1:][down]])
    return _rows([(first, 1.0), (second, -1.0)], domain.size)


def _stencils(domain: Mask, touching: Mask | None = None):  # type: ignore[no-untyped-def]
    """One row for each cell whose four neighbours lie in the domain: their sum minus four times the cell."""
    index = np.arange(domain.size).reshape(domain.shape)
    core = (slice(1, -1), slice(1, -1))
    sides = [
        (slice(0, -2), slice(1, -1)),
        (slice(2, None), slice(1, -1)),
        (slice(1, -1), slice(0, -2)),
        (slice(1, -1), slice(2, None)),
    ]
    whole = domain[core] & np.logical_and.reduce([domain[s] for s in sides])
    if touching is not None:
        whole &= touching[core] | np.logical_or.reduce([touching[s] for s in sides])
    return _rows([(index[core][whole], -4.0), *((index[s][whole], 1.0) for s in sides)], domain.size)


def _rows(terms: list[tuple[NDArray[np.int64], float]], width: int):  # type: ignore[no-untyped-def]
    from scipy import sparse

    count = len(terms[0][0])
    row = np.tile(np.arange(count), len(terms))
    column = np.concatenate([columns for columns, _ in terms])
    value = np.concatenate([np.full(count, weight) for _, weight in terms])
    return sparse.csr_matrix((value, (row, column)), shape=(count, width))
