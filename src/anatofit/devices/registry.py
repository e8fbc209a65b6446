"""Finds product lines by name through the entry points of installed packages; ours use the same door.

A package that cannot be loaded, or whose line does not keep the promises of `devices/base.py`, is named and hinders no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from anatofit.devices.base import BONE, CRANIUM, CT, FOOT, LIMB, SURFACE, Device, made_on, sources_of
from anatofit.devices.guarded import FAILURES, Guarded, unusable
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.words import shown

GROUP = "anatofit.devices"
OURS = "anatofit"
# What `Device` asks for; looked for by name, so that one that lacks some is told which.
_WANTED = ("name", "title", "envelope", "scan_limits", "spec", "plan", "read_plan", "build", "requirements")


@dataclass(frozen=True)
class Package:
    """Where a stranger's product line comes from: distribution, version, and the hash over the files of its package."""

    name: str
    version: str
    code_sha256: str


def list_devices() -> list[str]:
    """Names of all installed product lines, sorted; those too that cannot be used."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def usable_devices() -> Iterator[Device]:
    """The installed product lines that can be used, by name."""
    for name in list_devices():
        try:
            yield get_device(name)
        except PrescriptionError:
            continue


def get_device(name: str) -> Device:
    """The product line of that name. Raises PrescriptionError naming those that exist, or saying why it cannot be used."""
    points = [point for point in entry_points(group=GROUP) if point.name == name]
    if not points:
        known = ", ".join(list_devices()) or "none installed"
        raise PrescriptionError(Reason("order.device", f"was {name!r}; one of these is wanted: {known}"))
    if len({getattr(point, "value", None) for point in points}) > 1:
        whose = " and ".join(sorted({_told(point) for point in points}))
        raise unusable(name, f"{whose} both bring one of that name")
    return _loaded(points[0])


def package_of(name: str) -> Package | None:
    """The package that a product line comes from; None for our own, which our own version tells."""
    point = next((p for p in entry_points(group=GROUP) if p.name == name), None)
    if point is None or point.dist is None or _is_ours(point):
        return None
    return Package(point.dist.name, point.dist.version, _code_sha256(point.module))


def _is_ours(point: EntryPoint) -> bool:
    dist = getattr(point, "dist", None)
    return (dist is not None and dist.name == OURS) or point.module.split(".")[0] == OURS


def _loaded(point: EntryPoint) -> Device:
    try:
        device: Device = point.load()
        broken = _broken(device, point.name)
    except FAILURES as error:  # whatever a stranger's module does when it is loaded must not stop other lines
        raise unusable(point.name, f"{_told(point)} cannot be loaded ({type(error).__name__})") from error
    if broken:
        raise unusable(point.name, f"what {_told(point)} brings {broken}")
    return device if _is_ours(point) else cast(Device, Guarded(device, name=point.name, package=_told(point)))


def _broken(device: Device, name: str) -> str:
    """What a product line lacks to be one; nothing where it is sound."""
    if lacking := [key for key in _WANTED if not hasattr(device, key)]:
        return f"lacks {', '.join(lacking)}"
    if device.name != name:
        return f"bears the name {shown(device.name)} and not that of its entry point"
    if made_on(device) not in (CRANIUM, BONE, FOOT, LIMB) or not sources_of(device) <= {CT, SURFACE}:
        return "says of made_on or sources what devices/base.py does not know"
    if made_on(device) == BONE and CT in sources_of(device) and not hasattr(device, "places"):
        return "is made on a bone out of a CT and lacks places, which tell the bone that is meant"
    return "" if device.envelope.rows else "has an envelope without a row"


def _told(point: EntryPoint) -> str:
    dist = getattr(point, "dist", None)
    return "a package without a name" if dist is None else f"the package {dist.name} {dist.version}"


@cache
def _code_sha256(module: str) -> str:
    """Over names and contents of the files beside a module that is a file, or of the whole package that it stands for."""
    spec = find_spec(module)
    origin = Path(spec.origin) if spec is not None and spec.origin else None
    if origin is None:
        return hashlib.sha256(b"").hexdigest()
    root = origin.parent if origin.name == "__init__.py" else origin
    files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc")
    out = hashlib.sha256()
    for path in files:
        out.update(f"{path.relative_to(root.parent).as_posix()}\0".encode())
        out.update(hashlib.sha256(path.read_bytes()).digest())
    return out.hexdigest()
