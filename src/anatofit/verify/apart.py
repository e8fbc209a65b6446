"""Measures a folder of files in a process that has nothing else: `python -m anatofit.verify.apart FOLDER < requirements > findings`.

The folder holds plan.json, device/ and models/ as a pack does. Requirements and findings are JSON lists, in the same order.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from anatofit.model.finding import Finding, Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.run import verify
from anatofit.verify.stl_reader import parse_stl

# The work is shared by two processes: one looks at the part alone, the other at the part in the bone. About half each.
_OF_GUIDES = {"feature_wall", "engravings", "slot_plane_mm", "slot_plane_deg", "slot_opening", "channels"}
_FIRST = frozenset({"min_wall", "max_wall", "self_intersection", "holes", "engraving", *_OF_GUIDES})
_MODELS_OF_FIRST = ("host",)  # which of the part's places face bone, or lie at it
# Checks that look from every place of a part, each as long as most others together; the files are compared beside the fewer of them.
_DEAR = {
    "min_wall", "max_wall", "self_intersection", "penetration", "wrong_seat", "clearance_min", "coverage", "insertion",
    "insole_top_median", "insole_slope", "insole_thickness", "open_ways", "socket_inner_median", "socket_strength",
}  # fmt: skip
_EITHER = "stl_3mf_same"


def shares(requirements: Sequence[Requirement]) -> list[list[int]]:
    """The places in the list that each process is given."""
    checks = [r.check for r in requirements]
    dear = [check in _FIRST for check in checks if check in _DEAR]
    first = _FIRST | {_EITHER} if 2 * sum(dear) < len(dear) else _FIRST
    parted = ([n for n, c in enumerate(checks) if (c in first) is one] for one in (True, False))
    return [share for share in parted if share]


def measure(folder: Path, requirements: Sequence[Requirement]) -> list[Finding]:
    """A finding for each requirement, from the files alone."""
    parts = _read(folder / "device")
    models = _read(
        folder / "models", _MODELS_OF_FIRST if {r.check for r in requirements} <= _FIRST | {_EITHER} else None
    )
    plan = json.loads((folder / "plan.json").read_bytes())
    files = {f"device/{path.name}": path for path in sorted((folder / "device").iterdir())}
    return verify(parts, requirements=requirements, models=models, plan=plan, files=files)


def _read(folder: Path, names: Sequence[str] | None = None) -> dict[str, Mesh]:
    """The meshes of the folder by name; only those named, where names are given."""
    paths = (path for path in sorted(folder.glob("*.stl")) if names is None or path.stem in names)
    return {path.stem: parse_stl(path.read_bytes()) for path in paths}


def main() -> None:
    """Reads the requirements from standard input and writes the findings to standard output."""
    requirements = [Requirement.model_validate(r) for r in json.load(sys.stdin)]
    findings = measure(Path(sys.argv[1]), requirements)
    json.dump([f.model_dump(mode="json") for f in findings], sys.stdout)


if __name__ == "__main__":
    main()
