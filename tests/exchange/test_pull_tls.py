"""Pulls over TLS: what comes is what is there, and neither side believes a stranger (C-GET, C-MOVE and DICOMweb)."""

from __future__ import annotations

import ssl
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from anatofit.errors import AnatofitError, RequestError
from anatofit.exchange.pull import pull
from anatofit.model.exchange import Dimse, Web
from tests.exchange.archives import Shelf, dimse, web
from tests.exchange.certificates import caller_tls, server_tls
from tests.exchange.peers import STUDY, instance

WAYS = ("get", "move", "dicomweb")


def shelf() -> Shelf:
    return Shelf([instance(n) for n in (1, 2, 3)])


def archive(way: str, at: Path, *, shows: str = "server", **settings: Any) -> AbstractContextManager[Dimse | Web]:
    """An archive that shows the certificate `shows`; we believe the site's CA, and show the caller's certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(at / f"{shows}.pem", at / f"{shows}.key")
    if way == "dicomweb":
        return web(shelf(), tls=tls, **{"ca": at / "ca.pem", **settings})
    tls.load_verify_locations(at / "ca.pem")
    tls.verify_mode = ssl.CERT_REQUIRED
    back = caller_tls(at, "server") if way == "move" else None
    ours = {"certificate": at / "caller.pem", "key": at / "caller.key"}
    given = {"ca": at / "ca.pem", **ours, **settings}
    return dimse(shelf(), retrieve=way, guard=tls, calls_back=back, **given)


def refused(made: Dimse | Web, into: Path) -> tuple[str, str]:
    with pytest.raises(AnatofitError) as caught:
        pull(made, into, study=STUDY)
    (reason,) = caught.value.reasons
    assert not list(into.rglob("*.dcm"))
    return reason.rule, reason.message


@pytest.mark.parametrize("way", WAYS)
def test_the_study_comes_whole_over_tls(way: str, certificates: Path, tmp_path: Path) -> None:
    with archive(way, certificates) as made:
        assert pull(made, tmp_path / "out", study=STUDY).instance_count == 3


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("shows", ["stranger", "elsewhere"])
def test_an_archive_with_a_strange_certificate_or_one_for_another_host_is_not_believed(
    way: str, shows: str, certificates: Path, tmp_path: Path
) -> None:
    with archive(way, certificates, shows=shows) as made:
        rule, message = refused(made, tmp_path / "out")
    assert rule == "pacs-unreachable" and ("certificate" in message or "SSLError" in message)


@pytest.mark.parametrize("way", ["get", "move"])
def test_an_archive_that_asks_for_our_certificate_turns_a_stranger_away(
    way: str, certificates: Path, tmp_path: Path
) -> None:
    wrong = {"certificate": certificates / "stranger.pem", "key": certificates / "stranger.key"}
    with archive(way, certificates, **wrong) as made:
        assert refused(made, tmp_path / "out")[0] == "pacs-unreachable"


# the library that plays the archive leaves a socket open where its call back is turned away
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("calls", [None, "plain", "stranger"])
def test_what_an_archive_sends_back_without_a_certificate_of_the_site_is_not_taken(
    calls: str | None, certificates: Path, tmp_path: Path
) -> None:
    back = None if calls == "plain" else caller_tls(certificates, calls)
    ours = {"certificate": certificates / "caller.pem", "key": certificates / "caller.key"}
    given = {"ca": certificates / "ca.pem", **ours}
    with dimse(shelf(), retrieve="move", guard=server_tls(certificates), calls_back=back, **given) as made:
        assert refused(made, tmp_path / "out")[0] in ("pull-incomplete", "pacs-unreachable")


@pytest.mark.parametrize("way", WAYS)
def test_files_for_tls_that_are_none_are_said_before_anything_is_sent(
    way: str, certificates: Path, tmp_path: Path
) -> None:
    (none := tmp_path / "none.pem").write_text("no certificate")
    for wrong in (none, tmp_path / "absent.pem"):
        with archive(way, certificates, ca=wrong) as made:
            rule, message = refused(made, tmp_path / "out")
        assert rule == "site" and "[pacs.NAME]" in message and "none.pem" not in message


def test_a_key_that_others_can_read_is_refused_for_archives_too(certificates: Path, tmp_path: Path) -> None:
    (key := tmp_path / "open.key").write_bytes((certificates / "caller.key").read_bytes())
    key.chmod(0o640)
    with (
        archive("get", certificates, key=key) as made,
        pytest.raises(RequestError, match="chmod 600"),
    ):
        pull(made, tmp_path / "out", study=STUDY)


@pytest.mark.parametrize(
    "values",
    [
        {"tls": True, "retrieve": "move"},
        {"tls": True, "retrieve": "move", "ca": "ca.pem"},
        {"tls": True, "retrieve": "move", "certificate": "a.pem", "key": "a.key"},
        {"tls": True, "certificate": "a.pem"},
        {"ca": "ca.pem"},
    ],
)
def test_settings_that_would_lead_to_half_a_tls_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Dimse.model_validate({"kind": "dimse", "host": "127.0.0.1", "port": 104, "ae_title": "P", **values})
