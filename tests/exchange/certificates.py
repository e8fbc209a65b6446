"""Certificates of a site that are made when a test needs them, by openssl."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from anatofit.exchange.secure import tls_context
from anatofit.model.exchange import Tls


def make_certificates(folder: Path) -> Path:
    """A CA of the site, a server and a caller signed by it, one that is signed for another host, and a stranger signed by nobody."""
    if not shutil.which("openssl"):
        pytest.skip("needs openssl (scripts/system-packages --archive)")
    run = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    quiet = {"cwd": folder, "check": True, "capture_output": True}
    for name in ("ca", "stranger"):
        subprocess.run([*run, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}"], **quiet)
    here = "DNS:localhost,IP:127.0.0.1"
    for name, host in (("server", here), ("caller", here), ("elsewhere", "DNS:elsewhere.example.org")):
        extra = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", f"subjectAltName={host}"]
        subprocess.run([*run, *extra, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}"], **quiet)
    for key in folder.glob("*.key"):
        key.chmod(0o600)
    return folder


def server_tls(folder: Path) -> ssl.SSLContext:
    """As our listener would be set."""
    return tls_context(Tls(certificate=folder / "server.pem", key=folder / "server.key", callers_ca=folder / "ca.pem"))


def caller_tls(folder: Path, name: str | None) -> ssl.SSLContext:
    """A caller that shows the certificate of that name, or none."""
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if name:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context
