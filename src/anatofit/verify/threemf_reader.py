"""Reads the meshes of a 3MF file with the standard library alone: a second pair of eyes beside the library that wrote it."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.stl_reader import read_stl
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import UnreadableFileError

# A plate of 150 000 triangles takes about 12 MB of XML; a package that unpacks to more than this is no part of ours.
MOST_BYTES = 1_000_000_000
# XML of a mesh packs about tenfold; a bomb packs a thousandfold. Small members may pack as they like.
MOST_RATIO = 200
_SMALL_BYTES = 1_000_000
_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_VERTEX, _TRIANGLE = f"{_CORE} vertex", f"{_CORE} triangle"
_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
_MODEL = re.compile(r"^/?3D/[^/]+\.model$")
_RULE = "3mf"
_Read = TypeVar("_Read")


def stl_3mf_same(subject: Subject, requirement: Requirement) -> Measurement:
    """The number of triangles that only one of the two files has, compared as float32 corners in their turning order."""
    paths = {kind: _file(subject, requirement.part, kind) for kind in ("stl", "3mf")}
    missing = [kind for kind, path in paths.items() if path is None]
    if missing:
        return Measurement(-1.0, f"the {' and '.join(missing)} file was not given; both are wanted", failed=True)
    stl, threemf = read_stl(Path(str(paths["stl"]))), read_threemf(Path(str(paths["3mf"])))
    first, second = turned_triangles(stl), turned_triangles(threemf)
    count = 0 if np.array_equal(first, second) else in_one_only(first, second)
    detail = f"{len(stl.faces)} triangles in the STL, {len(threemf.faces)} in the 3MF, {count} in one only"
    return Measurement(float(count), detail)


def _file(subject: Subject, part: str, kind: str) -> Path | None:
    """Under its kind alone, or under its name in the pack."""
    return subject.files.get(kind) or subject.files.get(f"device/{part}.{kind}")


def in_one_only(first: NDArray[np.float32], second: NDArray[np.float32]) -> int:
    """How many triangles one list has and the other has not, or has less often."""
    one, other = (Counter(row.tobytes() for row in rows) for rows in (first, second))
    return sum(((one - other) + (other - one)).values())


def turned_triangles(mesh: Mesh) -> NDArray[np.float32]:
    """`(m, 3, 3)` triangles, each beginning with its lowest corner."""
    corners = mesh.triangles_lps_mm.astype("<f4") + np.float32(0)  # adding zero makes -0 and 0 one
    x, y, z = np.moveaxis(corners, 2, 0)
    rank = np.lexsort((z.ravel(), y.ravel(), x.ravel()))
    order = np.empty(len(rank), dtype=np.int64)
    order[rank] = np.arange(len(rank))
    lowest = order.reshape(-1, 3)
    # equal corners have different ranks; a triangle that holds the same corner twice is a fault of its own
    turn = (lowest.argmin(axis=1)[:, None] + np.arange(3)) % 3
    return np.ascontiguousarray(np.take_along_axis(corners, turn[:, :, None], axis=1))


def read_threemf(path: Path) -> Mesh:
    """The mesh of the file's only object, in millimetres. Raises UnreadableFileError where it is anything else."""
    return _guarded(path, parse_threemf_model)


def read_threemf_pieces(path: Path) -> Mapping[str, Mesh]:
    """The meshes by name that the file's one built object is put together of, in millimetres. Raises UnreadableFileError."""
    return _guarded(path, lambda xml: _collected(xml).pieces())


def _guarded(path: Path, read: Callable[[bytes], _Read]) -> _Read:
    try:
        return read(_model_xml(path))
    except OSError as error:
        raise _refused(f"the file cannot be read ({error.strerror})", "a 3MF package") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        expat.ExpatError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise _refused("the file cannot be read as a zip of XML", "a 3MF package") from error
    except UnreadableFileError:
        raise
    except (KeyError, ValueError, OverflowError) as error:
        raise _refused("the model is not what 3MF says", "a mesh of vertices and triangles") from error


