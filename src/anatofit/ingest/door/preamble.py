"""The first bytes of a file: is it DICOM, is it something else, does it run as a program (PS3.10, 7.1 and 7.5)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from anatofit.ingest.door.elements import LONG_FORM, SHORT_FORM, Elements, Encoding
from anatofit.ingest.door.faults import UNREADABLE, FileError
from anatofit.ingest.door.files import MARK, MARK_OFFSET

HEAD_BYTES = MARK_OFFSET + len(MARK)
# Whoever gives a file one of these names says that it is DICOM.
DICOM_SUFFIXES = frozenset({".dcm", ".dicom", ".ima", ".dic"})
# Beginnings of what a system would run, or a browser or reader would open as active content: Windows, ELF, Mach-O (32 and 64 bits,
# both orders, several in one, which is also Java's), WebAssembly, Android, scripts, pages, PDF, archives.
_PROGRAMS = (
    b"MZ", b"ZM", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"\xbe\xba\xfe\xca", b"\0asm", b"dex\n", b"#!", b"\xef\xbb\xbf#!", b"@echo", b"%PDF", b"PK\x03\x04", b"Rar!",
    b"7z\xbc\xaf", b"\x1f\x8b",
)  # fmt: skip
# The one use of the preamble that the standard names: a file that is a TIFF as well (and its larger form).
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class Beginning:
    """Where the first element stands, and whether the preamble holds what nobody asked for."""

    first_element_at: int
    strange_preamble: bool = False


def beginning(head: bytes, *, named: bool) -> Beginning | None:
    """How a DICOM file with this head begins; None for a file of another kind. `named`: its name says that it is DICOM.

    Raises FileError for a program's preamble, and for a file that should be DICOM and is not.
    """
    if head[MARK_OFFSET:HEAD_BYTES] == MARK:
        return Beginning(HEAD_BYTES, strange_preamble=_judged_preamble(head[:MARK_OFFSET]))
    if _is_bare(head):
        return Beginning(0)
    if head[: len(MARK)] == MARK:
        raise FileError(UNREADABLE, f"the DICOM mark stands at byte 0, {MARK_OFFSET} is its place")
    if named:
        raise FileError("not-dicom", _instead(head))
    return None


def claims_dicom(path: PurePath, head: bytes) -> bool:
    """Whether the name says DICOM; of a file that holds nothing (an interrupted copy), whether the name allows it."""
    suffix = path.suffix.lower()
    if path.name.startswith("."):
        return False  # what systems put beside files bears their names ("._IM0001.dcm")
    if suffix in DICOM_SUFFIXES:
        return True
    return not head.strip(b"\0") and (suffix == "" or suffix[1:].isdigit())


def _judged_preamble(preamble: bytes) -> bool:
    """Whether it holds anything but zeros and a TIFF's beginning. Raises FileError."""
    lower = preamble.lower()
    if preamble.startswith(_PROGRAMS) or lower.startswith((b"@echo", b"<")):
        raise FileError(
            "executable-preamble", f"the {MARK_OFFSET} bytes before the DICOM mark begin like a program or a page"
        )
    return bool(preamble.strip(b"\0")) and not preamble.startswith(_TIFF)


# Group 0002 is explicit little endian always; group 0008 may be written in any way.
_BARE = {
    b"\x02\0": (Encoding.EXPLICIT,),
    b"\x08\0": (Encoding.EXPLICIT, Encoding.IMPLICIT),
    b"\0\x08": (Encoding.BIG_ENDIAN,),
}


def _is_bare(head: bytes) -> bool:
    """A data set without preamble: two elements of plausible heads in ascending order, the first of group 0002 or 0008."""
    ways = _BARE.get(head[:2], ())
    return any(_two_elements(head, encoding) for encoding in ways)


def _two_elements(head: bytes, encoding: Encoding) -> bool:
    elements = Elements(lambda at, n: head[at : at + n], start=0, end=len(head), encoding=encoding)
    try:
        first = elements.head(0)
        if encoding is Encoding.IMPLICIT and first.length == 0 and first.tag & 0xFFFF == 0:
            return False
        second = elements.head(elements.past(first))
    except FileError:
        return False
    return first.tag < second.tag and second.tag >> 16 in (0x0002, 0x0008, 0x0009, 0x0010)


def sniffed_encoding(head: bytes) -> Encoding:
    """How a data set that declares no known transfer syntax is written: explicit where its first element bears a
    representation, big endian where its group says so."""
    if head[4:6] not in SHORT_FORM | LONG_FORM:
        return Encoding.IMPLICIT
    return Encoding.BIG_ENDIAN if head[:2] == b"\0\x08" else Encoding.EXPLICIT


_KINDS = ((b"PK\x03\x04", "a zip archive"), (b"\xff\xd8\xff", "a JPEG picture"), (b"\x89PNG", "a PNG picture"), (b"%PDF", "a PDF"))  # fmt: skip


def _instead(head: bytes) -> str:
    if not head:
        return "the file is empty"
    if not head.strip(b"\0"):
        return "the file begins with zeros only, without the DICOM mark"
    kind = next((kind for start, kind in _KINDS if head.startswith(start)), "something else")
    return f"the file is named as DICOM and holds {kind}"
