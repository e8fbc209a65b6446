"""Random paths over the envelope of the bone plate: validation.studies.guides draws and runs them."""

from __future__ import annotations

from validation.studies.guides import main

if __name__ == "__main__":
    raise SystemExit(main("bone-plate"))
