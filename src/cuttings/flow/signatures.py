"""Whether a push was signed with the secret that we gave its hub.

Pure.  Standards: WebSub 7.1 (X-Hub-Signature), 8.3: SHA-256 at the least, so
that sha1 is no signature.
"""

import hmac
from collections.abc import Mapping

METHODS = ("sha256", "sha384", "sha512")
LONGEST = 200  # bytes of the field


def is_signed(body: bytes, secret: str, headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether the body, as it was sent, is signed; header names are in lower case."""
    method, _, digest = headers.get(b"x-hub-signature", b"")[:LONGEST].strip().partition(b"=")
    name = method.decode("ascii", "replace").strip().lower()
    if name not in METHODS:
        return False
    signature = hmac.new(secret.encode(), body, name).hexdigest().encode()
    return hmac.compare_digest(signature, digest.strip().lower())