def _model_xml(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        total = sum(m.file_size for m in members)
        if total > MOST_BYTES:
            raise _refused(f"the package unpacks to {total} bytes", f"at most {MOST_BYTES}")
        bombs = [m for m in members if m.file_size > max(_SMALL_BYTES, MOST_RATIO * m.compress_size)]
        if bombs:
            raise _refused(f"a member unpacks to more than {MOST_RATIO} times its size", "a mesh, not a bomb,")
        models = [m for m in members if _MODEL.match(m.filename)]
        if len(models) != 1:
            raise _refused(f"the package holds {len(models)} models", "one")
        with archive.open(models[0]) as stream:
            return stream.read(models[0].file_size + 1)


def parse_threemf_model(xml: bytes) -> Mesh:
    """The mesh in a model's XML: unit millimetre, one object, not moved when built."""
    return _collected(xml).mesh()


def _collected(xml: bytes) -> _Collector:
    """What the XML says. No DTD, so no entity can grow."""
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = collector.doctype
    parser.StartElementHandler = collector.start
    parser.Parse(xml, True)
    return collector


@dataclass
class _Object:
    """One object as it is spelled: numbers of vertices, corners of triangles, and the objects that it is put together of."""

    name: str
    numbers: list[str] = field(default_factory=list)
    corners: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def mesh(self) -> Mesh:
        if not self.corners:
            raise _refused("the object has no triangle", "a body")
        corners = np.array(list(map(int, self.corners)), dtype=np.int64)
        return Mesh(np.array(list(map(float, self.numbers))).reshape(-1, 3), corners.reshape(-1, 3))


class _Collector:
    """Gathers units, objects, vertices and triangles while the parser walks."""

    def __init__(self) -> None:
        self.units: list[str] = []
        self.objects: dict[str, _Object] = {}
        self.meshes = 0
        self.built: list[str] = []
        self.moves: list[tuple[float, ...]] = []
        self.last = _Object("")

    def doctype(self, *_: object) -> None:
        raise _refused("the model declares a document type", "XML without one, as 3MF has it,")

    def start(self, name: str, has: dict[str, str]) -> None:
        if name == _VERTEX:  # nearly all elements are these two
            self.last.numbers += (has["x"], has["y"], has["z"])
            return
        if name == _TRIANGLE:
            self.last.corners += (has["v1"], has["v2"], has["v3"])
            return
        namespace, _, tag = name.rpartition(" ")
        if namespace == _CORE:
            self._structure(tag, has)

    def _structure(self, tag: str, has: dict[str, str]) -> None:
        if tag == "model":
            self.units.append(has.get("unit", "millimeter"))  # the specification's default
        elif tag == "object":
            self.last = _Object(has.get("name", ""))
            self.objects[has["id"]] = self.last
        elif tag == "mesh":
            self.meshes += 1
        elif tag in ("item", "component"):
            (self.built if tag == "item" else self.last.parts).append(has["objectid"])
            self.moves.append(tuple(float(v) for v in has.get("transform", "").split()) or _IDENTITY)

    def mesh(self) -> Mesh:
        self._check_unit()
        if len(self.objects) != 1 or self.meshes != 1 or self.moves != [_IDENTITY]:
            found = f"{len(self.objects)} objects with {self.meshes} meshes are built {len(self.moves)} times"
            raise _refused(found, "one mesh, built once, not moved,")
        return self.last.mesh()

    def pieces(self) -> dict[str, Mesh]:
        self._check_unit()
        whole = self.objects[self.built[0]] if len(self.built) == 1 else _Object("")
        pieces = {self.objects[number].name: self.objects[number] for number in whole.parts}
        told = self.meshes == len(self.objects) - 1 == len(whole.parts) == len(pieces)
        if not pieces or not told or set(self.moves) != {_IDENTITY}:
            found = f"{len(self.objects)} objects with {self.meshes} meshes are built {len(self.built)} times"
            raise _refused(found, "named meshes, put together to one object, built once, not moved,")
        return {name: piece.mesh() for name, piece in pieces.items()}

    def _check_unit(self) -> None:
        if self.units != ["millimeter"]:
            raise _refused(f"the unit was {', '.join(self.units) or 'not given'}", "millimeter")


def _refused(what: str, wanted: str) -> UnreadableFileError:
    return UnreadableFileError(_RULE, what=what, wanted=wanted)
