"""What pages say that are no article: errors, logins, consent walls, gates, and the end of what a paywall shows.

Pure.  Words in the fourteen languages that we read; texts are compared case-folded.
"""

import re

_LONGEST_TITLE = 8  # words: a longer title tells of something
_LONGEST_GATE = 1_000  # characters looked at

_ERRORS = re.compile(
    r"(?:error|erreur|fehler|errore|fout|błąd|ошибка|hata|خطأ|エラー|오류|错误)?[ :#-]{0,3}(?:40[0134]|410|429|"
    r"50[0234])(?:[ :.,–-]{1,3}.{0,40})?|"
    r"(?:.{0,20}\b)?(?:page|file|article|site|url|content) (?:you requested )?(?:was |is |could |can)?(?:not be |"
    r"not )?(?:found|unavailable|not available|no longer available|does not exist|doesn't exist)(?: .{0,20})?|"
    r"(?:oops|sorry|uh-oh|whoops)\b.{0,60}|not found|object not found|gone|forbidden|"
    r"access (?:to this page )?(?:is |has been )?denied|(?:service|site) (?:temporarily )?unavailable|"
    r"bad (?:request|gateway)|internal server error|gateway time-?out|too many requests|"
    r"request (?:blocked|rejected)|website is (?:offline|down).{0,20}|account suspended|"
    r"under (?:maintenance|construction)|(?:down for|site) maintenance|"
    r"domain (?:name )?(?:for sale|expired|parked)|seite (?:wurde )?nicht (?:gefunden|verfügbar|vorhanden)|"
    r"(?:zugriff|zugang) verweigert|nicht gefunden|wartungsarbeiten|page (?:non trouvée|introuvable|inexistante)|"
    r"accès (?:refusé|interdit)|página no (?:encontrada|existe|disponible)|acceso denegado|no encontrado|"
    r"página não (?:encontrada|existe|disponível)|acesso negado|pagina non (?:trovata|disponibile)|accesso negato|"
    r"pagina niet (?:gevonden|beschikbaar)|toegang geweigerd|niet gevonden|"
    r"(?:nie znaleziono strony|strona nie (?:została znaleziona|istnieje)|nie znaleziono)|odmowa dostępu|"
    r"страница не (?:найдена|существует)|доступ (?:запрещ[её]н|ограничен)|(?:aradığınız )?sayfa bulunamadı|"
    r"erişim engellendi|الصفحة غير موجودة|لم يتم العثور على الصفحة|(?:お探しの)?ページ(?:が|"
    r"は)?(?:見つかりません(?:でした)?|存在しません)|"
    r"アクセスが拒否されました|페이지를 찾을 수 없습니다|접근이 거부되었습니다|(?:页面|頁面|网页)?(?:不存在|未找到|"
    r"找不到(?:页面|頁面|网页)?)|访问被拒绝"
)
_LOGINS = re.compile(
    r"(?:please )?(?:log|sign)[ -]?in(?: (?:to|or|with|required|page)\b.{0,40})?|login(?: .{0,20})?|"
    r"create (?:an |your )?account|(?:bitte )?(?:anmelden|einloggen)|anmeldung|mein konto|"
    r"(?:se )?conn(?:ecter|ectez-vous|exion)(?: .{0,20})?|identifi(?:ez-vous|cation)|iniciar? (?:de )?sesi[oó]n|"
    r"inicia sesión|acceder|entrar|fazer login|iniciar sessão|accedi|accesso|effettua il login|inloggen|aanmelden|"
    r"zaloguj(?: się)?|logowanie|вход(?: .{0,20})?|войти|авторизация|giriş(?: yap)?|oturum aç|تسجيل الدخول|"
    r"ログイン(?:ページ|画面)?|サインイン|로그인|(?:用户|用戶|会员)?登[录錄入陆]"
)
_CONSENT = re.compile(
    r"cookie|consent|gdpr|dsgvo|rgpd|privacy|personal data|personalised ads|personali[sz]ed advertising|tracking|"
    r"partners|datenschutz|einwilligung|zustimm|werbung und tracking|personenbezogen|données personnelles|"
    r"consentement|vie privée|consentimiento|privacidad|datos personales|consentimento|privacidade|dados pessoais|"
    r"consenso|dati personali|toestemming|persoonsgegevens|zgod[aęy]|prywatnoś|dane osobowe|danych osobowych|"
    r"согласи|персональн|файлы cookie|çerez|gizlilik|kişisel veri|ملفات تعريف الارتباط|الخصوصية|موافق|クッキー|"
    r"個人情報|"
    r"プライバシー|同意|쿠키|개인정보|동의|隐私|个人信息|隱私"
)
_GATES = re.compile(
    r"(?:enable|turn on|requires?|activate|allow) java ?script|"
    r"javascript (?:is|has been|must be|seems to be) (?:disabled|not|off|enabled)|"
    r"checking (?:if the site|your browser)|verify(?:ing)? (?:that )?you(?:'re| are) (?:a )?human|"
    r"are you (?:a (?:robot|human)|human)|just a moment|unusual (?:traffic|activity)|ddos protection|"
    r"complete the captcha|security check|disable your ad ?blocker|javascript (?:aktivieren|ist deaktiviert)|"
    r"aktivieren sie (?:bitte )?javascript|kein roboter|activer javascript|javascript est désactivé|"
    r"n'êtes pas un robot|habilit[ae]r? javascript|no eres un robot|abilita(?:re)? javascript|"
    r"(?:schakel|zet) javascript|włącz(?:yć)? (?:obsługę )?javascript|включите javascript|javascript(?:'i)? etkin|"
    r"javascriptを有効|자바스크립트를|启用 ?javascript|啟用 ?javascript"
)
_WALLS = re.compile(
    r"(?:subscribe|register|sign up|log in|sign in|join|become a (?:member|subscriber)) (?:now |today )?(?:to|"
    r"and) (?:continue|keep|read|unlock|get|access|view|finish)|"
    r"to (?:continue|keep) reading|"
    r"already (?:a |have a )?(?:subscriber|subscribed|subscription|member|registered)|"
    r"(?:this|the) (?:article|story|content) is (?:for|only|available|reserved|exclusive|locked)|"
    r"(?:subscriber|member)s? only|for subscribers|unlock (?:this|the) (?:article|story)|"
    r"read (?:the )?full (?:article|story)|free articles? (?:left|remaining|this month)|"
    r"reached your (?:article )?limit|jetzt weiterlesen|weiterlesen mit|um weiterzulesen|"
    r"(?:bereits|schon) abonnent|nur für abonnenten|exklusiv für abonnenten|"
    r"(?:artikel|text) (?:freischalten|weiterlesen)|jetzt abonnieren und|lesen sie diesen artikel mit|"
    r"réservé aux abonnés|déjà abonné|pour lire la suite|abonnez-vous pour|la suite est réservée|il vous reste|"
    r"(?:exclusivo|solo|sólo) para (?:suscriptores|assinantes)|suscríbe(?:te|ase) para|"
    r"para (?:seguir|continuar) (?:leyendo|lendo)|ya (?:eres|soy) suscriptor|"
    r"(?:assine|já é assinante|exclusivo para assinantes)|"
    r"(?:riservato|contenuto riservato|solo) (?:agli|per gli) abbonati|sei già abbonato|abbonati per|"
    r"per continuare a leggere|(?:verder lezen|lees verder)(?: met|\?)|al abonnee|exclusief voor abonnees|"
    r"alleen voor abonnees|(?:tylko )?dla (?:prenumeratorów|subskrybentów)|aby czytać dalej|"
    r"masz już (?:subskrypcję|konto)|kup dostęp|(?:только )?для подписчиков|чтобы (?:читать|продолжить)|"
    r"уже подписаны|оформите подписку|(?:sadece )?abonelere özel|okumaya devam etmek için|zaten abone|"
    r"للمشتركين فقط|لمتابعة القراءة|اشترك (?:الآن )?(?:لمواصلة|لمتابعة)|(?:有料)?会員限定|続きを読むには|"
    r"この記事は(?:会員|有料)|"
    r"残り[0-9,]+文字|구독자 전용|회원 전용|계속 읽으(?:시)?려면|(?:订阅|訂閱)(?:后|後|以)(?:继续|繼續)?阅?讀?读?|"
    r"(?:会员|會員)(?:专享|專享|专属|可读)"
)

