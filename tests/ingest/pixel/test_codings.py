"""Every lossless coding gives the very words of the plain form, in every depth, sign, size and number of fragments."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import libjpeg
import numpy as np
import pytest
import SimpleITK
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder

from anatofit.ingest.header.headers import plain_bytes
from anatofit.ingest.load import load_scan
from anatofit.ingest.pixel.codestream import stream_facts
from anatofit.ingest.pixel.coding import CODINGS, Coding
from anatofit.ingest.pixel.decode import decoder
from anatofit.ingest.pixel.fault import PixelError
from anatofit.ingest.pixel.hounsfield import hounsfield
from anatofit.ingest.pixel.pixels import Decode, raw_pixels
from anatofit.model.scan import ScanLimits
from tests.ingest import htj2k_streams, jpeg_lossless
from tests.ingest.coded import (
    HTJ2K,
    HTJ2K_LOSSY,
    HTJ2K_RPCL,
    J2K,
    J2K_LOSSY,
    JPEG_14,
    JPEG_LS,
    JPEG_LS_NEAR,
    JPEG_SV1,
    LOSSLESS,
    RLE,
    coded_file,
    encode,
    header_of,
    picture,
    plain,
    split,
    words,
)
from tests.ingest.dicom_writer import SLICES, make_series, pattern
from tests.ingest.enhanced import enhanced, write

DEPTHS = [(8, 8), (12, 16), (16, 16), (10, 16), (7, 8)]


@pytest.fixture(scope="module")
def decode() -> Iterator[Decode]:
    """One child for all tests of this room, as for all slices of a series."""
    with decoder() as decode:
        yield decode


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("bits", "allocated"), DEPTHS)
@pytest.mark.parametrize("syntax", LOSSLESS)
def test_a_lossless_form_is_the_plain_form(
    syntax: str, bits: int, allocated: int, signed: bool, decode: Decode
) -> None:
    values = picture(bits=bits, signed=signed)
    format_ = {"bits": bits, "allocated": allocated, "signed": signed}
    data, instance = plain(values, **format_)
    want = hounsfield(raw_pixels(data, instance, decode), instance)
    assert np.array_equal(want, np.maximum(values - 24, -1024))
    coded = encode(values, syntax, **format_)
    for parts in [[coded], split(coded, 3)] if syntax != RLE else [[coded]]:
        data, instance = coded_file([parts], syntax, shape=values.shape, **format_)
        assert np.array_equal(hounsfield(raw_pixels(data, instance, decode), instance), want)


@pytest.mark.parametrize("size", [(33, 32), (129, 250), (16, 16), (17, 33), (64, 16)])
@pytest.mark.parametrize("syntax", LOSSLESS)
def test_odd_sizes_are_the_plain_form(syntax: str, size: tuple[int, int], decode: Decode) -> None:
    if syntax == J2K:
        size = (max(size[0], 32), max(size[1], 32))  # the encoder wants no less
    values = picture(bits=12, rows=size[0], columns=size[1])
    coded = encode(values, syntax, bits=12, allocated=16)
    data, instance = coded_file([[coded]], syntax, shape=size, bits=12, allocated=16)
    assert np.array_equal(raw_pixels(data, instance, decode), words(values, allocated=16))


@pytest.mark.parametrize("syntax", [HTJ2K, HTJ2K_RPCL])
@pytest.mark.parametrize("name", [name for name in htj2k_streams.STREAMS if "lossy" not in name])
def test_high_throughput_jpeg_2000_is_the_plain_form(name: str, syntax: str, decode: Decode) -> None:
    bits, signed = int(name.split()[0]), "signed" in name
    values = htj2k_streams.picture(bits, signed=signed)
    allocated = 8 if bits == 8 else 16
    coded = htj2k_streams.stream(name)
    for parts in ([coded], split(coded, 2)):
        data, instance = coded_file([parts], syntax, shape=values.shape, bits=bits, allocated=allocated, signed=signed)
        assert np.array_equal(raw_pixels(data, instance, decode), words(values, allocated=allocated))


@pytest.mark.parametrize(("syntax", "most"), [(JPEG_LS_NEAR, 2), (J2K_LOSSY, 700), (HTJ2K_LOSSY, 1)])
def test_a_lossy_form_that_a_person_waived_is_near_the_plain_form(syntax: str, most: int, decode: Decode) -> None:
    bits = 16 if syntax == HTJ2K_LOSSY else 12
    values = htj2k_streams.picture(12) if syntax == HTJ2K_LOSSY else picture(bits=12)
    coded = (
        htj2k_streams.stream("16 bits, lossy")
        if syntax == HTJ2K_LOSSY
        else encode(values, syntax, bits=12, allocated=16)
    )
    data, instance = coded_file([[coded]], syntax, shape=values.shape, bits=bits, allocated=16)
    away = np.abs(raw_pixels(data, instance, decode).astype(int) - values)
    assert 0 < away.max() <= most


FRAMES = [picture(bits=12, seed=n) for n in range(4)]


@pytest.mark.parametrize("table", ["basic", "extended", ""])
@pytest.mark.parametrize(
    ("syntax", "fragments"),
    [
        (RLE, 1),
        *((s, n) for s in LOSSLESS if s != RLE for n in (1, 3)),
    ],  # in RLE a picture is one fragment (PS3.5, A.4.2)
)
def test_the_right_picture_comes_out_of_many(syntax: str, fragments: int, table: str, decode: Decode) -> None:
    parts = [split(encode(f, syntax, bits=12, allocated=16), fragments) for f in FRAMES]
    data, first = coded_file(parts, syntax, shape=FRAMES[0].shape, bits=12, allocated=16, table=table)
    for n in (2, 0, 3, 1):
        got = raw_pixels(data, dataclasses.replace(first, frame=n), decode)
        assert np.array_equal(got, words(FRAMES[n], allocated=16))
    with pytest.raises(PixelError):
        raw_pixels(data, dataclasses.replace(first, frame=4), decode)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "deflated"])
def test_the_right_picture_comes_out_of_many_plain_ones(syntax: str, decode: Decode) -> None:
    from tests.ingest.coded import a_slice
    from tests.ingest.dicom_writer import form

    ds = a_slice(rows=41, columns=37, bits=12, allocated=16, signed=False)
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99" if syntax == "deflated" else syntax
    order = ">u2" if syntax == "1.2.840.10008.1.2.2" else "<u2"
    ds.PixelData = np.stack(FRAMES).astype(order).tobytes()
    ds["PixelData"].VR, ds.NumberOfFrames = "OW", len(FRAMES)
    data = _written(ds, **form(ds))
    header = header_of(data)
    for n, frame in enumerate(FRAMES):
        got = raw_pixels(plain_bytes(data, header), dataclasses.replace(header, frame=n), decode)
        assert np.array_equal(got, words(frame, allocated=16))


def _written(ds: Any, **how: bool) -> bytes:
    import io

    from pydicom import dcmwrite

    stream = io.BytesIO()
    dcmwrite(stream, ds, enforce_file_format=True, **how)
    return stream.getvalue()


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_a_second_decoder_agrees(syntax: str, decode: Decode, tmp_path: Any) -> None:
    """Ours against code of other hands: ITK's own decoders, and what pydicom picks beside them."""
    values = picture(bits=12, rows=70, columns=90)
    data, instance = coded_file(
        [[encode(values, syntax, bits=12, allocated=16)]],
        syntax,
        shape=values.shape,
        bits=12,
        allocated=16,
        RescaleIntercept=0,
    )
    got = raw_pixels(data, instance, decode)
    (tmp_path / "slice.dcm").write_bytes(data)
    assert np.array_equal(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(tmp_path / "slice.dcm")))[0], got)
    if syntax == JPEG_LS:
        raw = libjpeg.decode(encode(values, syntax, bits=12, allocated=16))
        assert np.array_equal(raw, got)
    if syntax == RLE:
        import io

        from pydicom import dcmread

        other, _ = get_decoder(syntax).as_array(dcmread(io.BytesIO(data)), raw=True, decoding_plugin="pydicom")
        assert np.array_equal(other, got)


