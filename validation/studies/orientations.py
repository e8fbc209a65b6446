"""One asymmetric body, scanned and stored in all 48 ways along the axes: the same physical surface, on the same side.

    python -m validation.studies.orientations [--out results.json]

Six directions of rows, four of columns, slices either way: the eight patient positions and every mirrored storage are among them.
All sample the same places, so the files `export-volume` writes must give one surface: VTK's flying edges of each (on the
program's file, none of its code) are held against those of HFS, vertex by vertex. Side: where the marker is, by its own HU.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from validation import record
from validation.odd.judge import Read, measure
from validation.odd.layout import POSITIONS, Layout
from validation.odd.nifti import read_nifti
from validation.odd.phantom import BODIES, CENTRE_LPS_MM, ISO_HU, FloatArray
from validation.odd.writer import slices, write

# One sampling of space for all: a cube of nodes, off the phantom's own planes.
SIDE, PITCH_MM = 50, 0.8
NODES_LPS_MM = np.round(CENTRE_LPS_MM - (SIDE - 1) / 2 * PITCH_MM + (0.137, -0.211, 0.093), 6)
MARKER = next(b for b in BODIES if b.name == "marker")
# Only the marker's core is so bright.
MARKER_HU = 2500.0


def ways() -> Iterator[tuple[str, Layout]]:
    """Every pair of axes for rows and columns, each in either direction, and slices either way."""
    named = {axes: name for name, axes in POSITIONS.items()}
    units = [tuple(int(s) * int(n == a) for n in range(3)) for a in range(3) for s in (1, -1)]
    for row, column in itertools.product(units, units):
        if np.dot(row, column):
            continue
        for way in (1, -1):
            name = named.get((row, column), f"rows along {row}, columns along {column}")
            yield f"{name}, slices {'along' if way > 0 else 'against'} the normal", _layout(row, column, way)


def _layout(row: tuple[int, ...], column: tuple[int, ...], way: int) -> Layout:
    """The cube's nodes in the order of these directions."""
    axes = np.array([row, column, np.cross(row, column) * way], dtype=float)
    corner = NODES_LPS_MM + (SIDE - 1) * PITCH_MM * (axes.sum(axis=0) < 0)
    first = corner + np.arange(SIDE)[:, None] * PITCH_MM * axes[2]
    return Layout(axes[0], axes[1], first, SIDE, SIDE, PITCH_MM, PITCH_MM)


def exported(at: Layout, folder: Path) -> Read:
    """What `anatofit export-volume` writes of the series. Raises RuntimeError where it refuses."""
    from anatofit.cli.main import run

    write(slices(at), folder / "scan")
    with contextlib.redirect_stdout(io.StringIO()):
        code = run(["export-volume", str(folder / "scan"), str(folder / "volume.nii.gz")])
    if code:
        raise RuntimeError("the series was refused")
    return read_nifti(folder / "volume.nii.gz")


def surface(read: Read) -> FloatArray:
    """(n, 3) vertices in LPS mm of the surface at ISO_HU, by VTK in index space and the file's own affine."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    image = vtkImageData()
    image.SetDimensions(*read.hu.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.asarray(read.hu, dtype=np.float64).ravel(), deep=True))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, ISO_HU)
    edges.Update()
    index = vtk_to_numpy(edges.GetOutput().GetPoints().GetData()).astype(np.float64)
    return np.asarray(index @ read.affine_lps[:, :3].T + read.affine_lps[:, 3])


def side_of_marker(read: Read) -> str:
    """The patient's side on which the marker lies, by the file alone."""
    bright = read.points()[np.asarray(read.hu).ravel() > MARKER_HU]
    return "none" if len(bright) == 0 else "left" if bright[:, 0].mean() > CENTRE_LPS_MM[0] else "right"


def apart_mm(one: FloatArray, other: FloatArray) -> float:
    """The farthest that a vertex of either lies from the nearest vertex of the other."""
    return max(float(cKDTree(a).query(b)[0].max()) for a, b in ((one, other), (other, one)))


def run_study(chosen: list[tuple[str, Layout]]) -> list[dict[str, Any]]:
    """One row a way; the first is the one that all are held against."""
    rows: list[dict[str, Any]] = []
    reference: FloatArray | None = None
    with tempfile.TemporaryDirectory(prefix="anatofit-ways-") as name:
        for n, (way, at) in enumerate(chosen):
            read = exported(at, Path(name) / str(n))
            vertices = surface(read)
            reference = vertices if reference is None else reference
            rows.append({
                "way": way, "vertices": len(vertices), "apart_mm": apart_mm(vertices, reference),
                "side": side_of_marker(read), "surface_mm": measure(read).surface_mm,
            })  # fmt: skip
            record.say("{way:62} {vertices} vertices, {apart_mm:.6f} mm apart, marker {side}".format(**rows[-1]))
    return rows


def figures_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The worst of all."""
    true = "left" if MARKER.centre_lps_mm[0] > CENTRE_LPS_MM[0] else "right"
    return {
        "ways": float(len(rows)),
        "apart_mm": max(r["apart_mm"] for r in rows),
        "surface_mm": max(r["surface_mm"] for r in rows),
        "wrong_sides": float(sum(r["side"] != true for r in rows)),
    }


def main() -> int:
    """0 when the bars hold, else 1."""
    options = record.parser(__doc__).parse_args()
    rows = run_study(list(ways()))
    figures = figures_of(rows)
    missed = record.failures(figures, record.bars("orientations"))
    return record.finish(options.out, "orientations", figures, rows, missed)


if __name__ == "__main__":
    raise SystemExit(main())
