"""How pixels may be coded in a file: the transfer syntaxes that are read, and what each promises (PS3.5, annex A)."""

from __future__ import annotations

from enum import IntEnum

# Implicit and explicit little endian, explicit big endian (retired): plain words.
NATIVE = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"})


class Coding(IntEnum):
    """The coder of compressed pixels; the numbers go to the decoding child (decode_child.py)."""

    RLE = 1
    JPEG = 2
    JPEG_LS = 3
    JPEG_2000 = 4


# RLE; JPEG lossless, process 14, any predictor and the first; JPEG-LS; JPEG 2000; HTJ2K, any order and resolution first.
LOSSLESS_CODINGS = {
    "1.2.840.10008.1.2.5": Coding.RLE,
    "1.2.840.10008.1.2.4.57": Coding.JPEG,
    "1.2.840.10008.1.2.4.70": Coding.JPEG,
    "1.2.840.10008.1.2.4.80": Coding.JPEG_LS,
    "1.2.840.10008.1.2.4.90": Coding.JPEG_2000,
    "1.2.840.10008.1.2.4.201": Coding.JPEG_2000,
    "1.2.840.10008.1.2.4.202": Coding.JPEG_2000,
}
# JPEG baseline and extended, JPEG-LS near-lossless, JPEG 2000 and HTJ2K that may lose: their label does not promise a thing.
LOSSY_CODINGS = {
    "1.2.840.10008.1.2.4.50": Coding.JPEG,
    "1.2.840.10008.1.2.4.51": Coding.JPEG,
    "1.2.840.10008.1.2.4.81": Coding.JPEG_LS,
    "1.2.840.10008.1.2.4.91": Coding.JPEG_2000,
    "1.2.840.10008.1.2.4.203": Coding.JPEG_2000,
}
CODINGS = LOSSLESS_CODINGS | LOSSY_CODINGS
LOSSLESS = frozenset(LOSSLESS_CODINGS)
LOSSY = frozenset(LOSSY_CODINGS)
