"""What a site says of its exchange with archives: who may send to us, and where a scan can be fetched. Secrets are named, never held."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# PS3.5, 6.2: sixteen characters without backslash or control characters; blanks at the ends do not count.
AE_TITLE = r"^[!-\[\]-~](?:[ -\[\]-~]{0,14}[!-\[\]-~])?$"
# PS3.5, 6.2 (SH), without what an archive would take for a pattern: an order is for one study.
ACCESSION = r"^[!-)+->@-\[\]-~](?:[ -)+->@-\[\]-~]{0,14}[!-)+->@-\[\]-~])?$"
UID_TEXT = r"^[0-9]+(?:\.[0-9]+)*$"
AeTitle = Annotated[str, Field(pattern=AE_TITLE)]
Port = Annotated[int, Field(ge=1, le=65535)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def is_loopback(host: str) -> bool:
    """The host is this machine, by name or number."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Tls(_Strict):
    """Files of a server's TLS: its certificate, the key (0600), and who signs the certificates of callers."""

    certificate: Path
    key: Path
    callers_ca: Path


class Receive(_Strict):
    """[receive]: where and for whom the listener takes scans. On this machine alone, and for nobody, unless the site says so."""

    address: str = "127.0.0.1"
    port: Port = 11112  # registered for DICOM
    ae_title: AeTitle = "ANATOFIT"
    callers: list[AeTitle] = Field(default_factory=list)
    quiet_s: float = Field(default=30.0, gt=0)
    tls: Tls | None = None
    without_tls: bool = False

    @model_validator(mode="after")
    def _guarded(self) -> Receive:
        ip_address(self.address)  # a number, so that no name server decides where it listens
        if not is_loopback(self.address) and self.tls is None and not self.without_tls:
            raise ValueError(
                "for an address beyond this machine [receive.tls], or without_tls = true where the network is guarded,"
            )
        return self


class Web(_Strict):
    """[pacs.NAME] of kind "dicomweb". login: a variable of the environment, or a file (0600), that holds it."""

    kind: Literal["dicomweb"]
    url: str = Field(pattern=r"^https?://[^\s/?#@]+(?:/[^\s?#@]*)?$")
    auth: Literal["none", "basic", "bearer"] = "none"
    login_variable: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    login_file: Path | None = None
    ca: Path | None = None
    without_tls: bool = False

    @model_validator(mode="after")
    def _guarded(self) -> Web:
        if (self.auth != "none") != ((self.login_variable is None) != (self.login_file is None)):
            raise ValueError("with auth basic or bearer one of login_variable and login_file, with auth none neither,")
        host = self.url.split("://", 1)[1].split("/")[0].rsplit(":", 1)[0].strip("[]")
        if self.url.startswith("http:") and not is_loopback(host) and not self.without_tls:
            raise ValueError(
                "for an archive beyond this machine https, or without_tls = true where the network is guarded,"
            )
        return self


class Dimse(_Strict):
    """[pacs.NAME] of kind "dimse". ours: our AE title; for retrieve = "move" it receives at our_address and our_port.

    tls: both ways. ca: who signs the archive's certificate (and must be named where the archive calls us back); certificate, key: ours.
    """

    kind: Literal["dimse"]
    host: str = Field(min_length=1, max_length=253)
    port: Port
    ae_title: AeTitle
    ours: AeTitle = "ANATOFIT"
    retrieve: Literal["get", "move"] = "get"
    our_address: str = "127.0.0.1"
    our_port: Port = 11113
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    without_tls: bool = False

    @model_validator(mode="after")
    def _guarded(self) -> Dimse:
        ip_address(self.our_address)
        beyond = not is_loopback(self.host) or (self.retrieve == "move" and not is_loopback(self.our_address))
        if beyond and not self.tls and not self.without_tls:
            raise ValueError(
                "for an archive beyond this machine tls = true, or without_tls = true where the network is guarded,"
            )
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate together with key, or neither,")
        if self.tls and self.retrieve == "move" and (self.ca is None or self.certificate is None):
            raise ValueError('with tls and retrieve = "move" ca, certificate and key, as the archive calls us back,')
        if not self.tls and (self.ca, self.certificate) != (None, None):
            raise ValueError("tls = true beside ca, certificate and key")
        return self


Pacs = Annotated[Web | Dimse, Field(discriminator="kind")]
