"""Where artifacts live between steps: in memory for the command, on disk by their hash for the flow."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from anatofit.app.codec import Array, as_json, decode, digest, encode, sha256_of_array
from anatofit.errors import AnatofitError


class Artifact(BaseModel):
    """A reference to a stored value: the folder it lies in, and its hash."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str


class MemoryStore:
    """Holds values until no later step asks for them. An array that two values share is hashed once."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._digests: dict[str, str] = {}
        self._seen: dict[tuple[int, tuple[int, ...], str], tuple[Any, str]] = {}

    def put(self, name: str, value: Any) -> str:
        """Keeps `value` under `name`; its hash."""
        self._values[name] = value
        self._digests[name] = digest(value, array_sha256=self._array_sha256)
        return self._digests[name]

    def get(self, name: str) -> Any:
        """The value put under `name`."""
        return self._values[name]

    def known(self, names: Iterable[str]) -> dict[str, Any]:
        """Those of the values that are there."""
        return {name: self._values[name] for name in names if name in self._values}

    def sha256(self, name: str) -> str:
        """The hash of the value put under `name`; it stays known after the value was dropped."""
        return self._digests[name]

    def keep_only(self, names: Iterable[str]) -> None:
        """Drops every other value, so that its memory is free."""
        wanted = set(names)
        for name in set(self._values) - wanted:
            del self._values[name]
        self._seen.clear()

    def _array_sha256(self, array: Array) -> str:
        # read-only arrays cannot change under their hash; the array is held so that its address is not given to another
        if array.flags.writeable or not array.flags.c_contiguous:
            return sha256_of_array(array)
        key = (array.__array_interface__["data"][0], array.shape, array.dtype.str)
        if key not in self._seen:
            self._seen[key] = (array, sha256_of_array(array))
        return self._seen[key][1]


@dataclass(frozen=True)
class DiskStore:
    """A folder of values under the hash of their content, and of results under the hash of all that went in."""

    root: Path

    def save(self, value: Any) -> Artifact:
        """Writes the value once; a value that is already there is not written again."""
        sha256 = digest(value)
        folder = self._object(sha256)
        if not folder.is_dir():
            tree, arrays = encode(value)
            with self._beside(folder) as fresh:
                for n, array in enumerate(arrays):
                    np.save(fresh.path / f"{n}.npy", array, allow_pickle=False)
                (fresh.path / "value.json").write_text(as_json(tree), encoding="ascii")
                fresh.publish()
        return Artifact(path=str(folder), sha256=sha256)

    def load(self, artifact: Artifact) -> Any:
        """The value, checked against its hash. Raises AnatofitError where it was altered or is gone."""
        folder = self._object(artifact.sha256)
        try:
            tree = json.loads((folder / "value.json").read_text(encoding="ascii"))
            count = sum(1 for _ in folder.glob("*.npy"))
            value = decode(tree, [np.load(folder / f"{n}.npy", allow_pickle=False) for n in range(count)])
        except (OSError, ValueError) as error:
            raise AnatofitError("a stored artifact cannot be read. Empty the store and run again") from error
        if digest(value) != artifact.sha256:
            raise AnatofitError(
                "a stored artifact was altered: its content does not have its hash. Empty the store and run again"
            )
        return value

    def recall(self, key: str) -> dict[str, Any] | None:
        """The result noted under `key`, where every artifact of it is still there."""
        note = self.root / "results" / f"{key}.json"
        if not note.is_file():
            return None
        result: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        there = all(self._object(a["sha256"]).is_dir() for a in result["outputs"].values())
        return result if there else None

    def note(self, key: str, result: Mapping[str, Any]) -> None:
        """Remembers the result of a step under the hash of its inputs."""
        folder = self.root / "results"
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".note-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(result))
        Path(name).replace(folder / f"{key}.json")

    def _object(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise AnatofitError("an artifact was named by something that is no SHA-256; nothing was read")
        return self.root / "objects" / sha256[:2] / sha256

    def _beside(self, folder: Path) -> _Fresh:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return _Fresh(folder)


class _Fresh:
    """A folder under a passing name that gets its true name whole, or vanishes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".fresh-"))

    def publish(self) -> None:
        """Gives the folder its name, unless another process was faster with the same content."""
        try:
            self.path.rename(self._folder)
        except OSError:
            if not self._folder.is_dir():
                raise

    def __enter__(self) -> _Fresh:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
