"""What the pixels hold."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-1401",
        "rescale-missing",
        "Slices bear no usable rescale slope and intercept: no Hounsfield units.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1402",
        "rescale-type",
        "The values are not in Hounsfield units.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1403",
        "hu-range",
        "Values lie beyond what CT can hold; sign, padding or rescale tags are wrong.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1404",
        "pixel-format",
        "The pixels are no single grey channel of 8 or 16 bits.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1405",
        "transfer-syntax",
        "The pixels are coded in a way that is not read.",
        "Export uncompressed, or with RLE, JPEG, JPEG-LS, JPEG 2000 or HTJ2K, each lossless.",
    ),
    Rule(
        "AF-1406",
        "truncated-pixels",
        "Files end before their pixels do.",
        "Export the series again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1407",
        "undecodable-pixels",
        "The compressed pixels cannot be decoded.",
        "Export the series again from the archive, whole and alone.",
    ),
    Rule(
        "AF-1408",
        "coded-header",
        "The compressed pixels state another size, depth, sign or loss than the tags beside them.",
        "Export the series again from the archive, uncompressed.",
    ),
    Rule(
        "AF-1409",
        "decoder-limit",
        "Decoding the compressed pixels took more memory or time than a slice can need, or the decoder died, and was stopped.",
        "Export the series again from the archive, uncompressed.",
    ),
    Rule(
        "AF-1410",
        "modality-lut",
        "A lookup table (Modality LUT) stands in place of slope and intercept, and gives no Hounsfield units.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1411",
        "padding-in-picture",
        "The value that marks pixels without a picture occurs inside the picture: tissue has it, too.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1412",
        "rescale-contradiction",
        "Slices bear a slope and intercept and a lookup table (Modality LUT) as well; which of them gives the Hounsfield units, nobody can know.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1413",
        "pixel-bits",
        "Words of pixels hold more than the bits that are stated for the value, or an overlay in these: numbers may be cut or changed.",
        "Ask for the original slices of the scanner.",
    ),
    Rule(
        "AF-1414",
        "rescale-negative",
        "The slope of the values is below zero: air would become bone and bone air.",
        "Ask for the original slices of the scanner, or write the values in HU as they are.",
    ),
)
