"""Decoders that outlive a scan: a child that starts anew for every mutated scan would take most of a fuzzer's time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

# After this many scans a new decoder is taken: one that lost too many children refuses everything.
SCANS = 25


@contextmanager
def kept_decoders() -> Iterator[None]:
    """Within the block intake's scans share decoders, each for SCANS of them; the child's own limits are as ever."""
    from anatofit.ingest.volume import assemble

    made, stack, used = assemble.decoder, ExitStack(), 0
    held = stack.enter_context(made())

    @contextmanager
    def shared() -> Iterator[object]:
        nonlocal held, used
        used += 1
        if used % SCANS == 0:
            stack.close()
            held = stack.enter_context(made())
        yield held

    assemble.decoder = shared  # type: ignore[assignment]
    try:
        yield
    finally:
        assemble.decoder = made
        stack.close()
