"""What of a text changes without an author's doing: typography, relative times, counters, stamps, advertisements.

Pure.  `said` is what two texts are compared by.  Words are those of English,
German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian, Turkish,
Arabic, Japanese, Korean and Chinese; they count only in short lines that are
no sentences, since "founded 20 years ago" is somebody's claim.
Serves DESIGN 6 (Revisions).
"""

import html
import re
import unicodedata

LONGEST_LINE = 100  # characters of a line that a page may keep up to date by itself
MOST_LEFT = 5  # words beside a relative time: a name, "updated"
MOST_BESIDE_COUNTERS = 2  # words beside a counter: "7 votes" in a headline has more

_PLAIN_FORMS = {"-": "‐‑‒–—―−", "'": "‘’‚‛′`´‹›", '"': "“”„‟″«»〝〞〟"}
_DASHES_AND_QUOTES = {ord(form): plain for plain, forms in _PLAIN_FORMS.items() for form in forms}
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe0e\ufe0f]")
_DEEPEST_ENTITIES = 2  # times that publishers escape what is escaped already
_SPACED_MARK = re.compile(r"\s+(?=[!?;:%»])|(?<=«)\s+")  # French puts a space there, or does not

_AGES = (
    r"just now",
    r"(?:\d+|an?|one|a few) (?:sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|h|d(?:ays?)?|weeks?|months?|years?) ago",
    r"vor (?:\d+|einer|einem|wenigen) (?:Sek\w*|Min\w*|Stunden?|Std|Tag(?:en)?|Wochen?|Monat(?:en)?|Jahr(?:en)?)\b\.?",
    r"il y a (?:\d+|une?) ?(?:secondes?|min(?:utes?)?|heures?|h|jours?|j|semaines?|mois|ans?)",
    r"hace (?:\d+|una?) ?(?:segundos?|min(?:utos?)?|horas?|h|días?|semanas?|mes(?:es)?|años?)",
    r"há (?:\d+|uma?) ?(?:segundos?|min(?:utos?)?|horas?|h|dias?|semanas?|m[eê]s(?:es)?|anos?)",
    r"\d+ (?:segundos?|minutos?|horas?|dias?|semanas?|meses|anos?) atrás",
    r"(?:\d+|un'?|una) ?(?:second[oi]|min(?:ut[oi])?|or[ae]|giorn[oi]|settiman[ae]|mes[ei]|ann[oi]) fa",
    r"(?:\d+|een) (?:seconden?|min(?:uut|uten)?|uur|uren|dag(?:en)?|we(?:ek|ken)|maand(?:en)?|jaar) geleden",
    r"(?:\d+ )?(?:sekund\w*|min(?:ut\w*)?|godz(?:in\w*)?|dni|dzień|tydzień|tygodni\w*|miesi\w+|lat\w*|rok) temu",
    r"(?:\d+ )?(?:сек\w*|мин\w*|час\w*|д(?:ень|ня|ней)|недел\w+|месяц\w*|год\w*|лет) назад",
    r"\d+ (?:saniye|sn|dakika|dk|saat|gün|hafta|ay|yıl) önce",
    r"(?:منذ|قبل) (?:\d+ )?(?:ثانية|ثوان\w*|دقيقة|دقائق|دقيقتين|ساعة|ساعات|ساعتين"
    r"|يوم|أيام|يومين|أسبوع\w*|أسابيع|شهر\w*|أشهر|سنة|سنوات)",
    r"\d+ ?(?:秒|分|時間|日|週間|か月|ヶ月|カ月|年)前",
    r"\d+ ?(?:초|분|시간|일|주|개월|달|년) ?전",
    r"\d+ ?(?:秒|分钟|分鐘|小时|小時|天|日|周|週|个月|個月|年)(?:以?前)|刚刚|剛剛",
)
_COUNTED = (
    "views?|reads?|readers?|comments?|shares?|likes?|followers?|subscribers?|replies|reactions?|votes?|points?|plays?"
    "|downloads?|min(?:ute)?s? read|Aufrufe?|Kommentare?|Leser|mal geteilt|Min(?:uten|\\.)? Lesezeit|vues?"
    "|commentaires?|partages?|lectures?|min(?:utes)? de lecture|visitas?|vistas|comentarios?|min(?:utos)? de lectura"
    "|visualizações|comentários?|compartilhamentos|curtidas|min(?:utos)? de leitura|visualizzazioni|commenti"
    "|condivisioni|min(?:uti)? di lettura|weergaven|reacties?|keer gedeeld|min(?:uten)? leestijd|wyświetleń"
    "|wyświetlenia|odsłon|komentarz[ey]?|udostępnień|просмотр\\w*|комментари\\w*|репост\\w*|görüntülenme|yorum"
    "|paylaşım|okunma|مشاهد[ةات]+|تعليقات?|مشارك[ةات]+|(?:件の)?コメント|回視聴|回再生|閲覧|조회수?|댓글|공유"
    "|[次条條]?(?:阅读|閱讀|评论|評論|浏览|瀏覽|播放|点赞|點讚)"
)
_NUMBER = r"\d[\d.,' ]*(?: ?(?:[kKM]|Tsd\.?|Mio\.?|тыс\.?|千|万|萬|만)(?!\w))?"
_COUNTER = re.compile(rf"{_NUMBER} ?(?:{_COUNTED})(?!\w)|(?<!\w)(?:{_COUNTED}) ?[:(]? ?{_NUMBER}\)?", re.IGNORECASE)
_AGE = re.compile(rf"(?<!\w)(?:{'|'.join(_AGES)})(?!\w)", re.IGNORECASE)
_STAMPED = re.compile(
    r"(?:(?:last |first )?(?:updated?|published|modified|posted)|stand\b|(?:zuletzt )?aktualisiert|veröffentlicht"
    r"|(?:mis|mise) à jour|publié|actualizado|publicado|atualizado|aggiornato|pubblicato|(?:laatst )?bijgewerkt"
    r"|gepubliceerd|(?:za)?aktualiz\w+|opublikowano|обновлено|опубликовано|(?:son )?güncelle\w+|yayınlan\w+|آخر تحديث"
    r"|تحديث|نشر|最終更新|更新|公開|최종수정|업데이트|수정|입력|发布|發布|最后更新)",
    re.IGNORECASE,
)
_ADVERTISEMENT = re.compile(
    r"\W*(?:advert(?:isement|ising|orial)?|ads?|sponsored(?: content)?|anzeige|werbung|publicité|annonce|publicidade?"
    r"|anúncio|pubblicità|advertentie|reklama|реклама|reklam|إعلان|広告|pr|광고|广告|廣告)\W*(?:\d+\W*)?",
    re.IGNORECASE,
)
_TICKER = re.compile(r"[▲▼△▽↑↓°]|[+-]\s?\d+[.,]\d+ ?%")
_SENTENCE = re.compile(r"[.!?。！？؟…][\"')\]]*$")
_WORD = re.compile(r"[^\W\d_]+")
_FIGURE = re.compile(r"\d")


