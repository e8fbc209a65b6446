"""Everything wrong with an order is said at once, by key, with what is wanted, and without identity."""

from __future__ import annotations

from pathlib import Path

import pytest

from anatofit.app.prescription import Job, read_job
from anatofit.app.settings import load_settings
from anatofit.devices.cranial_plate import DEVICE
from anatofit.errors import PrescriptionError
from anatofit.model.case import Make
from tests.app.fakes import PRESCRIPTION, write_prescription


@pytest.fixture(autouse=True)
def _one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anatofit.devices.registry.list_devices", lambda: ["cranial-plate"])

    class Point:
        name = "cranial-plate"
        module = "anatofit.devices.cranial_plate"
        dist = None

        def load(self) -> object:
            return DEVICE

    monkeypatch.setattr("anatofit.devices.registry.entry_points", lambda group: [Point()])


def refused(path: Path, **options: object) -> dict[str, str]:
    with pytest.raises(PrescriptionError) as caught:
        read_job(path, **options)
    assert caught.value.reasons
    return {r.rule: r.message for r in caught.value.reasons}


def job(tmp_path: Path, text: str = PRESCRIPTION, **options: object) -> Job:
    return read_job(write_prescription(tmp_path, text), **options)


def test_a_right_order_is_resolved_with_defaults_of_product_and_site(tmp_path) -> None:
    made = job(tmp_path)
    assert made.spec.gap_mm == 0.5
    assert made.spec.thickness_mm == DEVICE.envelope.rows["thickness_mm"].default
    assert (made.material.name, made.material.density_g_cm3) == ("PEEK", 1.32)
    assert made.scan == tmp_path / "scan"


def test_the_date_of_the_order_may_be_a_text_or_a_day(tmp_path) -> None:
    for given in ('order.date="2026-01-02"', "order.date=2026-01-02"):
        assert job(tmp_path, overrides=[given]).prescription.order.date == "2026-01-02"
    written = tmp_path / "dated.toml"
    written.write_text(PRESCRIPTION.replace("[order]", "[order]\ndate = 2026-01-02"))
    assert read_job(written).prescription.order.date == "2026-01-02"


def test_what_is_no_day_is_refused_without_a_word_of_python(tmp_path) -> None:
    path = write_prescription(tmp_path)
    said = refused(path, overrides=["order.date=2026-01-02T10:00:00"])["order.date"]
    assert "was 2026-01-02T10:00:00; a day such as 2026-01-31" in said and "no time of day, is wanted" in said
    for value, repeated in (("2026-01-02", "2026-01-02"), ("[2026-01-02, true]", "[2026-01-02, true]")):
        assert f"was {repeated};" in refused(path, overrides=[f"design.gap_mm={value}"])["design.gap_mm"]


def test_every_reason_is_said_at_once(tmp_path) -> None:
    text = (
        PRESCRIPTION.replace('"R"', '"Q"').replace("0.5", "9.0")
        + 'wall = 3\n[make]\nmaterial = "cheese"\n[magic]\nx = 1\n'
    )
    said = refused(write_prescription(tmp_path, text))
    assert {"order.laterality", "design.gap_mm", "design.wall", "magic"} <= set(said)
    assert (
        "0.3" in said["design.gap_mm"]
        and "1.5" in said["design.gap_mm"]
        and "bone does not bridge" in said["design.gap_mm"]
    )


def test_a_mistake_in_one_table_hides_none_in_another(tmp_path) -> None:
    text = PRESCRIPTION.replace('prescriber = "Department of Neurosurgery"\n', 'date = "2026-02-30"\n')
    text += 'thickness_mm = 5.0\nthickness_max_mm = 4.0\nwall = 3\n[make]\nmaterial = "cheese"\nprinter = 3\n'
    text += '[[waiver]]\nrule = "slice-thickness"\nreason = ""\nby = ""\n[[waiver]]\nrule = "gantry-tilt"\nreason = "x"\nby = "y"\n'
    said = refused(write_prescription(tmp_path, text), overrides=["design.gap_mm=9", "oops"])
    wrong = "order.prescriber order-date make.material make.printer waiver[1].reason waiver[1].by waiver set"
    assert set(said) == {*wrong.split(), "design.gap_mm", "design.wall", "design.thickness_max_mm"}
    assert "number 2" in said["waiver"]


@pytest.mark.parametrize("waiver", ["3", "[3]", '"x"', "[{rule = 3}]", "[{}]"])
def test_a_waiver_that_is_none_is_refused_by_its_own_key(tmp_path, waiver: str) -> None:
    said = refused(write_prescription(tmp_path, f"waiver = {waiver}\n" + PRESCRIPTION))
    assert said and all(rule.startswith("waiver") for rule in said)


