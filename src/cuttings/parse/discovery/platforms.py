"""Where the platforms that many write on keep their feeds: by an address alone, or by what a page gives away.

Pure.  The one place that knows names of sites: each is a platform of many
sources, and what is found here is offered, never believed.
"""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, quote, urlsplit

from cuttings.parse.discovery.offer import FeedLink
from cuttings.text import urls
from cuttings.text.xml import Element

RSS, ATOM = "application/rss+xml", "application/atom+xml"
MOST_LOOKED_AT = 200  # elements of a page's head that may give its platform away

_CHANNEL = re.compile(r"/channel/(UC[\w-]{22})(?:/|$)")
_NAME = re.compile(r"[\w.-]{1,100}")
_HANDLE = re.compile(r"@[\w.-]{1,100}")
_NOT_OWNERS = {  # first steps of GitHub's own pages
    *("about", "apps", "collections", "contact", "customer-stories", "enterprise", "events", "explore", "features"),
    *("issues", "join", "login", "marketplace", "new", "notifications", "orgs", "organizations", "pricing", "pulls"),
    *("search", "security", "settings", "sponsors", "team", "topics", "trending", "users"),
}
_NOT_PUBLICATIONS = {"", "about", "m", "me", "membership", "new-story", "p", "search", "signin", "topics"}

_Offers = Iterator[FeedLink]


def known(url: str, root: Element | None = None) -> tuple[FeedLink, ...]:
    """Return where the feeds of an address are, if its platform is known; `root` is the page that stands there."""
    try:
        address = urls.parse(url)
    except urls.UrlError:
        return ()
    host = address.host.removeprefix("www.")
    steps = [step for step in urlsplit(address.target).path.split("/") if step]
    query = {name: values[0] for name, values in parse_qs(urlsplit(address.target).query, max_num_fields=50).items()}
    found = [*_by_host(host, steps, query), *(_by_page(url, address, steps, root) if root is not None else ())]
    return tuple(found)


def _by_host(host: str, steps: list[str], query: dict[str, str]) -> _Offers:
    own = _HOSTS.get(host)
    if own is not None:
        yield from own(steps, query)
        return
    for suffix, below in _SUFFIXES:
        if host.endswith(suffix) and "." not in host.removesuffix(suffix):
            yield from below(host, steps)


def _youtube(steps: list[str], query: dict[str, str]) -> _Offers:
    channel = _CHANNEL.match("/" + "/".join(steps))
    about = {"channel_id": channel[1]} if channel else {}
    if len(steps) > 1 and steps[0] == "user" and _NAME.fullmatch(steps[1]):
        about = {"user": steps[1]}
    if _NAME.fullmatch(query.get("list", "")):
        about = {"playlist_id": query["list"]}
    for name, value in about.items():
        yield _offer(f"https://www.youtube.com/feeds/videos.xml?{name}={value}", "YouTube", ATOM)


def _reddit(steps: list[str], query: dict[str, str]) -> _Offers:
    kept = steps[:-1] if steps and steps[-1] in (".rss", "rss") else steps
    path = "".join(f"/{_quoted(step)}" for step in kept[:6])
    yield _offer(f"https://www.reddit.com{path}/.rss", "Reddit", ATOM, comments="comments" in kept)


def _github(steps: list[str], query: dict[str, str]) -> _Offers:
    if not steps or steps[0].lower() in _NOT_OWNERS or not all(map(_NAME.fullmatch, steps[:2])):
        return
    if len(steps) == 1:
        yield _offer(f"https://github.com/{steps[0]}.atom", "GitHub", ATOM, title="activity")
        return
    repository = f"https://github.com/{steps[0]}/{steps[1].removesuffix('.git')}"
    at = "".join(f"/{_quoted(step)}" for step in steps[3:]) if steps[2:3] in (["commits"], ["tree"]) else ""
    ways = {"releases": "releases.atom", "commits": f"commits{at}.atom", "tags": "tags.atom"}
    asked = "commits" if steps[2:3] == ["tree"] else steps[2] if len(steps) > 2 else ""
    for name in sorted(ways, key=lambda name: name != asked):
        yield _offer(f"{repository}/{ways[name]}", "GitHub", ATOM, title=name)


