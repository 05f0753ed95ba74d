"""Words by which the features of a block know one when they see one: of class names, and of texts.

General vocabulary of the trade, in the languages we read; no site is named.
Each line is one feature; the first word of a class line is its name.
"""

_CLASSES = """
article
body
content
entry
post
story
text txt copy
main
paragraph para graf
page
rich prose markdown wysiwyg formatted
caption legend
credit copyright source
figure photo image img picture pic
media
gallery slideshow carousel slider slide
video player audio podcast
related relates relacionad similar verwandt
recommend recommended recommendation recirc recirculation suggested
more mehr mas
read lire lees
also
share sharing sharer
social facebook twitter whatsapp
promo promotion promoted
newsletter signup
subscribe subscription abo abonnement
sidebar rail side
aside
footer foot
header masthead
nav navigation navbar menu
breadcrumb crumb
comment disqus discuss discussion reply replies kommentar respond
author byline contributor writer
bio profile
tag topic keyword
category categories kicker eyebrow flag rubric
ad adv advert advertisement advertising dfp anzeige
sponsor sponsored partner affiliate
trending popular most latest top
widget
embed oembed tweet instagram
dek standfirst subtitle subhead subheadline deck chapo
summary lede excerpt intro abstract lead preamble sumario bajada entradilla
teaser
headline title heading titre titulo
date time timestamp datetime published pubdate
meta metadata info details
cookie consent gdpr privacy
modal popup overlay dialog lightbox
paywall premium piano regwall gate locked
login account user register registration signin
donate donation support membership member contribute fundraise
disclaimer legal terms
correction editor note footnote
pullquote pull
quote blockquote zitat
list item listing
card tile
hidden sr screenreader visually offscreen invisible
print
outbrain taboola
live liveblog liveticker
update
faq
toc
button btn
link
banner alert
notice message
search
form input
label
factbox infobox box fact
callout cta
product shop price deal
newsfeed feed river stream
bottom
inline
section
column col
module component
wrapper container
next prev previous pagination pager
view count counter stats
rating review
event calendar
game score
table
transcript
tooltip
intext inread
follow
download app
survey poll quiz
map
recipe ingredient
question answer
forum thread
code pre highlight
lang
site
"""

