"""Where a guide comes to rest when hands press it on: what an order asks of the study, and what it found."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

Triple = tuple[float, float, float]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SeatingOrder(_Frozen):
    """The table [seating] of an order: so many placements, and what is not known of bone and hand. Every default is a proposal.

    sigma_mm: standard deviation of how far the bone of the plan lies beside the true one along its normal: of segmentation (0.2 to
    0.4 mm on CT of long bones), periosteum and cartilage that stay. correlation_mm: the length over which it is one and the same.
    start_mm, start_deg: standard deviation, along and about each of three axes, of where a hand sets the guide down first.
    """

    count: int = Field(default=1000, ge=0, le=20_000)
    sigma_mm: float = Field(default=0.3, ge=0.0, le=2.0)
    correlation_mm: float = Field(default=8.0, ge=2.0, le=50.0)
    start_mm: float = Field(default=1.5, ge=0.0, le=5.0)
    start_deg: float = Field(default=2.0, ge=0.0, le=10.0)
    seed: int = Field(default=1, ge=0, le=2**31)


class Spread(_Frozen):
    """The median of a figure over the placements, and the interval that holds 95 % of them.

    A figure that has a sign lies so often below as above it (2.5 % each); one that has none lies below its upper end, and the lower is 0.
    """

    median: float
    low: float
    high: float


class Motion(_Frozen):
    """A motion of the guide in words, its spread in `unit` (mm or deg), and its share of what it is a part of: all are 1 in sum,
    and one that mostly goes against the others is negative."""

    words: str
    unit: str
    spread: Spread
    share: float


class CutSeat(_Frozen):
    """What becomes of a planned cut. edge_mm: how far its plane lies off the plan, along the plan's normal, where the edge of the cut on the
    bone moves most. by: what moves that edge, the most first. edges_mm, angles_deg: of each placement that seats.
    """

    number: int
    angle_deg: Spread
    edge_mm: Spread
    edge_at_lps_mm: Triple
    by: tuple[Motion, ...]
    edges_mm: tuple[float, ...]
    angles_deg: tuple[float, ...]


class AxisSeat(_Frozen):
    """What becomes of a planned axis. entry_mm and end_mm: how far it passes from where it should enter the bone, and end in it.

    entries_mm: of each placement that seats.
    """

    name: str
    angle_deg: Spread
    entry_mm: Spread
    end_mm: Spread | None
    entries_mm: tuple[float, ...]


class Seating(_Frozen):
    """What the study predicts. places: of the contact face. contact_mm2: its area. bearing: how many places carry load.

    not_seated: share of placements that do not seat, and why, in words and shares. shift_mm: of the middle of the contact.
    """

    asked: SeatingOrder
    part: str
    places: int
    contact_mm2: float
    not_seated: float
    why_not: tuple[tuple[str, float], ...]
    shift_mm: Spread
    turn_deg: Spread
    motions: tuple[Motion, ...]
    bearing: Spread
    cuts: tuple[CutSeat, ...]
    axes: tuple[AxisSeat, ...]
    limits: tuple[str, ...]
