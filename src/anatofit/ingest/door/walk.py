"""The top level of one data set: every element in order, the picture that they claim, the pixels that are there, and what follows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from anatofit.ingest.door.elements import UNDEFINED_LENGTH, Element, Elements, Encoding, Read
from anatofit.ingest.door.faults import UNREADABLE, CutShortError, FileError
from anatofit.ingest.door.inflate import DEFLATED, Inflating, inflated_size
from anatofit.ingest.door.picture import Picture, claimed_picture

IMPLICIT, EXPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
_NATIVE = frozenset({IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED})
# Float, double and integer pixel data (PS3.6).
_PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
# A longer value than any text of a CT header (the short form of an element cannot hold more, PS3.5, 7.1.2).
LONGEST_VALUE_BYTES = 64 * 2**10
# Functional groups of 4000 frames take about 6 MB.
LONGEST_SEQUENCE_BYTES = 64 * 2**20
# A lookup table of CT numbers has at most 65536 entries of 16 bits, and a name.
MODALITY_LUT = 0x00283000
LONGEST_LUT_BYTES = 2**18
# The header of an image is hashed; nothing before the pixels of a CT is so long.
LONGEST_HEADER_BYTES = 256 * 2**20
# An item for the offset table, one for a fragment, a delimiter: all of them empty.
_EMPTY_FRAGMENTS_BYTES = 24
# What does not stop a design, and is never silent.
TRAILING, LONG_PIXELS, OUT_OF_ORDER = "trailing-bytes", "long-pixels", "out-of-order"
# What became of the pixel element.
NO_PIXELS, WHOLE, CUT_SHORT, BROKEN = "none", "whole", "cut short", "broken"


@dataclass
class Walk:
    """One walk from the first element of a data set, at `start`, to its last byte. kept: the elements `wanted`, tag to VR and value."""

    syntax: str
    encoding: Encoding
    start: int
    wanted: frozenset[int]
    notes: list[str]
    kept: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    pixel_at: int = 0
    pixel_end: int = 0
    pixels: str = NO_PIXELS
    header_sha256: str = ""

    def run(self, elements: Elements, inflating: Inflating | None = None) -> None:
        """Judges every element. Raises FileError."""
        at, last, end = self.start, -1, elements.end
        wanted, kept = self.wanted, self.kept
        while at < end:
            element = elements.head(at)
            if element.tag in _PIXELS:
                return self._with_pixels(elements, element, at, inflating)
            if element.tag <= last:
                self._misplaced(element, last)
            at, last = elements.past(element), element.tag
            if last in wanted:
                kept[last] = (element.vr, short_value(elements, element, at))
        self.pixel_at = self.pixel_end = at
        return None

    def _misplaced(self, element: Element, last: int) -> None:
        if element.tag == last or element.tag in self.kept:
            raise FileError(UNREADABLE, f"element {element.name} is there twice")
        if OUT_OF_ORDER not in self.notes:
            self.notes.append(OUT_OF_ORDER)

    def _with_pixels(self, elements: Elements, element: Element, at: int, inflating: Inflating | None) -> None:
        self.pixel_at = at
        self.header_sha256 = hashed(elements.read, at)
        picture = claimed_picture(self.kept, self.encoding)
        if element.length == UNDEFINED_LENGTH:
            self._fragments(elements, element)
        else:
            self._plain(elements, element, picture, inflating)
        if inflating is None or inflating.whole:
            self._trailing(elements)
        elif self.pixel_end < elements.end:
            self.notes.append(TRAILING)  # counted, and not kept to be looked at

    def _fragments(self, elements: Elements, element: Element) -> None:
        """Encapsulated pixels (PS3.5, A.4): an offset table, at least one fragment that holds something, and a delimiter."""
        if self.syntax in _NATIVE:
            raise FileError(UNREADABLE, "pixels without a length, though the file says that they are not compressed")
        self.pixels = BROKEN
        self.pixel_end = elements.end
        try:
            self.pixel_end = elements.past(element._replace(vr=b"OB"))
        except CutShortError:
            self.pixels = CUT_SHORT
        except FileError as error:
            if error.rule != UNREADABLE:
                raise
        else:
            self.pixels = WHOLE if self.pixel_end - element.value_at > _EMPTY_FRAGMENTS_BYTES else CUT_SHORT

    def _plain(self, elements: Elements, element: Element, picture: Picture, inflating: Inflating | None) -> None:
        """Pixels of known length: as long as the picture, a padding byte aside."""
        length, needed = element.length, picture.needed_bytes
        if inflating is not None and not inflating.whole:
            elements.end = self.start + inflated_size(inflating, element.value_at - self.start, length, needed)
        self.pixel_end = min(elements.end, element.value_at + length)
        native = self.syntax in _NATIVE
        self.pixels = WHOLE if self.pixel_end - element.value_at >= max(length, native * needed) else CUT_SHORT
        excess = length - needed - (needed & 1) if needed and native else 0
        if excess > 0 and self.pixels == WHOLE:
            if excess >= picture.row_bytes:
                raise FileError("pixel-length", f"{length} bytes of pixels, where the picture takes {needed}")
            self.notes.append(LONG_PIXELS)

    def _trailing(self, elements: Elements) -> None:
        """Further elements in order (padding, signatures) may follow; anything else is noted, and used by nobody."""
        at, last = self.pixel_end, max(_PIXELS)
        while at < elements.end:
            try:
                element = elements.head(at)
                if element.tag <= last:
                    break
                at, last = elements.past(element), element.tag
            except FileError as error:
                if error.rule != UNREADABLE:
                    raise
                break
        if at < elements.end:
            self.notes.append(TRAILING)


def hashed(read: Read, end: int) -> str:
    """The sha256 of the bytes before `end`. Raises FileError where nobody needs a header so long."""
    if end > LONGEST_HEADER_BYTES:
        raise FileError(UNREADABLE, f"a header of {end} bytes, at most {LONGEST_HEADER_BYTES} are read")
    digest = hashlib.sha256()
    at = 0
    while at < end and (step := read(at, min(2**20, end - at))):
        digest.update(step)
        at += len(step)
    return digest.hexdigest()


def short_value(elements: Elements, element: Element, end: int) -> bytes:
    """The value that ends at `end`. Raises FileError where it is longer than any that is read."""
    sequence = element.length == UNDEFINED_LENGTH or elements.is_sequence(element)
    rule, most = UNREADABLE, LONGEST_SEQUENCE_BYTES if sequence else LONGEST_VALUE_BYTES
    if element.tag == MODALITY_LUT:
        rule, most = "modality-lut", LONGEST_LUT_BYTES
    if end - element.value_at > most:
        raise FileError(rule, f"element {element.name} holds {end - element.value_at} bytes, at most {most} are read")
    return elements.value(element, end)
