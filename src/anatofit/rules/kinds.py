"""What kind of image a series is."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-1201",
        "modality",
        "The images are not CT.",
        "Use a CT scan.",
    ),
    Rule(
        "AF-1202",
        "localizer",
        "The images are localizers (scouts), not slices.",
        "Use the slices of the same study.",
    ),
    Rule(
        "AF-1203",
        "projection",
        "The images are projections or renderings, not slices.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1204",
        "secondary-capture",
        "The images are screen captures.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1205",
        "multi-frame",
        "One file holds many frames and does not say where each lies: it is no Enhanced CT object.",
        "Export the series as single CT images, or as Enhanced CT.",
    ),
    Rule(
        "AF-1206",
        "not-an-image",
        "The objects hold no image (report, structure set, registration).",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1207",
        "mixed-kinds",
        "One series holds slices and other images together.",
        "Export the series again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1208",
        "several-stacks",
        "A multi-frame object holds several stacks that would serve, and none was named.",
        "Name one in [source] series (on the command line: --series) as UID#STACK; the inspect command lists them.",
    ),
)
