"""The cranial anatomy at the waist of the house: surfaces, rim, planes and numbers, without a voxel left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from anatofit.model.anatomy import Anatomy
from anatofit.model.cranium import BoneEdge, LocatedCranium, RestoredCranium
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.volume import Field
from anatofit.surface.air import air_inside, air_walls
from anatofit.surface.extract import Extraction, closed_surface

# Reduction keeps every vertex within this of the extracted surface; a tenth of the scanner's own blur.
HOST = Extraction(tolerance_mm=0.03, smallest_mm3=20.0)
MISSING = Extraction(tolerance_mm=0.01, smallest_mm3=20.0, largest_only=True)
CONTOUR = Extraction(tolerance_mm=0.02, smallest_mm3=500.0)


def surface_cranium(bone: BoneEdge, located: LocatedCranium, restored: RestoredCranium) -> Anatomy:
    """Closed meshes of host, missing bone and outer contour, and the host's walls that air lies on, in LPS mm."""
    with ThreadPoolExecutor(1) as beside:  # each surface by itself: the same triangles with one thread
        small = beside.submit(
            lambda: (closed_surface(restored.missing, MISSING), closed_surface(restored.contour, CONTOUR))
        )
        host = closed_surface(restored.host, HOST)
        air = air_walls(host, bone.volume)
        missing, contour = small.result()
    in_air, each_mm3 = air_inside(restored.missing, bone.volume)
    deviation = edge_deviation_mm(host, restored.host)
    figures = {
        **located.figures, **restored.figures,
        "host_edge_deviation_p50_mm": float(np.median(deviation)), "host_edge_deviation_p95_mm": float(np.percentile(deviation, 95)),
        "missing_in_air_mm3": len(in_air) * each_mm3,
        "host_triangles_count": float(len(host.faces)), "missing_triangles_count": float(len(missing.faces)),
    }  # fmt: skip
    return Anatomy(
        kind="cranium", laterality=located.laterality,
        surfaces={"host": host, "missing_bone": missing, "outer_contour": contour, **({"air_walls": air} if len(air.faces) else {})},
        curves={"rim": restored.rim_lps_mm},
        landmarks={"defect_centre": located.defect.centre_lps_mm, "cavity_centre": located.cavity_centre_lps_mm,
                   **({"missing_in_air": in_air} if len(in_air) else {})},
        planes={"midsagittal": located.midsagittal},
        figures=figures,
        vertex_values={"missing_bone": read_field(restored.disagreement_mm, missing.vertices_lps_mm)},
    )  # fmt: skip


def sentence_of(anatomy: Anatomy) -> str:
    """What the methods paragraph says of the surfaces."""
    figures = anatomy.figures
    return (
        f"Surfaces were extracted at the bone edge by flying edges on the scan's own grid and reduced within "
        f"{HOST.tolerance_mm:.2f} mm; the host's vertices lie {_shown(figures['host_edge_deviation_p50_mm'])} (median) and "
        f"{_shown(figures['host_edge_deviation_p95_mm'])} (95th percentile) from the image's own edge."
    )


def _shown(distance_mm: float) -> str:
    return f"{distance_mm:.3f} mm" if distance_mm >= 0.001 else "less than 0.001 mm"


def read_field(field: Field, points_lps_mm: FloatArray) -> NDArray[np.float64]:
    """`(n,)` values of a field at points, linearly; the nearest value beyond its border."""
    from scipy import ndimage

    kji = field.grid.to_index(points_lps_mm)[:, ::-1].T
    return np.asarray(ndimage.map_coordinates(field.values, kji, output=np.float64, order=1, mode="nearest"))


def edge_deviation_mm(mesh: Mesh, field: Field) -> FloatArray:
    """Distance of vertices from the field's zero, along its own gradient to first order; where the field has a surface of
    its own (not the cap at the end of the box)."""
    grid = field.grid
    index = grid.to_index(mesh.vertices_lps_mm)
    inner = ((index > 1) & (index < np.array(grid.shape_kji[::-1]) - 2)).all(axis=1)
    points = mesh.vertices_lps_mm[inner][::5]
    value = read_field(field, points)
    step = float(grid.spacing_ijk_mm.min()) / 2
    gradient = np.stack(
        [read_field(field, points + d) - read_field(field, points - d) for d in np.eye(3) * step], axis=1
    ) / (2 * step)
    return np.asarray(np.abs(value) / np.maximum(np.linalg.norm(gradient, axis=1), 0.05))
