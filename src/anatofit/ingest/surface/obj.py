"""OBJ: vertices and faces; what it names beside itself (materials, pictures, other files) is never opened."""

from __future__ import annotations

from array import array
from collections import Counter
from io import BytesIO

import numpy as np

from anatofit.ingest.surface.polygons import cut_polygons
from anatofit.ingest.surface.raw import MOST_TRIANGLES, MOST_VERTICES, RawSurface, checked, refused
from anatofit.model.words import counted

# Words of the format that say nothing of a surface made of polygons.
_ASIDE = frozenset(
    b"vt vn vp g o s usemtl mtllib maplib usemap mg bevel c_interp d_interp lod shadow_obj trace_obj ctech stech l p".split()
)
# Curves and surfaces that would have to be computed, and what belongs to them.
_FREE_FORM = frozenset(
    b"cstype deg bmat step curv curv2 surf parm trim hole scrv sp end con cdc cdp bzp bsp res call csh".split()
)
# A line is a vertex or a polygon; one that is longer is no text of this format.
_LONGEST_LINE = 1_000_000
# Forms of a first line by which a file is taken for OBJ.
FIRST_WORDS = frozenset({b"v", b"f", *_ASIDE})


def looks_like_obj(head: bytes) -> bool:
    """Whether the first line that is no comment begins with a word of the format."""
    if b"\0" in head:
        return False
    lines = [line.split() for line in head.splitlines()]
    first = next((words[0] for words in lines if words and not words[0].startswith(b"#")), b"")
    return first in FIRST_WORDS


def read_obj(data: bytes) -> RawSurface:
    """The faces of an OBJ file as triangles, of all its groups together. Raises ScanUnsuitableError with the first bad line."""
    reader = _Reader()
    stream, number = BytesIO(data), 0
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        while line.rstrip(b"\r\n").endswith(b"\\"):
            line = line.rstrip(b"\r\n")[:-1] + b" " + stream.readline(_LONGEST_LINE)
            number += 1
            if len(line) > _LONGEST_LINE:
                raise refused("surface-damaged", f"Line {number} is longer than a face can be")
        try:
            reader.take(line.split())
        except ValueError as error:
            raise refused("surface-damaged", f"Line {number} of the OBJ file is none of the format") from error
    return reader.surface()


class _Reader:
    """Gathers vertices and polygons line by line."""

    def __init__(self) -> None:
        self.values = array("d")
        self.corners = array("q")
        self.sizes = array("q")
        self.aside: Counter[bytes] = Counter()

    def take(self, words: list[bytes]) -> None:
        """One line. Raises ValueError where it is none of the format."""
        if not words or words[0].startswith(b"#"):
            return
        key = words[0]
        if key == b"v":
            self._vertex(words)
        elif key in (b"f", b"fo"):
            self._face(words[1:])
        elif key in _ASIDE:
            self.aside[key] += 1
        elif key in _FREE_FORM:
            raise refused("surface-format", "The OBJ file holds curves, or calls other files; polygons are wanted")
        else:
            raise ValueError("unknown word")

    def _vertex(self, words: list[bytes]) -> None:
        if not 4 <= len(words) <= 8 or (len(words) == 5 and float(words[4]) != 1.0):
            raise ValueError("no point")
        self.values.extend((float(words[1]), float(words[2]), float(words[3])))
        if len(self.values) > 3 * MOST_VERTICES:
            raise refused("surface-too-large", f"The OBJ file has more than {MOST_VERTICES} vertices")

    def _face(self, words: list[bytes]) -> None:
        count = len(self.values) // 3
        for word in words:
            index = int(word.split(b"/", 1)[0])
            if not -count <= index <= MOST_VERTICES or index == 0:
                raise refused("surface-damaged", "A face names a vertex that does not exist")
            self.corners.append(index - 1 if index > 0 else count + index)
        self.sizes.append(len(words))
        if len(self.corners) - 2 * len(self.sizes) > MOST_TRIANGLES:
            raise refused("surface-too-large", f"The OBJ file has more than {MOST_TRIANGLES} triangles")

    def surface(self) -> RawSurface:
        """What was gathered. Raises ScanUnsuitableError."""
        if not self.sizes:
            raise refused("surface-empty", f"The OBJ file holds {counted(len(self.values) // 3, 'point')} and no face")
        vertices = np.array(self.values).reshape(-1, 3)
        sizes = np.array(self.sizes, dtype=np.int64)
        faces = cut_polygons(vertices, np.array(self.corners, dtype=np.int64), sizes)
        return checked(RawSurface("OBJ", vertices, faces, notes=self._notes(sizes)))

    def _notes(self, sizes: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[str, ...]:
        notes = []
        if (polygons := int((sizes > 3).sum())) > 0:
            notes.append(f"{counted(polygons, 'polygon')} with more than three corners became triangles")
        if (groups := self.aside[b"g"] + self.aside[b"o"]) > 1:
            notes.append(f"{groups} groups or objects were read as one surface")
        if self.aside[b"mtllib"] or self.aside[b"maplib"]:
            notes.append("Files with materials are named and were not opened")
        if lines := self.aside[b"l"] + self.aside[b"p"]:
            notes.append(f"{counted(lines, 'line')} and points beside the faces were not read")
        return tuple(notes)
