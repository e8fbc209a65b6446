"""What stands in place of an identity: always the same under one key, and nothing without it (HMAC, RFC 2104, SHA-256)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

# Dates are moved back by one day to ten years, each patient's by a number of days of their own.
_LONGEST_SHIFT_DAYS = 3652
_PSEUDONYM_DIGITS = 20  # 80 bits: two of a million patients meet with a chance below 1e-12


@dataclass(frozen=True)
class Keyed:
    """The key of a site, and what it makes of a UID, of a patient."""

    key: bytes = field(repr=False)

    def digest(self, purpose: str, text: str) -> bytes:
        """Thirty-two bytes; other purposes have other ones."""
        message = purpose.encode() + b"\0" + text.encode("utf-8", "surrogatepass")
        return hmac.new(self.key, message, hashlib.sha256).digest()

    def uid(self, uid: str) -> str:
        """2.25 and the number of a UUID of version 8 (PS3.5, B.2; RFC 9562)."""
        number = bytearray(self.digest("uid", uid)[:16])
        number[6], number[8] = number[6] & 0x0F | 0x80, number[8] & 0x3F | 0x80
        return f"2.25.{int.from_bytes(number, 'big')}"

    def pseudonym(self, identity: str) -> str:
        """`P-` and twenty hexadecimal digits."""
        return "P-" + self.digest("patient", identity).hex()[:_PSEUDONYM_DIGITS]

    def shift_days(self, identity: str) -> int:
        """How far the patient's dates are moved, always into the past."""
        return -1 - int.from_bytes(self.digest("dates", identity)[:8], "big") % _LONGEST_SHIFT_DAYS

    @property
    def fingerprint(self) -> str:
        """Tells one key from another and nothing of it."""
        return self.digest("fingerprint", "").hex()
