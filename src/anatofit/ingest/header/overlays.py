"""Overlays that lie in the words of the pixels, beside the value (PS3.5, 8.1.2; retired, and in archives still)."""

from __future__ import annotations

import struct

from anatofit.ingest.door.elements import Encoding
from anatofit.ingest.door.guard import Judged
from anatofit.ingest.door.picture import OVERLAY_AT, OVERLAY_BITS, OVERLAY_GROUPS, OVERLAYS


def overlay_bits(judged: Judged, bits_allocated: int) -> int:
    """The bits of a word that overlays claim, as a mask.

    An overlay in the pixels says that its words have as many bits as theirs, and which bit is its own (PS3.3 of 2004, C.9.2);
    one beside them says 1 and 0.
    """
    if OVERLAYS.isdisjoint(judged.kept):
        return 0
    mask = 0
    for group in OVERLAY_GROUPS:
        if group + OVERLAY_AT in judged.kept:
            allocated, at = (_number(judged, group + element) for element in (OVERLAY_BITS, OVERLAY_AT))
            if allocated == bits_allocated and at is not None and at < bits_allocated:
                mask |= 1 << at
    return mask


def _number(judged: Judged, tag: int) -> int | None:
    vr, value = judged.kept.get(tag, (b"", b""))
    if vr not in (b"US", b"") or len(value) != 2:
        return None
    return int(struct.unpack(">H" if judged.encoding is Encoding.BIG_ENDIAN else "<H", value)[0])
