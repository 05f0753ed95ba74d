"""What a configuration says, and what is said of a wrong one."""

import ipaddress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.config import document, living
from cuttings.config.load import load
from cuttings.config.opml import Outline
from cuttings.config.values import Config, Endpoint
from cuttings.errors import ConfigError, ConfigErrors
from cuttings.model.feed import Feed, Select
from cuttings.model.source import Source


@pytest.fixture
def loaded(tmp_path):
    """Return a function that loads a text as a file."""

    def load_text(text: str, **environ: str) -> Config:
        (tmp_path / "config.yaml").write_text(text, "utf-8")
        return load(tmp_path / "config.yaml", environ)

    return load_text


@pytest.fixture
def faults(loaded):
    """Return a function that gives (line, key, problem) of each fault of a text."""

    def faults_of(text: str, **environ: str) -> list[tuple[int | None, str | None, str]]:
        with pytest.raises(ConfigErrors) as caught:
            loaded(text, **environ)
        return [(one.line, one.key, one.problem) for one in caught.value.errors]

    return faults_of


def test_an_empty_file_is_all_defaults(loaded, tmp_path):
    config = loaded("# nothing\n")

    assert config.archive == tmp_path / "archive"
    assert (config.site.title, config.site.url, config.site.timezone) == (
        "My cuttings",
        "http://localhost:8080/",
        "UTC",
    )
    assert config.server.listen == Endpoint(host="127.0.0.1", port=8080)
    assert (config.fetch.concurrency, config.fetch.max_body) == (64, 16 * 2**20)
    assert (config.fetch.timeout, config.fetch.pace) == (timedelta(seconds=60), timedelta(seconds=1))
    assert (config.schedule.at_least, config.schedule.at_most) == (timedelta(minutes=5), timedelta(days=1))
    assert config.fetch.allow_ports == {80, 443, 8080, 8443}
    assert (config.sources, config.feeds, config.warnings) == ((), (), ())


