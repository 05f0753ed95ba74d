"""A web page where another document should be: whether it asks to log in, or sells the name of its site.

Pure, on foreign bytes; runs in the sandbox.  Says "page" where in doubt.
"""

import re
from typing import Literal
from urllib.parse import urlsplit

from cuttings.errors import ParseError
from cuttings.model.capture import Document
from cuttings.parse import sniff
from cuttings.text import xml

Posing = Literal["page", "login", "parked"]
WORDS: dict[Posing, str] = {
    "page": "a web page",
    "login": "a page to log in at",
    "parked": "a page that offers the site's name for sale",
}
MOST_READ = 262_144  # characters of a page
SHORT = 3_000  # characters of text: a page of articles has more

_PASSWORD = re.compile(r"""<input\s[^>]{0,500}?type\s*=\s*["']?password""", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_SIGNING_IN = re.compile(
    r"\b(?:log[ -]?in|log[ -]?on|sign[ -]?in|authenticat\w*|anmelden|anmeldung|einloggen|connexion|se connecter"
    r"|identifiez-vous|iniciar sesi[oó]n|acceder|accedi|inloggen|logga in|logg inn|zaloguj|entrar)\b"
    r"|войти|вход|ログイン|登录|登入|로그인",
    re.IGNORECASE,
)
_DOOR = re.compile(r"/(?:\w+-)?(?:log[-_]?[io]n|sign[-_]?in|signon|auth|sso|oauth2?|saml2?|cas|captive|portal)\b", re.I)
_FOR_SALE = re.compile(
    r"\b(?:domain(?: name)?s?\b[^.<]{0,80}\b(?:(?:is|may be|are) for sale|for sale|is parked|has expired|zu verkaufen"
    r"|steht zum verkauf|is te koop|est [àa] vendre|[àa] vendre|est[áa] en venta|[èe] in vendita|est[áa] [àa] venda)"
    r"|buy this domain|parked domain|domain parking|parked free|inquire about this domain|make an offer on this domain"
    r"|nom de domaine est [àa] vendre|dominio est[áa] en venta|dominio [èe] in vendita)\b"
    r"|домен прода[её]тся|このドメイン|域名出售|本域名",
    re.IGNORECASE,
)


def what(document: Document) -> Posing:
    """Tell what a web page is that came instead of something else."""
    try:
        source = sniff.decoded(document)[:MOST_READ]
        text = _text(source)
    except (ParseError, ValueError):
        return "page"
    title = ((found := _TITLE.search(source)) and found[1]) or ""
    if len(text) < SHORT and _FOR_SALE.search(f"{title}. {text}"):
        return "parked"
    signs = (_PASSWORD.search(source), _SIGNING_IN.search(title), _DOOR.search(_path(document.url)), len(text) < SHORT)
    return "login" if sum(map(bool, signs)) >= 3 or (signs[0] and len(text) < SHORT // 3) else "page"


def _text(source: str) -> str:
    """The words of a page, without what its scripts and styles say."""
    root = xml.parse_html(source)
    for element in root.iter("script", "style"):
        element.text = None
    return " ".join(xml.text_of(root).split())


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.lower()
    except ValueError:
        return ""
