"""The people in a byline: "By Jane Doe and John Roe, Staff Writers" names two.

Pure; general words of fourteen languages, no names and no sites.
"""

import re

LONGEST = 100  # characters of a name

_BY = (
    r"by|vo[nm]|par|por|di|door|av|af|przez|przez:|de la|текст|автор|yazan|yazar|haber|بقلم|كتب|كتبت|written by"
    r"|posted by|reported by|story by|words by|reviewed by"
    r"|authors?|autor(?:en|in|a|es|as)?|auteurs?|autor[ei]|text(?:e|o)?"
    r"|escrito por|autorin/autor|autor/in|text (?:&|und) fotos?|text von|article by|words and photos by"
    r"|publicado por|publié par|geschrieben von|veröffentlicht von|ein beitrag von|eine analyse von|ein artikel von"
    r"|ein kommentar von|interview:?|文|撰文|作者|记者|記者|文/|取材・文|글|기자"
)
_BYLINE = re.compile(rf"^(?:(?:{_BY})(?:\s*[:：/]\s*|\s+)|[:：/|–—-]\s*)", re.IGNORECASE)
_GLUED = re.compile(r"^(?:By|Von|Par|Por|Di)(?=[A-Z]\w*\s)")  # "ByJane Roe": two elements side by side
_JOINED = re.compile(
    r"\s*(?:[,;|/•·、，；\n\t]|\s[–—-]\s|&amp;|&|\+)\s*|\s+(?:and|und|et|with|mit|och|og|en|oraz|ve|и|و)\s+"
    r"|\s和\s|(?<=[\u4e00-\u9fff])和(?=[\u4e00-\u9fff])",
    re.IGNORECASE,
)
_SHORT_JOINED = re.compile(r"\s+(?:y|e|i)\s+")  # also within names: Ortega y Gasset
_PARENTHESES = re.compile(r"\s*[(\[（<][^()\[\]（）<>]{0,100}[)\]）>]\s*")
_AFTER = re.compile(
    r"\s+(?:for|in|aus|at|from|is|ist|est|writes|schreibt|published|updated|last|posted|on|am|follow|reporting|under|via|the)\s.*$"
    r"|\s*(?:記者|记者|기자|특파원|編集部員?|さん)\s*$|\s*'s\s*$",
    re.IGNORECASE,
)
_DEGREES = re.compile(r"(?:(?:^|\s)(?:MS|MA|MD|M\.D\.|Ph\.?D\.?|RDN?|LD|MBA|RN|JD|MPH|MSc|BSc))+\s*$")
_NOBODY = re.compile(
    r"(?<!\w)(?:staff|editors?|editorial|newsroom|redaktion|redaktions\w*|redazione|redacción|redacao|redação|rédaction"
    r"|redactie|redakcja|редакция|admin(?:istrator)?|webmaster|desk|\w{2,12}admin|super ?user"
    r"|guest|anonymous|unknown|no author"
    r"|編集部|编辑部|編輯部|편집부)(?!\w)",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?<!\w)(?:team|correspondents?|reporters?|writers?|contributors?|columnists?|journalist(?:e|in|en)?|authors?"
    r"|autor(?:en|in)?"
    r"|news|nachrichten|agenc(?:y|ies|ia)|agentur(?:en)?|agence|press|presse|office|online|wires?|media|magazine|department"
    r"|company|inc|ltd|gmbh|llc|corp|university|managing|senior|chief|special|freelance|fotos?|photos?"
    r"|photograph(?:er|y|s)"
    r"|getty|images|bilder|quelle|source|copyright|published|updated|posted|share|comments?|kommentare?|minutes?|min|read"
    r"|subscribe|letters|to|follow|view|profile|e-?mail|log|login|sign|twitter|facebook|instagram|print|zur|zum|by|von|par|por|veröffentlicht|publié|home|more|mehr|die|das|diese[rs]?|der|dieser|the|this|how|why|what|our|your|we|all|new"
    r"|新闻|新聞|ニュース|뉴스|редактор|корреспондент)(?!\w)",
    re.IGNORECASE,
)
_WRONG = re.compile(r"[\d@#?!=_{}\\<>()\[\]:]|://|www\.|\.(?:com|org|net|de)\b")
_PARTICLES = frozenset(
    "de da do dos das del della di du des la le van von der den ter ten zu al el bin ibn y e i und of af av d".split()  # noqa: SIM905
)
_NICKNAME = re.compile(r"(?=.{3,30}$)(?=[^\W\d_]|.{0,8}[^\W\d_]{2})\w+(?:-\w+)?")
_TOLD_TO = re.compile(r"^.*\bas told to\s+", re.IGNORECASE)
_HANDLE = re.compile(r"\s+\(?@\w{2,30}\)?(?=\s|$)")
_UNCASED = re.compile(r"[\u0590-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def people_in(line: str, *, visible: bool = False) -> list[str]:
    """Return the names in a byline, each once; `visible`: text on the page, that may hold anything."""
    if "://" in line:
        return []
    line = _HANDLE.sub("", _TOLD_TO.sub("", line[:500]))
    line = _PARENTHESES.sub(" , " if visible else " ", line if visible else _without_mail(line))
    cleaned = _cleaned if visible else _declared
    parts = [cleaned(part) for joined in _JOINED.split(_unprefixed(line)) for part in _parted(joined.strip())]
    names = [part for part in parts if part and (is_person(part) if visible else is_name(part))]
    people = [name for name in names if is_person(name)]
    return list(dict.fromkeys(people or names))


def is_name(text: str) -> bool:
    """Tell whether what was declared as an author may be one: no address, no sentence, no desk."""
    return (
        (len(text) > 2 or bool(_UNCASED.search(text)))
        and len(text) <= LONGEST
        and len(text.split()) <= 7
        and not _WRONG.search(text)
        and not _NOBODY.search(text)
    )


def is_person(text: str) -> bool:
    """Tell whether a text looks like a person's name: two to five words, each with a capital where there are any."""
    words = text.replace(".", ". ").split()
    if not is_name(text) or _NO_NAME.search(text):
        return False
    if _UNCASED.search(text):
        return len(text) <= 20 and len(words) <= 4
    capital = [
        word[:1].isupper() or word[:3].lower() in ("d’", "d'a", "o’")
        for word in words
        if word.lower() not in _PARTICLES
    ]
    return 2 <= len(words) <= 6 and words[-1] not in _PARTICLES and len(capital) >= 1 and all(capital)


def nickname_in(text: str) -> list[str]:
    """Return the one word with figures in it by which somebody signs, where it is that: "freeman1984"."""
    name = text.strip().removeprefix("@")
    return [name] if _NICKNAME.fullmatch(name) and not _NOBODY.search(name) else []


def has_case(text: str) -> bool:
    """Tell whether a text is in a script that parts names by blanks and begins them with capitals."""
    return not _UNCASED.search(text)


def is_single(text: str) -> bool:
    """Tell whether a text may be the one word, or the two, by which somebody signs."""
    return 2 < len(text) <= 30 and len(text.split()) <= 2 and is_name(text) and not _NO_NAME.search(text)


def turned(text: str) -> str:
    """Return "Jane Roe" for "Roe, Jane", as libraries write names; anything else as it is."""
    last, comma, first = text.partition(",")
    words = max(len(last.split()), len(first.split()))
    return f"{first.strip()} {last.strip()}" if comma and "," not in first and words <= 2 else text


def unprefixed(text: str) -> str:
    """Return a declared name without "By", mail address and what stands in parentheses."""
    return _cleaned(_unprefixed(_without_mail(text[:300])))


def _unprefixed(line: str) -> str:
    line = _GLUED.sub("", line.strip())
    for _ in range(3):
        line = _BYLINE.sub("", line.strip(), count=1)
    return line


def _cleaned(part: str) -> str:
    return _DEGREES.sub("", _AFTER.sub("", _unprefixed(part))).strip(" \t.,:;|·•-–—*\"“”«»'").removeprefix("@")


def _declared(part: str) -> str:
    """A declared name is cut only where a person's is left of it: "Jane Roe for The Daily", not "Friends of Art"."""
    whole, cut = _unprefixed(part).strip(" .,:;"), _cleaned(part)
    return cut if " " in cut or not is_name(whole) or not has_case(whole) else whole


def _parted(part: str) -> list[str]:
    """Part "Ana Ruiz y Luis Gil", not "José Ortega y Gasset"."""
    sides = _SHORT_JOINED.split(part)
    return sides if len(sides) > 1 and all(len(side.split()) >= 2 for side in sides) else [part]


def _without_mail(line: str) -> str:
    return re.sub(r"\s*[(<\[]?(?:mailto:)?[^\s@<>()\[\]]{1,64}@[^\s@<>()\[\]]{1,100}[)>\]]?", " ", line).strip()
