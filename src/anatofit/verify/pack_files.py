"""Reads a pack folder with distrust: names that stay inside it, hashes and sizes, JSON that may be anything."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

MANIFEST = "manifest.json"
LEDGER = "ledger.jsonl"
# A pack of a head is some 50 MB; a JSON file of more than this is none of ours.
MOST_JSON_BYTES = 50_000_000


def safe_path(pack: Path, name: object) -> Path:
    """The file of that name in the pack. Raises ValueError for a name that leads, or a link that points, elsewhere."""
    if not isinstance(name, str) or not name or "\\" in name or "\0" in name or ":" in name:
        raise ValueError("a name of a file in the pack is wanted")
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or str(pure) != name:
        raise ValueError("the name leads out of the pack")
    path = pack
    for part in pure.parts:
        path = path / part
        if path.is_symlink():
            raise ValueError("the name is a link; a file is wanted")
    return path


def read_json(path: Path) -> Mapping[str, Any]:
    """The object in a JSON file. Raises ValueError where it is missing, too long, not JSON, or no object."""
    try:
        if path.stat().st_size > MOST_JSON_BYTES:
            raise ValueError(f"{path.name} has more than {MOST_JSON_BYTES} bytes")
        data = json.loads(path.read_bytes(), parse_constant=_no_number, object_pairs_hook=_once_each)
    except OSError as error:
        raise ValueError(
            f"{path.name} cannot be read ({error.strerror}); the pack as it was written is wanted"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is not the JSON that was written") from error
    if not isinstance(data, dict):
        raise ValueError(f"{path.name} holds no object; the file as it was written is wanted")
    return data


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; a key that stands twice would be read one way here and another way elsewhere."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def present_files(pack: Path) -> set[str]:
    """The names of all files and links in the pack, with / between folders."""
    found: set[str] = set()
    for folder, folders, names in os.walk(pack):
        links = [n for n in folders if (Path(folder) / n).is_symlink()]
        found |= {(Path(folder) / n).relative_to(pack).as_posix() for n in [*names, *links]}
    return found


def file_fault(pack: Path, record: Mapping[str, Any]) -> str:
    """What is wrong with a file that the manifest lists; empty where hash and size agree."""
    try:
        path = safe_path(pack, record.get("path"))
        if not path.is_file():
            return "the file is missing"
        size = path.stat().st_size
        if size != record.get("bytes"):
            return f"the file has {size} bytes; the manifest says {record.get('bytes')}"
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except (ValueError, OSError) as error:
        return f"the file cannot be read ({error.strerror})" if isinstance(error, OSError) else str(error)
    return "" if digest == record.get("sha256") else "the file was altered: its hash is not the manifest's"
