"""The skull and its defect."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-3001",
        "no-bone",
        "The scan shows no skull.",
        "Check that this is a head CT in HU.",
    ),
    Rule(
        "AF-3002",
        "field-of-view",
        "The bone encloses no cranial cavity.",
        "Scan the whole vault.",
    ),
    Rule(
        "AF-3003",
        "no-defect",
        "No hole over 15 mm was found.",
        "Check the order, or give the rim.",
    ),
    Rule(
        "AF-3004",
        "several-defects",
        "More than one defect could be meant.",
        "Name it with [locate] defect.",
    ),
    Rule(
        "AF-3005",
        "defect-number",
        "The defect that was named does not exist.",
        "Correct the number.",
    ),
    Rule(
        "AF-3006",
        "wrong-side",
        "What was found is not on the ordered side.",
        "Check order and scan.",
    ),
    Rule(
        "AF-3007",
        "rim",
        "The rim that was given encloses nothing.",
        "Give its points in order, LPS mm.",
    ),
    Rule(
        "AF-3008",
        "nothing-missing",
        "The hole holds no missing bone.",
        "Check the rim.",
    ),
    Rule(
        "AF-3009",
        "no-body",
        "Clearance and edges leave nothing of a part.",
        "Order a smaller gap or edge radius; check the rim.",
    ),
    Rule(
        "AF-3010",
        "body-too-small",
        "The part would be smaller than the smallest of the envelope.",
        "Check the defect and its rim.",
    ),
)
