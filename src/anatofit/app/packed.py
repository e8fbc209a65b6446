"""What a run made, as the files of a pack and what is said of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anatofit.app.landmarks import landmark_rows
from anatofit.app.ledger import Ledger
from anatofit.app.limbs import level_rows
from anatofit.app.prescription import Job
from anatofit.app.remarks import remarks_of
from anatofit.app.resolved import asked, pack_texts, prescription_sha256
from anatofit.app.seating import seating_files, seating_summary
from anatofit.app.versions import versions
from anatofit.app.walk import Walk
from anatofit.model.finding import Finding, Requirement, Verdict, unmeasured, verdict_of


@dataclass(frozen=True)
class Outcome:
    """A pack that was written; `fit` only where every requirement holds. remarks: what a person must know beside that.

    feet: of a pair the outcome of each foot; verdict and manifest are then those of both together. unmet: what was aimed at and is not
    reached by a prediction.
    """

    pack: Path
    verdict: Verdict
    findings: tuple[Finding, ...]
    unmeasured: tuple[Requirement, ...]
    manifest: Mapping[str, Any]
    remarks: tuple[str, ...] = ()
    feet: tuple[Outcome, ...] = ()
    unmet: str = ""

    @property
    def fit(self) -> bool:
        """It may be used."""
        return self.verdict is Verdict.FIT


@dataclass(frozen=True)
class Packed:
    """The files of a pack, by their path in it, and what is said of it."""

    files: Mapping[str, bytes]
    outcome: Outcome


def walked(walk: Walk, out: Path) -> Packed:
    """The pack of an order that has done all its steps."""
    names = walk.route.packed
    return packed(
        walk.job, {n: walk.store.get(n) for n in names}, {n: walk.store.sha256(n) for n in names}, walk.ledger, out
    )


def packed(job: Job, at: Mapping[str, Any], hashes: Mapping[str, str], ledger: Ledger, out: Path) -> Packed:
    """The pack that will lie at `out`, from the artifacts that its route packs, and their hashes."""
    from anatofit.pack import manifest as page

    findings, requirements = [*at["scan_findings"], *at["findings"]], at["requirements"]
    verdict = verdict_of(findings, requirements)
    start = time.perf_counter()
    content = _manifest_content(job, at, findings)
    files: dict[str, bytes] = {**at["files"], **at["pages"], **seating_files(at.get("seating", ())), **pack_texts(job)}
    if verdict is not Verdict.FIT:
        files[page.NOT_FOR_USE_NAME] = page.not_for_use_text(findings, requirements)
    ledger.add(
        "pack",
        parameters={page.SEAL_NAME: page.content_sha256(content)},
        inputs=dict(hashes),
        outputs={r.path: r.sha256 for r in page.output_records(files)},
        seconds=time.perf_counter() - start,
    )
    files[page.LEDGER_NAME] = ledger.data
    manifest = page.with_outputs(content, files)
    files[page.MANIFEST_NAME] = page.manifest_bytes(manifest)
    missing = tuple(unmeasured(findings, requirements))
    told = {"remarks": tuple(content["remarks"]), "unmet": content.get("unmet", "")}
    return Packed(files, Outcome(out, verdict, tuple(findings), missing, manifest, **told))


def _manifest_content(job: Job, at: Mapping[str, Any], findings: Sequence[Finding]) -> dict[str, Any]:
    """What the manifest says beside the hashes of the pack's files."""
    from anatofit.devices.base import unmet_of
    from anatofit.pack.manifest import make_manifest

    wanted = asked(job)
    return make_manifest(
        device=job.prescription.order.device,
        order=job.prescription.order,
        parameters=wanted["design"],
        surgery=wanted.get("plan"),
        material=job.material,
        printer=job.printer,
        overrides=job.prescription.locate,
        waivers=at["waived"],
        findings=findings,
        requirements=at["requirements"],
        facts=at["facts"],
        remarks=remarks_of(at, job),
        seating=seating_summary(at.get("seating", ())),
        landmarks=landmark_rows(at["anatomy"], at["facts"]) if "anatomy" in at else (),
        levels=level_rows(at["anatomy"]) if "anatomy" in at else (),
        unmet=unmet_of(job.device, at["plan"]),
        prescription_sha256=prescription_sha256(job),
        software=versions(job.prescription.order.device),
    )
