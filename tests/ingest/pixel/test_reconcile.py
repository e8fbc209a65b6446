"""Where code stream and tags contradict each other in depth or sign, a slice is read if both mean the same numbers, else refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from anatofit.ingest.pixel.decode import decoder
from anatofit.ingest.pixel.fault import PixelError
from anatofit.ingest.pixel.hounsfield import hounsfield
from anatofit.ingest.pixel.pixels import Decode
from tests.ingest.coded import J2K, JPEG_LS, JPEG_SV1, coded_file, encode, header_of, picture


@pytest.fixture(scope="module")
def decode() -> Iterator[Decode]:
    with decoder() as decode:
        yield decode


SMALL = picture(bits=11)  # 0 to 2047: the same in 12 bits, signed or not
LARGE = picture(bits=12)  # to 4095
NEGATIVE = picture(bits=12, signed=True)
Case = tuple[str, Any, dict[str, Any], dict[str, Any], bool]
CASES: dict[str, Case] = {
    "J2K unsigned, tags signed, no sign bit set": (J2K, SMALL, {"bits": 12}, {"bits": 12, "signed": True}, True),
    "J2K unsigned, tags signed": (J2K, LARGE, {"bits": 12}, {"bits": 12, "signed": True}, False),
    "J2K signed, tags unsigned, none negative": (J2K, SMALL, {"bits": 12, "signed": True}, {"bits": 12}, True),
    "J2K signed, tags unsigned": (J2K, NEGATIVE, {"bits": 12, "signed": True}, {"bits": 12}, False),
    "16 bits coded, 12 stored, within": (J2K, LARGE, {"bits": 16}, {"bits": 12}, True),
    "16 bits coded, 11 stored, beyond": (J2K, LARGE, {"bits": 16}, {"bits": 11}, False),
    "16 bits coded signed, 12 stored": (J2K, NEGATIVE, {"bits": 16, "signed": True}, {"bits": 12, "signed": True}, True),
    "12 bits coded signed, 16 stored": (J2K, NEGATIVE, {"bits": 12, "signed": True}, {"bits": 16, "signed": True}, True),
    "12 bits coded, 16 stored unsigned": (JPEG_LS, LARGE, {"bits": 12}, {"bits": 16}, True),
    "12 bits coded, 16 stored signed, small": (JPEG_LS, SMALL, {"bits": 12}, {"bits": 16, "signed": True}, True),
    "12 bits coded, 16 stored signed": (JPEG_LS, LARGE, {"bits": 12}, {"bits": 16, "signed": True}, False),
    "16 bits coded, 12 stored signed": (
        JPEG_SV1, NEGATIVE, {"bits": 16, "signed": True}, {"bits": 12, "signed": True}, True,
    ),
    "16 bits coded, overlay above 12 stored": (JPEG_SV1, LARGE + 0x5000, {"bits": 16}, {"bits": 12}, False),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_contradiction_is_read_only_where_it_changes_no_number(name: str, decode: Decode) -> None:
    syntax, values, coded_as, stated, agrees = CASES[name]
    coded = encode(values, syntax, allocated=16, **coded_as)
    data, instance = coded_file([[coded]], syntax, shape=values.shape, allocated=16, **stated)
    if agrees:
        assert np.array_equal(hounsfield(decode(data, instance), instance), np.maximum(values - 24, -1024))
        return
    with pytest.raises(PixelError) as stopped:
        decode(data, instance)
    assert stopped.value.rule == "coded-header"


def test_the_known_file_with_the_wrong_sign_is_refused(decode: Decode) -> None:
    """pydicom's own test file of such a writer: padding of -2000 came out as 6192 in the stream's own terms."""
    from pathlib import Path

    from pydicom.data import get_testdata_file

    data = Path(str(get_testdata_file("J2K_pixelrep_mismatch.dcm"))).read_bytes()
    with pytest.raises(PixelError, match="coded-header"):
        decode(data, header_of(data))
