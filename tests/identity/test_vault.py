"""The vault: one file for its owner alone, that loses nobody and is refused by name where others could read it."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path

import pytest

from anatofit.errors import PrescriptionError
from anatofit.identity.patient import PatientIdentity
from anatofit.identity.vault import open_vault

DOE = PatientIdentity(number="4711", name="Doe^Jane", birth_date="19700203")


def rules(path: Path) -> set[str]:
    with pytest.raises(PrescriptionError) as caught:
        open_vault(path)
    assert str(path) not in str(caught.value)
    return {r.rule for r in caught.value.reasons}


def test_it_is_made_for_its_owner_alone_whatever_the_umask(vault: Path) -> None:
    import os

    before = os.umask(0)
    try:
        open_vault(vault).pseudonym(DOE)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(p.stat().st_mode) for p in vault.parent.iterdir()} == {0o600}


def test_one_person_written_in_two_ways_has_one_pseudonym_and_another_has_another(vault: Path) -> None:
    keeper = open_vault(vault)
    same = [DOE, PatientIdentity(number=" 4711 ", name="DOE^JANE"), PatientIdentity(number="４７１１")]
    assert len({keeper.pseudonym(p) for p in same}) == 1
    unnumbered = [
        PatientIdentity(name="Doe^Jane", birth_date="19700203"),
        PatientIdentity(name="doe jane", birth_date="19700203"),
    ]
    assert len({keeper.pseudonym(p) for p in unnumbered}) == 1
    others = [
        PatientIdentity(number="4712"),
        PatientIdentity(number="4711", issuer="B"),
        PatientIdentity(name="4711"),
        *unnumbered[:1],
    ]
    assert len({keeper.pseudonym(p) for p in [DOE, *others]}) == 5


def test_the_vault_alone_says_who_it_is(vault: Path) -> None:
    name = open_vault(vault).pseudonym(DOE)
    again = open_vault(vault)
    assert again.who(name) == DOE and again.who("P-0") is None and again.pseudonym(DOE) == name
    assert "Doe" not in repr(DOE) + repr(again) + repr(again.keyed) and "4711" not in name


def test_a_vault_that_others_could_read_is_refused_by_name(vault: Path) -> None:
    open_vault(vault)
    vault.chmod(0o640)
    assert rules(vault) == {"vault-open"}
    vault.chmod(0o600)
    vault.parent.chmod(0o777)
    assert rules(vault) == {"vault-open"}
    vault.parent.chmod(0o1777)
    assert rules(vault) == {"vault-open"}


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b'{"schema": 1, "key": "00", "patients": {}}', b"\xff\xfe", b'{"schema": 2}']
)
def test_a_file_that_is_no_vault_is_refused_and_stays_as_it_is(vault: Path, content: bytes) -> None:
    vault.write_bytes(content)
    vault.chmod(0o600)
    assert rules(vault) == {"vault"}
    assert vault.read_bytes() == content


def test_a_link_or_a_folder_or_nowhere_is_no_vault(vault: Path) -> None:
    real = vault.with_name("real")
    open_vault(real)
    vault.symlink_to(real)
    assert rules(vault) == {"vault"}
    assert rules(vault.parent) == {"vault"} or rules(vault.parent) == {"vault-open"}
    assert rules(vault.parent / "none" / "vault") == {"vault"}


def test_what_a_killed_process_left_is_wiped(vault: Path) -> None:
    left = vault.with_name(f".{vault.name}-abc")
    left.write_bytes(b"Doe")
    open_vault(vault)
    assert not left.exists()


def _add(path: Path, first: int) -> None:
    keeper = open_vault(path)
    for n in range(first, first + 20):
        keeper.pseudonym(PatientIdentity(number=str(n)))


def test_processes_that_add_patients_at_once_lose_none(vault: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add, args=(vault, 1000 * n)) for n in range(1, 4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(json.loads(vault.read_text())["patients"]) == 60
    assert not [p for p in vault.parent.iterdir() if p.name.startswith(".")]
