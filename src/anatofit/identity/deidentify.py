"""A CT file de-identified by DICOM PS3.15 Annex E, its pixels untouched, and the table of what was done to it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from anatofit.identity.clean import Done, Order, cleaned
from anatofit.identity.marks import Marks, marks_of
from anatofit.identity.patient import PatientIdentity, identity_of
from anatofit.identity.profile import Action, Retain
from anatofit.identity.values import TERMS
from anatofit.identity.written import file_bytes, vouched
from anatofit.model.quiet import quiet_pydicom

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

_PREAMBLE_BYTES = 128


@dataclass(frozen=True)
class Seen:
    """What is known of a file before it is cleaned. burned_in: None where the file does not say."""

    patient: PatientIdentity
    marks: Marks
    burned_in: bool | None


def seen(data: bytes) -> Seen:
    """The identity in a DICOM file. Raises whatever a broken file makes pydicom raise."""
    with quiet_pydicom():
        dataset = _read(data)
        said = str(dataset.get("BurnedInAnnotation", "") or "").strip().upper()
        return Seen(identity_of(dataset), marks_of(dataset), {"YES": True, "NO": False}.get(said))


def deidentified(data: bytes, words: NDArray[Any], order: Order, *, lossy: bool = False) -> tuple[bytes, list[Done]]:
    """The new file, which holds no mark of `order`, and a line for each attribute of the old one.

    words: the pixels of all frames as unsigned words. lossy: they lost something before, which the new coding no longer shows.
    Raises TracesLeftError, and whatever a broken file makes pydicom raise.
    """
    with quiet_pydicom():
        source = _read(data)
        dataset, table = cleaned(source, _pixel_bytes(words, source), order)
        if lossy:
            dataset.LossyImageCompression = "01"
        made = file_bytes(dataset)
    strange = order.marks.without(" ".join([TERMS, *_own_words(order.retain)]))
    return vouched(made, strange.forms, strange), [*_around(data, source), *table]


def _own_words(retain: Retain) -> list[str]:
    """What this program writes into a file of itself."""
    return [
        "anatofit PS3.15 Annex E CONTRAST OTHER REMOVED UNMODIFIED MODIFIED YES DCM",
        *(f"{c} {m}" for c, m in retain.codes),
    ]


def _read(data: bytes) -> FileDataset:
    """All of it; `force`: intake has judged it before, and takes files without a preamble."""
    from pydicom import dcmread

    return dcmread(BytesIO(data), force=True)


def _pixel_bytes(words: NDArray[Any], source: Any) -> bytes:
    """Little-endian words, padded to an even number of bytes; an overlay in unused bits (retired in 2004) is masked away."""
    kept = words
    if any(group % 2 == 0 and 0x6000 <= group < 0x6100 for group in {tag.group for tag in source.keys()}):  # noqa: SIM118 - a dataset is no dict
        kept = words & np.asarray(_stored_mask(source, words.dtype.itemsize * 8), dtype=words.dtype)
    made = kept.astype(f"<u{words.dtype.itemsize}").tobytes()
    return made + b"\0" * (len(made) % 2)


def _stored_mask(source: Any, allocated: int) -> int:
    stored = int(source.get("BitsStored", allocated) or allocated)
    high = int(source.get("HighBit", stored - 1) or 0)
    return ((1 << stored) - 1) << max(0, high + 1 - stored)


def _around(data: bytes, source: Any) -> list[Done]:
    """What stands around the dataset in the file."""
    lines = [Done("preamble", "", Action.EMPTIED, "may hold anything")] if _has_preamble(data) else []
    lines.append(Done("behind the dataset", "", Action.REMOVED, "whatever is there is not read"))
    return [*lines, *(_meta_line(element) for element in source.file_meta)]


def _has_preamble(data: bytes) -> bool:
    """Something stands before the mark (PS3.10, 7.1)."""
    return data[_PREAMBLE_BYTES:].startswith(b"DICM") and any(data[:_PREAMBLE_BYTES])


def _meta_line(element: Any) -> Done:
    place = f"({element.tag.group:04X},{element.tag.element:04X})"
    return Done(place, element.keyword or "private", Action.REPLACED, "file meta made anew")