def _medium(steps: list[str], query: dict[str, str]) -> _Offers:
    first = steps[0] if steps else ""
    if first == "tag" and len(steps) > 1:
        yield _offer(f"https://medium.com/feed/tag/{_quoted(steps[1])}", "Medium", RSS)
    elif first not in (*_NOT_PUBLICATIONS, "feed", "tag") and re.fullmatch(r"@?[\w.-]{1,100}", first):
        yield _offer(f"https://medium.com/feed/{first}", "Medium", RSS)


def _tumblr(steps: list[str], query: dict[str, str]) -> _Offers:
    names = [step for step in steps if step not in ("blog", "view")]
    if names and re.fullmatch(r"[A-Za-z0-9-]{1,63}", names[0]) and names[0] not in ("explore", "login", "tagged"):
        yield _offer(f"https://{names[0].lower()}.tumblr.com/rss", "Tumblr", RSS)


def _open_substack(steps: list[str], query: dict[str, str]) -> _Offers:
    if len(steps) > 1 and steps[0] == "pub" and re.fullmatch(r"[A-Za-z0-9-]{1,63}", steps[1]):
        yield _offer(f"https://{steps[1].lower()}.substack.com/feed", "Substack", RSS)


def _a_tumblr(host: str, steps: list[str]) -> _Offers:
    tagged = f"/tagged/{_quoted(steps[1])}" if len(steps) > 1 and steps[0] == "tagged" else ""
    yield _offer(f"https://{host}{tagged}/rss", "Tumblr", RSS)


def _a_blogger(host: str, steps: list[str]) -> _Offers:
    posts = f"https://{host}/feeds/posts/default"
    if steps[:2] == ["search", "label"] and len(steps) > 2:
        yield _offer(f"{posts}/-/{_quoted(steps[2])}", "Blogger", ATOM, title=steps[2])
    yield _offer(posts, "Blogger", ATOM)
    yield _offer(f"https://{host}/feeds/comments/default", "Blogger", ATOM, comments=True)


def _a_wordpress(host: str, steps: list[str]) -> _Offers:
    yield from _wordpress(f"https://{host}/", steps, "")


def _plain_feed(name: str) -> Callable[[str, list[str]], _Offers]:
    def below(host: str, steps: list[str]) -> _Offers:
        yield _offer(f"https://{host}/feed", name, RSS)

    return below


def _by_page(url: str, address: urls.Url, steps: list[str], root: Element) -> _Offers:
    """Yield what a page that runs on one's own server gives away."""
    origin = f"{address.scheme}://{address.authority}"
    if (address.host.removeprefix("www.")) in _YOUTUBE:
        yield from _channel_of(root)
    elif _is_mastodon(root) and steps and (_HANDLE.fullmatch(steps[0]) or steps[0] in ("users", "tags")):
        kept = steps[:1] if steps[0].startswith("@") else steps[:2]
        yield _offer(f"{origin}/{'/'.join(map(_quoted, kept)).removesuffix('.rss')}.rss", "Mastodon", RSS)
    else:
        api = _wordpress_api(root, url)
        if api is not None:
            query = urlsplit(address.target).query if "rest_route=" in api else None
            yield from _wordpress(_home_of(api), steps, "", query)


def _channel_of(root: Element) -> _Offers:
    for element in _heads(root, "link", "meta"):
        said = element.get("href") if element.get("rel") == "canonical" else None
        told = element.get("content") if element.get("itemprop") in ("identifier", "channelId") else None
        found = _CHANNEL.search(urlsplit(said).path if said else f"/channel/{told}")
        if found:
            yield _offer(f"https://www.youtube.com/feeds/videos.xml?channel_id={found[1]}", "YouTube", ATOM)
            return


