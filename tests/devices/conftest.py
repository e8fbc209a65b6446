"""Test skulls, made once a session."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from skulls import Skull, make_anatomy

from anatofit.model.anatomy import Anatomy


@pytest.fixture(scope="session")
def skull() -> Callable[[Skull], Anatomy]:
    """A function from a Skull to its Anatomy that makes each skull once."""
    return cache(make_anatomy)
