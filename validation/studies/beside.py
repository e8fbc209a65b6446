"""Other bones of the same limb, named by a share of the random orders as `[source] neighbours` names them.

They are drawn from a stream of their own: a plan of a number is the same whether its order names other bones or not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from anatofit.model.mesh import Mesh

SHARE = 0.25
_STREAM = 4  # of the seed, apart from that of the plans
# By the name of a bone of the study: files of the cases in its own frame. The sacrum's hip bones are not among the cases.
OTHERS = {
    "VHF_Left_Bone_Tibia_smooth": ("bones/VHF_Left_Bone_Fibula_smooth.stl",),
    "VHF_Left_Bone_Fibula_smooth": ("bones/VHF_Left_Bone_Tibia_smooth.stl",),
    "VHF_Right_Bone_Calcaneous_smooth": (
        "bones/VHF_Right_Bone_Talus_smooth.stl", "bones/VHF_Right_Bone_Cuboid_smooth.stl", "bones/VHF_Right_Bone_Navicular_smooth.stl",
    ),
    "right_femur_remeshed": (
        "foot-and-leg/right_hip_bone_remeshed.stl", "foot-and-leg/right_tibia_remeshed.stl", "foot-and-leg/right_patella_remeshed.stl",
    ),
    "right_hip_bone_remeshed": ("foot-and-leg/right_femur_remeshed.stl",),
}  # fmt: skip


def others_of(bone: str, read: Callable[[str], Mesh]) -> tuple[Mesh, ...]:
    """The other bones that an order of a bone may name; none where the cases have none."""
    return tuple(read(name) for name in OTHERS.get(bone, ()))


def names_others(seed: int, number: int) -> bool:
    """Whether the order of a number names the other bones."""
    return bool(np.random.default_rng([seed, number, _STREAM]).random() < SHARE)
