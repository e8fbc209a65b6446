"""A de-identified file as bytes, read back and searched before anybody gets it: what cannot be vouched for is not given."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from anatofit.identity.marks import Marks, found_in
from anatofit.model.quiet import quiet_pydicom

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# Explicit VR Little Endian (PS3.5, A.2).
_SYNTAX = "1.2.840.10008.1.2.1"
# Of this program: 2.25 and the number of the UUID (version 5) of the name "anatofit implementation".
IMPLEMENTATION = "2.25.27186451554538459474305396497032210017"


class TracesLeftError(Exception):
    """An identity was found in what would have been written; `where` says in which part, never which identity."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


def file_bytes(dataset: Dataset) -> bytes:
    """The file: preamble of zeros, file meta made anew (PS3.10, 7.1), the dataset, and nothing behind it."""
    from pydicom import dcmwrite
    from pydicom.dataset import FileMetaDataset

    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", "")
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "")
    meta.TransferSyntaxUID = _SYNTAX
    meta.ImplementationClassUID = IMPLEMENTATION
    meta.ImplementationVersionName = "ANATOFIT"
    dataset.file_meta = meta
    dataset.preamble = b"\0" * 128
    into = BytesIO()
    with quiet_pydicom():
        dcmwrite(into, dataset, enforce_file_format=True, implicit_vr=False, little_endian=True)
    return into.getvalue()


def vouched(data: bytes, forms: tuple[bytes, ...], marks: Marks) -> bytes:
    """The same bytes, in which no mark stands: neither as bytes nor in the text of any element. Raises TracesLeftError."""
    if where := found_in(data, forms, pixels_from=_pixels_from(data)):
        raise TracesLeftError(where)
    with quiet_pydicom():
        from pydicom import dcmread

        again = dcmread(BytesIO(data))
        if any(marks.in_text(text) for text in _texts(again)):
            raise TracesLeftError("attributes")
    return data


def _pixels_from(data: bytes) -> int:
    """Where the pixels begin, by the tag of Pixel Data as it is written here."""
    from pydicom import dcmread

    with quiet_pydicom():
        stream = BytesIO(data)
        dcmread(stream, stop_before_pixels=True)
        return stream.tell()


def _texts(dataset: Any) -> list[str]:
    """Every text in the dataset that a source could have brought along; numbers and UIDs of our own are none."""
    texts: list[str] = []
    for element in dataset.iterall():
        if element.VR in ("LO", "SH", "PN", "CS", "LT", "ST", "UT", "UC", "AE", "DA"):
            texts += [str(element.value)]
    return texts
