"""A pull brings the study that was asked for, whole, or says by name what is wrong; a hostile archive gains nothing."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace

import pytest
from pydantic import ValidationError
from pydicom import dcmread

from anatofit.app.fetch import bring
from anatofit.app.settings import load_settings
from anatofit.errors import AnatofitError, OutputError, PrescriptionError, RequestError, ScanUnsuitableError
from anatofit.exchange.pull import PULL_LIMITS, pull
from anatofit.model.exchange import Dimse, Receive, Web
from tests.exchange.archives import Shelf, dimse, listing, multipart, part10, web
from tests.exchange.peers import CANARY, STUDY, instance

WAYS = {"dicomweb": web, "get": dimse, "move": lambda shelf: dimse(shelf, retrieve="move")}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def _shelf(slices=3, **options):
    return Shelf([instance(n) for n in range(1, slices + 1)], **options)


def _refused(archive, into, code, **options):
    with pytest.raises(AnatofitError) as caught:
        pull(archive, into, **(options or {"accession": "A-17"}))
    (reason,) = caught.value.reasons
    assert reason.code == code
    assert CANARY not in reason.message and "A-17" not in reason.message
    return reason.message


@ways
@pytest.mark.parametrize("asked", [{"accession": "A-17"}, {"study": STUDY}])
def test_the_study_comes_as_it_is(way, asked, tmp_path):
    shelf = _shelf()
    with way(shelf) as archive:
        pulled = pull(archive, tmp_path / "out", **asked)
    assert (pulled.instance_count, pulled.aside) == (3, 0)
    came = {str(d.SOPInstanceUID): d for d in map(dcmread, pulled.folder.iterdir())}
    assert all(came[d.SOPInstanceUID] == d for d in shelf.lists) and len(came) == 3
    record = (tmp_path / "out" / "pull.json").read_text(encoding="utf-8")
    assert json.loads(record)["instances"] == 3 and STUDY not in record and "A-17" not in record
    assert not (tmp_path / "out" / "incoming").exists() and not (tmp_path / "out" / "quarantine").exists()


def test_over_dicomweb_the_very_bytes_of_the_archive_are_kept(tmp_path):
    shelf = _shelf(1)
    with web(shelf) as archive:
        pulled = pull(archive, tmp_path / "out", study=STUDY)
    (path,) = pulled.folder.iterdir()
    assert path.read_bytes() == part10(shelf.lists[0])


@ways
def test_no_study_is_said(way, tmp_path):
    with way(_shelf()) as archive:
        _refused(archive, tmp_path / "out", "AF-4009", accession="OTHER")
    assert not (tmp_path / "out").exists()


@ways
def test_several_studies_are_named_with_their_counts_and_none_is_guessed(way, tmp_path):
    shelf = Shelf([instance(1), instance(1, study="1.2.826.0.1.8"), instance(2, study="1.2.826.0.1.8")])
    with way(shelf) as archive:
        said = _refused(archive, tmp_path / "out", "AF-4010")
    assert f"{STUDY} (1 instance)" in said and "1.2.826.0.1.8 (2 instances)" in said


@ways
def test_what_is_missing_is_named(way, tmp_path):
    shelf = _shelf(4)
    shelf.sends = shelf.lists[::3]
    with way(shelf) as archive:
        said = _refused(archive, tmp_path / "out", "AF-4011")
    assert "lists 4 instances, 2 came" in said and "series 3 instance 2, series 3 instance 3" in said


@ways
def test_a_study_that_counts_more_than_it_lists_is_not_whole(way, tmp_path):
    with way(_shelf(2, count=5)) as archive:
        assert "speaks of 5 instances" in _refused(archive, tmp_path / "out", "AF-4011")


@ways
def test_what_nobody_asked_for_is_kept_aside(way, tmp_path):
    shelf = _shelf(2)
    shelf.sends = [*shelf.lists, instance(9), instance(1, study="1.2.826.0.1.8"), instance(1, seed=4)]
    with way(shelf) as archive:
        pulled = pull(archive, tmp_path / "out", accession="A-17")
    assert (pulled.instance_count, pulled.aside) == (2, 3)
    records = [json.loads(p.read_text("utf-8")) for p in (tmp_path / "out" / "quarantine").glob("*.json")]
    assert sorted(r["reason"] for r in records) == ["not-promised", "other-bytes", "other-study"]
    assert len(list(pulled.folder.iterdir())) == 2


@pytest.mark.parametrize("way", [WAYS["get"], WAYS["move"]], ids=["get", "move"])
@pytest.mark.filterwarnings("ignore")  # of the peer about its own UID
@pytest.mark.parametrize("uid", ["../../../evil", "/etc/evil", "1.2/../../x"])
def test_no_name_of_an_archive_becomes_a_path(way, uid, tmp_path):
    shelf = _shelf(1)
    evil = instance(2)
    evil.SOPInstanceUID = evil.file_meta.MediaStorageSOPInstanceUID = uid
    shelf.sends = [*shelf.lists, evil]
    with way(shelf) as archive:
        pulled = pull(archive, tmp_path / "out", accession="A-17")
    assert pulled.instance_count == 1
    assert {p.relative_to(tmp_path).parts[0] for p in tmp_path.rglob("*")} == {"out"}


@ways
def test_a_folder_in_use_is_not_touched(way, tmp_path):
    (tmp_path / "mine").write_bytes(b"x")
    with way(_shelf()) as archive, pytest.raises(OutputError):
        pull(archive, tmp_path, accession="A-17")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("kind", ["dicomweb", "dimse"])
def test_an_archive_that_does_not_answer_is_said(kind, tmp_path):
    from tests.exchange.peers import free_port

    port = free_port()
    archive = (
        Web(kind="dicomweb", url=f"http://127.0.0.1:{port}/x")
        if kind == "dicomweb"
        else Dimse(kind="dimse", host="127.0.0.1", port=port, ae_title="X")
    )
    _refused(archive, tmp_path / "out", "AF-4008")


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b""),
        (200, {"Content-Type": "application/dicom+json"}, b"<html>"),
        (200, {"Content-Type": "application/dicom+json"}, b"[" * 100_000),
        (200, {"Content-Type": "application/dicom+json"}, b'[{"0020000D": {"Value": 7}}, 3, null]x'),
        (302, {"Location": "http://127.0.0.1:1/elsewhere"}, b""),
        (200, {"Content-Encoding": "gzip", "Content-Type": "application/dicom+json"}, zlib.compress(b"[]")),
    ],
    ids=["500", "html", "deep", "types", "redirect", "packed"],
)
def test_answers_that_are_none_are_refused_and_no_redirect_is_followed(answer, tmp_path):
    with web(_shelf(answer=lambda _path: answer)) as archive:
        _refused(archive, tmp_path / "out", "AF-4008")


@pytest.mark.parametrize(
    "value", [[], [{"0020000D": {"Value": ["../x"]}, "00080050": {"Value": ["A-17"]}}], [{"0020000D": 7}], [None, 3]]
)
def test_rows_without_a_uid_are_no_studies(value, tmp_path):
    with web(_shelf(answer=lambda _path: listing(value))) as archive:
        _refused(archive, tmp_path / "out", "AF-4009")


def test_a_list_without_end_is_cut(tmp_path):
    endless = (200, {"Content-Type": "application/dicom+json"}, b"[" + b" " * (17 * 1024**2) + b"]")
    with web(_shelf(answer=lambda _path: endless)) as archive:
        _refused(archive, tmp_path / "out", "AF-4012")


@ways
def test_a_study_larger_than_any_is_cut(way, tmp_path):
    limits = replace(PULL_LIMITS, largest_study_bytes=3000)
    with way(_shelf(8)) as archive, pytest.raises(ScanUnsuitableError) as caught:
        pull(archive, tmp_path / "out", accession="A-17", limits=limits)
    assert caught.value.reasons[0].code == "AF-4012"
    assert sum(p.stat().st_size for p in (tmp_path / "out").rglob("*.dcm")) <= 3000


def test_an_answer_that_ends_in_the_middle_leaves_no_part(tmp_path):
    whole = multipart([part10(instance(1)), part10(instance(2))])

    def answer(path):
        if "/series/" in path and not path.split("?")[0].endswith("instances"):
            return whole[0], whole[1], whole[2][:-400]
        return _answers(path)

    shelf = _shelf(2)
    from tests.exchange.archives import _web_answer

    _answers = _web_answer(Shelf(shelf.lists))
    shelf.answer = answer
    with web(shelf) as archive:
        _refused(archive, tmp_path / "out", "AF-4008")
    assert len(list((tmp_path / "out" / "scan").iterdir())) == 1 and not (tmp_path / "out" / "incoming").exists()


@pytest.mark.parametrize("status", [0xA701, 0xB000])
def test_an_archive_that_fails_half_way_is_judged_by_what_came(status, tmp_path):
    shelf = _shelf(3)
    shelf.sends = shelf.lists[:1]
    with dimse(shelf, status=status) as archive:
        assert "1 came" in _refused(archive, tmp_path / "out", "AF-4011")


def test_a_login_comes_from_the_environment_or_a_guarded_file_and_is_never_shown(tmp_path, monkeypatch):
    shelf = _shelf(1)
    monkeypatch.setenv("PACS_LOGIN", "me:secret")
    with web(shelf, auth="basic", login_variable="PACS_LOGIN") as archive:
        pull(archive, tmp_path / "a", accession="A-17")
    assert all(h["Authorization"] == "Basic bWU6c2VjcmV0" for h in shelf.headers)
    file = tmp_path / "token"
    file.write_text("t0ken\n", encoding="utf-8")
    file.chmod(0o644)
    with web(shelf, auth="bearer", login_file=file) as archive:
        assert "chmod 600" in _refused(archive, tmp_path / "b", "AF-4007")
        file.chmod(0o600)
        pull(archive, tmp_path / "b", accession="A-17")
    assert shelf.headers[-1]["Authorization"] == "Bearer t0ken"
    monkeypatch.delenv("PACS_LOGIN")
    with web(shelf, auth="basic", login_variable="PACS_LOGIN") as archive:
        _refused(archive, tmp_path / "c", "AF-4007")


@pytest.mark.parametrize("number", ["*", "A?", "A\\B", "", "x" * 17, " A", "A\n"])
def test_an_accession_number_that_is_a_pattern_is_no_number(number, tmp_path):
    with pytest.raises(RequestError) as caught:
        bring(tmp_path / "out", archive=None, accession=number)
    assert caught.value.reasons[0].rule == "command"


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Receive, {"address": "0.0.0.0"}),  # noqa: S104 - that is the point
        (Receive, {"address": "::"}),
        (Receive, {"address": "example.org"}),
        (Receive, {"callers": ["TOO LONG AN AE TITLE"]}),
        (Receive, {"port": 0}),
        (Web, {"kind": "dicomweb", "url": "http://192.0.2.7/dicom-web"}),
        (Web, {"kind": "dicomweb", "url": "https://me:secret@192.0.2.7/"}),
        (Web, {"kind": "dicomweb", "url": "file:///etc/passwd"}),
        (Web, {"kind": "dicomweb", "url": "https://192.0.2.7/", "auth": "basic"}),
        (Dimse, {"kind": "dimse", "host": "192.0.2.7", "port": 104, "ae_title": "P"}),
        (Dimse, {"kind": "dimse", "host": "127.0.0.1", "port": 104, "ae_title": "P", "tls": True, "retrieve": "move"}),
    ],
)
def test_settings_that_would_leave_a_door_open_are_refused(model, values):
    with pytest.raises(ValidationError):
        model.model_validate(values)


SITE = """
[receive]
callers = ["CT1"]
[receive.tls]
certificate = "server.pem"
key = "server.key"
callers_ca = "ca.pem"
[pacs.main]
kind = "dicomweb"
url = "https://192.0.2.7/dicom-web"
[pacs.old]
kind = "dimse"
host = "127.0.0.1"
port = 104
ae_title = "OLD"
"""


def test_a_site_names_its_archives_and_files_beside_its_settings(tmp_path):
    site = tmp_path / "anatofit.toml"
    site.write_text(SITE, encoding="utf-8")
    settings = load_settings(site)
    assert set(settings.archives) == {"main", "old"} and settings.receive.callers == ["CT1"]
    assert settings.receive.tls.key == tmp_path / "server.key"
    for name in (None, "other"):
        with pytest.raises(PrescriptionError, match="main, old"):
            settings.archive(name)


@pytest.mark.parametrize(
    "table", ['[pacs.x]\nkind = "ftp"', "[pacs]\nx = 3", '[receive]\naddress = "0.0.0.0"', "[receive]\nx = 1"]
)
def test_wrong_tables_of_a_site_are_said_with_their_place(table, tmp_path):
    site = tmp_path / "anatofit.toml"
    site.write_text(table, encoding="utf-8")
    with pytest.raises(PrescriptionError, match=r"\[(pacs\.x|receive)\]"):
        load_settings(site)