def test_every_key_has_its_meaning(loaded, tmp_path):
    config = loaded("""
archive: kept/
site:
  {title: Tides, url: "https://tides.example/press", language: de-AT, timezone: Europe/Vienna, theme: null,
   contact: "mailto:a@b.example"}
server: {listen: "[::1]:9000", desk: "127.0.0.1:9001"}
fetch:
  {concurrency: 8, timeout: 90s, max_body: 2 MiB, pace: 0s, allow_networks: [127.0.0.0/8, "::1/128"],
   allow_ports: [80]}
schedule: {at_least: 10m, at_most: 2d, budget: 5000}
sources:
  - name: daily
    url: https://daily.example/feed.xml
    full_text: page
    republish: full
    tags: [news, news, tides]
    every: 30m
    formerly: [https://old.example/rss]
  - {name: inbox, path: inbox/, every: auto}
feeds:
  - name: front-page
    title: Front page
    select: {sources: [daily], tags: [news], languages: [en]}
    approval: auto
    content: link
    duplicates: keep
    revisions: announce
    size: 5
    private: false
    formerly: [old-page]
""")  # fmt: skip

    assert config.archive == tmp_path / "kept"
    assert (config.site.url, config.site.language) == ("https://tides.example/press/", "de-AT")
    assert str(config.server.listen) == "[::1]:9000"
    assert config.fetch.allow_networks == (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
    assert (config.fetch.timeout, config.fetch.max_body) == (timedelta(seconds=90), 2 * 2**20)
    assert config.schedule.at_most == timedelta(days=2)
    assert config.sources == (
        Source(
            name="daily",
            url="https://daily.example/feed.xml",
            full_text="page",
            republish="full",
            tags=("news", "tides"),
            every=timedelta(minutes=30),
            formerly=("https://old.example/rss",),
        ),
        Source(name="inbox", folder=str(tmp_path / "inbox/"), written="inbox/"),
    )
    assert config.feeds == (
        Feed(
            name="front-page",
            title="Front page",
            select=Select(sources=("daily",), tags=("news",), languages=("en",)),
            content="link",
            duplicates="keep",
            revisions="announce",
            size=5,
            formerly=("old-page",),
        ),
    )


def test_the_folder_of_a_source_keeps_the_path_as_it_is_written(loaded):
    [source] = loaded("sources: [{path: ./saved pages/}]").sources

    assert (source.address, source.name) == ("./saved pages/", "saved pages")


def test_a_unix_socket_is_a_path_that_counts_from_the_file(loaded, tmp_path):
    server = loaded("server: {listen: 'unix:run/reader.sock', desk: 'unix:/run/desk.sock'}").server

    assert server.listen == Endpoint(socket=tmp_path / "run/reader.sock")
    assert str(server.desk) == "unix:/run/desk.sock"


def test_no_is_norwegian_and_not_false(loaded):
    assert loaded("site: {language: no}").site.language == "no"


def test_a_number_may_be_a_title(loaded):
    assert loaded("site: {title: 1984}").site.title == "1984"


def test_addresses_without_a_name_are_named_after_their_host_and_told_apart(loaded):
    config = loaded("""
sources:
  - https://www.example.org/a
  - https://example.org/b
  - {name: example.org, url: "https://example.org/c"}
""")

    assert [source.name for source in config.sources] == ["example.org-2", "example.org-3", "example.org"]


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("site:\n  titel: x", 2, "site.titel", "unknown key; did you mean title?"),
        ("sauces: []", 1, "sauces", "unknown key; did you mean sources?"),
        ("sources:\n  - url: https://a.example/\n    colour: red", 3, "sources[0].colour", "unknown key"),
        (
            *("sources:\n  - url: https://a.example/\n    kind: page\n    selector: h2 >", 4),
            *("sources[0].selector", "not a selector"),
        ),
        ("feeds:\n  - name: a\n    content: ful", 3, "feeds[0].content", "did you mean full?"),
        ("feeds:\n  - name: a\n    size: 0", 3, "feeds[0].size", "at least 1"),
        ("feeds:\n  - name: a\n    size: many", 3, "feeds[0].size", "a whole number is expected"),
        ("feeds:\n  - title: a", 2, "feeds[0].name", "is missing"),
        ("feeds:\n  - name: ../etc", 2, "feeds[0].name", "letters, digits"),
        ("feeds:\n  - name: a\n  - name: A", 3, "feeds[1].name", "A is a name of the feed a already"),
        ("feeds:\n  - name: a\n  - {name: b, formerly: [a]}", 3, "feeds[1].formerly", "a name of the feed a already"),
        ("fetch: {timeout: 60}", 1, "fetch.timeout", "a time with its unit"),
        ("fetch: {max_body: 16}", 1, "fetch.max_body", "a size with its unit"),
        ("fetch: {allow_networks: [home]}", 1, "fetch.allow_networks[0]", "a network like"),
        ("fetch: {concurrency: 0}", 1, "fetch.concurrency", "at least 1"),
        ("schedule: {at_least: 1s}", 1, "schedule.at_least", "at least 1 minute"),
        ("server: {listen: localhost}", 1, "server.listen", "an address and a port"),
        ("server: {listen: 'unix:a', desk: 'unix:a'}", 1, "server.desk", "another address than `listen`"),
        ("site: {timezone: Mars}", 1, "site.timezone", "time zone"),
        ("site: {contact: me}", 1, "site.contact", "mailto:"),
        ("site: {url: 'ftp://a.example/'}", 1, "site.url", "only http and https"),
        ("sources: [{name: a}]", 1, "sources[0]", "either `url`"),
        ("sources: [{url: 'https://a.example/', path: b}]", 1, "sources[0]", "either `url`"),
        ("sources: ['file:///etc/passwd']", 1, "sources[0]", "only http and https"),
        ("sources: ['https://me:secret@a.example/']", 1, "sources[0]", "name or password"),
        ("sources: ['https://a.example/\\x1b[2J']", 1, "sources[0]", "control character"),
        ('sources:\n  - name: "a\\nb"\n    url: https://a.example/', 2, "sources[0].name", "line break"),
        ("sources: https://a.example/", 1, "sources", "a list is expected"),
        ("sources: [https://a.example/x, https://a.example/x]", 1, "sources[1]", "is a source already"),
        ("sources:\n- {name: a, path: b}\n- {name: a, path: c}", 3, "sources[1].name", "the name of another source"),
        (
            "feeds: [{name: a, select: {sources: [dialy]}}]\nsources: [{name: daily, path: b}]",
            1,
            "feeds[0].select.sources[0]",
            "did you mean daily?",
        ),
        ("a: 1\na: 2", 2, "a", "stands here twice"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_its_key_and_what_would_be_right(faults, text, line, key, words):
    told = faults(text)

    assert [(number, name) for number, name, problem in told if words in problem] == [(line, key)], told


@pytest.mark.parametrize(
    "text",
    [
        "archive: postgresql://me@host/db",
        "feeds: [{name: a, private: true}]",
    ],
)
def test_what_is_not_built_is_refused_by_name(faults, text):
    [(_, _, problem)] = faults(text)

    assert "not available in this version" in problem


def test_all_faults_are_told_at_once_in_the_order_of_the_file(faults):
    told = faults("site: {titel: a}\nfetch: {pace: 1}\nfeeds:\n  - name: a\n    size: -1\n")

    assert [key for _, key, _ in told] == ["site.titel", "fetch.pace", "feeds[0].size"]


def test_a_message_names_file_line_and_key(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("site:\n  titel: x\n")

    with pytest.raises(ConfigErrors, match=r"x\.yaml:2: site\.titel: unknown key; did you mean title\?"):
        load(file, {})


@pytest.mark.parametrize("text", ["a: [1", "a: *b", "\tb: 1", "a: 1\n b: 2", "\x00", "[" * 5000, "- a", "just words"])
def test_what_is_no_mapping_in_yaml_is_one_fault_and_no_crash(faults, text):
    assert len(faults(text)) == 1


def test_a_tag_makes_no_object(faults):
    told = faults("site: {title: !!python/object/apply:os.system [id]}\narchive: !env HOME")

    assert sum("YAML tags have no meaning" in problem for _, _, problem in told) == 2


def test_aliases_of_aliases_do_not_grow_without_end(faults):
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 12)}]" for n in range(1, 9))

    assert any("too large" in problem for _, _, problem in faults("a0: &a0 [x]\n" + levels))


