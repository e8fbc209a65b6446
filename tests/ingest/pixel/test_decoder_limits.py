"""Hostile or broken compressed pixels are the refusal of a slice by its name: nothing dies, hangs or swells."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jpeg_ls
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel import decode as room
from anatofit.ingest.pixel import decode_child
from anatofit.ingest.pixel.decode import decoder
from anatofit.ingest.pixel.fault import PixelError
from anatofit.ingest.pixel.pixels import Decode
from tests.ingest import htj2k_streams, jpeg_lossless
from tests.ingest.coded import (
    HTJ2K,
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
    words,
)

VALUES = picture(bits=12)
FORMAT: dict[str, Any] = {"bits": 12, "allocated": 16}
END_MARK = {JPEG_14: 2, JPEG_SV1: 2, JPEG_LS: 2, J2K: 2, RLE: 0}  # bytes of EOI or EOC


@pytest.fixture(scope="module")
def decode() -> Iterator[Decode]:
    with decoder() as decode:
        yield decode


@pytest.fixture
def no_child(monkeypatch: pytest.MonkeyPatch) -> Iterator[Decode]:
    """A decoder that must refuse before any child is started."""
    monkeypatch.setattr(room, "_Child", lambda: pytest.fail("the child was started"))
    with decoder() as decode:
        yield decode


def refusal(decode: Decode, coded: bytes, syntax: str, **tags: Any) -> str:
    """The rule under which the code stream is refused."""
    format_ = FORMAT | {k: tags.pop(k) for k in list(tags) if k in ("bits", "allocated", "signed")}
    data, instance = coded_file([[coded]], syntax, shape=tags.pop("shape", VALUES.shape), **format_, **tags)
    with pytest.raises(PixelError) as stopped:
        decode(data, instance)
    return stopped.value.rule


def outcome(decode: Decode, data: bytes, instance: Instance) -> Any:
    """The words, or the rule under which they are refused."""
    try:
        return decode(data, instance)
    except PixelError as error:
        return error.rule


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_a_stream_of_another_picture_than_the_tags_say_is_refused_before_it_is_decoded(
    syntax: str, no_child: Decode
) -> None:
    coded = encode(VALUES, syntax, **FORMAT)
    assert refusal(no_child, coded, syntax, allocated=8, bits=8) == "coded-header"
    if syntax == RLE:
        return  # RLE states no size: the decoder finds a segment that is too short or too long
    for shape in [(41, 38), (40, 37), (37, 41), (4096, 4096)]:
        assert refusal(no_child, coded, syntax, shape=shape) == "coded-header"
    assert refusal(no_child, coded, syntax, HighBit=15) == "coded-header"


def test_colour_in_a_grey_picture_is_refused(no_child: Decode) -> None:
    from openjpeg.utils import encode_buffer

    raw = bytes(41 * 37 * 3)
    assert (
        refusal(no_child, bytes(jpeg_ls.encode_buffer(raw, 41, 37, 3, 8, 0, 2)), JPEG_LS, bits=8, allocated=8)
        == "coded-header"
    )
    colour = bytes(encode_buffer(raw, 37, 41, 3, 8, False, photometric_interpretation=1))
    assert refusal(no_child, colour, J2K, bits=8, allocated=8) == "coded-header"


def test_loss_under_a_lossless_label_is_refused(no_child: Decode) -> None:
    near = encode(VALUES, JPEG_LS_NEAR, **FORMAT)
    assert refusal(no_child, near, JPEG_LS) == "coded-header"
    dropped = jpeg_lossless.encode(VALUES.astype(np.uint16), bits=12, dropped=2)
    assert refusal(no_child, dropped, JPEG_SV1) == "coded-header"
    lossy = htj2k_streams.stream("16 bits, lossy")
    assert refusal(no_child, lossy, HTJ2K, shape=(23, 19), bits=16) == "coded-header"


def test_a_contradiction_is_told_in_numbers(no_child: Decode) -> None:
    data, instance = coded_file([[encode(VALUES, JPEG_LS, **FORMAT)]], JPEG_LS, shape=(512, 256), **FORMAT)
    with pytest.raises(PixelError) as stopped:
        no_child(data, instance)
    assert (
        stopped.value.detail == "coded are 37x41 pixels of 1 number of 12 bits, stated 256x512 of 1 of at most 16 bits"
    )


@pytest.mark.parametrize("syntax", [J2K, J2K_LOSSY, JPEG_LS, JPEG_SV1, RLE, HTJ2K])
def test_what_is_no_stream_at_all_is_refused(syntax: str, no_child: Decode) -> None:
    for coded in (
        b"",
        b"\0",
        b"\xff\xd8\xff\xd9",
        b"\xff\x4f\xff\x51",
        b"\xff" * 200,
        bytes(200),
        b"\xff\xd8" + b"\xff\xc3\0\1" * 9,
    ):
        assert refusal(no_child, coded, syntax) in ("undecodable-pixels", "truncated-pixels", "coded-header")


def test_the_rle_bomb_is_refused_before_it_is_decoded(no_child: Decode) -> None:
    """14 MB that would become 900 MB: far more than a picture of the stated size can need."""
    half = b"\x81\0" * 3_500_000
    bomb = np.array([2, 64, 64 + len(half)] + [0] * 13, dtype="<u4").tobytes() + half * 2
    started = time.perf_counter()
    assert refusal(no_child, bomb, RLE, shape=(512, 512)) == "coded-header"
    assert time.perf_counter() - started < 2


_MEASURED = """
import resource, sys, time
import numpy as np
sys.path.insert(0, sys.argv[1])
from tests.ingest.coded import RLE, coded_file
from anatofit.ingest.pixel.decode import decoder
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.fault import PixelError
half = (b"\\x81\\0" * int(sys.argv[2]))
bomb = np.array([2, 64, 64 + len(half)] + [0] * 13, dtype="<u4").tobytes() + half * 2
data, instance = coded_file([[bomb]], RLE, shape=(512, 512), bits=16, allocated=16)
started = time.perf_counter()
with decoder() as decode:
    try:
        decode(data, instance)
    except PixelError as error:
        rule = error.rule
    else:
        rule = "decoded"
