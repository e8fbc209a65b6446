"""Random plans of trajectories and of plates' paths as a surgeon could lay them, and some that nobody would."""

from __future__ import annotations

from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.stock import StockHole, StockPlate
from validation.studies.ground import TILT, Drawn, Ground, triple

LEAN = 0.2  # of drills and screws off the bone's normal, as TILT is of cuts
ORDERED, OWN_PINS = 0.15, 0.2  # share of plans with a way in, with pins of their own
MEANT = 0.7  # of the paths are such as a surgeon could mean: on even bone, with room for holes and letters; the others go anywhere
EVEN, MEANT_MM, MOST_WALKS = (
    0.85,
    45.0,
    60,
)  # flatness (30° from the middle) and length of a meant path; walks tried for one
DEEPEST_MM = 40.0  # of a target beneath its entry; that it lies behind a thin bone is meant
HOLES = ("round", "locking", "oblong")
SURFACE = "kept-out.stl"  # what a plan names; the surface itself is drawn with it


def trajectories(ground: Ground, random: np.random.Generator) -> Drawn:
    """One to four axes into the bone, that lean; balls and surfaces to keep out of, pins, relief and a way in with some."""
    face = ground.any(random)
    faces = [face, *(ground.beside(face, random) for _ in range(int(random.choice(4, p=(0.35, 0.35, 0.2, 0.1)))))]
    axes = [_trajectory(ground, f, random) for f in faces if f is not None]
    plan: dict[str, Any] = {"trajectory": axes, **ground.relief(face, random)}
    kept, surfaces = _kept_out(ground.centres[face] - 15.0 * ground.normals[face], random)
    if kept:
        plan["keep_out"] = kept
    if random.random() < OWN_PINS:
        found = [ground.beside(face, random) for _ in range(2)]
        plan["pin"] = [_pin(ground, f, random) for f in found if f is not None]
    if random.random() < ORDERED:
        ways = [unit_vector(np.array(t["entry"]) - np.array(t["target"])) for t in axes]
        plan["approach"] = triple(unit_vector(np.sum(ways, axis=0) + random.normal(size=3) * 0.15))
    return Drawn(plan, surfaces)


def _trajectory(ground: Ground, face: int, random: np.random.Generator) -> dict[str, Any]:
    """From up to 4 mm above the bone to 2 mm beneath it, to a target within or behind it."""
    way = unit_vector(ground.normals[face] + random.normal(size=3) * LEAN)
    entry = ground.centres[face] + way * random.uniform(-2.0, 4.0)
    drill = round(float(random.uniform(1.0, 5.0)), 1)
    deep = float(random.uniform(6.0, DEEPEST_MM))
    made: dict[str, Any] = {
        "entry": triple(entry),
        "target": triple(entry - way * deep),
        "diameter_mm": drill,
        "beyond_mm": DEEPEST_MM,
    }
    if random.random() < 0.2:
        made["drill_mm"] = round(deep + float(random.uniform(8.0, 48.0)), 1)
    elif random.random() < 0.2:
        made["sleeve_mm"] = round(float(random.uniform(8.0, 40.0)), 1)
    if random.random() < 0.2:
        made["insert_mm"] = round(drill + float(random.uniform(0.5, 4.0)), 1)
    return made


def _pin(ground: Ground, face: int, random: np.random.Generator) -> dict[str, Any]:
    way = unit_vector(ground.normals[face] + random.normal(size=3) * LEAN / 2)
    return {"entry": triple(ground.centres[face]), "target": triple(ground.centres[face] - 15.0 * way)}


def _kept_out(place: FloatArray, random: np.random.Generator) -> tuple[list[dict[str, Any]], dict[str, Mesh]]:
    kept: list[dict[str, Any]] = []
    surfaces: dict[str, Mesh] = {}
    if random.random() < 0.3:
        at = place + random.normal(size=3) * 10.0
        kept.append({"point": triple(at), "radius_mm": round(float(random.uniform(0.5, 6.0)), 1)})
    if random.random() < 0.2:
        kept.append({"surface": SURFACE})
        surfaces["keep_out"] = _canal(place + random.normal(size=3) * 10.0, random)
    return kept, surfaces


def _canal(middle: FloatArray, random: np.random.Generator) -> Mesh:
    """A closed tube of eight sides beside a place, as a vertebral canal or a nerve's is drawn."""
    way = unit_vector(random.normal(size=3))
    side = unit_vector(np.cross(way, np.eye(3)[int(np.argmin(np.abs(way)))]))
    turns = np.linspace(0.0, 2 * np.pi, 8, endpoint=False)[:, None]
    radius, half = random.uniform(1.0, 6.0), random.uniform(5.0, 30.0)
    ring = radius * (np.cos(turns) * side + np.sin(turns) * np.cross(way, side))
    return _tube(middle - half * way + ring, 2 * half * way)


def _tube(ring: FloatArray, along: FloatArray) -> Mesh:
    """What a convex ring sweeps, closed; the ring turns to the right around the way it goes."""
    n = len(ring)
    nexts = np.roll(np.arange(n), -1)
    each = np.arange(n)
    sides = [np.stack([each, nexts, each + n], axis=1), np.stack([nexts, nexts + n, each + n], axis=1)]
    fan = np.arange(1, n - 1)
    ends = [np.stack([0 * fan, fan + 1, fan], axis=1), np.stack([0 * fan, fan, fan + 1], axis=1) + n]
    return Mesh(np.concatenate([ring, ring + along]), np.concatenate([*sides, *ends]))


