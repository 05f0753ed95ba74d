"""The months as people write them, and the halves of their day.

Data: English, German, French, Spanish, Portuguese, Italian, Dutch, the
Scandinavian languages, Polish, Hungarian, Russian, Greek, Turkish, Arabic
(with its Levantine and Maghreb names), Korean, Chinese, Japanese.  Words are
in lower case, their accents off.
"""

_BEGINNINGS = (
    "jan gen ene sty янв ιαν oca ينا جان",
    "feb fev lut фев φεβ sub فبر فيف شبا",
    "mar mrt maa мар μαρ مار اذا",
    "apr avr abr kwi апр απρ nis ابر افر نيس",
    "may mai maj mag mei маи мая μαι ماي ايا",
    "jun juin giu cze июн ιουν haz يون جوا حزي",
    "jul juil lug lip июл ιουλ tem يول جوي تمو",
    "aug aou ago sie авг αυγ agu اغس اوت",
    "sep szep set wrz сен σεπ eyl سبت ايل",
    "oct okt ott out paz окт οκτ eki اكت",
    "nov lis ноя νοε kas نوف",
    "dec dic dez dek gru дек δεκ ara ديس",
)
MONTHS = {word: number for number, words in enumerate(_BEGINNINGS, start=1) for word in words.split()}
"""The beginnings of month names, of three letters or four; the longest that fits decides."""

REWRITTEN = (
    *(("كانون الثاني", " january "), ("كانون الاول", " december "), ("كانون الأول", " december ")),
    *(("تشرين الاول", " october "), ("تشرين الأول", " october "), ("تشرين الثاني", " november ")),
    *(("آب/", " "), (" آب ", " august ")),
    *(("오전", " am "), ("上午", " am "), ("午前", " am "), ("صباحا", " am "), ("凌晨", " am ")),
    *(("오후", " pm "), ("下午", " pm "), ("午後", " pm "), ("مساء", " pm "), ("晚上", " pm ")),
    *(("a. m.", "am"), ("p. m.", "pm"), ("π.μ.", "am"), ("μ.μ.", "pm")),
)
"""Words of two parts, and halves of the day, as what the rest of the reading knows."""

ABOUT = frozenset(
    "st nd rd th er a de del h of at um uhr le on г в года от il alle ore om op kl o godz saat las les do da as dia "  # noqa: SIM905
    "den die el the في".split()
)
"""Small words that stand in dates and say nothing."""

DAY_FIRST = frozenset(
    "de fr es pt it nl pl ru tr ar da sv nb nn no fi el cs sk hr sr sl bg uk ro ca gl id vi "  # noqa: SIM905
    "en-gb en-au en-nz en-ie en-za en-in".split()
)
MONTH_FIRST = frozenset(("en-us", "en-ph", "fil"))
"""Languages, by their tags, in which 3/4 is the third of April, and the fourth of March."""