def test_no_message_begins_with_the_key_that_stands_before_it(tmp_path) -> None:
    text = PRESCRIPTION.replace("case", "cases").replace('"R"', "3") + "thickness_mm = 5.0\nthickness_max_mm = 4.0\n"
    said = refused(write_prescription(tmp_path, text), overrides=["order.prescriber=''", "make.material='cheese'"])
    assert said["order.case"] == "is missing; add it"
    assert "a text of at least 1 character is wanted" in said["order.prescriber"]
    assert [rule for rule, message in said.items() if rule.rpartition(".")[2] in message.split(";")[0].split()] == []


def test_a_wrong_entry_of_the_sites_file_is_named_with_its_table(tmp_path) -> None:
    (tmp_path / "anatofit.toml").write_text("[material.X]\nsource = 'x'\n")
    path = write_prescription(tmp_path)
    with pytest.raises(PrescriptionError) as caught:
        read_job(path)
    said = [r.message for r in caught.value.reasons]
    assert "[material.X] of anatofit.toml: density_g_cm3 is missing; add it" in said


def test_material_and_printer_are_looked_up(tmp_path) -> None:
    said = refused(write_prescription(tmp_path, PRESCRIPTION + '[make]\nmaterial = "cheese"\nprinter = "oven"\n'))
    assert set(said) == {"make.material", "make.printer"} and "PEEK" in said["make.material"]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e309", '"0.5 mm"', "true", "[0.5]"])
def test_a_design_value_that_is_no_finite_number_is_named(tmp_path, value: str) -> None:
    said = refused(write_prescription(tmp_path, PRESCRIPTION.replace("gap_mm = 0.5", f"gap_mm = {value}")))
    assert set(said) == {"design.gap_mm"}


@pytest.mark.parametrize("text", ["", "[order", "a = 1\na = 2\n", "\x00", "x = " + "[" * 5000])
def test_a_file_that_is_no_order_is_refused(tmp_path, text: str) -> None:
    assert refused(write_prescription(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = 2\na = 3\n", "line 3: the key 'a' was set before"),
        ("[order]\ncase = 1\ncase = 'SECRET'", "line 3: the key 'case' was set before"),
        ("a = 1\n[a]\nb = 2\n", "line 2: what it sets was set before"),
        ("[order]\n[order]\n", "Cannot declare ('order',) twice (at line 2"),
    ],
)
def test_what_stands_twice_is_named_with_its_line(tmp_path, text: str, said: str) -> None:
    message = refused(write_prescription(tmp_path, text))["prescription"]
    assert said in message and "SECRET" not in message


def test_a_missing_file_a_folder_and_bytes_are_refused(tmp_path) -> None:
    assert "No such file" in refused(tmp_path / "none.toml")["prescription"]
    assert "folder" in refused(tmp_path)["prescription"]
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    assert "UTF-8" in refused(tmp_path / "b.toml")["prescription"]


@pytest.mark.parametrize("case", ["../../x", "/etc/x", "a\\nb", "\\u202Egnp", "x" * 10000, "$(id)", "=cmd", ""])
def test_a_case_that_cannot_be_engraved_is_refused_without_being_repeated(tmp_path, case: str) -> None:
    said = refused(write_prescription(tmp_path, PRESCRIPTION.replace("A-0001", case)))
    assert set(said) == {"order.case"}
    assert not case or case not in said["order.case"]
    assert len(said["order.case"]) < 300


def test_no_message_repeats_who_the_patient_is(tmp_path) -> None:
    text = PRESCRIPTION + '[patient]\nid = 4711\nbirth_year = "DOE^JOHN"\nid_sha256 = "DOE^JANE"\n'
    said = refused(write_prescription(tmp_path, text))
    assert set(said) == {"patient.id", "patient.birth_year", "patient.id_sha256"}
    assert not any(secret in message for message in said.values() for secret in ("4711", "DOE"))


def test_keys_are_overruled_on_the_command_line(tmp_path) -> None:
    made = job(tmp_path, overrides=["design.gap_mm=0.6", "make.material=PMMA", "design.fixation=recess"])
    assert (made.spec.gap_mm, made.material.name, made.spec.fixation) == (0.6, "PMMA", "recess")


def test_what_the_command_line_puts_in_place_of_the_order_is_told(tmp_path) -> None:
    path = write_prescription(tmp_path)
    entries = ["design.gap_mm=0.6", "order.laterality=U", "locate.defect=1", "order.case=X-2", "patient.id='1234567'"]
    told = read_job(path, overrides=entries).replaced
    assert told[0] == "design.gap_mm was set to 0.6 on the command line; the prescription says 0.5"
    assert told[1] == "order.laterality was set to 'U' on the command line; the prescription says 'R'"
    assert told[2] == "locate.defect was set to 1 on the command line; the prescription does not name it"
    assert told[3].startswith("order.case was set on the command line") and "X-2" not in told[3]
    assert "1234567" not in "".join(told)
    assert read_job(path).replaced == ()


