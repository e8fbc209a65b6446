"""What the tags of a series say about its fitness: contrast agent, kernels, part of the body."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from anatofit.ingest.figure import Figure
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.series.bodypart import terms_of
from anatofit.model.scan import Limit, ScanLimits


def tag_figures(instances: Sequence[Instance], limits: ScanLimits) -> Iterator[Figure]:
    """Every figure of the tags that the device limits."""
    if limits.contrast_slices is not None:
        count = sum(i.contrast for i in instances)
        yield Figure("contrast-agent", "slices with a contrast agent", "The tags note a contrast agent on", count, "slices",
                     limits.contrast_slices, digits=0)  # fmt: skip
    if limits.kernel_count is not None:
        yield _kernels(instances, limits.kernel_count)
    if limits.body_parts is not None:
        yield _body_part(instances, limits.body_parts)


def _kernels(instances: Sequence[Instance], limit: Limit) -> Figure:
    """How many kernels are named: the names are each maker's own, so only their number tells anything (see `sharpness`)."""
    names = [i.kernel for i in instances if i.kernel]
    detail = (
        f"{len(instances) - len(names)} of {len(instances)} slices name none" if len(names) < len(instances) else ""
    )
    return Figure("mixed-kernels", "reconstruction kernels that the slices name", "Reconstruction kernels that the slices name:",
                  len(set(names)) or None, "kernels", limit, digits=0, detail=detail, missing="the tags name no kernel")  # fmt: skip


def _body_part(instances: Sequence[Instance], wanted: Sequence[str]) -> Figure:
    named = [terms_of(i.body_part, i.region_codes) for i in instances]
    others = Counter(term for terms in named if terms and not terms & set(wanted) for term in terms)
    count = sum(bool(terms) and not terms & set(wanted) for terms in named)
    detail = f"named {'is' if len(others) == 1 else 'are'} {', '.join(sorted(others))}" if others else ""
    detail = detail or f"named: {', '.join(sorted(frozenset().union(*named)))}"
    return Figure(
        "body-part", "slices whose tags name another part of the body", "Another part of the body is named on",
        count if any(named) else None, "slices", Limit(fit=0), digits=0, detail=detail,
        missing="the tags name no part of the body that is known",
    )  # fmt: skip
