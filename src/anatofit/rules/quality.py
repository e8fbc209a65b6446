"""Whether the image is good enough for the device: figures measured on tags and pixels, each with the device's limit."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-1801",
        "image-noise",
        "The image is noisier than the device allows.",
        "Ask for a reconstruction with a softer kernel or a scan with more dose, or waive image-noise with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1802",
        "image-blur",
        "The image is more blurred within its slices than the device allows.",
        "Ask for a reconstruction with a sharper kernel or smaller pixels, or waive image-blur with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1803",
        "metal",
        "The scan holds more metal than the device allows; its streaks alter the bone in the slices that it lies in.",
        "Look at those slices; if metal and streaks stay clear of the site and its mirror image, waive metal with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1804",
        "bone-cut-sides",
        "The field of view cuts bone off on the right, left, front or back.",
        "Ask for a reconstruction with a larger field of view, or waive bone-cut-sides with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1805",
        "bone-cut-head",
        "The scan ends inside bone towards the head.",
        "Ask for a scan that reaches beyond the bone, or waive bone-cut-head with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1806",
        "bone-cut-foot",
        "The scan ends inside bone towards the feet.",
        "Ask for a scan that reaches beyond the bone, or waive bone-cut-foot with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1807",
        "motion-step",
        "The patient moved between two slices.",
        "Ask for a new scan, or waive motion-step with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1808",
        "contrast-agent",
        "A contrast agent was given: vessels beside bone may reach its values.",
        "Use a series without contrast, or waive contrast-agent with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1809",
        "mixed-kernels",
        "The slices of one series were reconstructed with different kernels.",
        "Ask for one reconstruction, or waive mixed-kernels with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1810",
        "body-part",
        "The tags name a part of the body that the device is not made for.",
        "Check that this is the scan that was meant; if only the tag is wrong, waive body-part with a reason.",
        waivable=True,
    ),
    Rule(
        "AF-1811",
        "slice-order",
        "Slices hold no picture, repeat the one before, or are unlike their neighbours: lost, exchanged or in another rescale.",
        "Export the series again from the archive, or, where a person has looked at these slices, waive slice-order with a reason.",
        waivable=True,
    ),
)