def test_a_jpeg_2000_stream_in_its_file_format_is_read(decode: Decode) -> None:
    """DICOM wants the bare stream (PS3.5, A.4.4); some writers leave the boxes of a JP2 file around it."""
    from openjpeg.utils import encode_buffer

    values = picture(bits=12)
    raw = words(values, allocated=16).tobytes()
    boxed = bytes(encode_buffer(raw, 37, 41, 1, 12, False, photometric_interpretation=2, codec_format=1))
    assert boxed[4:8] == b"jP  "
    data, instance = coded_file([[boxed]], J2K, shape=values.shape, bits=12, allocated=16)
    assert np.array_equal(raw_pixels(data, instance, decode), words(values, allocated=16))


def test_a_jpeg_ls_stream_that_is_filled_up_before_its_end_mark_is_read(decode: Decode) -> None:
    """So is one of the files by which DICOM's working group tried the coding (WG-04, MR1_JLSL)."""
    values = picture(bits=12)
    coded = encode(values, JPEG_LS, bits=12, allocated=16)
    filled = coded[:-2] + b"\0" + coded[-2:]
    data, instance = coded_file([[filled]], JPEG_LS, shape=values.shape, bits=12, allocated=16)
    assert np.array_equal(raw_pixels(data, instance, decode), words(values, allocated=16))


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("restart_rows", [0, 5])
def test_jpeg_lossless_is_read_with_every_predictor_and_with_restarts(
    predictor: int, restart_rows: int, decode: Decode
) -> None:
    values = picture(bits=12)
    coded = jpeg_lossless.encode(values.astype(np.uint16), bits=12, predictor=predictor, restart_rows=restart_rows)
    data, instance = coded_file([[coded]], JPEG_14, shape=values.shape, bits=12, allocated=16)
    assert np.array_equal(raw_pixels(data, instance, decode), words(values, allocated=16))


