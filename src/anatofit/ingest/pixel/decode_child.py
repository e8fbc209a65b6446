"""The program of the decoding child: it takes code streams from a socket and gives words back, under limits it sets itself.

Started by decode.py as `python -I decode_child.py DESCRIPTOR`, so it imports nothing of this package. The decoders are C,
C++ and Rust code that reads untrusted bytes: whatever they do, the child cannot write a file, open one, dump its memory,
or take more memory and time for a picture than it was given.
"""

from __future__ import annotations

import os
import resource
import socket
import struct
import sys
from collections.abc import Callable

# Coding, rows, columns, bits of a word, bytes of the code stream, of the words, of memory above the idle child; CPU seconds.
REQUEST = struct.Struct("<BHHBQQQH")
REPLY = struct.Struct("<BQ")  # what became of it, bytes of the words that follow
READY = b"ready"
DONE, UNDECODABLE, OUT_OF_MEMORY = 0, 1, 2

# Decoders in C and C++ have looked behind the end of a broken stream; there they find zeros, not the memory of this process
# (CharLS then also stops at once where it had searched on for seconds). The one in Rust checks its bounds.
_TAIL = bytes(64)
_RLE = 1
_END_MARK = b"\xff\xd9"

Decoders = dict[int, Callable[[bytes, int, int, int], bytes | bytearray]]


def serve(channel: socket.socket) -> None:
    """Decode until the other side closes."""
    decoders = load_decoders()
    idle_bytes = _address_space_bytes()
    shut_files(channel)
    channel.sendall(READY)
    while header := receive(channel, REQUEST.size):
        coding, rows, columns, bits, coded_bytes, words_bytes, memory_bytes, cpu_s = REQUEST.unpack(header)
        limit(idle_bytes + memory_bytes, cpu_s)
        coded = receive(channel, coded_bytes)
        outcome, words = decoded(decoders, coding, coded, (rows, columns, bits), words_bytes)
        del coded
        channel.sendall(REPLY.pack(outcome, len(words)))
        channel.sendall(words)


def decoded(
    decoders: Decoders, coding: int, coded: bytes, shape: tuple[int, int, int], words_bytes: int
) -> tuple[int, bytes | bytearray]:
    """What became of it, and exactly `words_bytes` bytes where it is DONE."""
    try:
        words = decoders[coding](coded if coding == _RLE else coded + _TAIL, *shape)
    except MemoryError:
        return OUT_OF_MEMORY, b""
    except BaseException:  # noqa: BLE001 - decoders raise what they like, the one in Rust even a panic that is no Exception
        return UNDECODABLE, b""
    return (DONE, words) if len(words) == words_bytes else (UNDECODABLE, b"")


def load_decoders() -> Decoders:
    """One fixed decoder a coding (coding.py has the numbers)."""
    import jpeg_ls
    import libjpeg
    import openjpeg
    import rle

    def run_length(coded: bytes, rows: int, columns: int, bits: int) -> bytes | bytearray:
        facts = {"rows": rows, "columns": columns, "bits_allocated": bits}
        return bytes(rle.decode_pixel_data(coded, version=2, **facts))

    def jpeg_ls_words(coded: bytes, *_: int) -> bytes | bytearray:
        # CharLS names a stream that ends early; libjpeg, which knows JPEG-LS too, makes pixels up and is five times slower
        try:
            return bytes(jpeg_ls.decode_pixel_data(coded)[0])
        except RuntimeError:
            # some writers fill up to an even length before the end mark; CharLS still counts every bit that it needs
            data, mark, tail = coded.rpartition(_END_MARK)
            return bytes(jpeg_ls.decode_pixel_data(data.rstrip(b"\0") + mark + tail)[0])

    return {
        _RLE: run_length,
        2: lambda coded, *_: bytes(libjpeg.decode_pixel_data(coded, version=2)),
        3: jpeg_ls_words,
        4: lambda coded, *_: bytes(openjpeg.decode_pixel_data(coded, version=2)),
    }


def limit(address_space_bytes: int, cpu_s: int) -> None:
    """For the next picture: memory as an absolute bound, CPU time from now."""
    resource.setrlimit(resource.RLIMIT_AS, (address_space_bytes, resource.RLIM_INFINITY))
    used = resource.getrusage(resource.RUSAGE_SELF)
    until_s = int(used.ru_utime + used.ru_stime) + 1 + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (until_s, resource.RLIM_INFINITY))


def shut_files(channel: socket.socket) -> None:
    """No core dump, no byte into a file, and no descriptor beyond those that are open."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # descriptors 0 to 2 and the channel's are taken; one more would need a number from here on
    taken = channel.fileno() + 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken, taken))
    for free in range(3, taken - 1):
        os.dup2(0, free)


def receive(channel: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes, or none where the other side has closed."""
    parts = bytearray(size)
    view, have = memoryview(parts), 0
    while have < size:
        got = channel.recv_into(view[have:])
        if not got:
            return b""
        have += got
    view.release()
    return bytes(parts)


def _address_space_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123 - pathlib would be one more import to wait for
        return int(stream.read().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
