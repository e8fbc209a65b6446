"""What a series and its code streams say of the loss they were compressed with: told in its refusal, and where a person waived it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from anatofit.ingest.door.files import open_regular
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.codestream import bare_stream, stream_facts
from anatofit.ingest.pixel.coding import CODINGS, LOSSY, Coding
from anatofit.ingest.pixel.fault import PixelError

# Lossy Image Compression Method (PS3.3, C.7.6.1.1.5.1); what is not in the standard's list is not shown.
_METHODS = {
    "ISO_10918_1": "JPEG",
    "ISO_14495_1": "JPEG-LS near-lossless",
    "ISO_15444_1": "JPEG 2000",
    "ISO_15444_15": "HTJ2K",
    "ISO_13818_2": "MPEG-2",
    "ISO_14496_10": "MPEG-4",
    "ISO_23008_2": "HEVC",
}
_BY_CODING = {Coding.JPEG: "JPEG", Coding.JPEG_LS: "JPEG-LS near-lossless", Coding.JPEG_2000: "JPEG 2000"}
# Enough for the offset table of thousands of pictures and the head of a code stream.
_HEAD_BYTES = 1 << 16


def is_lossy(instance: Instance) -> bool:
    """The tag says so, or the transfer syntax promises nothing else."""
    return instance.lossy or instance.transfer_syntax in LOSSY


def loss_told(instances: Sequence[Instance]) -> str:
    """Method and ratio as far as tags tell, and what the first code stream says of itself; empty where nothing does."""
    lossy = [i for i in instances if is_lossy(i)]
    if not lossy:
        return ""
    methods = sorted({name for i in lossy for name in _methods(i)})
    ratios = [ratio for i in lossy for ratio in i.lossy_ratios]
    said = ["by " + " and ".join(methods)] if methods else []
    if ratios:
        low, high = f"{min(ratios):g}", f"{max(ratios):g}"
        said.append(f"at a ratio of {low if low == high else f'{low} to {high}'}")
    return "; ".join(
        part for part in (" ".join(said) or "by a method and at a ratio that no tag states", _own_word(lossy)) if part
    )


def _methods(instance: Instance) -> list[str]:
    """The methods that the tags name; else that of the transfer syntax."""
    named = [_METHODS[m] for m in instance.lossy_methods if m in _METHODS]
    coding = CODINGS.get(instance.transfer_syntax) if instance.transfer_syntax in LOSSY else None
    return named or ([_BY_CODING[coding]] if coding in _BY_CODING else [])


def _own_word(lossy: Sequence[Instance]) -> str:
    """Whether the head of the first code stream that may lose says that it does. A tag is never overruled by it: what was
    lost before the last coding, the last stream cannot know."""
    first = next((i for i in lossy if i.transfer_syntax in LOSSY), None)
    if first is None:
        return ""
    coding = CODINGS[first.transfer_syntax]
    try:
        facts = stream_facts(bare_stream(_stream_head(first), coding), coding)
    except (OSError, PixelError):
        return ""
    return {
        True: "by its own header the code stream of the first lost nothing",
        None: "the code stream of the first asks for the reversible wavelet, but cannot tell whether bits were cut off",
        False: "",
    }[facts.lossless]


def _stream_head(instance: Instance) -> bytes:
    """The beginning of the first fragment, behind the table of offsets (PS3.5, A.4)."""
    descriptor = open_regular(instance.path)
    if descriptor is None or instance.pixel_offset < 0:
        raise OSError("not a regular file")
    try:
        head = os.pread(descriptor, _HEAD_BYTES, instance.pixel_offset)
    finally:
        os.close(descriptor)
    table_bytes = int.from_bytes(head[16:20], "little")
    return head[20 + table_bytes + 8 :]
