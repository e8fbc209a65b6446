"""Every installed product line keeps the same promises."""

from __future__ import annotations

import pytest

from anatofit.devices.base import Device, surgery_of
from anatofit.devices.registry import get_device, list_devices
from anatofit.errors import PrescriptionError


def test_the_cranial_plate_is_found_through_its_entry_point() -> None:
    assert "cranial-plate" in list_devices()


def test_every_device_keeps_the_protocol_and_accepts_its_own_defaults() -> None:
    for name in list_devices():
        device = get_device(name)
        assert isinstance(device, Device)
        assert device.name == name
        assert device.envelope.resolve({})
        if surgery_of(device) is None:
            device.spec({})


def test_an_unknown_device_is_refused_with_those_that_exist() -> None:
    with pytest.raises(PrescriptionError, match="cranial-plate"):
        get_device("teapot")
