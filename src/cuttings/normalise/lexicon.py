"""Words by which a text denies or counts, by language; forms that a word list can hold, no grammar."""

from collections.abc import Mapping
from functools import cache

NEGATIONS: Mapping[str, str] = {
    "en": "no not never none nor neither nobody nothing nowhere without cannot",
    "de": "nicht nichts nie niemals niemand nirgends ohne kein keine keinen keinem keiner keines weder",
    "fr": "ne n pas jamais sans aucun aucune rien personne ni non",
    "es": "no ni nunca jamás ningún ninguna ninguno nada nadie sin",
    "pt": "não nunca jamais nenhum nenhuma ninguém nada nem sem",
    "it": "non mai senza nessun nessuna nessuno niente nulla né",
    "nl": "niet geen nooit niemand niets zonder noch",
    "pl": "nie nigdy bez nikt nic żaden żadna żadne ani",
    "ru": "не нет ни никогда никто ничего без",
    "tr": "değil yok hiç asla hayır",
    "ar": "لا لم لن ليس ليست غير بدون دون",
    "ja": "ず ぬ 不 未 無 非",
    "ko": "안 못 없다 없는 없이 아니다 아닌",
    "zh": "不 没 沒 未 无 無 非 勿 莫 否 别 別",
}

NUMERALS: Mapping[str, str] = {
    "en": "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy"
    " eighty ninety hundred thousand million millions billion billions trillion trillions dozen half double twice",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig hundert tausend"
    " million millionen milliarde milliarden dutzend halbe doppelt",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze vingt trente quarante cinquante cent cents mille"
    " million millions milliard milliards douzaine moitié double",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cuarenta cincuenta cien ciento mil"
    " millón millones docena mitad doble",
    "pt": "dois duas três quatro cinco seis sete oito nove dez onze doze vinte trinta quarenta cinquenta cem mil milhão"
    " milhões bilhão bilhões dúzia metade dobro",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici venti trenta quaranta cinquanta cento mille"
    " mila milione milioni miliardo miliardi dozzina metà doppio",
    "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf twintig dertig veertig vijftig honderd duizend"
    " miljoen miljard dozijn helft dubbel",
    "pl": "dwa dwie dwaj trzy cztery pięć sześć siedem osiem dziewięć dziesięć dwadzieścia sto tysiąc tysiące tysięcy"
    " milion miliony milionów miliard miliardy miliardów połowa",
    "ru": "два две три четыре пять шесть семь восемь девять десять двадцать сто тысяча тысячи тысяч миллион миллиона"
    " миллионов миллиард миллиарда миллиардов половина",
    "tr": "iki üç dört beş altı yedi sekiz dokuz on yirmi otuz kırk elli yüz bin milyon milyar yarısı",
    "ar": "اثنان اثنين ثلاثة ثلاث أربعة أربع خمسة خمس ستة ست سبعة سبع ثمانية ثمان تسعة تسع عشرة عشر عشرون مئة مائة ألف"
    " آلاف مليون ملايين مليار نصف",
    "ja": "〇 零 一 二 三 四 五 六 七 八 九 十 百 千 万 億 兆 半",
    "ko": "둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열 백 천 만 억 조 절반",
    "zh": "〇 零 一 二 三 四 五 六 七 八 九 十 百 千 万 萬 亿 億 兆 两 兩 半",
}


def negations(language: str) -> frozenset[str]:
    """Return the words that deny in a language (a BCP 47 tag), in all of them where it is none of ours."""
    return _words(NEGATIONS, language)


def numerals(language: str) -> frozenset[str]:
    """Return the words that count, likewise."""
    return _words(NUMERALS, language)


def _words(lists: Mapping[str, str], language: str) -> frozenset[str]:
    own = language[:2].lower()
    return _split(lists[own]) if own in lists else _split(" ".join(lists.values()))


@cache
def _split(words: str) -> frozenset[str]:
    return frozenset(words.split())