@pytest.mark.parametrize(("syntax", "signed"), [(RLE, None), (JPEG_SV1, None), (JPEG_LS, None), (J2K, True)])
def test_the_head_of_a_stream_states_its_picture(syntax: str, signed: bool | None) -> None:
    values = picture(bits=12, signed=bool(signed))
    facts = stream_facts(encode(values, syntax, bits=12, allocated=16, signed=bool(signed)), CODINGS[syntax])
    size = (0, 0) if syntax == RLE else values.shape
    assert (facts.rows, facts.columns, facts.components, facts.signed) == (*size, 1, signed)
    assert facts.bits == (16 if syntax == RLE else 12)
    assert facts.lossless is (None if syntax == J2K else True)
    assert stream_facts(encode(picture(bits=12), JPEG_LS_NEAR, bits=12, allocated=16), Coding.JPEG_LS).lossless is False
    assert stream_facts(htj2k_streams.stream("16 bits, lossy"), Coding.JPEG_2000).lossless is False


def test_the_child_and_the_package_mean_the_same_codings() -> None:
    from anatofit.ingest.pixel import decode_child

    assert set(decode_child.load_decoders()) == {int(coding) for coding in Coding}
    assert re.fullmatch(r"[\d.]+", JPEG_14) and set(CODINGS.values()) == set(Coding)


def test_threads_that_decode_at_once_get_their_own_pictures() -> None:
    files = []
    for n, syntax in enumerate(LOSSLESS * 4):
        values = picture(bits=12, seed=n)
        coded = encode(values, syntax, bits=12, allocated=16)
        files.append((values, coded_file([[coded]], syntax, shape=values.shape, bits=12, allocated=16)))
    with decoder() as decode, ThreadPoolExecutor(2) as pool:
        for (values, _), got in zip(files, pool.map(lambda file: decode(*file[1]), files), strict=True):
            assert np.array_equal(got, words(values, allocated=16))
        assert 1 <= len(decode.__self__._idle) <= 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("syntax", [RLE, JPEG_LS])
def test_a_compressed_enhanced_object_is_the_series_of_its_frames(syntax: str, table: bool, tmp_path: Path) -> None:
    shuffled = [int(n) for n in np.random.default_rng(5).permutation(SLICES)]
    ds = enhanced([make_series()], order=shuffled)
    frames = np.frombuffer(ds.PixelData, "<i2").reshape(-1, ds.Rows, ds.Columns).astype(np.int64)
    coded = [encode(f, syntax, bits=16, allocated=16, signed=True) for f in frames]
    ds.PixelData = encapsulate(coded, has_bot=table)
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    ds.file_meta.TransferSyntaxUID = syntax
    assert np.array_equal(load_scan(write(ds, tmp_path), limits=ScanLimits()).volume.hu, pattern())