seconds = time.perf_counter() - started
own_kb = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])  # ru_maxrss would remember who started us
kb = own_kb + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(rule, round(kb / 1024), round(seconds, 2))
"""


@pytest.mark.parametrize("runs", [2050, 200_000, 3_500_000])
def test_a_bomb_takes_neither_memory_nor_time(runs: int) -> None:
    """Small ones are refused by the child, large ones before it; both processes together keep within 256 MB and 2 s."""
    command = [sys.executable, "-c", _MEASURED, str(Path(__file__).parents[3]), str(runs)]
    rule, megabytes, seconds = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert rule in ("coded-header", "undecodable-pixels")
    assert float(megabytes) <= 256 and float(seconds) <= 2


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("cut", [1, 2, 3, 10, 100, "half"])
def test_a_stream_that_ends_early_is_refused(syntax: str, cut: Any, decode: Decode) -> None:
    """Also where an end mark stands behind what is left, as where a fragment was lost: libjpeg would make the rest up."""
    coded = encode(VALUES, syntax, **FORMAT)
    end = coded[len(coded) - END_MARK[syntax] :]
    size = len(coded) // 2 if cut == "half" else cut
    for short in (coded[:-size], coded[: len(coded) - len(end) - size] + end):
        data, instance = coded_file([[short]], syntax, shape=VALUES.shape, **FORMAT)
        got = outcome(decode, data, instance)
        if not isinstance(got, str):  # what was lost are bits that fill the last byte
            assert np.array_equal(got, words(VALUES, allocated=16)) and cut in (1, 2)
        else:
            assert got in ("truncated-pixels", "undecodable-pixels")


def test_a_lossy_jpeg_that_ends_early_is_refused(decode: Decode) -> None:
    """The one lossy JPEG at hand is that of pydicom's own test files: 1024x256, 12 bits."""
    from pydicom.data import get_testdata_file
    from pydicom.encaps import generate_frames
    from pydicom.filereader import dcmread

    ds = dcmread(str(get_testdata_file("JPGExtended.dcm")))
    coded = next(generate_frames(ds.PixelData, number_of_frames=1)).rstrip(b"\0")
    said: dict[str, Any] = {"shape": (ds.Rows, ds.Columns), "bits": 12, "allocated": 16}
    data, instance = coded_file([[coded]], ds.file_meta.TransferSyntaxUID, **said)
    assert np.array_equal(decode(data, instance), ds.pixel_array)
    for size in (10, len(coded) // 2):
        short = coded[: -2 - size] + coded[-2:]
        assert refusal(decode, short, ds.file_meta.TransferSyntaxUID, **said) == "truncated-pixels"


def test_a_lossy_jpeg_without_its_band_is_read_as_the_one_with_it(decode: Decode) -> None:
    """pydicom has the same picture from a writer that left the band's end 0 and mended."""
    from pydicom.data import get_testdata_file

    pixels = []
    for name in ("JPGExtended.dcm", "JPEG-lossy.dcm"):
        data = Path(str(get_testdata_file(name))).read_bytes()
        pixels.append(decode(data, header_of(data)))
    assert np.array_equal(*pixels)


_BAD = """
import os, socket, sys, time
sys.path.insert(0, {folder!r})
import decode_child
def bad(coded, rows, columns, bits):
    {deed}
decode_child.load_decoders = lambda: {{1: bad}}
decode_child.serve(socket.socket(fileno=int(sys.argv[1])))
"""
DEEDS = {
    "dies": ("os.abort()", "decoder-limit"),
    "hangs": ("while True: pass", "decoder-limit"),
    "sleeps": ("time.sleep(60)", "decoder-limit"),
    "swells": ("return bytearray(1 << 30)", "decoder-limit"),
    "swells in many steps": ("held = []\n    while True: held.append(bytearray(1 << 20))", "decoder-limit"),
    "gives too little": ("return b'1'", "undecodable-pixels"),
    "gives too much": ("return b'1' * 10_000", "undecodable-pixels"),
    "panics": ("raise BaseException('no Exception')", "undecodable-pixels"),
    "writes a file": ("open('/tmp/never', 'w'); return bytes(2 * rows * columns)", "undecodable-pixels"),
    "reads a file": ("open('/etc/hostname'); return bytes(2 * rows * columns)", "undecodable-pixels"),
    "opens a socket": ("socket.socket(); return bytes(2 * rows * columns)", "undecodable-pixels"),
    "looks for secrets": ("assert 'SECRET' in os.environ; return bytes(2 * rows * columns)", "undecodable-pixels"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_decoder_that_goes_wrong_is_the_refusal_of_its_slice(
    deed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The right decoder in the place of the wrong one decodes the next slice, in the same block."""
    body, rule = DEEDS[deed]
    bad = tmp_path / "bad.py"
    bad.write_text(_BAD.format(folder=str(Path(decode_child.__file__).parent), deed=body))
    coded = encode(VALUES, RLE, **FORMAT)
    monkeypatch.setenv("SECRET", "canary")
    with monkeypatch.context() as patch, decoder() as decode:
        patch.setattr(room, "_CHILD", bad)
        patch.setattr(room, "_CPU_S", 0.1)
        assert refusal(decode, coded, RLE) == rule
    with decoder() as decode:
        data, instance = coded_file([[coded]], RLE, shape=VALUES.shape, **FORMAT)
        assert np.array_equal(decode(data, instance), words(VALUES, allocated=16))


def test_a_dead_decoder_is_replaced_and_a_folder_of_traps_comes_to_an_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = tmp_path / "starts"
    bad = tmp_path / "bad.py"
    bad.write_text(
        f"open({str(mark)!r}, 'a').write('x')\n"
        + _BAD.format(folder=str(Path(decode_child.__file__).parent), deed="os.abort()")
    )
    monkeypatch.setattr(room, "_CHILD", bad)
    coded = encode(VALUES, RLE, **FORMAT)
    with decoder() as decode:
        assert [refusal(decode, coded, RLE) for _ in range(6)] == ["decoder-limit"] * 6
    assert mark.read_text() == "xxx"


def test_no_child_stays_behind(decode: Decode) -> None:
    coded = encode(VALUES, RLE, **FORMAT)
    data, instance = coded_file([[coded]], RLE, shape=VALUES.shape, **FORMAT)
    with decoder() as other:
        other(data, instance)
        process = other.__self__._idle[0]._process  # type: ignore[attr-defined]
        assert process.poll() is None
    assert process.returncode is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


STREAMS = {s: encode(VALUES, s, **FORMAT) for s in LOSSLESS}
_CHANGES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(syntax=st.sampled_from(sorted(STREAMS)), changes=_CHANGES, cut=st.integers(0, 1 << 16) | st.none())
def test_a_spoiled_stream_gives_a_picture_or_a_refusal_and_nothing_else(
    decode: Decode, syntax: str, changes: list[tuple[int, int]], cut: int | None
) -> None:
    data, instance = coded_file([[STREAMS[syntax]]], syntax, shape=VALUES.shape, **FORMAT)
    spoiled = bytearray(data)
    pixels = len(data) - instance.pixel_offset
    for place, value in changes:
        spoiled[instance.pixel_offset + place % pixels] = value
    bad = bytes(spoiled[: instance.pixel_offset + cut % pixels] if cut is not None else spoiled)
    got = outcome(decode, bad, instance)
    if isinstance(got, str):
        assert got in ("truncated-pixels", "undecodable-pixels", "coded-header", "decoder-limit")
    else:
        assert got.shape == VALUES.shape and got.dtype == np.uint16


def test_an_instance_in_a_form_that_is_not_read_is_refused(no_child: Decode) -> None:
    data, _ = coded_file([[b"\0\0"]], "1.2.840.10008.1.2.4.100", shape=VALUES.shape, **FORMAT)
    with pytest.raises(PixelError, match="transfer-syntax"):
        no_child(data, header_of(data))
