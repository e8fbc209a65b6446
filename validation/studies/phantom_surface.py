"""Host surface against the phantom's formulas: is it where the bone ends, or a little beside it?

The phantom is scanned at 0.5 x 0.5 x 0.625 mm; host.stl's vertices are held against the signed distance of the bone.
Bars apply to the tables and the wall of the hole (`regular`: vertices over 2 mm from any place where two faces meet and a
blurred image cannot hold the edge, and from sutures, which the formula calls bone and the scan shows as a notch); the
figures over all vertices, and face by face, are recorded beside them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.model.cranium import LocatedCranium, RestoredCranium
from anatofit.samples.head import PIXEL_MM, SHAPE_KJI, STEP_MM, head_grid
from anatofit.samples.phantom import HeadPhantom
from anatofit.samples.render import Scanner, scan_phantom
from validation import record

FloatArray = NDArray[np.float64]
SPACING_MM = (0.5, 0.5, 0.625)
SEAM_MM = 2.0
SUTURE_MM = 2.5
FARTHEST_MM = (
    3.0  # a vertex farther from all bone lies on something that is no bone edge (a cap of the box): counted apart
)


def host_vertices(phantom: HeadPhantom, spacing_mm: tuple[float, float, float], noise_hu: float) -> FloatArray:
    """(n, 3) vertices of the host that the product's stages make of a scan of the phantom."""
    from anatofit.locate.cranium import locate_cranium
    from anatofit.model.case import Locate
    from anatofit.model.frame import Laterality
    from anatofit.restore.cranium import restore_cranium
    from anatofit.segment.bone import segment_bone
    from anatofit.surface.cranium import surface_cranium

    extent = np.array(SHAPE_KJI[::-1]) * (PIXEL_MM, PIXEL_MM, STEP_MM)
    shape = tuple(int(n) for n in np.floor(extent / spacing_mm)[::-1])
    volume = scan_phantom(
        phantom,
        head_grid(phantom, shape_kji=(shape[0], shape[1], shape[2]), spacing_ijk_mm=spacing_mm),
        Scanner(noise_hu=noise_hu),
    )
    bone = segment_bone(volume)
    located: LocatedCranium = locate_cranium(bone, ordered=Laterality.UNPAIRED, overrides=Locate())
    restored: RestoredCranium = restore_cranium(bone, located)
    vertices = surface_cranium(bone, located, restored).surfaces["host"].vertices_lps_mm
    return np.asarray(vertices[_inside_box(vertices, restored)])


def _inside_box(vertices: FloatArray, restored: RestoredCranium) -> NDArray[np.bool_]:
    """Vertices that lie on bone, not on the cap where the host's box ends."""
    index = restored.host.grid.to_index(vertices)
    return np.asarray(((index > 1.0) & (index < np.array(restored.host.grid.shape_kji[::-1]) - 2.0)).all(axis=1))


def figures_of(phantom: HeadPhantom, vertices: FloatArray) -> dict[str, float]:
    """Bias and spread of vertices against the phantom's formulas."""
    faces = phantom.faces_mm(vertices)
    vault = np.maximum.reduce([faces[name] for name in ("outer", "inner", "wall", "openings")])
    bone = np.maximum(np.minimum(vault, faces["face"]), faces["carved"])
    near = np.abs(bone) < FARTHEST_MM
    regular = near & _regular(faces, vault) & (phantom.suture_distance_mm(vertices) > SUTURE_MM)
    out = {
        "vertices_count": float(len(vertices)),
        "far_count": float((~near).sum()),
        "regular_share": float(regular.mean()),
    }
    masks = {
        "": regular,
        "all_": near,
        **{f"{name}_": regular & _is(faces, name) for name in ("outer", "inner", "wall")},
    }
    for name, mask in masks.items():
        if mask.any():
            out[f"{name}signed_median_mm"] = float(np.median(bone[mask]))
            out[f"{name}p95_mm"] = float(np.percentile(np.abs(bone[mask]), 95))
    out["bias_median_mm"] = abs(out["signed_median_mm"])
    return out


def _is(faces: dict[str, FloatArray], name: str) -> NDArray[np.bool_]:
    return np.asarray(np.abs(faces[name]) < SEAM_MM)


def _regular(faces: dict[str, FloatArray], vault: FloatArray) -> NDArray[np.bool_]:
    """One face of the vault alone is near; face bones and cavities are not."""
    close = sum((np.abs(faces[name]) < SEAM_MM).astype(int) for name in ("outer", "wall", "openings"))
    close = close + ((np.abs(faces["inner"]) < SEAM_MM) & (np.abs(faces["outer"]) >= SEAM_MM))
    thick = np.abs(faces["outer"] + faces["inner"]) > 2.0 * SEAM_MM
    return np.asarray(
        (close == 1) & thick & (faces["face"] > SEAM_MM) & (faces["carved"] < -SEAM_MM) & (np.abs(vault) < SEAM_MM)
    )


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--noise-hu", type=float, default=15.0)
    parser.add_argument("--shape-seed", type=int, default=0)
    options = parser.parse_args()
    phantom = HeadPhantom(shape_seed=options.shape_seed)
    figures = figures_of(phantom, host_vertices(phantom, SPACING_MM, options.noise_hu))
    missed = record.failures(figures, record.bars("phantom_surface"))
    return record.finish(options.out, "phantom_surface", figures, [], missed)


if __name__ == "__main__":
    raise SystemExit(main())
