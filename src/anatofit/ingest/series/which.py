"""Which slices a message is about: by their places, and by the hashes of their files, since no name is shown."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from anatofit.ingest.door.files import digest_of, open_regular
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.rules import HASH_SHOWN, PLACES_NAMED, listed
from anatofit.model.words import counted

# A file of one slice takes far less; many frames in one file are not hashed for the sake of a message.
HASHED_BYTES = 64 * 2**20


def which_slices(part: Sequence[Instance], whole: Sequence[Instance]) -> str:
    """All of them, or how many and their positions, and how many of them bear none."""
    if len(part) == len(whole):
        return "the only slice" if len(whole) == 1 else f"all {len(whole)} slices"
    placed = sorted(i.position_lps_mm[2] for i in part if i.position_lps_mm)
    said = [f"z = {listed([f'{z:.2f}' for z in placed])} mm"] if placed else []
    if unplaced := len(part) - len(placed):
        said.append(f"{unplaced} without a position" if placed else "without a position")
    return f"{len(part)} of {counted(len(whole), 'slice')} ({'; '.join(said)})"


def which_files(part: Sequence[Instance], whole: Sequence[Instance]) -> str:
    """The same with the hashes of their files, where they are not all. Reads the files."""
    return which_slices(part, whole) + (files_of(part) if len(part) < len(whole) else "")


def files_of(part: Sequence[Instance]) -> str:
    """`, sha256 beginning …` of the files that hold these slices, the first few; empty where none can be had. Reads the files."""
    paths = list(dict.fromkeys(i.path for i in part if i.file_bytes <= HASHED_BYTES))
    marks = [mark for path in paths[:PLACES_NAMED] if (mark := _mark(path))]
    more = f" and {len(paths) - PLACES_NAMED} more" if len(paths) > PLACES_NAMED else ""
    return f", sha256 beginning {', '.join(marks)}{more}" if marks else ""


def _mark(path: Path) -> str:
    try:
        descriptor = open_regular(path)
    except OSError:
        return ""
    if descriptor is None:
        return ""
    try:
        return digest_of(descriptor)[0][:HASH_SHOWN]
    finally:
        os.close(descriptor)
