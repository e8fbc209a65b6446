"""Random trajectories over the envelope of the drill guide: validation.studies.guides draws and runs them."""

from __future__ import annotations

from validation.studies.guides import main

if __name__ == "__main__":
    raise SystemExit(main("drill-guide"))
