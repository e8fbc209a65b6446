"""With real peers: dcmtk sends, Orthanc is pulled from, and both end in a pack."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from tests.exchange.peers import PROGRAM, STUDY, files, listening, raw, wait_for, write

ORTHANC, PLUGIN = shutil.which("Orthanc"), Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
NAMESPACES = os.geteuid() == 0 and all(map(shutil.which, ("unshare", "nsenter", "ip")))
pytestmark = [
    pytest.mark.archive,
    pytest.mark.skipif(not shutil.which("storescu"), reason="needs dcmtk (scripts/system-packages --archive)"),
]
needs_orthanc = pytest.mark.skipif(
    not (ORTHANC and PLUGIN.exists() and NAMESPACES),
    reason="needs Orthanc with DICOMweb (scripts/system-packages --archive) and the right to make a network namespace (root)",
)
ACCESSION = "ACC-2024/17"
SITE = """
[pacs.web]
kind = "dicomweb"
url = "http://127.0.0.1:8042/dicom-web"

[pacs.get]
kind = "dimse"
host = "127.0.0.1"
port = 4242
ae_title = "ORTHANC"

[pacs.move]
kind = "dimse"
host = "127.0.0.1"
port = 4242
ae_title = "ORTHANC"
retrieve = "move"
"""


def _storescu(port, folder, *options, prefix=(), called="ANATOFIT"):
    command = [
        *prefix,
        "storescu",
        *options,
        "-aet",
        "STORESCU",
        "-aec",
        called,
        "127.0.0.1",
        str(port),
        "+sd",
        str(folder),
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The project's own sample case, with an accession number."""
    from anatofit.samples import write_sample

    folder = tmp_path_factory.mktemp("sample") / "case"
    write_sample("head", folder)
    for path in (folder / "scan").iterdir():
        ds = dcmread(path)
        ds.AccessionNumber = ACCESSION
        ds.save_as(path)
    return folder


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory, sample) -> Iterator[list[str]]:
    """Orthanc with the sample in a network namespace of its own (Debian's listens on every address); how to enter it."""
    folder = tmp_path_factory.mktemp("orthanc")
    settings = {
        "StorageDirectory": str(folder), "IndexDirectory": str(folder), "RemoteAccessAllowed": True,
        "AuthenticationEnabled": False, "DicomAet": "ORTHANC", "DicomPort": 4242, "HttpPort": 8042,
        "DicomAlwaysAllowStore": True, "DicomAlwaysAllowFind": True, "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True, "DicomModalities": {"us": ["ANATOFIT", "127.0.0.1", 11113]},
        "Plugins": [str(PLUGIN)], "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }  # fmt: skip
    (folder / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
    log = (folder / "log").open("wb")
    command = ["unshare", "-n", "sh", "-c", f"ip link set lo up; exec Orthanc {folder / 'orthanc.json'}"]
    process = subprocess.Popen(command, stdout=log, stderr=log)
    enter = ["nsenter", "-t", str(process.pid), "-n"]
    try:
        wait_for(lambda: b"Orthanc has started" in (folder / "log").read_bytes(), within_s=60)
        sender = _storescu(4242, sample / "scan", prefix=enter, called="ORTHANC")
        assert sender.wait(timeout=120) == 0, sender.stderr.read()
        sender.stderr.close()
        (folder / "anatofit.toml").write_text(SITE, encoding="utf-8")
        yield [*enter, *PROGRAM]
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Where the archives are named."""
    path = tmp_path_factory.mktemp("site") / "anatofit.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


def _sums(folder):
    return {str(d.SOPInstanceUID): d.PixelData for d in map(dcmread, folder.iterdir())}


@needs_orthanc
@pytest.mark.parametrize("way", ["web", "get", "move"])
def test_orthanc_gives_the_study_whole_by_every_way(way, orthanc, site, sample, tmp_path):
    command = [*orthanc, "pull", "--accession", ACCESSION, "--from", way, "--site", site, "--into", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert _sums(tmp_path / "out" / "scan") == _sums(sample / "scan")
    assert ACCESSION not in done.stdout + done.stderr


@needs_orthanc
@pytest.mark.parametrize("way", ["web", "get"])
def test_orthanc_has_no_study_of_a_number_that_it_does_not_know(way, orthanc, site, tmp_path):
    command = [*orthanc, "pull", "--accession", "NONE", "--from", way, "--site", site, "--into", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "AF-4009 study-not-found" in done.stderr


@needs_orthanc
@pytest.mark.slow
def test_an_order_with_an_accession_number_becomes_a_pack(orthanc, site, sample, tmp_path):
    order = tmp_path / "order.toml"
    text = (sample / "prescription.toml").read_text(encoding="utf-8")
    order.write_text(text.replace('dicom = "scan/"', f'accession = "{ACCESSION}"\npacs = "web"'), encoding="utf-8")
    spare = tmp_path / "tmp"
    spare.mkdir()
    done = subprocess.run(
        [*orthanc, "run", order, "--out", tmp_path / "pack", "--site", site],
        capture_output=True, text=True, check=False, env=os.environ | {"TMPDIR": str(spare)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(spare.iterdir()) == []  # what was fetched went when the run ended
    for path in (p for p in (tmp_path / "pack").rglob("*") if p.is_file()):
        assert ACCESSION.encode() not in path.read_bytes(), path.name
    assert ACCESSION not in done.stdout + done.stderr
    bring = [*orthanc, "pull", "--accession", ACCESSION, "--from", "web", "--site", site, "--into", tmp_path / "again"]
    assert subprocess.run(bring, capture_output=True, check=False).returncode == 0
    checked = [*PROGRAM, "check", tmp_path / "pack", "--scan", tmp_path / "again" / "scan"]
    assert subprocess.run(checked, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
def test_a_study_that_dcmtk_sends_becomes_a_pack(sample, tmp_path):
    order = ("--order", str(sample / "prescription.toml"), "--out", str(tmp_path / "packs"))
    with listening(tmp_path / "in", "--expect", "132", "--once", *order, caller="STORESCU") as here:
        sender = _storescu(here.port, sample / "scan")
        assert sender.wait(timeout=120) == 0, sender.stderr.read()
        sender.stderr.close()
        assert here.process.wait(timeout=500) == 0, here.log.read_text(encoding="utf-8")
    (pack,) = (tmp_path / "packs").iterdir()
    assert (pack / "manifest.json").exists() and re.fullmatch(r"[0-9a-f]{32}-v1", pack.name)
    assert _sums(next((tmp_path / "in" / "studies").iterdir()) / "v1") == _sums(sample / "scan")


def test_sixty_four_senders_beside_five_hundred_idle_connections_lose_nothing(tmp_path):
    senders, each = 64, 4
    for n in range(senders):
        write(tmp_path / "send" / str(n), range(each), study=f"{STUDY}.{n}", size=64)
    with listening(tmp_path / "in", caller="STORESCU") as here:
        idle = [raw(here.port) for _ in range(500)]
        running = [_storescu(here.port, tmp_path / "send" / str(n)) for n in range(senders)]
        codes = []
        for process in running:
            codes.append(process.wait(timeout=120))
            process.stderr.close()
        for connection in idle:
            connection.close()
        assert codes == [0] * senders
        here.kill()  # what was acknowledged does not need an orderly end
    assert len(files(tmp_path / "in")) == senders * each


def test_what_dcmtk_sent_when_the_listener_was_killed_is_sent_again_and_whole(tmp_path):
    write(tmp_path / "send", range(200), size=64)
    with listening(tmp_path / "in", caller="STORESCU") as here:
        sender = _storescu(here.port, tmp_path / "send")
        wait_for(lambda: len(files(tmp_path / "in")) > 30)
        here.kill()
        assert sender.wait(timeout=60) != 0
        sender.stderr.close()
    with listening(tmp_path / "in", "--expect", "200", caller="STORESCU") as here:
        again = _storescu(here.port, tmp_path / "send")
        assert again.wait(timeout=60) == 0
        again.stderr.close()
        wait_for(lambda: "closed (complete)" in here.log.read_text(encoding="utf-8"))
    assert len(files(tmp_path / "in")) == 200


def test_dcmtk_is_refused_under_a_name_that_is_not_known(tmp_path):
    write(tmp_path / "send", [1])
    with listening(tmp_path / "in", caller="SOMEBODY") as here:
        sender = _storescu(here.port, tmp_path / "send")
        assert sender.wait(timeout=30) != 0
        assert "Rejected" in sender.stderr.read()
        sender.stderr.close()
        start = time.perf_counter()
        done = subprocess.run(
            ["echoscu", "-aet", "SOMEBODY", "-aec", "ANATOFIT", "127.0.0.1", str(here.port)], check=False
        )
        assert done.returncode == 0 and time.perf_counter() - start < 5
    assert files(tmp_path / "in") == []
