"""How the engines are held while steps run: the same numbers on every machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

# Threads that an engine may use where its result does not depend on their number; a small share of a shared machine.
THREADS = 2


@contextmanager
def steady_engines() -> Iterator[None]:
    """Numerical libraries run on one thread inside, so that sums are added in one order; ITK on a few."""
    from threadpoolctl import threadpool_limits

    # app/ opens no engine itself: ITK reads its limit from the environment when a stage first loads it
    os.environ.setdefault("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", str(THREADS))
    with threadpool_limits(limits=1):
        yield