def test_an_environment_variable_fills_a_value_in(loaded):
    assert loaded('sources: ["https://${HOST}/feed"]', HOST="a.example").sources[0].url == "https://a.example/feed"


def test_a_variable_that_is_not_set_is_a_fault(faults):
    assert (2, "site.title", "the environment variable TITLE is not set") in faults("site:\n  title: ${TITLE}")


def test_a_value_from_the_environment_is_never_shown(loaded):
    text = (
        "feeds: [{name: '${S}', content: '${S}', size: '${S}'}]\nsite: {url: '${S}', contact: '${S}', timezone: '${S}'}"
    )

    with pytest.raises(ConfigErrors) as caught:
        loaded(text, S="hunter2 ")

    assert "hunter2" not in str(caught.value)


def test_the_file_is_the_named_one_else_of_the_variable_else_here_else_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("named", "variable"):
        (tmp_path / f"{name}.yaml").write_text(f"site: {{title: {name}}}")

    assert load(None, {}).file is None
    assert load(None, {}).archive == tmp_path / "archive"
    (tmp_path / "config.yaml").write_text("site: {title: here}")
    assert load(None, {}).site.title == "here"
    assert load(None, {"CUTTINGS_CONFIG": "variable.yaml"}).site.title == "variable"
    assert load(Path("named.yaml"), {"CUTTINGS_CONFIG": "variable.yaml"}).site.title == "named"