def paths(ground: Ground, random: np.random.Generator) -> Drawn:
    """A path over the bone, with widths, holes of every kind, fracture lines and a catalogue with some."""
    as_meant = random.random() < MEANT
    points = meant(ground, random) if as_meant else walk(ground, random)
    plan: dict[str, Any] = {"path": [triple(p) for p in points]}
    if random.random() < 0.15:
        plan = {"axis": {"from": triple(points[0]), "to": triple(points[-1])}}
    count = len(plan.get("path", (0, 1)))
    if random.random() < 0.2:
        plan["width_mm"] = np.round(random.uniform(5.0, 14.0, size=count), 1).tolist()
    if random.random() < 0.15:
        plan["thickness_mm"] = np.round(random.uniform(2.0, 4.0, size=count), 1).tolist()
    steps = np.sqrt(np.square(np.diff(points, axis=0)).sum(axis=1))
    if random.random() < 0.4:
        n = int(random.integers(len(steps)))
        way = points[n + 1] - points[n] + random.normal(size=3) * steps[n] * TILT
        plan["line"] = [{"point": triple((points[n] + points[n + 1]) / 2), "normal": triple(way)}]
    if random.random() < 0.3:
        plan["screw"] = _screws(ground, points, plan.get("line", []), random, lean=LEAN / 3 if as_meant else LEAN)
    stock = _shelf(float(steps.sum()), random) if random.random() < 0.15 else ()
    return Drawn({**plan, **({"catalogue": "shelf"} if stock else {})}, stock=stock)


def meant(ground: Ground, random: np.random.Generator) -> FloatArray:
    """`(n, 3)` places of a path on even bone, long enough for holes and letters; the longest of many where none is."""
    walks = (walk(ground, random, even=EVEN) for _ in range(MOST_WALKS))
    longest = np.zeros((0, 3))
    for points in walks:
        longest = max(longest, points, key=_long_mm)
        if _long_mm(longest) >= MEANT_MM:
            break
    return longest


def _long_mm(points: FloatArray) -> float:
    return float(np.sqrt(np.square(np.diff(points, axis=0)).sum(axis=1)).sum())


def walk(ground: Ground, random: np.random.Generator, *, even: float = -1.0) -> FloatArray:
    """`(n, 3)` places on the bone, each straight on from the one before but for a little turn; at least two. It ends before bone
    that is less flat than `even`, but for its second place."""
    face = max((ground.any(random) for _ in range(int(random.choice([1, 8])))), key=ground.flatness)
    found = [ground.centres[face]]
    way = random.normal(size=3)
    turn = float(random.choice([0.05, TILT]))
    for step in random.uniform(8.0, 22.0, size=int(random.integers(2, 8))):
        normal = ground.normals[face]
        way = unit_vector(way - normal * float((way * normal).sum()) + random.normal(size=3) * turn)
        _, face = ground.tree.query(found[-1] + way * step)
        place = ground.centres[face]
        if np.sqrt(np.square(place - found[-1]).sum()) < step / 2:
            break  # an end of the bone
        if len(found) > 1 and ground.flatness(int(face)) < even:
            break
        way = place - found[-1]
        found.append(place)
    return np.array(found) if len(found) > 1 else walk(ground, random)


def _screws(
    ground: Ground, points: FloatArray, lines: list[dict[str, Any]], random: np.random.Generator, *, lean: float
) -> list[dict[str, Any]]:
    """Screws some way apart along the path, of any kind, some aimed; most keep off a line, as a surgeon plans them."""
    long = np.concatenate([[0.0], np.cumsum(np.sqrt(np.square(np.diff(points, axis=0)).sum(axis=1)))])
    keeps = random.random() < 0.85
    made: list[dict[str, Any]] = []
    for at in np.arange(random.uniform(1.0, 5.0), 0.9 * long[-1], float(random.uniform(9.0, 18.0)))[:24]:
        place = np.array([np.interp(at, long, column) for column in points.T])
        if keeps and any(_off(line, place) < 11.0 for line in lines):
            continue
        screw: dict[str, Any] = {"at_mm": round(float(at), 2), "kind": str(random.choice(HOLES))}
        if random.random() < 0.2:
            way = unit_vector(ground.normals[ground.tree.query(place)[1]] + random.normal(size=3) * lean)
            screw["target"] = triple(place - 15.0 * way)
        if random.random() < 0.15:
            screw["diameter_mm"] = round(float(random.uniform(1.5, 4.0)), 1)
        if random.random() < 0.5:
            screw["hold"] = str(random.choice(["bicortical", "monocortical", "monocortical"]))
        made.append(screw)
    return made


def _off(line: dict[str, Any], place: FloatArray) -> float:
    return abs(float(((place - np.array(line["point"])) * unit_vector(np.array(line["normal"]))).sum()))


def _shelf(length_mm: float, random: np.random.Generator) -> tuple[StockPlate, ...]:
    """Straight plates of a catalogue, each a bar with holes along its middle."""
    return tuple(
        _bar(f"BAR-{n}", length_mm * float(random.uniform(0.6, 1.4)), float(random.uniform(6.0, 14.0))) for n in range(3)
    )  # fmt: skip


def _bar(name: str, long_mm: float, wide_mm: float) -> StockPlate:
    count = max(2, round(long_mm / 12.0))
    along = (np.arange(count) + 0.5 - count / 2) * long_mm / count
    holes = tuple(StockHole(centre=(float(x), 0.0, 1.0), axis=(0.0, 0.0, 1.0), diameter_mm=2.7) for x in along)
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]) * (wide_mm, 2.0) - (wide_mm / 2, 0.0)
    ring = np.concatenate([np.full((4, 1), -long_mm / 2), corners], axis=1)
    return StockPlate(name=name, sha256="0" * 64, holes=holes, mesh=_tube(ring, np.array([long_mm, 0.0, 0.0])))
