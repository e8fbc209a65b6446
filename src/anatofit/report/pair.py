"""Both parts of a pair on one page: side by side, with what differs between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anatofit.report.page import render
from anatofit.report.prose import named_figure

_VIEWS = {
    "view-above": "From above",
    "view-ground": "From beneath, with their letters",
    "map-height": "Height over the ground face",
}
_SIDES = ("L", "R")  # as one sees one's own feet


def build_pair(content: Mapping[str, Any], packs: Mapping[str, Mapping[str, bytes]]) -> bytes:
    """The page; content: of pair.json; packs: the files of each by side."""
    views = {
        said: {side: packs[side][f"figures/{name}.png"] for side in _SIDES}
        for name, said in _VIEWS.items()
        if all(f"figures/{name}.png" in packs[side] for side in _SIDES)
    }
    figures = [(*named_figure(row["name"]), row) for row in content["figures"]]
    same = [row for row in content["told"] if row["R"] == row["L"]]
    apart = [row for row in content["told"] if row["R"] != row["L"]]
    return render("pair.html", pair=content, views=views, figures=figures, apart=apart, same=same, sides=_SIDES)
