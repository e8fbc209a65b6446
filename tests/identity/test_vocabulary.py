"""Words of radiology are shown in every script, and nothing that could be a person's, a number of theirs or a date."""

from __future__ import annotations

import pytest

from anatofit.ingest.header.disclosure import BECOMES, attribute_table
from anatofit.ingest.header.headers import TAGS
from anatofit.ingest.header.shown import anonymous_uid, kernel, stand_in
from anatofit.model.vocabulary import harmless


@pytest.mark.parametrize(
    "text",
    ["CT Head 1.25 bone", "Schädel nativ 0,6 mm H60s", "Crâne sans 1mm Br64d\\3", "頭部 骨条件 1.0mm", "두개골 뼈 1.0", "头颅 骨窗 0.625 FC30",
     "Кости голова 1.0", "cabeza hueso 0.6x0.6", "THIN BONE AXIAL 1.25", "Head-Neck/Angio+C", ""],
)  # fmt: skip
def test_descriptions_of_radiology_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    "text, shown",
    [
        ("CT Head Doe^Jane", "CT Head […]"),
        ("山田太郎 頭部", "[…] 頭部"),
        ("bone 471198", "bone […]"),
        ("head 03.02.1970", "head […]"),
        ("head 03 02 70", "head […]"),
        ("head 03/02/70", "head […]"),
        ("Jane's head", "[…] head"),
        ("QZCANARY", "[…]"),
        ("../../x", "[…]"),
        ("bone -- head", "bone -- head"),
        ("head\u202eenod", "[…]"),
    ],
)
def test_names_numbers_and_dates_are_withheld(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_kernels_that_are_not_known_are_withheld_and_still_told_apart() -> None:
    assert kernel("H60s") == "H60s" and kernel("Doe") != kernel("Roe")
    assert kernel("Doe").startswith("[…] ") and "Doe" not in kernel("Doe")


def test_a_uid_that_bears_the_patient_is_replaced_and_any_other_stays() -> None:
    marks = ("MRN-0047119", "19700203")
    for uid in ("1.2.19700203.4", "1.2.0047119.1", "1.2.47119.3", "1.2.03021970", "1.2.1970.0203"):
        assert anonymous_uid(uid, marks=marks) == stand_in(uid) != uid
    for uid in ("1.2.840.20240115.7", "", "1.2.3"):
        assert anonymous_uid(uid, marks=marks) == uid
    assert anonymous_uid("1.2.12.1", marks=("12", "")) == "1.2.12.1"


def test_the_reports_table_tells_of_every_attribute_that_is_read() -> None:
    assert set(BECOMES) == set(TAGS)
    told = [name for _, names in attribute_table() for name in names]
    assert sorted(told) == sorted(TAGS)
