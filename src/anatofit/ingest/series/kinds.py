"""What a series is, told from its own tags; only CT slices are looked at further."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from anatofit.ingest.header.frames import ENHANCED_CT_CLASSES
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.rules import found
from anatofit.model.scan import ScanFinding, SeriesKind
from anatofit.model.words import counted

CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
# Segmentation, Label Map Segmentation, RT Structure Set (PS3.4, B.5).
LABEL_CLASSES = frozenset(
    {"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7", "1.2.840.10008.5.1.4.1.1.481.3"}
)
SECONDARY_CAPTURE_CLASS = "1.2.840.10008.5.1.4.1.1.7"

# Values of Image Type for pictures through the whole body or of a rendering, as the standard and vendors write them.
LOCALIZER_WORDS = frozenset({"LOCALIZER", "SCOUT", "TOPOGRAM", "SURVIEW", "SCANOGRAM"})
PROJECTION_WORDS = frozenset(
    {"MIP", "MINIP", "MAX_IP", "MIN_IP", "AVERAGE_IP", "PROJECTION IMAGE", "VRT", "SSD", "VOLREN", "VOLUME_RENDER",
     "3D", "VR", "CURVED MPR", "SCREEN SAVE", "SUBTRACTION", "SUBTRACTED"}
)  # fmt: skip

# One of each kind, and several.
_NOUNS = {
    SeriesKind.CT: ("CT slice", "CT slices"),
    SeriesKind.LOCALIZER: ("localizer image", "localizer images"),
    SeriesKind.PROJECTION: ("projection or rendering", "projections or renderings"),
    SeriesKind.SECONDARY: ("screen capture", "screen captures"),
    SeriesKind.MULTI_FRAME: ("multi-frame image", "multi-frame images"),
    SeriesKind.OTHER_MODALITY: ("image of another modality", "images of another modality"),
    SeriesKind.NOT_AN_IMAGE: ("object without an image", "objects without an image"),
    SeriesKind.LABELS: ("object with labels", "objects with labels"),
}


def kind_of(instance: Instance) -> SeriesKind:
    """The kind of one instance."""
    words = set(instance.image_type)
    if instance.sop_class in LABEL_CLASSES:
        return SeriesKind.LABELS
    if instance.rows is None or instance.columns is None:
        return SeriesKind.NOT_AN_IMAGE
    enhanced = instance.sop_class in ENHANCED_CT_CLASSES
    if instance.modality == "CT" and instance.frames > 1 and not enhanced:
        return SeriesKind.MULTI_FRAME
    if instance.sop_class.startswith(SECONDARY_CAPTURE_CLASS):
        return SeriesKind.SECONDARY
    if not (enhanced or instance.sop_class == CT_CLASS) or instance.modality != "CT":
        return SeriesKind.OTHER_MODALITY
    if words & LOCALIZER_WORDS:
        return SeriesKind.LOCALIZER
    return SeriesKind.PROJECTION if words & PROJECTION_WORDS else SeriesKind.CT


def series_kind(instances: Sequence[Instance]) -> tuple[SeriesKind, list[ScanFinding]]:
    """The kind that most instances have (CT slices before others), with what that kind or the mixture forbids."""
    kinds = Counter(map(kind_of, instances))
    kind = SeriesKind.CT if SeriesKind.CT in kinds else min(kinds, key=lambda k: (-kinds[k], k))
    if len(kinds) > 1:
        mixture = ", ".join(counted(n, *_NOUNS[k]) for k, n in sorted(kinds.items()))
        return kind, [found("mixed-kinds", f"One series holds {mixture}", measured=len(kinds), limit=1)]
    return kind, [] if kind is SeriesKind.CT else [_forbidden(kind, instances)]


def _forbidden(kind: SeriesKind, instances: Sequence[Instance]) -> ScanFinding:
    n = len(instances)
    if kind is SeriesKind.OTHER_MODALITY:
        named = ", ".join(sorted({_modality(i) for i in instances}))
        return found("modality", f"{counted(n, 'image')} of modality {named}, CT is wanted")
    rule, lack = {
        SeriesKind.LOCALIZER: ("localizer", ""),
        SeriesKind.PROJECTION: ("projection", ""),
        SeriesKind.SECONDARY: ("secondary-capture", ""),
        SeriesKind.MULTI_FRAME: ("multi-frame", " without a word where each frame lies"),
        SeriesKind.LABELS: ("labels-alone", ""),
        SeriesKind.NOT_AN_IMAGE: ("not-an-image", ""),
    }[kind]
    return found(rule, f"{counted(n, *_NOUNS[kind])}{lack}, CT slices are wanted")


def _modality(instance: Instance) -> str:
    if not instance.modality:
        return "unknown"
    return instance.modality if instance.modality != "CT" else "CT, but not of the CT image class"
