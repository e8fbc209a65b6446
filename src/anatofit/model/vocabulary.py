"""What may be shown of free text out of a scan: words that radiology uses for everybody, and nothing that could be a person's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from anatofit.model.words import names

# Stands where words were left out. Free text may hold a name (PS3.15, table E.1-1 removes Series Description); what is
# shown is cleaned by a list of what is known to be harmless (the idea of its Clean Descriptors Option), so it fails closed.
WITHHELD = "[…]"

_WORDS = names(
    """
    a abd abdomen angio angiography ap arm arterial artifact axial axi base bein bone bones bony body br brain brust c cad
    carotid cerebral cervical chest coarse contrast cor coronal cor. cr crane cranial craniectomy cranioplasty cranium crâne ct
    cta ctdi cuello de defect defekt delay delayed dental derived detail dose dual dünn dünnschicht dünne edge elbow energy
    enhanced enhancing ext extended extremity face facial femur fein fenster filter fine foot for fov fuß gantry hand head hals
    helical hip hr hrct humerus i ii iii imar implant in inf jaw kiefer kn knee knie knochen kopf kontrast l left leg leaf lo
    localizer low lower lumbar lung mandible mar maxilla mbir mip mit mono monoe mpr nach nativ native natif neck neuro no
    noncontrast nasal ohne orbit orbita orbitae orbits oss osseux osso original os osteo p pa parenchyma pelvis petrous phantom
    plain plan planar plus post postop pre preop primary protocol r recon reconstruction reformat report res resolution right
    sag sagittal sans scan schädel schnitt scout sella series serie sharp shoulder sin sinus sinuses skin skull slice slices
    smooth smart soft spine spiral standard std stealth study sub sup summed surview temporal thick thickness thin thin-slice
    thorax tibia tilt tilted tissue to topogram trauma tra transverse tube ultra upper v venous vessel vol volume vr vrt weich
    weichteil wet window with without wo wrist w x y z zygoma testa cranio encefalo tête rochers massif facial cabeza cráneo
    hueso huesos corte fino crânio голова череп кость кости мозг мягкие ткани тонкие срезы кт без с контрастом
    bone+ boneplus chst lung+ soft+ detail+ asir asir-v veo idose admire safire aidr fbp iterative sn
    mm cm kv kvp mas ma hu computed
    patient identical copies slope step gap gaps orientation pixel pixels spacing missing one two three
    """
)
# Words of scripts that leave no space between words; a piece is shown where it is made of these alone.
_UNSPACED = names(
    "頭部 頭蓋骨 頭蓋 頭 顔面 骨条件 骨 軟部 単純 造影 薄層 薄切 冠状断 矢状断 軸位断 条件 再構成 関数 頸部 胸部 顎 副鼻腔 スライス 平扫 "
    "头颅 头部 颅骨 颅 薄层 增强 骨窗 软组织 软 轴位 冠状位 矢状位 重建 두부 두개골 머리 뼈 골 조영 비조영 단순 축상 관상 시상 연부조직 얇은 절편"
)
_UNSPACED_PIECE = re.compile("(?:" + "|".join(sorted(map(re.escape, _UNSPACED), key=len, reverse=True)) + ")+")
# At most three digits before the point: longer runs may be numbers of patients, or dates.
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,3})?")
_MEASURE = re.compile(
    r"\d{1,3}(?:[.,]\d{1,3})?(?:mm|cm|kv|kvp|hu|s|ms|%|°|deg|mas|ma)|\d{1,3}(?:[.,]\d{1,3})?x\d{1,3}(?:[.,]\d{1,3})?"
)
# Reconstruction kernels as makers name them: H60s, Hr59u, FC30, B70f, Br40d\3, I26f, Qr40, YA, UB.
_KERNEL = re.compile(r"[A-Za-z]{1,2}\d{2,3}[a-z]{0,2}|Y[A-E]|U[A-C]|E[A-C]|F[CL]\d{2}(?:-[A-Z])?", re.ASCII)
_GAPS = re.compile(r"((?:[\s_;:()\[\]\"'^|\\]|,(?!\d)|(?<!\d),)+)")
# Signs between words, one at a time, and at the ends of one.
_JOINT, _AT_ENDS = re.compile(r"[-+/&.*#=~]"), "*+#.<>=~-&"

# PS3.3, C.7.3.1.1.1: the modalities that a folder with CT may hold; another is told as unknown.
MODALITIES = names(
    "AR ASMT AU BDUS BI BMD CD CR CS CT CTPROTOCOL DD DF DG DM DOC DS DX EC ECG EPS ES FA FID FS GM HC HD IO IOL IVOCT IVUS "
    "KER KO LEN LP LS M3D MA MG MR MS NM OAM OCT OP OPM OPR OPT OPV OSS OT PA PLAN POS PR PT PX REG RESP RF RG "
    "RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT RWV SEG SM SMR SR SRF ST STAIN TEXTUREMAP TG US VA VF XA "
    "XAPROTOCOL XC"
)
# PS3.3, C.7.3.1.1.2.
PATIENT_POSITIONS = names("HFP HFS HFDR HFDL FFDR FFDL FFP FFS LFP LFS RFP RFS AFDR AFDL PFDR PFDL")


def harmless(text: str) -> str:
    """The text where every word of it is radiology's, a measure or a kernel; else its words that are, and `[…]` for all others."""
    pieces = [*_without_number_runs(list(_pieces(unicodedata.normalize("NFKC", text))))]
    if all(known for _, known in pieces):
        return text
    shown = [piece if known else WITHHELD for piece, known in pieces]
    return " ".join(word for n, word in enumerate(shown) if word != WITHHELD or shown[n - 1 : n] != [WITHHELD])


def _pieces(text: str) -> Iterator[str]:
    return (piece for piece in _GAPS.split(text) if piece and not _GAPS.fullmatch(piece))


def _without_number_runs(pieces: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each piece and whether it may be shown; bare numbers side by side may be a date or a patient's number."""
    bare = [False, *(bool(_NUMBER.fullmatch(piece)) for piece in pieces), False]
    for n, piece in enumerate(pieces, start=1):
        yield piece, is_harmless(piece) and not (bare[n] and (bare[n - 1] or bare[n + 1]))


def is_harmless(piece: str) -> bool:
    """One word between spaces: known as a whole, or of parts that are, of which only one is a number."""
    if _known(piece):
        return True
    words = _JOINT.split(piece.strip(_AT_ENDS))
    numbers = sum(bool(_NUMBER.fullmatch(word)) for word in words)
    return numbers <= 1 and (all(map(_known, words)) or piece.strip(_AT_ENDS) == "")


def _known(piece: str) -> bool:
    lowered = piece.casefold()
    forms: Iterable[re.Pattern[str]] = (_NUMBER, _MEASURE, _UNSPACED_PIECE)
    return lowered in _WORDS or any(form.fullmatch(lowered) for form in forms) or _KERNEL.fullmatch(piece) is not None
