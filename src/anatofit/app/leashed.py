"""A module of ours run until it is done or its parent is gone: `python -m anatofit.app.leashed DESCRIPTOR MODULE ARGUMENT…`.

DESCRIPTOR: the reading end of a pipe whose other end the parent alone holds; it ends with the parent, also when that is killed. Else what it
left at work would go on with a patient's scan in a folder that the next command takes away.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading

KILLED = 137  # as a shell counts an end by SIGKILL


def _end_with(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    os._exit(KILLED)


def main() -> None:
    """Runs the module as `python -m` would."""
    threading.Thread(target=_end_with, args=(int(sys.argv[1]),), name="leash", daemon=True).start()
    del sys.argv[:2]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