_CUES = """
subscribe: subscribe subscribed subscriber subscribers subscription subscriptions abonnieren abonnement abo
  abonnez abonnés suscríbete suscripción suscribirse assine assinatura assinante abbonati abbonamento
  prenumerata prenumeruj подписка подписаться подпишитесь подписывайтесь abone aboneler abonneer اشترك اشتراك
newsletter: newsletter newsletters bulletin boletín boletim nieuwsbrief рассылка рассылку bülten inbox signup
  النشرة nyhetsbrev inscrivez inscríbete
donate: donate donates donating donated donation donations donor donors spende spenden don dons doe donar
  donación donaciones doação doações donazione donazioni wspieraj wsparcie wesprzyj пожертвование пожертвовать
  поддержите поддержать bağış تبرع nonprofit membership contribute contribution contributions deductible funded
  supporters
more: related recommended recommend lire lesen lees leggi czytaj zobacz читайте смотрите ayrıca اقرأ también
  também anche ook także também trending popular sponsored advertisement anzeige publicidad werbung publicité
  reklama реклама reklam إعلان
share: share shares tweet facebook whatsapp twitter telegram linkedin pinterest copy follow teilen partager
  compartir compartilhe compartilhar condividi delen udostępnij поделиться поделитесь paylaş شارك
photo: photo photos photograph photographer image picture foto fotos bild getty reuters afp credit courtesy
  shutterstock istock photography pictured dpa epa imago pool via фото zdjęcie fotoğraf صورة
copyright: copyright rights reserved rechte vorbehalten droits réservés derechos reservados terms privacy policy
  datenschutz impressum конфиденциальности حقوق
comment: comment comments reply replies kommentar kommentare commentaire commentaires comentario comentarios
  comentário comentários commenti reacties комментарии комментариев комментарий yorum yorumlar تعليق تعليقات
  komentarze login conversation
cookie: cookie cookies consent gdpr einwilligung browser javascript çerez
byline: staff freelance reporter journalist contributor correspondent editor contributed originally appeared
  writer author redakteur autor autorin auteur redactor redactora корреспондент muhabir
date: updated published posted aktualisiert veröffentlicht publié publicado actualizado atualizado opublikowano
  обновлено опубликовано yayın yayınlanma güncelleme ago min modified gepubliceerd aggiornato pubblicato نشر
listen: listen audio podcast video watch gallery slide slideshow hören anhören écouter escuchar ouça ascolta
  luister posłuchaj
trade: commission affiliate buy shop price deal deals amazon discount promo sale checkout cart
tags: tags tag topics topic filed categories category schlagworte themen etiquetas temas sujets tagi теги
  etiketler الوسوم onderwerpen argomenti
first: first previously earlier this note disclosure correction
"""
_OPENERS = """
more: read see watch listen more also related recommended lire lesen mehr lees ver leia leggi czytaj zobacz
  читайте смотрите ayrıca اقرأ läs les lea vea siehe voir click
byline: by von par por di door von автор text words written reported about reporting editing contact autor
  autora bearbeitet
tags: tags tag topics topic filed categories category themen schlagwörter etiquetas temas sujets теги tagi
"""
_UNSPACED = """
subscribe: 購読 구독 订阅 訂閱 会員 會員 회원
newsletter: ニュースレター 뉴스레터 メルマガ
donate: 寄付 후원 捐 ご支援 赞助
more: 関連 관련 相关 相關 あわせて 続きを 阅读更多 延伸阅读 더보기 PR
share: シェア 공유 分享 ツイート
photo: 写真 사진 图片 圖片 撮影 图源
copyright: 無断転載 무단 版权 版權 禁止
comment: コメント 댓글 评论 評論 ログイン
date: 更新 公開 입력 수정 发布 發布 時間
byline: 記者 기자 记者 編集 责编 編輯 编辑
"""
_COMMON = """
the of and to a in that is was for on it with as are this be from have by at not he his they or an i you der die
und den von zu das mit sich des auf für ist im dem nicht ein eine als auch es la le les de et un une est en que
pour dans qui sur pas au par il el los las y del se por con una no lo su para da do dos em um uma com não os na
di che per sono della non più gli het van een dat op voor niet zijn met w z nie że jest o и в не на с что он по
как это из за к bir ve bu için ile من في على أن إلى عن och att det som är på av för og er til ikke har
"""


def _lists(text: str) -> dict[str, list[str]]:
    """Return the words of each name; a line that begins with a space goes on with the one before."""
    joined = text.strip().replace("\n ", " ").splitlines()
    return {name: words.split() for name, _, words in (line.partition(":") for line in joined)}


_LINES = [line.split() for line in _CLASSES.strip().splitlines()]
CLASS_NAMES = tuple(line[0] for line in _LINES)
CLASS_WORDS = {word: number for number, line in enumerate(_LINES) for word in line}
"""Word of a class name, lower case -> number of its line; a plural's s is taken off where the word is not found."""

CUE_NAMES = tuple(_lists(_CUES))
CUES = {
    word: tuple(number for number, words in enumerate(_lists(_CUES).values()) if word in words)
    for words in _lists(_CUES).values()
    for word in words
}
"""Word of a text, lower case -> numbers of the cues it gives."""
OPENERS = {word: CUE_NAMES.index(name) for name, words in _lists(_OPENERS).items() for word in words}
"""First word of a text, lower case -> number of the cue it gives."""
UNSPACED = tuple((part, CUE_NAMES.index(name)) for name, parts in _lists(_UNSPACED).items() for part in parts)
"""Parts of a text in a script without spaces, and the numbers of their cues."""

COMMON = frozenset(_COMMON.split())
"""The commonest words of languages with spaces: sentences have them, labels do not."""
