"""Digests, and the ids that are made of them.

Standards: RFC 9562 5.8 (UUID version 8).
"""

import base64
import hashlib
import json
import uuid


def sha256(data: bytes) -> bytes:
    """Return the 32 bytes of sha256."""
    return hashlib.sha256(data).digest()


def digest(*parts: str | None) -> bytes:
    """Return 16 bytes that differ where any part differs; None and "" are two things."""
    return sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass"))[:16]


def record_id(source: str | None, ident: str) -> str:
    """Return the public id of what `ident` names within a source: 26 characters of lower-case base32."""
    return base64.b32encode(digest(source, ident)).decode().rstrip("=").lower()


def is_made_here(urn: str) -> bool:
    """Tell whether an id looks like what `urn_of` makes: whose record it is of, the archive knows."""
    return urn.startswith("urn:uuid:") and len(urn) == 45 and urn[23] == "8"


def urn_of(record: str) -> str:
    """Return a record's id as `urn:uuid:`, version 8, made of the same bits; of one revision ("ID.2"), of a digest."""
    bits = digest(record) if "." in record else base64.b32decode(record.upper() + "=" * (-len(record) % 8))
    stamped = int.from_bytes(bits, "big") & ~(0xF000 << 64) & ~(0b11 << 62) | (0x8000 << 64) | (0b10 << 62)
    return uuid.UUID(int=stamped).urn