def said(paragraph: str) -> str:
    """Return a paragraph as it is compared; "" for one that a page keeps up to date by itself."""
    text = typed(paragraph)
    if len(text) > LONGEST_LINE or _SENTENCE.search(text):
        return text
    return _standing(text)


def typed(text: str) -> str:
    """Return a text without what only typography makes: white space, entities, forms of quotes, dashes and letters."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    for _ in range(_DEEPEST_ENTITIES):
        text = html.unescape(text) if "&" in text else text
    return _SPACED_MARK.sub("", " ".join(text.split())).translate(_DASHES_AND_QUOTES)


def _standing(line: str) -> str:
    """Return what of a short line stays as time goes by."""
    if _ADVERTISEMENT.fullmatch(line) or _is_stamp(line) or _is_ticker(line):
        return ""
    counted = _COUNTER.sub(" ", line)
    if counted != line and len(_WORD.findall(counted)) <= MOST_BESIDE_COUNTERS:
        line = " ".join(counted.split())
    aged = _AGE.sub(" ", line)
    if aged != line and len(_WORD.findall(aged)) <= MOST_LEFT:
        line = " ".join(aged.split())
    return line if re.search(r"\w", line) else ""


def _is_stamp(line: str) -> bool:
    return bool(_STAMPED.match(line) and (_FIGURE.search(line) or _AGE.search(line)) and len(line.split()) <= 12)


def _is_ticker(line: str) -> bool:
    """Tell a price or a temperature from a line of prose: it has hardly a word."""
    return bool(_TICKER.search(line) and _FIGURE.search(line) and len(_WORD.findall(line)) <= 3)