def test_a_file_that_is_not_there_is_a_fault_that_says_what_to_do(tmp_path):
    with pytest.raises(ConfigErrors, match="No such file or directory; `cuttings init` writes one"):
        load(tmp_path / "absent.yaml", {})


def test_a_file_that_is_no_text_is_a_fault(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"site: {title: \xff}")

    with pytest.raises(ConfigErrors, match="is not UTF-8"):
        load(tmp_path / "x.yaml", {})


@given(st.text(max_size=200))
def test_no_text_whatever_is_more_than_faults(text):
    try:
        document.read(text, "x.yaml", {})
    except ConfigError as fault:
        assert fault.file == "x.yaml"


def test_doubts_are_told_and_stop_nothing(loaded):
    config = loaded("""
sources:
  - {name: a, url: "https://a.example/", every: 1m}
  - {name: b, path: absent/, republish: full}
feeds: [{name: all, content: full}]
""")

    told = "\n".join(config.warnings)
    assert "site.contact is not set" in told
    assert "a: `every` is a wish" in told
    assert "b: there is no folder absent/" in told
    assert "feed all gives out the full text of a:" in told


def test_a_list_that_is_included_brings_its_subscriptions_with_folders_as_tags(loaded, tmp_path):
    (tmp_path / "roll.opml").write_text("""<opml version="2.0"><body><outline text="Sea">
        <outline text="Tides" xmlUrl="https://tides.example/rss"/>
        <outline text="Dup" xmlUrl="https://a.example/"/></outline></body></opml>""")

    config = loaded("sources: [{include: roll.opml}, {name: a, url: 'https://a.example/', tags: [mine]}]")

    assert [(one.name, one.tags) for one in config.sources] == [("Tides", ("Sea",)), ("a", ("mine",))]
    assert config.includes == (tmp_path / "roll.opml",)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent.opml", "No such file"),
        ("ftp://a.example/x.opml", "only http and https"),
        ("bad.opml", "bad.opml: "),
    ],
)
def test_a_list_that_cannot_be_included_is_a_fault(faults, tmp_path, name, words):
    (tmp_path / "bad.opml").write_text("<html/>")

    [(line, key, problem)] = faults(f"sources:\n  - include: {name}")

    assert (line, key) == (2, "sources[0].include")
    assert words in problem


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        ("kind: revisions", "go together"),
        ("of: front", "go together"),
        ("kind: revisions, of: frnt", "no feed is named frnt; did you mean front?"),
        ("kind: revisions, of: fixes", "fixes is made of another feed itself"),
        ("kind: revisions, of: front, approval: desk", "`approval` has no meaning in a feed of revisions"),
        ("kind: replay, of: front", "`every` (the time from one instalment to the next: 1d) go together"),
        ("kind: revisions, of: front, every: 1d", "go together"),
        ("kind: replay, every: 1d", "go together"),
        ("kind: replay, of: front, every: 1s", "at least 1 minute"),
        ("kind: replay, of: front, every: 1d, revisions: announce", "has no meaning in a feed of replay"),
    ],
)
def test_a_feed_that_is_made_of_another_names_it(faults, feed, words):
    text = f"feeds: [{{name: front}}, {{name: fixes, kind: revisions, of: front}}, {{name: a, {feed}}}]"

    [(_, _, problem)] = faults(text)

    assert words in problem


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("auth: 'me:word'", "secrets never stand in the file"),
        ("headers: {Cookie: a}", "secrets never stand in the file"),
        ("headers: {X-Api-Key: a}", "secrets never stand in the file"),
        ("auth: ${WORD}", "`user:password` or `Bearer …` is expected"),
        ("headers: {User-Agent: a}", "User-Agent is said by us alone"),
        ("headers: {If-None-Match: a}", "said by us alone"),
        ("headers: {Authorization: '${PAIR}'}", "write `auth: ${NAME}`"),
        ("headers: {'a b': c}", "a header's name has letters"),
        ('headers: {A: "b\\r\\nHost: c"}', "one line of plain characters"),
        ("selector: h2 a", "it goes with `kind: page`"),
    ],
)
def test_what_may_not_be_sent_along_is_a_fault_without_its_value(tmp_path, keys, words):
    file = tmp_path / "x.yaml"
    file.write_text(f"sources:\n  - url: https://a.example/\n    {keys}\n")

    with pytest.raises(ConfigErrors) as raised:
        load(file, {"WORD": "hunter2", "PAIR": "me:hunter2"})

    assert words in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_credentials_come_from_the_environment_and_are_for_one_origin(tmp_path):
    file = tmp_path / "x.yaml"
    keys = "auth: '${PAIR}', headers: {X-Api-Key: '${KEY}', Accept-Language: de}"
    file.write_text(f"sources: [{{url: 'https://a.example/feed', {keys}}}]\n")

    [declared] = load(file, {"PAIR": "me:hunter2", "KEY": "k3y"}).sources

    assert declared.own is not None
    assert declared.own.origin == "https://a.example:443"
    assert dict(declared.own.headers) == {
        "X-Api-Key": "k3y",
        "Accept-Language": "de",
        "Authorization": "Basic bWU6aHVudGVyMg==",
    }
    assert "hunter2" not in repr(declared) and "k3y" not in repr(declared) + repr(declared.own)


