# ruff: noqa: INP001 - a script beside its data, no package
"""Makes the committed copy of the sample head and its manifest again: `python data/samples/make.py`."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from anatofit.samples.head import write_head

HERE = Path(__file__).resolve().parent
HEADER = """\
# What lies in data/samples, where it comes from, and its hashes. Made by make.py.

[head]
origin = "computed by anatofit.samples (a phantom: nobody's head)"
licence = "the licence of this project"
description = "head CT with a hole of 60 mm on the right side, 0.9 x 0.9 x 1.25 mm, JPEG 2000 lossless"
command = "anatofit sample head DIR"

[head.sha256]
"""


def hashes(folder: Path) -> dict[str, str]:
    """sha256 by path of every file in a folder."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def main() -> None:
    """Writes data/samples/head and data/samples/manifest.toml."""
    folder = HERE / "head"
    if folder.exists():
        shutil.rmtree(folder)
    write_head(folder, compress=True)
    lines = [f'"{name}" = "{digest}"' for name, digest in hashes(folder).items()]
    (HERE / "manifest.toml").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
