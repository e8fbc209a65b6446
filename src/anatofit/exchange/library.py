"""The one door to pynetdicom and dicomweb-client, which says what is missing and for what; both are kept from logging values."""

from __future__ import annotations

import importlib
import logging
from functools import cache
from typing import Any

from anatofit.errors import Reason, RequestError


@cache
def library(name: str) -> Any:
    """The module `name`. Raises RequestError where it is not installed."""
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        root = name.split(".")[0].replace("_", "-")
        raise RequestError(
            Reason(
                "exchange-missing",
                f"{root} is not installed, which the exchange with archives needs; install anatofit[exchange]",
            )
        ) from error
    # their messages quote what came over the wire, and that may identify a patient
    for quiet in ("pynetdicom", "pydicom", "dicomweb_client", "urllib3"):
        logging.getLogger(quiet).setLevel(logging.CRITICAL + 1)
    return module