def _is_mastodon(root: Element) -> bool:
    if any(element.get("id") == "mastodon" for element in root.iter("div")):
        return True
    return any((e.get("type") or "").strip() == "application/activity+json" for e in _heads(root, "link"))


def _wordpress_api(root: Element, url: str) -> str | None:
    """Return where WordPress says that its API is; with plain addresses it is a question to the home page."""
    said = (e.get("href") for e in _heads(root, "link") if e.get("rel") == "https://api.w.org/")
    found = urls.absolute(url, next(filter(None, said), ""))
    if found is not None and ("/wp-json" in found or "rest_route=" in found):
        return found if urls.origin(found) == urls.origin(url) else None
    names = (e.get("content") or "" for e in _heads(root, "meta") if (e.get("name") or "").lower() == "generator")
    return urls.absolute(url, "/wp-json/") if any(name.startswith("WordPress") for name in names) else None


def _home_of(api: str) -> str:
    return api.partition("?")[0].partition("/wp-json")[0].removesuffix("/index.php").rstrip("/") + "/"


def _wordpress(home: str, steps: list[str], title: str, query: str | None = None) -> _Offers:
    """Yield WordPress's feeds: of the author, category or tag that is looked at, of all, of the comments.

    `query` is the address's own where the site has plain addresses
    (`?cat=3`), None where it has names.
    """
    if query is not None:
        about = re.search(r"(?:^|&)((?:cat|author|tag)=[\w-]{1,100})", query)
        if about:
            yield _offer(f"{home}?{about[1]}&feed=rss2", "WordPress", RSS, title=about[1])
        yield _offer(f"{home}?feed=rss2", "WordPress", RSS)
        yield _offer(f"{home}?feed=comments-rss2", "WordPress", RSS, comments=True)
        return
    within = urlsplit(home).path.strip("/").split("/") if urlsplit(home).path.strip("/") else []
    below = steps[len(within) :]
    if len(below) > 1 and below[0] in ("author", "category", "tag"):
        path = "/".join(map(_quoted, below[: below.index("page") if "page" in below else 8]))
        yield _offer(f"{home}{path}/feed/", "WordPress", RSS, title=below[1])
    yield _offer(f"{home}feed/", "WordPress", RSS)
    yield _offer(f"{home}comments/feed/", "WordPress", RSS, comments=True)


def _heads(root: Element, *names: str) -> Iterator[Element]:
    for number, element in enumerate(root.iter(*names)):
        if number == MOST_LOOKED_AT:
            return
        yield element


def _quoted(step: str) -> str:
    return quote(step, safe="@%+,")


def _offer(url: str, where: str, media: str, *, title: str | None = None, comments: bool = False) -> FeedLink:
    return FeedLink(url=url, title=title, media_type=media, how="platform", where=where, comments=comments)


_YOUTUBE = ("youtube.com", "m.youtube.com")
_REDDIT = ("reddit.com", "old.reddit.com", "new.reddit.com")
_HOSTS: dict[str, Callable[[list[str], dict[str, str]], _Offers]] = {
    **dict.fromkeys(_YOUTUBE, _youtube),
    **dict.fromkeys(_REDDIT, _reddit),
    "github.com": _github,
    "medium.com": _medium,
    "tumblr.com": _tumblr,
    "open.substack.com": _open_substack,
}
_SUFFIXES: tuple[tuple[str, Callable[[str, list[str]], _Offers]], ...] = (
    (".substack.com", _plain_feed("Substack")),
    (".medium.com", _plain_feed("Medium")),
    (".tumblr.com", _a_tumblr),
    (".wordpress.com", _a_wordpress),
    *((f".blogspot.{end}", _a_blogger) for end in ("com", "de", "fr", "it", "co.uk", "com.br", "com.es", "in", "jp")),
)
