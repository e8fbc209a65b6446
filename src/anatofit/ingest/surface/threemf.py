"""3MF (3MF Core Specification 1.3): what its build places, in its own unit; nothing outside the package is ever touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from anatofit.ingest.surface.package import Package
from anatofit.ingest.surface.raw import MOST_TRIANGLES, MOST_VERTICES, RawSurface, check_count, checked, refused
from anatofit.ingest.surface.threemf_model import ModelPart, Placed, read_model
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray
from anatofit.model.surface_scan import Unit
from anatofit.model.words import counted

_UNITS = {
    "micron": Unit.MICRON, "millimeter": Unit.MM, "centimeter": Unit.CM, "inch": Unit.INCH, "foot": Unit.FOOT, "meter": Unit.M,
}  # fmt: skip
# Objects placed, counted with all that they are made of: a build plate has some dozens.
MOST_PLACED = 10_000
# Components within components; programs write two levels.
DEEPEST = 16
# Objects of these types are the surface itself; supports and modifiers of slicers are not.
_BODIES = ("model", "surface", "solidsupport")

_Key = tuple[str, str]


def read_3mf(data: bytes) -> RawSurface:
    """Everything that the package's build places, as one surface. Raises ScanUnsuitableError."""
    package = Package(data)
    root = package.root_model()
    parts = {root: read_model(package, root)}
    for path in sorted(parts[root].paths - {root}):
        parts[path] = read_model(package, package.part(path))
    unit = _UNITS.get(parts[root].unit)
    if unit is None:
        raise refused("surface-damaged", "The 3MF file names a unit that the format has not")
    if any(_UNITS.get(p.unit) is not unit for p in parts.values()):
        raise refused("surface-unit-conflict", "The models inside the 3MF file bear different units")
    vertices, faces, notes = _Build(parts, root).placed()
    return checked(RawSurface("3MF", vertices, faces, unit, notes=notes))


@dataclass(frozen=True)
class _Size:
    """What an object comes to with all its components: known before any of it is made."""

    placed: int
    vertices: int
    triangles: int


class _Build:
    """Objects by model and id, counted first and made after."""

    def __init__(self, parts: Mapping[str, ModelPart], root: str) -> None:
        self._objects = {(path, o): body for path, part in parts.items() for o, body in part.objects.items()}
        self._items = [replace(i, path=i.path or root) for i in parts[root].items]
        self._sizes: dict[_Key, _Size] = {}
        self._vertices: list[FloatArray] = []
        self._faces: list[IntArray] = []
        self._scales: list[float] = []
        self._count = 0

    def placed(self) -> tuple[FloatArray, IntArray, tuple[str, ...]]:
        """Vertices, faces and notes of the whole build. Raises ScanUnsuitableError."""
        items = [i for i in self._items if self._objects.get((i.path, i.object_id)) is None or self._is_body(i)]
        sizes = [self._size((i.path, i.object_id), 0) for i in items]
        self._check(sizes)
        for item in items:
            self._make((item.path, item.object_id), item.matrix)
        notes = self._notes(sum(s.placed for s in sizes), len(self._items) - len(items))
        return np.concatenate(self._vertices), np.concatenate(self._faces), notes

    def _is_body(self, item: Placed) -> bool:
        return self._objects[(item.path, item.object_id)].kind in _BODIES

    def _check(self, sizes: list[_Size]) -> None:
        if not sizes:
            raise refused("surface-empty", "The 3MF file builds no object")
        if sum(s.placed for s in sizes) > MOST_PLACED:
            raise refused("surface-unsafe", f"The 3MF file places more than {MOST_PLACED} objects")
        if sum(s.vertices for s in sizes) > MOST_VERTICES:
            raise refused("surface-too-large", f"The 3MF file places more than {MOST_VERTICES} vertices")
        check_count(sum(s.triangles for s in sizes))

    def _size(self, key: _Key, depth: int) -> _Size:
        """Whole numbers without bound: a tower of components is counted, never made."""
        if key in self._sizes:
            return self._sizes[key]
        body = self._objects.get(key)
        if body is None:
            raise refused("surface-damaged", "The 3MF file places an object that it does not hold")
        if depth > DEEPEST:
            raise refused(
                "surface-unsafe", f"Objects of the 3MF file hold each other more than {DEEPEST} deep, or in a circle"
            )
        inner = [self._size((c.path or key[0], c.object_id), depth + 1) for c in body.components]
        size = _Size(
            1 + sum(s.placed for s in inner),
            len(body.vertices) + sum(s.vertices for s in inner),
            len(body.faces) + sum(s.triangles for s in inner),
        )
        if size.triangles > MOST_TRIANGLES:
            check_count(size.triangles)
        self._sizes[key] = size
        return size

    def _make(self, key: _Key, matrix: FloatArray) -> None:
        body = self._objects[key]
        if len(body.faces):
            if body.faces.min() < 0 or body.faces.max() >= len(body.vertices):
                raise refused("surface-damaged", "A face names a vertex that does not exist")
            self._scales.append(_rigid_scale(matrix))
            with np.errstate(all="ignore"):  # what is not finite is found when all numbers are looked at
                self._vertices.append(body.vertices @ matrix[:3] + matrix[3])
            self._faces.append(body.faces + self._count)
            self._count += len(body.vertices)
        for component in body.components:
            # a point is a row: the component's own matrix comes first (core specification, 4.1 and 3.3)
            self._make((component.path or key[0], component.object_id), _chained(component.matrix, matrix))

    def _notes(self, placed: int, aside: int) -> tuple[str, ...]:
        notes = []
        if placed > 1:
            notes.append(f"{placed} objects and components were read as one surface")
        if aside:
            notes.append(f"{counted(aside, 'support or other object')} of the build were not read")
        scales = sorted({round(s, 6) for s in self._scales} - {1.0})
        notes += [f"The file's own build scales an object to {scale:g} times its size" for scale in scales]
        return tuple(notes)


def _chained(first: FloatArray, then: FloatArray) -> FloatArray:
    return np.vstack([first[:3] @ then[:3], first[3] @ then[:3] + then[3]])


def _rigid_scale(matrix: FloatArray) -> float:
    """The scale of a similarity. Raises ScanUnsuitableError where it mirrors, stretches in one direction, or flattens."""
    turn = matrix[:3]
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > 1e9:
        raise refused("surface-numbers", "A transform of the 3MF file is not finite")
    volume = float(np.linalg.det(turn))
    if volume < 0:
        raise refused("surface-mirrored", "An object of the 3MF file is placed by a transform that mirrors it")
    scale = float(np.cbrt(volume))
    if scale < 1e-9 or np.abs(turn @ turn.T - scale**2 * np.eye(3)).max() > 1e-3 * scale**2:
        raise refused("surface-damaged", "An object of the 3MF file is placed by a transform that changes its shape")
    return scale
