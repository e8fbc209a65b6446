"""TLS on both sides of an exchange: version 1.2 or newer, certificates of a CA that the site names, keys that nobody else can read."""

from __future__ import annotations

import ssl
from pathlib import Path

from anatofit.errors import Reason, RequestError
from anatofit.model.exchange import Dimse, Tls


def tls_context(tls: Tls, *, where: str = "[receive.tls]") -> ssl.SSLContext:
    """For who is called: shows our certificate, and asks for one of the caller. Raises RequestError, which names the table `where`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        _guarded(tls.key)
        context.load_cert_chain(tls.certificate, tls.key)
        context.load_verify_locations(tls.callers_ca)
    except OSError as error:  # an SSLError is one
        why = "certificate, key or the callers' CA for TLS cannot be read, or do not belong together"
        raise RequestError(Reason("site", f"{why} ({type(error).__name__}); correct {where}")) from error
    return context


def client_context(archive: Dimse) -> ssl.SSLContext:
    """For who calls: the archive must show a certificate for its host, and is shown ours where there is one. Raises RequestError."""
    context = trusting(archive.ca)
    if archive.certificate is None or archive.key is None:
        return context
    try:
        _guarded(archive.key)
        context.load_cert_chain(archive.certificate, archive.key)
    except OSError as error:
        why = "certificate or key for TLS with the archive cannot be read, or do not belong together"
        raise RequestError(Reason("site", f"{why} ({type(error).__name__}); correct [pacs.NAME]")) from error
    return context


def trusting(ca: Path | None) -> ssl.SSLContext:
    """A context that believes certificates of `ca` alone, or of the system's CAs. Raises RequestError."""
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as error:
        why = f"the CA of the archive cannot be read, or is none ({type(error).__name__}); correct [pacs.NAME] ca"
        raise RequestError(Reason("site", why)) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def move_context(archive: Dimse) -> ssl.SSLContext | None:
    """For the archive that calls us back (C-MOVE): with the certificate that we call it with, and certificates of the same CA; None without
    TLS. Raises RequestError."""
    if not archive.tls:
        return None
    assert archive.certificate is not None and archive.key is not None and archive.ca is not None  # held by the model
    return tls_context(
        Tls(certificate=archive.certificate, key=archive.key, callers_ca=archive.ca), where="[pacs.NAME]"
    )


def _guarded(key: Path) -> None:
    """Raises OSError where the key is not there, RequestError where others can read it."""
    if key.stat().st_mode & 0o077:
        why = "the key for TLS can be read by others than its owner; take that right away (chmod 600)"
        raise RequestError(Reason("site", why))
