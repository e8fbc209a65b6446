"""The manifest is the one that was written: the hash of its content stands in the ledger's last line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anatofit.verify.ledger_chain import pack_line
from anatofit.verify.pack_files import LEDGER, safe_path

SEAL = "manifest_content_sha256"
# Files and ledger are held by hashes of their own; the ledger, which holds the seal, cannot be under it.
_BESIDE_THE_SEAL = ("outputs", "ledger_sha256")
_OUTPUT_KEYS = {"path", "sha256", "bytes"}


def content_sha256(manifest: Mapping[str, Any]) -> str:
    """Of the manifest without what is held by other hashes: JSON of ASCII, keys sorted, without spaces."""
    content = {k: v for k, v in manifest.items() if k not in _BESIDE_THE_SEAL}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def seal_faults(pack: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Why the manifest is not the one that was written; empty where it is. Raises ValueError or OSError without a ledger."""
    parameters = pack_line(safe_path(pack, LEDGER).read_bytes()).get("parameters")
    sealed = parameters.get(SEAL) if isinstance(parameters, dict) else None
    if sealed is None:
        return [
            "the ledger's last line bears no hash of manifest.json: the pack was made by an earlier version, or altered; "
            "make it again from its order"
        ]
    faults = []
    if content_sha256(manifest) != sealed:
        faults.append(
            "manifest.json was altered after the pack was made: the hash of its content is not the one in the ledger's last "
            "line; take the pack from the archive again, or make it again from its order"
        )
    more = sorted({str(k) for r in manifest["outputs"] for k in {*r} ^ _OUTPUT_KEYS})
    if more:
        faults.append(
            f"manifest.json was altered: its outputs bear path, sha256 and bytes alone; {', '.join(more)} differ"
        )
    return faults
