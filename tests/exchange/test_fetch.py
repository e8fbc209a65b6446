"""An order may name an accession number in place of a folder: its scan is fetched for the run, and the pack does not tell it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from anatofit.app.fetch import fetched
from anatofit.app.prescription import read_job
from anatofit.app.resolved import pack_texts, prescription_sha256
from anatofit.errors import AnatofitError, PrescriptionError, ScanUnsuitableError
from tests.app.fakes import PRESCRIPTION, write_prescription
from tests.exchange.archives import Shelf, web
from tests.exchange.peers import instance

NUMBER = "A-17"


def _order(folder: Path, url: str, *, source: str = f'accession = "{NUMBER}"') -> Path:
    (folder / "anatofit.toml").write_text(f'[pacs.main]\nkind = "dicomweb"\nurl = "{url}"\n', encoding="utf-8")
    lines = PRESCRIPTION.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("dicom"))
    return write_prescription(folder, "\n".join([*lines[:at], source, *lines[at + 1 :], ""]))


def test_the_scan_is_there_for_the_run_and_gone_behind_it(tmp_path):
    with web(Shelf([instance(1), instance(2)])) as archive:
        job = read_job(_order(tmp_path, archive.url))
        with pytest.raises(AnatofitError, match="not fetched"):
            assert job.scan
        with fetched(job) as ready:
            folder = ready.scan
            assert len(list(folder.iterdir())) == 2
            assert folder.parent.parent.stat().st_mode & 0o077 == 0
    assert not folder.exists() and not folder.parent.parent.exists()


def test_a_scan_that_does_not_come_stops_the_run_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spare"))
    (tmp_path / "spare").mkdir()
    with web(Shelf([instance(1), instance(2)], sends=[instance(1)])) as archive:
        job = read_job(_order(tmp_path, archive.url))
        with pytest.raises(ScanUnsuitableError, match="pull-incomplete"), fetched(job):
            pass
    assert list((tmp_path / "spare").iterdir()) == []


def test_the_pack_leaves_the_number_out_and_says_so(tmp_path):
    job = read_job(_order(tmp_path, "https://192.0.2.7/x"))
    texts = pack_texts(job)
    assert all(NUMBER.encode() not in data for data in texts.values())
    assert (
        texts["prescription.toml"].startswith(b"# ")
        and b"accession number of the scan was left out" in texts["prescription.toml"]
    )
    # a hash of the file as written would let the number be found by trying
    assert job.text_sha256 != prescription_sha256(job) and job.text_sha256.encode() not in texts["prescription.toml"]
    assert "accession" not in tomllib.loads(texts["prescription.toml"].decode())["source"]


@pytest.mark.parametrize(
    "source",
    [
        "",
        'accession = "A-17"\ndicom = "scan"',
        'accession = "A*"',
        'dicom = "scan"\npacs = "main"',
        'accession = "A-17"\npacs = "no"',
    ],
)
def test_a_source_that_is_none_or_two_is_refused_without_repeating_it(source, tmp_path):
    with pytest.raises(PrescriptionError) as caught:
        read_job(_order(tmp_path, "https://192.0.2.7/x", source=source))
    assert all("A-17" not in r.message and "A*" not in r.message for r in caught.value.reasons)


def test_a_folder_that_is_named_for_the_run_stands_for_whatever_the_order_names(tmp_path):
    job = read_job(_order(tmp_path, "https://192.0.2.7/x"), scan=tmp_path / "here")
    assert job.scan == tmp_path / "here" and job.archive is None
    assert job.replaced == (
        "the folder of the scan was named on the command line, in place of what the prescription says",
    )


@pytest.mark.flow
def test_the_flow_reads_the_scan_that_was_fetched(tmp_path):
    personalize = pytest.importorskip("pipelines.personalize")
    path = _order(tmp_path, "https://192.0.2.7/x")
    place = personalize.Place(prescription=str(path), store=str(tmp_path), scan=str(tmp_path / "here"))
    assert place.job().scan == tmp_path / "here"
