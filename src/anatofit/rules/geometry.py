"""Where the slices are."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-1301",
        "too-few-slices",
        "The series has fewer slices than a surface needs.",
        "Export the series again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1302",
        "too-short",
        "The stack of slices is lower than the smallest device.",
        "Ask for the whole scan.",
    ),
    Rule(
        "AF-1303",
        "missing-slice",
        "Slices are missing inside the stack.",
        "Export the series again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1304",
        "duplicate-slice",
        "Several slices of different content lie at one position.",
        "Export one series alone; which of them is right nobody can tell.",
    ),
    Rule(
        "AF-1305",
        "uneven-spacing",
        "The slices are unevenly spaced, and their widest step is wider than the device allows.",
        "Export the series again from the archive, whole and alone, or waive uneven-spacing with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1306",
        "gantry-tilt",
        "The slices are shifted against each other by more than any gantry tilts.",
        "Ask for the original slices with their true positions.",
    ),
    Rule(
        "AF-1307",
        "tilt-contradiction",
        "The tilt that the scanner notes is not in the slices' positions and orientation.",
        "Ask for the original slices with their true positions.",
    ),
    Rule(
        "AF-1308",
        "shifted-slices",
        "Slices are shifted sideways irregularly.",
        "Export the series again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1309",
        "mixed-orientation",
        "The slices of one series have different orientations.",
        "Export the series again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1310",
        "orientation",
        "The orientation is no pair of perpendicular unit directions.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1311",
        "position-missing",
        "Slices bear no position or no orientation.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1312",
        "pixel-spacing-missing",
        "Slices bear no usable pixel spacing.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1313",
        "mixed-frames",
        "The slices belong to more than one frame of reference.",
        "Export the series again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1314",
        "image-size-mismatch",
        "The slices differ in size, in pixel spacing or in pixel format.",
        "Export the series again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1315",
        "image-size",
        "The images are smaller or larger than a CT slice can be, or their size is no size at all.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1316",
        "interleaved-series",
        "Two series lie interleaved under one name: instance numbers come again, or steps alternate.",
        "Export each series alone, under its own Series Instance UID.",
    ),
    Rule(
        "AF-1317",
        "volume-size",
        "A straight grid as fine as the pixels would hold more voxels than a machine is asked to.",
        "Ask for a reconstruction without tilt and with even steps, or with larger pixels.",
    ),
    Rule(
        "AF-1318",
        "concatenation-incomplete",
        "An object that was cut into several files is not there with all its parts.",
        "Export the series again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1319",
        "mixed-positions",
        "The slices of one series say that the patient lay in different ways, so left and right cannot be relied on.",
        "Export each series alone, as it was made.",
    ),
    Rule(
        "AF-1320",
        "mixed-scanners",
        "The slices of one series come from more than one scanner.",
        "Export each series alone, as it was made.",
    ),
)
