"""A step done in a process of its own, where it would hold up those beside it: `python -m anatofit.app.away STORE < step and inputs`.

Inputs and outputs lie in a store of passing life and are checked against their hashes, as between the tasks of the flow.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anatofit.app.process import answer, started
from anatofit.app.routes import ROUTES
from anatofit.app.step import Produced, Step
from anatofit.app.store import Artifact, DiskStore
from anatofit.model.passing import passing_folder

_MODULE = "anatofit.app.away"


def done_away(step: Step, inputs: Mapping[str, Any]) -> Produced:
    """What the step gives, which must not ask for the order. Raises AnatofitError where its process ended without an answer."""
    with passing_folder() as folder:
        store = DiskStore(folder)
        references = {name: store.save(value).model_dump() for name, value in inputs.items()}
        message = json.dumps({"step": step.name, "inputs": references})
        with started(_MODULE, folder, message) as process:
            said = json.loads(answer(process, rule=step.name, task=f"does the step {step.name!r}"))
        outputs = {name: store.load(Artifact.model_validate(made)) for name, made in said["outputs"].items()}
    return Produced(outputs, said["sentence"], said["figures"])


def main() -> None:
    """Does the step that standard input names, and writes what it gave to standard output."""
    from anatofit.app.engines import steady_engines

    store, asked = DiskStore(Path(sys.argv[1])), json.load(sys.stdin)
    step = next(s for route in ROUTES for s in route.steps if s.away and s.name == asked["step"])
    inputs = {name: store.load(Artifact.model_validate(kept)) for name, kept in asked["inputs"].items()}
    with steady_engines():
        produced = step.run(None, inputs)
    outputs = {name: store.save(value).model_dump() for name, value in produced.outputs.items()}
    json.dump({"outputs": outputs, "sentence": produced.sentence, "figures": dict(produced.figures)}, sys.stdout)


if __name__ == "__main__":
    main()
