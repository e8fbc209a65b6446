"""What a device asks of a scan, within bounds that a person may waive."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-1001",
        "slice-thickness",
        "The step between slices is larger than the device allows.",
        "Ask for a thinner reconstruction, or waive slice-thickness with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1002",
        "pixel-size",
        "The pixels are larger than the device allows.",
        "Ask for a reconstruction with a smaller field of view, or waive pixel-size with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1003",
        "scan-age",
        "The scan is older than the device allows at the date of the order, or bears no date.",
        "Ask for a new scan, or waive scan-age with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1004",
        "patient-age",
        "The patient was younger at the scan than the device is meant for.",
        "Choose another device, or waive patient-age with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1005",
        "derived-image",
        "The slices were computed from other images, not reconstructed by the scanner.",
        "Ask for the original slices, or waive derived-image with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1006",
        "lossy-compression",
        "The images were compressed with loss.",
        "Ask for the uncompressed slices, or waive lossy-compression with a reason.",
        waivable=True,
    ),
)