def test_a_list_at_an_address_has_its_own_credentials_and_its_sources_have_none(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("sources: [{include: 'https://a.example/list.opml', auth: '${PAIR}', headers: {Accept: x/y}}]\n")
    kept = tmp_path / "archive" / living.FOLDER / living.name_of("https://a.example/list.opml")
    kept.parent.mkdir(parents=True)
    kept.write_bytes(living.kept("https://a.example/list.opml", [Outline("https://a.example/feed", None, ())]))

    config = load(file, {"PAIR": "me:hunter2"})

    [one], [named] = config.lists, config.sources
    assert one.own is not None and named.own is None
    assert one.own.origin == "https://a.example:443"
    assert dict(one.own.headers) == {"Accept": "x/y", "Authorization": "Basic bWU6aHVudGVyMg=="}


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("include: 'https://a.example/l.opml', auth: 'me:hunter2'", "secrets never stand in the file"),
        ("include: 'https://a.example/l.opml', headers: {Cookie: hunter2}", "secrets never stand in the file"),
        ("include: list.opml, headers: {Accept: x/y}", "no meaning for a file"),
        ("include: 'https://a.example/l.opml', tags: [a]", "tags"),
    ],
)
def test_credentials_of_a_list_are_kept_out_of_the_file_and_a_file_has_none(tmp_path, item, words):
    file = tmp_path / "x.yaml"
    file.write_text(f"sources: [{{{item}}}]\n")

    with pytest.raises(ConfigErrors) as raised:
        load(file, {})

    assert words in str(raised.value) and "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "hub", "hubs"),
    [
        ("http://localhost:8080/", "auto", ()),
        ("http://192.168.1.2/", "auto", ()),
        ("http://box.local/", "auto", ()),
        ("https://news.example.org/a", "auto", ("https://news.example.org/a/hub",)),
        ("http://localhost/", "own", ("http://localhost/hub",)),
        ("https://news.example.org/", "off", ()),
        ("https://a.example.org/", "[own, 'https://h.example/']", ("https://a.example.org/hub", "https://h.example/")),
    ],
)
def test_our_hub_is_named_where_it_can_be_reached_or_somebody_says_so(loaded, url, hub, hubs):
    config = loaded(f"site: {{url: '{url}'}}\nhub: {hub}\n")

    assert config.site.hubs == hubs


def test_a_hub_that_is_none_is_a_fault(faults):
    assert faults("hub: owl\n")[0][1:] == ("hub[0]", "one of auto, own, off is expected, or the address of a hub")
    assert "stand alone" in faults("hub: [off, own]\n")[0][2]
