"""Landmarks of a real residual limb that its bones tell, found by the skin alone: turned, scaled, noisy, trimmed and mirrored.

    python -m validation.studies.limbs --cases DIR [--count 24] [--out results.json]

The limb is the mean of a shape model of real ones, with skin and bones as bodies of their own (`limb/mean_limb_full_size.stl`). Where
a landmark truly lies is told here by the bones, with code of this study's own: the lower pole of the patella, the foremost of the tibia
before its own shaft, the most lateral of the fibula's head, the widest of the plateau, the front of the cut end, each carried to the
nearest point of the skin. One limb in many guises is one limb: how people differ is not in these figures.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from scipy.stats import spearmanr

from validation import record

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
MEAN = "limb/mean_limb_full_size.stl"
UP, FRONT, MEDIAL = (
    np.array([0, 0, 1.0]),
    np.array([0, -1.0, 0]),
    np.array([1.0, 0, 0]),
)  # of the file: a right limb in LPS
TURN_DEG, SCALE, NOISE_MM = 15.0, 0.1, 0.3
TRIM_MM = (50.0, 105.0)  # of skin above the joint line
DRAWS = 1000  # of the order that true confidences would give
SPINES_MM = 8.0  # below the highest of the tibia: the plateau


@dataclass(frozen=True, eq=False)
class Body:
    """points (n, 3), faces (m, 3)."""

    points: FloatArray
    faces: IntArray


def read_stl(path: Path) -> list[Body]:
    """The bodies of a binary STL, those with most triangles first."""
    raw = path.read_bytes()
    kind = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
    corners = np.frombuffer(raw, kind, int(np.frombuffer(raw, "<u4", 1, 80)[0]), 84)["corners"].reshape(-1, 3)
    points, at = np.unique(corners, axis=0, return_inverse=True)
    faces = at.reshape(-1, 3)
    graph = coo_array(
        (np.ones(faces.size), (faces.ravel(), np.roll(faces, 1, axis=1).ravel())), shape=(len(points),) * 2
    )
    body = connected_components(graph, directed=False)[1][faces[:, 0]]
    parts = [_body(points.astype(np.float64), faces[body == n]) for n in np.unique(body)]
    return sorted(parts, key=lambda part: -len(part.faces))


def _body(points: FloatArray, faces: IntArray) -> Body:
    used, at = np.unique(faces, return_inverse=True)
    return Body(points[used], at.reshape(-1, 3).astype(np.int64))


def write_stl(path: Path, bodies: list[Body]) -> None:
    """A binary STL of them all."""
    corners = np.concatenate([body.points[body.faces] for body in bodies]).astype("<f4")
    kind = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
    rows = np.zeros(len(corners), kind)
    rows["corners"] = corners
    path.write_bytes(bytes(80) + np.uint32(len(rows)).tobytes() + rows.tobytes())


def truth(skin: Body, tibia: Body, fibula: Body, patella: Body) -> dict[str, FloatArray]:
    """Landmarks on the skin, by the bones."""
    shin, head, cap = tibia.points, fibula.points, patella.points
    plateau = float(shin[:, 2].max()) - SPINES_MM
    low = float(shin[:, 2].min())
    z = shin[:, 2]
    shaft = shin[(z > plateau - 15) & (z < plateau)].mean(axis=0) - shin[(z > low + 5) & (z < low + 25)].mean(axis=0)
    shaft /= np.linalg.norm(shaft)
    front = FRONT - shaft * (FRONT @ shaft)
    near = shin[(z < plateau - 8) & (z > plateau - 65)]
    tubercle = _furthest(near, front / np.linalg.norm(front))
    wide, upper = shin[z > plateau - 14], head[head[:, 2] > head[:, 2].max() - 40]
    tendon = (_furthest(cap, -UP) + tubercle) / 2
    marks = {
        "patellar_tendon": tendon + 12.0 * FRONT,
        "tibial_tubercle": tubercle,
        "fibular_head": _furthest(upper, -MEDIAL),
        "medial_flare": _furthest(wide, MEDIAL),
        "lateral_flare": _furthest(wide, -MEDIAL),
        "distal_tibia": _furthest(shin[z < low + 6], FRONT),
        "distal_end": _furthest(skin.points, -UP),
    }
    on_skin = np.concatenate([skin.points, skin.points[skin.faces].mean(axis=1)])
    found = cKDTree(on_skin).query(np.array(list(marks.values())))[1]
    marks = dict(zip(marks, on_skin[found], strict=True))
    ring = skin.points[np.abs(skin.points[:, 2] - marks["patellar_tendon"][2]) < 3.0]
    middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
    behind = (ring - middle) @ -FRONT - np.abs((ring - middle) @ MEDIAL)
    return marks | {"popliteal": ring[int(behind.argmax())]}


def _furthest(points: FloatArray, direction: FloatArray) -> FloatArray:
    reach = points @ direction
    return np.asarray(points[reach > reach.max() - 0.5].mean(axis=0))


def trial(skin: Body, bones: list[Body], marks: dict[str, FloatArray], seed: int, folder: Path) -> list[dict[str, Any]]:
    """One guise of the limb: every landmark with its error and stated confidence, and the side."""
    from anatofit.ingest.surface.read import read_surface
    from anatofit.locate.limb.find import locate_limb
    from anatofit.model.frame import Laterality

    random = np.random.default_rng(seed)
    mirrored, inside = bool(seed % 2), seed % 4 >= 2
    turn = Rotation.from_euler("xyz", random.uniform(-TURN_DEG, TURN_DEG, 3), degrees=True).as_matrix()
    scale, above = random.uniform(1 - SCALE, 1 + SCALE), random.uniform(*TRIM_MM)
    plateau = float(bones[1].points[:, 2].max()) - SPINES_MM  # the tibia's
    kept = _body(skin.points, skin.faces[(skin.points[:, 2] < plateau + above)[skin.faces].all(axis=1)])
    over = np.array([-1.0 if mirrored else 1.0, 1, 1])

    def to(points: FloatArray) -> FloatArray:
        return np.asarray(scale * (points * over) @ turn.T)

    noisy = kept.points + random.normal(0.0, NOISE_MM / scale, kept.points.shape) / np.sqrt(3)
    made = [Body(to(noisy), kept.faces)]
    if inside:
        made += [Body(to(bone.points), bone.faces) for bone in bones]
    write_stl(folder / "limb.stl", [Body(b.points, b.faces[:, ::-1] if mirrored else b.faces) for b in made])
    scan = read_surface(folder / "limb.stl", unit="mm")
    found = locate_limb(scan.mesh, ordered=Laterality.UNPAIRED, inner=scan.inner)
    side = found.side.laterality.value
    return [
        {"seed": seed, "landmark": name, "above_mm": round(above, 1), "bones": inside, "side": side,
         "side_right": side == ("L" if mirrored else "R"), "error_mm": float(np.linalg.norm(mark.point_lps_mm - to(marks[name]))),
         "confidence_mm": mark.confidence_mm}
        for name, mark in found.landmarks.items() if name in marks
    ]  # fmt: skip


def run_study(path: Path, count: int) -> list[dict[str, Any]]:
    """Every landmark of every guise."""
    skin, femur, tibia, fibula, patella = read_stl(path)
    marks = truth(skin, tibia, fibula, patella)
    rows = []
    with tempfile.TemporaryDirectory(prefix="anatofit-limbs-") as name:
        for seed in range(count):
            rows += trial(skin, [femur, tibia, fibula, patella], marks, seed, Path(name))
            record.say(f"{seed}: side {rows[-1]['side']}, {rows[-1]['above_mm']} mm above the joint")
    return rows


def figures_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Of the skin alone, and with bones inside; the order over both, by the skin alone, and within each landmark."""
    error, sure = (np.array([row[name] for row in rows]) for name in ("error_mm", "confidence_mm"))
    by_bones = np.array([row["bones"] for row in rows])
    landmark = np.array([row["landmark"] for row in rows])
    by_seed = {row["seed"]: row for row in rows}.values()
    skin = ~by_bones
    figures = {
        "skin_median_mm": float(np.median(error[skin])),
        "skin_p90_mm": float(np.percentile(error[skin], 90)),
        "skin_within_share": float(np.mean(error[skin] <= sure[skin])),
        "skin_rank_correlation": float(spearmanr(error[skin], sure[skin])[0]),
        "skin_rank_of_each_correlation": _within(landmark[skin], error[skin], sure[skin]),
        **_if_true(landmark[skin], sure[skin]),
        "bones_median_mm": float(np.median(error[by_bones])),
        "rank_correlation": float(spearmanr(error, sure)[0]),
        "guises": float(len(by_seed)),
        "wrong_sides": float(sum(not row["side_right"] and row["side"] != "U" for row in by_seed)),
        "untold_sides": float(sum(row["side"] == "U" for row in by_seed)),
    }
    names = np.unique(landmark)
    each = {n: error[skin & (landmark == n)] for n in names}
    return figures | {f"skin_{name}_mm": float(np.median(off)) for name, off in each.items() if len(off)}