_LONGEST_REST = 200  # characters
_REST = re.compile(
    r"\d{1,3}(?:[.,]\d{1,2})? ?% (?:of (?:this|the) (?:article|story) (?:is )?(?:left|remain)|de cet article|por leer|"
    r"por ler|dell'articolo|artykułu|tekstu|te lezen)|"
    r"(?:rimane da leggere il|осталось прочитать) \d{1,3}(?:[.,]\d{1,2})? ?%|"
    r"noch \d[\d.]{0,6} (?:zeichen|wörter)\b|残り ?[0-9,]{1,7} ?文字|剩余 ?\d{1,3} ?%",
)


def is_rest(text: str) -> bool:
    """Tell whether a text says how much of an article is left to read, for those who subscribe."""
    folded = " ".join(text.casefold().replace("’", "'").split())
    return len(folded) < _LONGEST_REST and bool(_REST.search(folded))


def is_error(title: str) -> bool:
    """Tell whether a title, case-folded, is that of an error page."""
    return len(title.split()) <= _LONGEST_TITLE and bool(_ERRORS.fullmatch(title))


def is_login(title: str) -> bool:
    """Tell whether a title, case-folded, is that of a page to log in at."""
    return len(title.split()) <= _LONGEST_TITLE and bool(_LOGINS.fullmatch(title))


def is_consent(text: str) -> bool:
    """Tell whether a sentence speaks of consent, cookies or personal data."""
    return bool(_CONSENT.search(text[:2_000].casefold()))


def is_gate(text: str) -> bool:
    """Tell whether a text wants a script to run, or proof that a person reads."""
    return bool(_GATES.search(text[:_LONGEST_GATE].casefold().replace("’", "'")))


def is_wall(text: str) -> bool:
    """Tell whether a text offers the rest of an article to those who subscribe."""
    return bool(_WALLS.search(text.casefold()))
