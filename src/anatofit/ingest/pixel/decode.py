"""Compressed pixels are decoded in a child process that can die, hang or swell without harm to this one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.instance import Instance
from anatofit.ingest.pixel.codestream import StreamFacts, bare_stream, has_end, rle_segments, stream_facts
from anatofit.ingest.pixel.coding import CODINGS, LOSSLESS, Coding
from anatofit.ingest.pixel.decode_child import DONE, OUT_OF_MEMORY, READY, REPLY, REQUEST
from anatofit.ingest.pixel.encapsulated import Fragments, picture_bytes, read_fragments
from anatofit.ingest.pixel.fault import PixelError
from anatofit.ingest.pixel.jpeg_scan import scan_is_whole, with_surplus
from anatofit.ingest.pixel.pixels import Decode
from anatofit.model.words import counted

_CHILD = Path(__file__).with_name("decode_child.py")
# Limits of one picture. Measured with the slowest and hungriest decoder (JPEG 2000): 55 ms and under 10 MB for 512x512 of
# noise, 3 s and 120 MB for 4096x4096. Five times the time and some memory to spare are given; a hostile stream gets no more.
_MEMORY_BYTES, _MEMORY_BYTES_PER_PIXEL = 64 << 20, 8
_CPU_S, _CPU_S_PER_PIXEL = 1.0, 1e-6
# The wall clock only catches what neither computes nor ends; a machine under load gives a picture a part of its time.
_WALL_S_PER_CPU_S = 5.0
_START_S = 30.0
# A child that died is replaced for the next slice, so that each bad slice is named; a folder of traps ends here.
_MOST_DEATHS = 3
# Noise grows by an eighth in RLE at the worst, less elsewhere; far beyond lies no picture of the size that the tags state.
_MOST_BYTES_PER_RAW, _SPARE_BYTES = 2, 1 << 16


@contextmanager
def decoder() -> Iterator[Decode]:
    """Decodes the compressed pictures of one series, in any thread; a child starts with the first of them and ends with the block.

    `decode(data, instance)` gives `(rows, columns)` unsigned words of BitsAllocated. Raises PixelError: `coded-header` where
    the code stream contradicts the tags, `decoder-limit` where the child had to be given up, or that the bytes are bad.
    """
    pictures = _Decoder()
    try:
        yield pictures.words
    finally:
        pictures.close()


class _InHand(threading.local):
    """The file that a thread last took a picture from, and where its fragments lie."""

    data = b""
    fragments = Fragments((), ())


class _Decoder:
    """The children at rest (one for each thread that ever asked at the same time), and how many have died."""

    def __init__(self) -> None:
        self._idle: list[_Child] = []  # appending to it and popping from it are atomic
        self._deaths = 0
        self._in_hand = _InHand()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def words(self, data: bytes, instance: Instance) -> NDArray[Any]:
        """The picture that `instance` names, out of the bytes of its file."""
        coding = CODINGS.get(instance.transfer_syntax)
        if coding is None:
            raise PixelError("transfer-syntax")
        coded = bare_stream(self._coded(data, instance, coding), coding)
        if not has_end(coded, coding):
            raise PixelError("truncated-pixels")
        facts = stream_facts(coded, coding)
        check_header(coded, facts, instance)
        decoded = self._decoded(coded, coding, facts, instance)
        self._check_whole(coded, decoded, coding, facts, instance)
        return reconciled(decoded, facts, instance)

    def _coded(self, data: bytes, instance: Instance, coding: Coding) -> bytes:
        here = self._in_hand
        if data is not here.data:
            here.fragments = read_fragments(data, offset=instance.pixel_offset)
            here.data = data
        return picture_bytes(data, here.fragments, coding=coding, frame=instance.frame, frames=instance.frames)

    def _decoded(self, coded: bytes, coding: Coding, facts: StreamFacts, instance: Instance) -> NDArray[Any]:
        rows, columns = instance.rows or 0, instance.columns or 0
        word = np.dtype(f"<{'i' if facts.signed else 'u'}{1 if facts.bits <= 8 else 2}")
        raw = self._asked(coded, coding, shape=(rows, columns, facts.bits), words_bytes=rows * columns * word.itemsize)
        return np.frombuffer(raw, dtype=word).reshape(rows, columns)

    def _asked(self, coded: bytes, coding: Coding, *, shape: tuple[int, int, int], words_bytes: int) -> bytearray:
        if self._deaths >= _MOST_DEATHS:
            raise PixelError("decoder-limit")
        child: _Child | None = None
        try:
            child = self._rested() or _Child()
            outcome, words = child.decoded(coded, coding, shape=shape, words_bytes=words_bytes)
        except BaseException as error:  # died or fell silent (OSError), or was left in the middle of a picture
            if child is not None:
                child.close()
            if not isinstance(error, OSError):
                raise
            self._deaths += 1
            raise PixelError("decoder-limit") from error
        self._idle.append(child)
        if outcome != DONE:
            raise PixelError("decoder-limit" if outcome == OUT_OF_MEMORY else "undecodable-pixels")
        return words

    def _rested(self) -> _Child | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _check_whole(
        self, coded: bytes, decoded: NDArray[Any], coding: Coding, facts: StreamFacts, instance: Instance
    ) -> None:
        """Raises PixelError where a JPEG ended early and the decoder filled the rest (the other decoders refuse it)."""
        if coding is not Coding.JPEG:
            return
        if facts.lossless is not False:
            whole = scan_is_whole(coded, decoded, bits=facts.bits)
        else:
            whole = np.array_equal(self._decoded(with_surplus(coded), coding, facts, instance), decoded)
        if not whole:
            raise PixelError("truncated-pixels")


def check_header(coded: bytes, facts: StreamFacts, instance: Instance) -> None:
    """Raises PixelError where the code stream is of another picture than the tags say, or not lossless as it is labelled."""
    rows, columns, allocated = instance.rows or 0, instance.columns or 0, instance.bits_allocated or 0
    if len(coded) > _MOST_BYTES_PER_RAW * rows * columns * allocated // 8 + _SPARE_BYTES:
        raise PixelError("coded-header", f"{len(coded)} bytes for {columns}x{rows} pixels of {allocated} bits")
    if instance.transfer_syntax in LOSSLESS and facts.lossless is False:
        raise PixelError("coded-header", "its form is labelled as lossless, the code stream is not")
    if CODINGS[instance.transfer_syntax] is Coding.RLE:
        _check_segments(rle_segments(coded), pixels=rows * columns, allocated=allocated)
        return
    if (facts.rows, facts.columns, facts.components) != (rows, columns, 1) or facts.bits > allocated:
        was = f"{facts.columns}x{facts.rows} pixels of {counted(facts.components, 'number')} of {facts.bits} bits"
        raise PixelError("coded-header", f"coded are {was}, stated {columns}x{rows} of 1 of at most {allocated} bits")
    if instance.high_bit is not None and instance.high_bit + 1 != (instance.bits_stored or allocated):
        raise PixelError("coded-header", "numbers that do not begin at the lowest bit")


def _check_segments(lengths: list[int], *, pixels: int, allocated: int) -> None:
    """A run of one byte takes two, so a segment of more than twice the pixels is no coding of them (PS3.5, G.3)."""
    if len(lengths) * 8 != allocated:
        raise PixelError("coded-header", f"coded are {len(lengths)} bytes a pixel, stated {allocated // 8}")
    if max(lengths) > _MOST_BYTES_PER_RAW * pixels + 2:
        raise PixelError("coded-header", f"a segment of {max(lengths)} bytes for {pixels} pixels")


def reconciled(decoded: NDArray[Any], facts: StreamFacts, instance: Instance) -> NDArray[Any]:
    """The decoded numbers as words of BitsAllocated, where code stream and tags mean the same number by each of them.

    PS3.5, 8.2, lets the code stream overrule tags that contradict its depth or sign; many writers are wrong in just these.
    A contradiction that changes no value is harmless; where one does, nobody can know the HU. Raises PixelError.
    """
    allocated = instance.bits_allocated or 16
    stored = instance.bits_stored or allocated
    words = decoded.astype(f"i{allocated // 8}" if facts.signed else f"u{allocated // 8}", copy=False)
    unsigned = words.view(f"u{allocated // 8}")
    if facts.bits == stored and facts.signed in (None, instance.signed):
        return unsigned
    if facts.bits == allocated and facts.signed is None and not facts.sof:
        return unsigned  # RLE: whole words, whatever they hold
    bare = unsigned & (((1 << allocated) - 1) & ~instance.overlay_bits)  # declared overlays are no part of a number
    by_stream = _numbers(bare, bits=facts.bits, signed=instance.signed if facts.signed is None else facts.signed)
    if not np.array_equal(by_stream, _numbers(bare, bits=stored, signed=instance.signed)):
        coded, stated = _kind(facts.bits, facts.signed), _kind(stored, instance.signed)
        raise PixelError("coded-header", f"coded are {coded}, stated {stated}, and the numbers differ by it")
    return unsigned


def _kind(bits: int, signed: bool | None) -> str:
    return f"{bits} bits" + ("" if signed is None else " signed" if signed else " unsigned")


def _numbers(words: NDArray[Any], *, bits: int, signed: bool) -> NDArray[np.int32]:
    """The numbers that the low `bits` of each word mean."""
    values = words.astype(np.int32) & ((1 << bits) - 1)
    return values - ((values >> (bits - 1)) << bits) if signed else values


class _Child:
    """The running child. Its methods raise OSError (TimeoutError among them) where it died or did not answer in time."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter on our own file
                [sys.executable, "-I", str(_CHILD), str(theirs.fileno())],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),), env=_environment(),
            )  # fmt: skip
        try:
            self._receive(len(READY), until=monotonic() + _START_S)
        except OSError:
            self.close()
            raise

    def decoded(
        self, coded: bytes, coding: Coding, *, shape: tuple[int, int, int], words_bytes: int
    ) -> tuple[int, bytearray]:
        """What became of it, and the words."""
        rows, columns, bits = shape
        memory_bytes = _MEMORY_BYTES + _MEMORY_BYTES_PER_PIXEL * rows * columns + 2 * len(coded)
        cpu_s = _CPU_S + _CPU_S_PER_PIXEL * rows * columns
        until = monotonic() + _WALL_S_PER_CPU_S * cpu_s
        request = REQUEST.pack(coding, rows, columns, bits, len(coded), words_bytes, memory_bytes, int(cpu_s))
        self._send(request, until=until)
        self._send(coded, until=until)
        outcome, size = REPLY.unpack(self._receive(REPLY.size, until=until))
        if size != (words_bytes if outcome == DONE else 0):
            raise ConnectionResetError("the child does not keep to the order of things")
        return outcome, self._receive(size, until=until)

    def close(self) -> None:
        """End the child, whatever it is doing."""
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def _send(self, data: bytes, *, until: float) -> None:
        self._channel.settimeout(_left_s(until))
        self._channel.sendall(data)

    def _receive(self, size: int, *, until: float) -> bytearray:
        parts = bytearray(size)
        have = 0
        with memoryview(parts) as view:
            while have < size:
                self._channel.settimeout(_left_s(until))
                got = self._channel.recv_into(view[have:])
                if not got:
                    raise ConnectionResetError("the child is gone")
                have += got
        return parts


def _left_s(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError("the child takes too long")
    return left


def _environment() -> dict[str, str]:
    """Nothing of this process's environment, which may hold secrets, but where the interpreter finds its libraries."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each thread would reserve address space
