"""Finds product lines by name through the entry points of installed packages; ours use the same door."""

from __future__ import annotations

from importlib.metadata import entry_points

from anatofit.devices.base import Device
from anatofit.errors import PrescriptionError, Reason

GROUP = "anatofit.devices"


def list_devices() -> list[str]:
    """Names of all installed product lines, sorted."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def get_device(name: str) -> Device:
    """The product line of that name. Raises PrescriptionError naming those that exist."""
    for point in entry_points(group=GROUP):
        if point.name == name:
            device: Device = point.load()
            return device
    known = ", ".join(list_devices()) or "none installed"
    raise PrescriptionError(Reason("order.device", f"was {name!r}; one of these is wanted: {known}"))