def _if_true(names: NDArray[np.str_], sure: FloatArray) -> dict[str, float]:
    """What order one limb would show, were every stated confidence true: each landmark lies off by one draw, in all guises. Mean, and the least of
    nine such limbs in ten."""
    random = np.random.default_rng(0)
    _, of = np.unique(names, return_inverse=True)
    ranks = [
        float(spearmanr(sure * np.linalg.norm(random.normal(size=(of.max() + 1, 2)), axis=1)[of], sure)[0])
        for _ in range(DRAWS)
    ]
    return {
        "skin_rank_if_true_correlation": float(np.mean(ranks)),
        "skin_rank_if_true_p10": float(np.percentile(ranks, 10)),
    }


def _within(names: NDArray[np.str_], error: FloatArray, sure: FloatArray) -> float:
    """How the confidence orders the errors of one landmark over the guises: each about its own mean, in its own spread."""

    def told(values: FloatArray) -> FloatArray:
        parts = [values[names == name] for name in np.unique(names)]
        return np.concatenate([(part - part.mean()) / max(float(part.std()), 1e-12) for part in parts])

    return float(spearmanr(told(error), told(sure))[0])


def main() -> int:
    """0 when the bars hold, else 1."""
    parser = record.parser(__doc__)
    parser.add_argument("--cases", type=Path, required=True, help="folder of the real cases")
    parser.add_argument("--count", type=int, default=24, help="guises of the limb")
    options = parser.parse_args()
    rows = run_study(options.cases / MEAN, options.count)
    figures = figures_of(rows)
    return record.finish(
        options.out, "limbs", figures, rows, record.failures(figures, record.asked_bars("limbs", guises=options.count))
    )


if __name__ == "__main__":
    raise SystemExit(main())
