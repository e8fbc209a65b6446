"""Research files without a patient, and labels that a person drew in place of our own segmentation."""

from __future__ import annotations

from anatofit.rules.rule import Rule

TABLE = (
    Rule(
        "AF-1701",
        "research-unreadable",
        "What was named as a research volume is missing, or no NIfTI or NRRD file that can be read.",
        "Name one .nii, .nii.gz, .nrrd or .nhdr file that is whole; a folder of slices is named with [source] dicom.",
    ),
    Rule(
        "AF-1702",
        "research-size",
        "The file asks for more voxels than a scan has, or unpacks to far more than it holds.",
        "Crop the volume to the head, or write it uncompressed.",
    ),
    Rule(
        "AF-1703",
        "research-dimensions",
        "The file holds no single volume of three dimensions.",
        "Write one volume of three dimensions to a file of its own.",
    ),
    Rule(
        "AF-1704",
        "research-type",
        "The values are complex, coloured, or of another type that no CT has.",
        "Write the values as 16-bit whole numbers or 32-bit decimals.",
    ),
    Rule(
        "AF-1705",
        "research-space",
        "The file does not say where its voxels lie in the patient.",
        "Write it anew from the scan with orientation (NIfTI: sform or qform; NRRD: space, space directions, space origin).",
    ),
    Rule(
        "AF-1706",
        "research-forms",
        "The two orientations of a NIfTI file (qform and sform) contradict each other.",
        "Find out which is right, and write the file anew with that one in both places.",
    ),
    Rule(
        "AF-1707",
        "research-units",
        "The unit of length is none that is known, or makes the scan too small or too large for a patient.",
        "Write the file in millimetres, and say so in its header.",
    ),
    Rule(
        "AF-1708",
        "research-sheared",
        "The axes of the voxels are not at right angles.",
        "Resample the volume to a straight grid, or use the DICOM slices that it was made from.",
    ),
    Rule(
        "AF-1709",
        "research-values",
        "The values are no Hounsfield units: not finite, or without the air that every CT of a patient shows.",
        "Write the CT values in HU (air near -1000), without a mask.",
    ),
    Rule(
        "AF-1710",
        "research-truncated",
        "The file ends before its values do.",
        "Copy the file again.",
    ),
    Rule(
        "AF-1711",
        "research-detached",
        "An NRRD header names its values by anything but one plain file beside it.",
        "Write header and values as one .nrrd file.",
    ),
    Rule(
        "AF-1712",
        "research-patient",
        "The order names a patient, and a research volume bears no identity that could be compared with it.",
        "Use the patient's DICOM slices, or leave [patient] out of an order for research.",
        exit_code=2,
    ),
    Rule(
        "AF-1731",
        "labels-unreadable",
        "The labels are missing, or no DICOM SEG, RTSTRUCT, NIfTI or NRRD file that can be read.",
        "Export the labels again, and name that file with [source] labels.",
    ),
    Rule(
        "AF-1732",
        "labels-several-files",
        "The folder of the labels holds several files of labels.",
        "Name the file that is meant with [source] labels.",
    ),
    Rule(
        "AF-1733",
        "labels-size",
        "The labels ask for more pixels than they hold or than a scan has.",
        "Export the labels again for this scan alone.",
    ),
    Rule(
        "AF-1734",
        "labels-patient",
        "The labels are of another patient than the scan.",
        "Check which scan the labels were drawn on; this cannot be waived.",
    ),
    Rule(
        "AF-1735",
        "labels-frame",
        "The frame of reference of the labels is not that of the scan, or cannot be compared with it.",
        "Use the labels that were drawn on this scan.",
    ),
    Rule(
        "AF-1736",
        "labels-reference",
        "The labels were drawn on another series or on other images than those of the scan.",
        "Use the labels that were drawn on this series, or name their series with [source] series.",
    ),
    Rule(
        "AF-1737",
        "labels-grid",
        "The pixels of the labels have no place on the scan: no position, no even step, or contours off its slices.",
        "Export the labels on the slices of the scan.",
    ),
    Rule(
        "AF-1738",
        "labels-extent",
        "The labels reach beyond the scan, or end where the labelled bone goes on.",
        "Export the labels for the whole scan.",
    ),
    Rule(
        "AF-1739",
        "labels-empty",
        "The label that is meant marks nothing.",
        "Name another label with [source] label, or export the labels again.",
    ),
    Rule(
        "AF-1740",
        "labels-unknown",
        "The label that the prescription names is not among the labels.",
        "Name one of those that the message lists with [source] label.",
    ),
    Rule(
        "AF-1741",
        "labels-choice",
        "More than one label could be the bone.",
        "Name the bone with [source] label, by its name or its number.",
    ),
    Rule(
        "AF-1742",
        "labels-contours",
        "The contours are no closed outlines on slices, or leave out slices in between.",
        "Export closed contours on every slice of the bone.",
    ),
    Rule(
        "AF-1743",
        "labels-values",
        "The values of the labels are no whole numbers, or fractions of an unknown whole.",
        "Export one whole number for each label.",
    ),
    Rule(
        "AF-1744",
        "labels-alone",
        "What was named as a scan holds labels, no scan.",
        "Name the scan with [source] dicom or volume, and these with [source] labels.",
    ),
    Rule(
        "AF-1745",
        "labels-contradict",
        "The scan shows no bone where the labels mark it.",
        "Check that labels and scan belong together and that the label is the bone.",
    ),
)
