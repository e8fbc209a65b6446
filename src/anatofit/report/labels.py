"""Plain words for the numbers of the steps and of the plan, whose own names are the programmer's."""

from __future__ import annotations

from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "edge_median_hu": "CT value at the edge of bone, median",
    "edge_p10_hu": "CT value at the edge of bone, 10th percentile",
    "edge_p90_hu": "CT value at the edge of bone, 90th percentile",
    "edge_slope_hu_per_mm": "Rise of the CT value across the edge of bone",
    "noise_hu": "Noise of the scan in soft tissue",
    "blur_mm": "Blur of the scan",
    "edge_uncertainty_mm": "Uncertainty of the edge of bone (one standard deviation)",
    "contrast_median_hu": "Contrast of bone to what is beside it, median",
    "removed_bodies_count": "Dense bodies left out (not the patient's bone)",
    "removed_fragments_mm3": "Loose fragments left out",
    "removed_foreign_mm3": "Holder, tubing and the like left out",
    "symmetry_rms_mm": "Difference of the vault from its mirror image (RMS)",
    "symmetric_share": "Part of the vault that is symmetric within 4 mm",
    "defects_count": "Defects found",
    "defect_right_share": "Part of the defect on the patient's right",
    "missing_volume_mm3": "Volume of the missing bone",
    "disagreement_median_mm": "Disagreement of the restorations, median",
    "disagreement_p95_mm": "Disagreement of the restorations, 95th percentile",
    "thickness_median_mm": "Thickness of the restored bone, median",
    "open_share": "Part of the defect left open, as on the other side (orbit)",
    "rough_share": "Part of the piece where the other side has an edge and its bone was brought over",
    "mirror_fit_rms_mm": "Misfit of the brought-over bone beside the hole (RMS)",
    "over_sunken_bone_share": "Part of the piece that goes beyond the hole, in front of bone that lies deeper than the other side's",
    "host_edge_deviation_p50_mm": "Host's surface from the image's own edge, median",
    "host_edge_deviation_p95_mm": "Host's surface from the image's own edge, 95th percentile",
    "missing_in_air_mm3": "Of the missing bone, where the scan shows air (a sinus that the defect opens into)",
    "host_triangles_count": "Triangles of the host's surface",
    "missing_triangles_count": "Triangles of the missing bone's surface",
    "insertion_length_mm": "Way in that was looked at",
    "insertion_loss_share": "Part of the restored bone given up so that the plate slides in",
    "thickness_max_mm": "Greatest thickness",
}
