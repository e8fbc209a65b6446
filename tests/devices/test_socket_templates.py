"""Rectifications are data: those of the library stay in their bounds and name their sources, and a file of one's own is checked strictly."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import ValidationError

from anatofit.app.template import LARGEST_BYTES, parse_template, read_template
from anatofit.devices.socket import DEVICE
from anatofit.devices.socket.spec import SocketPlanForm, library
from anatofit.errors import PrescriptionError
from anatofit.model.rectification import Template

OWN = b"""
name = "clinic"
title = "Our own"
source = "agreed in the clinic"
[[reduction]]
at = "tibial_tubercle"
percent = 3.0
[[region]]
name = "bar"
at = "patellar_tendon"
half_along_mm = 4.0
half_around_mm = 12.0
falloff_mm = 14.0
depth_mm = -5.0
source = "felt"
"""


@pytest.mark.parametrize("name", DEVICE.envelope.rows["template"].choices)
def test_templates_of_the_library_name_their_sources_and_say_what_is_proposed(name: str) -> None:
    found = library(name)
    assert found.name == name and found.proposal and "proposal" in found.source
    assert all(region.proposal and region.source for region in found.region)


def test_a_file_of_ones_own_stands_in_place_of_the_library(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(OWN)
    template = read_template(tmp_path / "own.toml")
    spec = DEVICE.spec({}, surgery=SocketPlanForm(), template=template)
    assert spec.rectification.name == "clinic" and [r.name for r in spec.rectification.region] == ["bar"]


@pytest.mark.parametrize(
    "was, becomes, said",
    [
        (b"depth_mm = -5.0", b"depth_mm = -50.0", "region.[1].depth_mm"),
        (b"percent = 3.0", b"percent = 30.0", "reduction.[1].percent"),
        (b"falloff_mm = 14.0", b"falloff_mm = 0.0", "region.[1].falloff_mm"),
        (b'at = "patellar_tendon"', b'at = "ankle"', "region.[1].at"),
        (b'source = "felt"', b'source = "felt"\nMustermann = 1', "a key that is not known"),
        (b"depth_mm = -5.0", b"depth_mm = nan", "region.[1].depth_mm"),
        (b"[[reduction]]", b"[[reduction", "no valid TOML"),
        (OWN, b"\xff\xfe", "UTF-8"),
        (OWN, b"a = " + 5000 * b"[", "nested too deeply"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_place_and_not_repeated(was: bytes, becomes: bytes, said: str) -> None:
    with pytest.raises(PrescriptionError) as stopped:
        parse_template(OWN.replace(was, becomes))
    (reason,) = stopped.value.reasons
    assert reason.rule == "rectification" and said in reason.message and "Mustermann" not in reason.message


def test_a_file_out_of_the_folder_a_link_and_a_large_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(OWN)
    (tmp_path / "link.toml").symlink_to(tmp_path / "own.toml")
    (tmp_path / "large.toml").write_bytes(OWN + b"#" * LARGEST_BYTES)
    for name in ("link.toml", "large.toml", "none.toml"):
        with pytest.raises(PrescriptionError):
            read_template(tmp_path / name)
    for path in ("../own.toml", "/etc/passwd.toml", "a/b.toml", "own", "..toml", "x\n.toml"):
        with pytest.raises(ValidationError):
            SocketPlanForm.model_validate({"template": path})


def test_whatever_bytes_lie_in_a_file_nothing_but_a_refusal_comes_of_them() -> None:
    draw = random.Random(5)
    for _ in range(600):
        data = bytearray(OWN)
        for _ in range(draw.randint(1, 8)):
            at = draw.randrange(len(data))
            data[at : at + draw.randint(0, 3)] = bytes(
                draw.choices(b'[]{}=".,\n\\ -0123456789abcdef\xff\x00', k=draw.randint(0, 3))
            )
        with suppress(PrescriptionError):
            assert isinstance(parse_template(bytes(data)), Template)


def test_a_region_of_the_plan_bears_a_name_of_its_own() -> None:
    region = {
        "name": "patellar tendon",
        "at": "patellar_tendon",
        "half_along_mm": 4,
        "half_around_mm": 4,
        "falloff_mm": 9,
        "depth_mm": 1,
        "source": "s",
    }
    with pytest.raises(PrescriptionError, match="name of its own"):
        DEVICE.spec({}, surgery=SocketPlanForm.model_validate({"region": [region]}))


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (b'name = "bar"', b'name = "bar_1"', "letters, digits, spaces and , ( ) + / -"),
        (b'name = "clinic"', b'name = "clinic!"', "dots, dashes and underscores"),
        (b"depth_mm = -5.0", b"depth_mm = -5.0\nthiker_mm = 1.0", "known are thicker_mm, "),
    ],
)
def test_a_wrong_name_or_key_is_told_what_is_allowed(was: bytes, becomes: bytes, said: str) -> None:
    with pytest.raises(PrescriptionError) as stopped:
        parse_template(OWN.replace(was, becomes))
    assert said in str(stopped.value)
