"""What a peer may cost before it is sent away; each number with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on sizes, times and counts. They hold for listener and pull alike, before anything is allocated."""

    # What we announce and hold peers to (PS3.8 D.1): dcmtk's largest, and more gains no speed.
    largest_pdu_bytes: int = 131_072
    # An association request: 128 contexts that name every transfer syntax there is come to 180 kB.
    largest_request_bytes: int = 262_144
    # A command set holds a dozen short values (PS3.7 annex E); an answer to C-FIND some dozen texts.
    largest_command_bytes: int = 16_384
    largest_answer_bytes: int = 1_048_576
    # An Enhanced CT of 4,000 frames of 512 x 512 is 2.1 GB.
    largest_instance_bytes: int = 4 * 1024**3
    # A whole study of thin slices in several kernels is below 10 GB.
    largest_study_bytes: int = 64 * 1024**3
    most_instances: int = 100_000
    # PS3.8 calls this timer ARTIM: an unused connection ends after it.
    first_pdu_s: float = 10.0
    # One PDU of 128 kB takes 30 s at 4 kB a second; slower is no network for scans.
    pdu_s: float = 30.0
    # Between two messages a sender may look for its next file, and a PACS may fetch from tape.
    idle_s: float = 60.0
    # Connections that have not asked for an association yet; the oldest makes way for a new one.
    waiting: int = 1024
    waiting_bytes: int = 32 * 1024**2
    associations: int = 256
    # Never fill the disk of a machine that others work on.
    free_bytes: int = 512 * 1024**2
