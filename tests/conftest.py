"""Shared by all tests: no test leaves this machine, none depends on its locale, and real cases are optional."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = ("127.", "localhost", "::1")

# the same examples on every run: a red test stays red until it is mended
settings.register_profile(
    "house", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")

# Prefect's temporary server must neither call home nor ask the network for news
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")


def _refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Stops a connection or a name lookup that would leave this machine."""
    if event == "socket.connect":
        host = arguments[1][0] if isinstance(arguments[1], tuple) else ""
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, str) and host and not host.startswith(LOOPBACK):
        raise RuntimeError(f"a test asked for the network: {host}")


sys.addaudithook(_refuse_the_network)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def cases() -> Path:
    """Folder of real cases that are not part of the project: ANATOFIT_CASES, or `shared/cases` beside the checkout."""
    folder = Path(os.environ.get("ANATOFIT_CASES", ROOT.parent / "shared" / "cases"))
    if not folder.is_dir():
        pytest.skip("no real cases on this machine (set ANATOFIT_CASES)")
    return folder