@pytest.mark.parametrize("normal", ["[0, 0, 0]", "[1e200, 1e200, 0]"])
def test_a_midplane_without_a_direction_is_refused(tmp_path, normal: str) -> None:
    entry = f"locate.midplane={{point_lps_mm=[0,0,0],normal_lps={normal}}}"
    with pytest.raises(PrescriptionError, match=r"locate\.midplane\.normal_lps.*a direction with a length"):
        read_job(write_prescription(tmp_path), overrides=[entry])


@pytest.mark.parametrize("entry", ["gap_mm=1", "design.gap_mm", "=3", "design..x=1", "order.case.x=1"])
def test_a_wrong_override_is_refused(tmp_path, entry: str) -> None:
    assert "set" in refused(write_prescription(tmp_path), overrides=[entry])


def test_an_override_cannot_smuggle_a_second_key(tmp_path) -> None:
    said = refused(write_prescription(tmp_path), overrides=["design.gap_mm=0.6\n[make]\nmaterial='PMMA'"])
    assert set(said) == {"design.gap_mm"}


@pytest.mark.parametrize("value", ["-50", "149.9", "1501", "nan", '"high"'])
def test_an_edge_that_is_none_of_bone_is_refused_with_its_range(tmp_path, value: str) -> None:
    said = refused(write_prescription(tmp_path), overrides=[f"locate.edge_hu={value}"])["locate.edge_hu"]
    assert f"was {value.strip(chr(34))}" in said.replace("'", "").replace('"', "")
    assert "a number from 150 to 1500 (HU: between soft tissue and dense cortex) is wanted" in said


def test_an_edge_of_bone_is_taken(tmp_path) -> None:
    made = [job(tmp_path, overrides=[f"locate.edge_hu={value}"]) for value in ("150", "1500")]
    assert [m.prescription.locate.edge_hu for m in made] == [150.0, 1500.0]


def test_a_waiver_of_an_unknown_rule_is_refused(tmp_path) -> None:
    text = PRESCRIPTION + '[[waiver]]\nrule = "gantry-tilt"\nreason = "x"\nby = "y"\n'
    assert "waiver" in refused(write_prescription(tmp_path, text))


SITE = '[default]\nmaterial = "OURS"\n[material.OURS]\ndensity_g_cm3 = 2.0\nsmallest_wall_mm = 1.0\nsmallest_hole_mm = 1.0\nsource = "lab"\n'


def test_the_sites_file_beside_the_prescription_adds_to_the_defaults(tmp_path) -> None:
    (tmp_path / "anatofit.toml").write_text(SITE)
    assert job(tmp_path).material.density_g_cm3 == 2.0
    assert job(tmp_path, overrides=["make.material=PEEK"]).material.name == "PEEK"


def test_a_bone_plate_has_a_default_of_its_own_and_the_site_may_take_it_back() -> None:
    shipped = load_settings()
    assert [m.name for m in shipped.choose(Make(), device="bone-plate")] == ["Ti-6Al-4V", "laser-bed-250"]
    assert [m.name for m in shipped.choose(Make(material="PMMA"), device="bone-plate")] == ["PMMA", "laser-bed-250"]
    assert [m.name for m in shipped.choose(Make(), device="insole")] == ["TPU-85A", "filament-300"]
    assert [m.name for m in shipped.choose(Make(), device="cranial-plate")] == ["PEEK", "filament-200"]


def test_a_site_s_default_of_one_device_goes_before_what_ships(tmp_path) -> None:
    (tmp_path / "anatofit.toml").write_text('[default.bone-plate]\nmaterial = "PEEK"\n')
    assert [m.name for m in load_settings(beside=tmp_path).choose(Make(), device="bone-plate")] == [
        "PEEK",
        "filament-200",
    ]
    (tmp_path / "anatofit.toml").write_text('[default.bone-plate]\nmetal = "steel"\n')
    with pytest.raises(PrescriptionError, match=r"default\.bone-plate"):
        load_settings(beside=tmp_path)


def test_the_named_site_file_goes_first(tmp_path) -> None:
    (tmp_path / "anatofit.toml").write_text("[nonsense]\n")
    (tmp_path / "named.toml").write_text(SITE)
    assert job(tmp_path, site=tmp_path / "named.toml").material.name == "OURS"


@pytest.mark.parametrize(
    "text", ["[nonsense]\n", "material = 3\n", "[material.X]\nsource = 'x'\n", "[", SITE.replace("2.0", "nan")]
)
def test_a_wrong_site_file_is_refused(tmp_path, text: str) -> None:
    (tmp_path / "anatofit.toml").write_text(text)
    assert "site" in refused(write_prescription(tmp_path))


def test_a_misspelt_key_is_told_the_nearest_that_is_known_first(tmp_path) -> None:
    said = refused(write_prescription(tmp_path, PRESCRIPTION.replace("prescriber", "perscriber")))
    assert "known are prescriber, " in said["order.perscriber"]
    said = refused(write_prescription(tmp_path, PRESCRIPTION.replace("gap_mm = 0.5", "gapmm = 0.5")))
    assert "known are gap_mm, " in said["design.gapmm"]
