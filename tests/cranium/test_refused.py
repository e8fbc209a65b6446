"""Skulls and rims that allow no design are refused by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatofit.errors import DefectError, ScanUnsuitableError
from anatofit.locate.cavity import cavity_points
from anatofit.locate.cranium import locate_cranium
from anatofit.model.case import Locate
from anatofit.model.frame import Laterality
from anatofit.restore.cranium import restore_cranium
from tests.cranium.conftest import Chain


def test_the_top_of_a_vault_is_refused_by_name(chain: Chain) -> None:
    volume = chain.bone.volume
    hu = np.array(volume.hu)
    hu[: 2 * len(hu) // 3] = -1000
    with pytest.raises(ScanUnsuitableError) as caught:
        cavity_points(replace(chain.bone, volume=replace(volume, hu=hu)))
    assert [r.rule for r in caught.value.reasons] == ["field-of-view"]


def test_a_rim_around_nothing_is_refused_by_name(chain: Chain) -> None:
    point = tuple(map(float, chain.located.defect.centre_lps_mm))
    with pytest.raises(DefectError) as caught:
        locate_cranium(chain.bone, ordered=Laterality.RIGHT, overrides=Locate(rim=[point] * 8))
    assert [r.rule for r in caught.value.reasons] == ["rim"]


def test_a_hole_that_holds_no_bone_is_refused_by_name(chain: Chain) -> None:
    """The rim is drawn on the whole bone of the other side."""
    across = chain.located.midsagittal.reflect(chain.located.defect.outline_lps_mm)
    rim = [tuple(map(float, p)) for p in across[::4]]
    located = locate_cranium(chain.bone, ordered=Laterality.UNPAIRED, overrides=Locate(rim=rim))
    with pytest.raises(DefectError) as caught:
        restore_cranium(chain.bone, located)
    assert [r.rule for r in caught.value.reasons] == ["nothing-missing"]
