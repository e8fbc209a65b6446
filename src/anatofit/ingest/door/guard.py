"""One file judged on its bytes before any library reads it: what it claims must fit it, and what it asks for must be bounded.

What passes is handed on as the very elements that were judged, so that no second parser can see another file in the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from anatofit.ingest.door.elements import WINDOW_BYTES, Elements, Encoding
from anatofit.ingest.door.faults import UNREADABLE, FileError
from anatofit.ingest.door.inflate import DEFLATED, NO_END, Inflating, inflated_view
from anatofit.ingest.door.picture import OVERLAYS, SHAPE
from anatofit.ingest.door.preamble import beginning, claims_dicom, sniffed_encoding
from anatofit.ingest.door.walk import BIG_ENDIAN, EXPLICIT, IMPLICIT, Walk, hashed, short_value

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_SYNTAX_OF = {Encoding.IMPLICIT: IMPLICIT, Encoding.EXPLICIT: EXPLICIT, Encoding.BIG_ENDIAN: BIG_ENDIAN}
_STANDARD = "1.2.840.10008.1.2."
_SYNTAX, _MEDIA_CLASS = 0x00020010, 0x00020002
_UID = re.compile(r"[0-9.]{1,64}")
# What does not stop a design, and is never silent.
STRANGE_PREAMBLE, NO_PREAMBLE = "strange-preamble", "no-preamble"


@dataclass(frozen=True)
class Judged:
    """A file that may be read. Positions count in the file, or, where it is deflated, in the file with its data set inflated.

    kept: the elements asked for, tag to VR and value. pixel_at: where the pixel element begins (the end where there is none);
    pixel_end: where it ends. pixels: whether it is whole.
    """

    syntax: str
    media_class: str
    encoding: Encoding
    data_set_at: int
    pixel_at: int
    pixel_end: int
    pixels: str
    header_sha256: str
    notes: tuple[str, ...]
    kept: Mapping[int, tuple[bytes, bytes]] = field(repr=False)


def dataset_of(kept: Mapping[int, tuple[bytes, bytes]], encoding: Encoding) -> Dataset:
    """Elements that were judged (tag to VR and value), for pydicom to make values of."""
    from pydicom.dataelem import RawDataElement
    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

    implicit, little = encoding is Encoding.IMPLICIT, encoding is not Encoding.BIG_ENDIAN
    raw = {
        BaseTag(tag): RawDataElement(BaseTag(tag), vr.decode() or None, len(value), value, 0, implicit, little)
        for tag, (vr, value) in kept.items()
    }
    made = Dataset(raw)
    made.set_original_encoding(implicit, little, _character_set(made))
    return made


def _character_set(dataset: Dataset) -> list[str] | None:
    from pydicom.charset import convert_encodings

    named = dataset.get("SpecificCharacterSet")
    return convert_encodings(named) if named else None


@cache
def tags_of(keywords: tuple[str, ...]) -> frozenset[int]:
    """The tags of these keywords, with the character set that texts need."""
    from pydicom.datadict import tag_for_keyword

    return frozenset({0x00080005, *(tag for k in keywords if (tag := tag_for_keyword(k)) is not None)})


def judge(descriptor: int, *, path: Path, keywords: tuple[str, ...]) -> Judged | None:
    """The file behind `descriptor`, judged; None where it is not DICOM and does not say so. Raises FileError.

    keywords: the elements of the top level that are handed on.
    """
    size = os.fstat(descriptor).st_size

    def read(at: int, count: int) -> bytes:
        return os.pread(descriptor, min(count, max(0, size - at)), at)

    head = read(0, WINDOW_BYTES)
    begins = beginning(head, named=claims_dicom(path, head))
    if begins is None:
        return None
    if size <= begins.first_element_at:
        raise FileError(UNREADABLE, "the file ends after the DICOM mark")
    notes = [STRANGE_PREAMBLE] if begins.strange_preamble else [] if begins.first_element_at else [NO_PREAMBLE]
    meta, at = _meta(
        Elements(read, start=0, end=size, encoding=Encoding.EXPLICIT, window=head), begins.first_element_at
    )
    syntax = _uid(meta.get(_SYNTAX, b""))
    encoding = _encoding(syntax, read(at, 8))
    if not meta:
        syntax = _SYNTAX_OF[encoding]
    walk = Walk(syntax, encoding, at, tags_of(keywords) | SHAPE | OVERLAYS, notes)
    if syntax == DEFLATED:
        inflating = Inflating(read, start=at, size=size)
        end = at + len(inflating.prefix) if inflating.whole else NO_END
        view = inflated_view(read, inflating, start=at)
        walk.run(Elements(view, start=at, end=end, encoding=encoding), inflating)
        # what is deflated changes as a whole: so it is known as a whole
        walk.header_sha256 = hashed(read, size)
    else:
        walk.run(Elements(read, start=0, end=size, encoding=encoding, window=head))
    return _judged(walk, media_class=_uid(meta.get(_MEDIA_CLASS, b"")))


def _judged(walk: Walk, *, media_class: str) -> Judged:
    return Judged(
        syntax=walk.syntax,
        media_class=media_class,
        encoding=walk.encoding,
        data_set_at=walk.start,
        pixel_at=walk.pixel_at,
        pixel_end=walk.pixel_end,
        pixels=walk.pixels,
        header_sha256=walk.header_sha256,
        notes=tuple(walk.notes),
        kept=walk.kept,
    )


def _meta(elements: Elements, at: int) -> tuple[dict[int, bytes], int]:
    """The values of group 0002, which is explicit little endian always (PS3.10, 7.1), and where it ends."""
    values: dict[int, bytes] = {}
    while at < elements.end:
        if elements.read(at, 2) != b"\x02\0":
            break
        element = elements.head(at)
        at = elements.past(element)
        if element.tag in (_SYNTAX, _MEDIA_CLASS):
            values[element.tag] = short_value(elements, element, at)
        else:
            values.setdefault(element.tag, b"")
    return values, at


def _uid(value: bytes) -> str:
    """A UID as it stands, or the hash of what stands in its place."""
    text = value.decode("latin-1").strip(" \0")
    return text if not text or _UID.fullmatch(text) else "irregular-" + hashlib.sha256(value).hexdigest()[:16]


def _encoding(syntax: str, head: bytes) -> Encoding:
    """By the transfer syntax; where it is none of the standard's, by what the first element looks like."""
    if syntax == IMPLICIT:
        return Encoding.IMPLICIT
    if syntax == BIG_ENDIAN:
        return Encoding.BIG_ENDIAN
    return Encoding.EXPLICIT if syntax.startswith(_STANDARD) else sniffed_encoding(head)
