"""Texts as sets of shingles: how much of one is in the other, and sketches that find near-same ones among millions.

The one door to rensa (MinHash; Broder 1997).  A shingle is three words on end;
where a script writes no spaces between words, six characters.  The script
tells, not the declared language: two copies may declare different ones.
"""

import hashlib
import re
import struct
from collections.abc import Sequence

from rensa import RMinHash

FEWEST = 40  # words: a shorter text is too little to tell by
MOST = 20_000  # words that are looked at

_OPENING = 80  # words: what copies that are cut differently still share
_BAND = 3  # minima that make one key: of unrelated texts hardly two share one
_WHOLE_KEYS, _OPENING_KEYS = 10, 5
_SEED = 1997  # another one makes all sketches anew

_SPACELESS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKENS = re.compile(rf"[{_SPACELESS}]|[^\W{_SPACELESS}]+")
_SPACELESS_RUN = re.compile(rf"(?:[{_SPACELESS}] ?)+")
_WORDS, _CHARACTERS = 3, 6  # tokens of one shingle
_CHARACTERS_OF_A_WORD = 2
_LONGEST = 20  # characters of a word, on an average


def tokens(text: str) -> Sequence[str]:
    """Return the words of a text, of a script without spaces its characters; case folded, punctuation left out."""
    return _TOKENS.findall(text[: MOST * _LONGEST].casefold())[:MOST]


def is_spaceless(words: Sequence[str]) -> bool:
    """Tell whether most of these tokens are characters of a script without spaces."""
    some = words[:200]
    return sum(map(len, _SPACELESS_RUN.findall(" ".join(some)))) > len(some)


def shingles(words: Sequence[str]) -> Sequence[str]:
    """Return the shingles of tokens, in their order."""
    size = _CHARACTERS if is_spaceless(words) else _WORDS
    return [" ".join(words[start : start + size]) for start in range(len(words) - size + 1)]


def sketch(text: str) -> bytes | None:
    """Return keys of eight bytes, of which near-same texts share some; None where the text is too short to tell.

    The first are of the opening, so that a copy whose ending is cut shares
    them too.
    """
    words = tokens(text)
    unit = _CHARACTERS_OF_A_WORD if is_spaceless(words) else 1
    if len(words) < FEWEST * unit:
        return None
    opening = _keys(shingles(words[: _OPENING * unit]), _OPENING_KEYS, "o")
    return opening + _keys(shingles(words), _WHOLE_KEYS, "w")


def _keys(items: Sequence[str], count: int, kind: str) -> bytes:
    """Return keys that are each made of some minima, with what they are of, so that no two kinds are mixed up."""
    minhash = RMinHash(count * _BAND, _SEED)
    minhash.update(items)
    minima = minhash.digest()
    bands = (minima[start : start + _BAND] for start in range(0, len(minima), _BAND))
    return b"".join(_key(f"{kind}{number}", band) for number, band in enumerate(bands))


def _key(name: str, band: Sequence[int]) -> bytes:
    return hashlib.blake2b(struct.pack(f"<{len(band)}I", *band), digest_size=8, person=name.encode()).digest()
