"""URLs: parsed once and strictly for going out, resolved as browsers do for what documents link to.

Pure.  `parse` is the only reading that a connection is made from, so that no
two parsers can disagree (THREATS 1.1 S2); nothing is ever re-quoted, since a
signed URL is only good byte for byte.

Standards: RFC 3986 (syntax, 5.2 resolution), RFC 5891 and UTS 46 (names).
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

import idna

PORTS = {"http": 80, "https": 443}
WEB = ("http", "https")

LONGEST = 8_000  # what RFC 9110 4.1 asks servers to take; longer ones are attacks or data
LONGEST_HOST, LONGEST_LABEL = 253, 63  # RFC 1035 2.3.4

# What senders of links add to follow readers around; nothing of it chooses what is shown.
TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|mc_cid|mc_eid|_hsenc|_hsmi"
    r"|mkt_tok|oly_anon_id|oly_enc_id|vero_id|rb_clickid|ml_subscriber|ml_subscriber_hash|at_medium|at_campaign"
    r"|at_custom\d|xtor|wt_zmc|__s)",
    re.IGNORECASE,
)
SECRET = re.compile(
    r"([?&](?:(?:\w*[_-])?(?:token|key)|apikey|auth|authorization|password|passwd|pass|pwd|secret|sig|signature)=)"
    r"[^&#\s]+",
    re.IGNORECASE,
)

_PARTS = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)  # appendix B
_AUTHORITY = re.compile(r"(?:([^@]*)@)?(\[[^\[\]@]*\]|[^:@\[\]]*)(?::([0-9]*))?", re.DOTALL)
_REFUSED = re.compile(r"[\x00-\x20\x7f\\]|[\u0080-\u00a0\u2028\u2029\ud800-\udfff]")
_EDGES = "".join(map(chr, range(0x21)))  # C0 controls and the blank
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
# What nearly every link is: nothing in it to resolve, to encode or to refuse; the last label begins with a letter.
_PLAIN = re.compile(r"(https?)://(?:[a-z0-9_-]{1,50}\.){1,4}[a-z][a-z0-9-]{1,20}(?:/[!#-;=?-\[\]_a-z~]{0,2000})?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNSAFE = re.compile(r"[^!#-;=?-\[\]_a-z~]")  # outside RFC 3986's characters; a lone % is left as it is


class UrlError(ValueError):
    """A URL that we will not follow; the message says why, in words for people and without secrets."""


@dataclass(frozen=True, slots=True)
class Url:
    """A web address, taken apart once."""

    scheme: str  # http or https
    host: str  # ASCII, lower case; an IPv6 address without brackets
    port: int
    target: str  # path and query, ASCII, byte for byte; begins with a slash
    userinfo: str | None = None  # as written, percent-encoded

    @property
    def authority(self) -> str:
        """What stands in a Host field: without a default port (RFC 9110 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """`scheme://host:port`, the port always said (RFC 6454 4)."""
        return (
            f"{self.scheme}://[{self.host}]:{self.port}"
            if ":" in self.host
            else f"{self.scheme}://{self.host}:{self.port}"
        )

    @property
    def public(self) -> str:
        """The whole URL without userinfo."""
        return f"{self.scheme}://{self.authority}{self.target}"


@lru_cache(maxsize=1024)  # a visit asks for the parts of its one address again and again
def parse(url: str) -> Url:
    """Take an absolute http or https URL apart; its fragment is left out.

    Characters beyond ASCII are percent-encoded in path and query.  Raises
    UrlError for blanks, controls and backslashes anywhere, for hosts in other
    notations than a name, a dotted quad or a bracketed IPv6 address, and for
    other schemes.
    """
    if len(url) > LONGEST:
        raise UrlError(f"longer than {LONGEST} characters")
    if _REFUSED.search(url):
        raise UrlError("a blank, a control character or a backslash in the URL")
    scheme, authority, path, query, _ = _split(url)
    scheme = (scheme or "").lower()
    if scheme not in PORTS:
        raise UrlError(f"only http and https are followed, not {scheme[:20] or 'an address without scheme'}")
    if not authority:
        raise UrlError("no host in the URL")
    userinfo, host, port = _authority(authority)
    target = (path or "/") + (query or "")
    return Url(scheme, host, PORTS[scheme] if port is None else port, _ascii(target), userinfo)


def absolute(base: str, reference: str, schemes: tuple[str, ...] = WEB) -> str | None:
    """Resolve a link that a document at `base` ("" where unknown) has; None for nonsense and other schemes.

    As browsers do: trimmed, tabs and line ends taken out, backslashes turned,
    what no URL may hold percent-encoded.  The base's userinfo is not handed
    on.  The fragment stays.
    """
    plain = _PLAIN.fullmatch(reference)
    if plain and plain[1] in schemes and "/." not in reference:
        return reference
    reference = _as_browsers_do(reference)
    if len(reference) > LONGEST:
        return None
    scheme = (_split(reference)[0] or "").lower()
    if scheme and scheme not in PORTS:
        return scheme + _ascii(reference[len(scheme) :]) if scheme in schemes else None
    try:
        return _resolved(_as_browsers_do(base), reference, schemes)
    except UrlError:
        return None


def clean(url: str) -> str:
    """Return the URL without tracking parameters, else byte for byte."""
    head, mark, fragment = url.partition("#")
    if fragment and all(_tracks(pair) for pair in fragment.split("&")):
        mark = fragment = ""
    path, question, query = head.partition("?")
    if question and any(_tracks(pair) for pair in query.split("&")):
        query = "&".join(pair for pair in query.split("&") if not _tracks(pair))
        question = "?" if query else ""
    return f"{path}{question}{query}{mark}{fragment}"


def canonical(url: str) -> str:
    """Return the form by which two URLs are told to be the same article.

    Scheme and host in lower case, no default port, userinfo, fragment or
    tracking, an empty path as "/".  What cannot be parsed comes back as it is.
    """
    try:
        return clean(parse(url).public)
    except UrlError:
        return url


def origin(url: str) -> str:
    """Return `scheme://host:port`.  Raises UrlError."""
    return parse(url).origin


def masked(url: str) -> str:
    """Return the URL, or a text that holds some, with credentials replaced: for logs and messages."""
    return SECRET.sub(r"\1***", re.sub(r"//[^/?#\s]*@", "//***@", url))


def _split(url: str) -> tuple[str | None, str | None, str, str | None, str | None]:
    """Return scheme, authority, path, query with "?" and fragment with "#"; None where there is none."""
    parts = _PARTS.fullmatch(url)
    assert parts is not None  # the pattern takes anything
    scheme, authority, path, query, fragment = parts.groups()
    return scheme, authority, path, query, fragment


def _authority(authority: str) -> tuple[str | None, str, int | None]:
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise UrlError("the host and port cannot be read")
    userinfo, host, digits = parts.groups()
    port = int(digits[:6]) if digits else None
    if port is not None and not 0 < port < 65536:
        raise UrlError("no such port")
    return None if userinfo is None else _ascii(userinfo), _host(host), port


def _host(written: str) -> str:
    if written.startswith("["):
        return _ipv6(written[1:-1])
    host = written.lower() if written.isascii() else _idna(written)
    if len(host) > LONGEST_HOST or not all(map(_LABEL.fullmatch, host.split("."))):
        raise UrlError(f"not a host name: {host[:60]!r}")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _ipv4(host, written)
    return host


def _ipv6(written: str) -> str:
    """Take an address without a zone, which would mean something on one machine only."""
    try:
        return ipaddress.IPv6Address(written.replace("%", "zone")).compressed
    except ValueError as error:
        raise UrlError("not an IPv6 address") from error


def _ipv4(host: str, written: str) -> str:
    """Take the dotted quad alone: 127.1, 0x7f.1 and circled digits are ways around a look."""
    problem = "an address must be written as four decimal numbers"
    if host != written:
        raise UrlError(problem)
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError as error:
        raise UrlError(problem) from error


def _idna(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise UrlError("not an internationalised host name") from error


def _as_browsers_do(text: str) -> str:
    """WHATWG URL 4.4: edges trimmed, tabs and line ends out, backslashes turned in what is no opaque URL."""
    text = text.strip(_EDGES).replace("\t", "").replace("\n", "").replace("\r", "")
    if "\\" not in text or text.partition(":")[0].lower() in ("mailto", "tel"):
        return text
    head, question, tail = text.partition("?")
    return head.replace("\\", "/") + question + tail


def _resolved(base: str, reference: str, schemes: tuple[str, ...]) -> str:
    """RFC 3986 5.2.2, with a host that `parse` would take."""
    scheme, authority, path, query, fragment = _split(reference)
    if scheme is None:
        b_scheme, b_authority, b_path, b_query, _ = _split(base)
        scheme = b_scheme
        if authority is None:
            authority = (b_authority or "").rpartition("@")[2]
            path, query = _merged(path, query, b_path, b_query)
    scheme = (scheme or "").lower()
    if scheme not in PORTS or scheme not in schemes or not authority:
        raise UrlError("not a web address")
    userinfo, host, port = _authority(authority)
    url = Url(scheme, host, PORTS[scheme] if port is None else port, _ascii(_without_dots(path) + (query or "")))
    start = f"{scheme}://{userinfo}@{url.authority}" if userinfo else f"{scheme}://{url.authority}"
    return f"{start}{url.target}{_ascii(fragment or '')}"


def _merged(path: str, query: str | None, b_path: str, b_query: str | None) -> tuple[str, str | None]:
    if not path:
        return b_path, b_query if query is None else query
    if path.startswith("/"):
        return path, query
    return f"{b_path.rpartition('/')[0]}/{path}", query


def _without_dots(path: str) -> str:
    """RFC 3986 5.2.4; an empty path stays empty."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _ascii(text: str) -> str:
    """Percent-encode as UTF-8 what no URL may hold; all else stays byte for byte."""
    return _UNSAFE.sub(_encoded, text) if _UNSAFE.search(text) else text


def _encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))


def _tracks(pair: str) -> bool:
    return TRACKING.fullmatch(pair.partition("=")[0]) is not None
