"""The Modality LUT of a CT image: a table of Hounsfield units that stands in place of slope and intercept (PS3.3, C.11.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.door.elements import ITEM, ITEM_END, UNDEFINED_LENGTH, Elements, Encoding
from anatofit.ingest.door.guard import Judged
from anatofit.ingest.door.walk import MODALITY_LUT

_DESCRIPTOR, _TYPE, _DATA = 0x00283002, 0x00283004, 0x00283006
# Defined terms of Modality LUT Type (PS3.3, C.11.1.1.2); a text that is none of them is not shown.
_UNITS = ("OD", "HU", "US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT")
# A descriptor of three words; its first is the number of entries, where 0 means all 65536.
_DESCRIPTOR_BYTES, _ALL = 6, 1 << 16
_TOP_BIT = 0x8000
# Air with its noise ends near -900 HU, dense cortex begins near 1000: a table that does not reach both is of no CT, or has cut it.
AIR_HU, BONE_HU = -900, 1000
# The slices of a series share one table or have one each in turn; a table takes up to 128 kB.
_REMEMBERED = 8

_Item = Mapping[int, tuple[bytes, bytes]]
_NOTHING = (b"", b"")


@dataclass(frozen=True)
class ModalityLut:
    """A table that gives HU, or the reason why it does not.

    first: the stored number that the first entry belongs to; numbers below it have its HU, numbers behind the last have the last's.
    entries: 16-bit HU in this machine's order of bytes, rising or falling throughout. fault: empty where it gives HU.
    """

    first: int = 0
    entries: bytes = field(default=b"", repr=False)
    fault: str = ""

    @property
    def hu(self) -> NDArray[np.int16]:
        """`(n,)` HU of the stored numbers from `first` on."""
        return np.frombuffer(self.entries, dtype=np.int16)

    @property
    def told(self) -> str:
        """Its size and range in words."""
        hu = self.hu
        widest = int(np.abs(np.diff(hu.astype(np.int32))).max())
        return f"{len(hu)} entries from {hu.min()} to {hu.max()} HU, up to {widest} HU apart"


class _NoHuError(ValueError):
    """The table gives no HU; the text says why."""


def modality_lut(judged: Judged, *, signed: bool) -> ModalityLut | None:
    """The table of a judged file, None where it has none. signed: the sign of the pixels. Raises FileError where it is no data set."""
    vr, value = judged.kept.get(MODALITY_LUT, _NOTHING)
    # an unknown value is in implicit form inside (PS3.5, 6.2.2, note 4)
    return _made(value, Encoding.IMPLICIT if vr == b"UN" else judged.encoding, signed) if value else None


@lru_cache(_REMEMBERED)
def _made(value: bytes, encoding: Encoding, signed: bool) -> ModalityLut | None:
    items = _items(value, encoding)
    if not items:
        return None
    try:
        if len(items) > 1:
            raise _NoHuError(f"{len(items)} tables, one is wanted")
        first, hu = _table(items[0], encoding, signed=signed)
    except _NoHuError as error:
        return ModalityLut(fault=str(error))
    return ModalityLut(first, hu.tobytes())


def _items(value: bytes, encoding: Encoding) -> list[_Item]:
    """The elements of each item of a sequence's value, tag to VR and bytes."""
    elements = Elements(lambda at, count: value[at : at + count], start=0, end=len(value), encoding=encoding)
    items: list[_Item] = []
    at = 0
    while at < len(value) and (head := elements.head(at)).tag == ITEM:
        end = len(value) if head.length == UNDEFINED_LENGTH else head.value_at + head.length
        at, item = _item(elements, head.value_at, end)
        items.append({tag: (vr, value[begin:after]) for tag, (vr, begin, after) in item.items()})
    return items


def _item(elements: Elements, at: int, end: int) -> tuple[int, dict[int, tuple[bytes, int, int]]]:
    """Where the item ends, and of its elements the VR and where the value lies."""
    item: dict[int, tuple[bytes, int, int]] = {}
    while at < end:
        element = elements.head(at)
        if element.tag == ITEM_END:
            return element.value_at, item
        at = elements.past(element)
        item[element.tag] = (element.vr, element.value_at, at)
    return at, item


def _table(item: _Item, encoding: Encoding, *, signed: bool) -> tuple[int, NDArray[np.int16]]:
    """The first stored number and the entries. Raises _NoHuError."""
    _check_unit(item.get(_TYPE, _NOTHING)[1].strip(b" \0").upper())
    count, first = _descriptor(item, encoding, signed=signed)
    vr, data = item.get(_DATA, _NOTHING)
    if vr not in (b"US", b"OW", b"SS", b"") or len(data) != 2 * count:
        raise _NoHuError(f"its {count} entries take {2 * count} bytes of 16-bit words, {len(data)} bytes are there")
    # by the letter entries have no sign (C.11.1.1.1), so that no HU below 0 could be written: one from 32768 on is no HU of any
    # CT, and can but be a negative one by its bits
    hu = _words(data, encoding).astype(np.uint16).view(np.int16)
    steps = np.diff(hu.astype(np.int32))
    if not ((steps >= 0).all() or (steps <= 0).all()):
        raise _NoHuError("its entries rise and fall, so that they are no measure of density")
    if hu.min() > AIR_HU or hu.max() < BONE_HU:
        raise _NoHuError(f"its entries go from {hu.min()} to {hu.max()}, air and bone lie at -1000 and above {BONE_HU}")
    return first, hu


def _check_unit(unit: bytes) -> None:
    """HU alone is a CT number; US is "unspecified" (C.11.1.1.2)."""
    if unit != b"HU":
        name = next((u for u in _UNITS if u.encode() == unit), "")
        raise _NoHuError(
            f"its type is {name or 'not stated' if not unit or name else 'no term of DICOM'}, HU is wanted"
        )


def _descriptor(item: _Item, encoding: Encoding, *, signed: bool) -> tuple[int, int]:
    """How many entries, and the stored number of the first: signed as the pixels are (C.11.1.1)."""
    vr, value = item.get(_DESCRIPTOR, _NOTHING)
    if vr not in (b"US", b"SS", b"") or len(value) != _DESCRIPTOR_BYTES:
        raise _NoHuError("its descriptor is not three 16-bit numbers")
    count, first, bits = (int(v) for v in _words(value, encoding))
    if bits != 16:
        raise _NoHuError(f"its entries have {bits} bits, 16 are wanted")
    if first & _TOP_BIT and vr and (vr == b"SS") != signed:
        raise _NoHuError("the sign of its first stored number contradicts the pixels' own")
    return count or _ALL, first - (_ALL if signed and first & _TOP_BIT else 0)


def _words(value: bytes, encoding: Encoding) -> NDArray[np.uint16]:
    return np.frombuffer(value, dtype=">u2" if encoding is Encoding.BIG_ENDIAN else "<u2")
