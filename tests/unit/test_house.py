"""The house itself: what lies in the repository is true and fits together."""

import json
import re
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from cuttings.config.load import load
from cuttings.config.schema import FeedKeys, FetchKeys, ScheduleKeys, ServerKeys, SiteKeys, SourceKeys, json_schema
from cuttings.model.capture import Document
from cuttings.parse import page, sniff

ROOT = Path(__file__).parents[2]


def tracked() -> list[Path]:
    """Return the files of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def test_the_configuration_of_the_repository_is_good_and_gives_out_only_what_it_may():
    config = load(ROOT / "config.yaml", {})

    assert config.sources[0].folder == str(ROOT / "docs/welcome")
    assert len(config.sources) <= 4
    assert all(source.republish == "full" for source in config.sources)
    assert [warning for warning in config.warnings if "contact" not in warning] == []


def test_the_configuration_that_init_writes_is_good_with_and_without_its_examples(tmp_path):
    sample = (files("cuttings.config") / "sample.yaml").read_text("utf-8")
    spelled_out = re.sub(r"(?m)^( *)# ( *(?:- |\w+:|  ))", r"\1\2", sample).replace("sources: []", "sources:")
    (tmp_path / "blogroll.opml").write_text("<opml/>")

    for number, text in enumerate((sample, spelled_out)):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)
        load(file, {})

    assert "  listen: 127.0.0.1:8080" in spelled_out
    assert len(load(tmp_path / "1.yaml", {}).sources) == 3


def test_the_letter_in_the_archive_is_the_one_that_init_writes():
    written = (files("cuttings.config") / "archive.md").read_text("utf-8")

    assert (ROOT / "archive" / "README.md").read_text("utf-8") == written


@pytest.mark.parametrize("keys", [SiteKeys, ServerKeys, FetchKeys, ScheduleKeys, SourceKeys, FeedKeys])
def test_every_key_is_documented(keys):
    told = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    unbuilt = {"private"}

    assert [key for key in keys.model_fields if f"`{key}`" not in told and key not in unbuilt] == []


def test_the_schema_for_editors_is_the_one_that_is_checked():
    written = json.loads((ROOT / "docs" / "config.schema.json").read_text("utf-8"))

    assert written == json.loads(json.dumps(json_schema()))


def test_every_welcome_article_is_read_as_one():
    articles = sorted((ROOT / "docs" / "welcome").iterdir())

    for article in articles:
        document = Document(body=article.read_bytes(), url=article.name)
        [entry] = page.read(document, set()).entries
        assert sniff.kind(document) == "page"
        assert f"<h1>{entry.title}</h1>" in article.read_text("utf-8")
        assert entry.published
        assert (entry.content or "").count("<p>") >= 3
    assert 3 <= len(articles) <= 4


def test_links_in_the_documentation_lead_somewhere():
    for file in tracked():
        if file.suffix == ".md":
            for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text("utf-8")):
                assert (file.parent / target).exists(), f"{file.name} links to {target}"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-bench.lock"])
def test_what_is_locked_has_hashes_and_names_no_place_it_comes_from(name):
    lock = (ROOT / name).read_text("utf-8")

    assert "://" not in lock
    assert not re.search(r"(?m)^\s*(-i|--index|--extra-index|--find-links|--trusted)", lock)
    assert all("--hash=sha256:" in block for block in re.split(r"(?m)^(?=\w)", lock) if block.strip())


def test_every_dependency_is_locked():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    runs = (*project["dependencies"], *extras["dev"])

    for lock, wanted in (("", runs), ("-bench", (*runs, *extras["bench"], *extras["train"]))):
        names = {re.split(r"[\[<>=; ]", one)[0].replace(".", "-").lower() for one in wanted}
        locked = re.findall(r"(?m)^([a-z0-9-]+)==", (ROOT / f"requirements{lock}.lock").read_text("utf-8"))
        assert names - set(locked) == set()


def test_each_third_party_library_has_one_door():
    doors = {
        "typer": {"cli"}, "rich": {"cli"}, "structlog": {"logs"}, "pydantic": {"config"}, "ruamel": {"config"},
        "lxml": {"text"}, "nh3": {"text"}, "apsw": {"archive"}, "fastwarc": {"archive"}, "feedgen": {"render"},
        "jinja2": {"render"}, "feedparser": {"parse"}, "trafilatura": {"parse"}, "pebble": {"sandbox"},
        "apscheduler": {"daemon"}, "httpx": {"fetch"}, "httptools": {"fetch"}, "protego": {"fetch"},
        "py3langid": {"text"}, "granian": {"web"}, "prometheus_client": {"logs"},
        "socket": {"fetch", "systemd"}, "ssl": {"fetch"}, "urllib.request": set(),
        "re2": {"curate"}, "numpy": {"parse"}, "rensa": {"text"}, "cel_expr_python": {"curate"},
    }  # fmt: skip
    found: dict[str, set[str]] = {name: set() for name in doors}
    for file in (ROOT / "src" / "cuttings").rglob("*.py"):
        room = file.relative_to(ROOT / "src" / "cuttings").parts[0].removesuffix(".py")
        for name in re.findall(r"(?m)^\s*(?:import|from) ([\w.]+)", file.read_text("utf-8")):
            for library in doors:
                if name == library or name.startswith(library + "."):
                    found[library].add(room)

    assert {name: rooms - doors[name] for name, rooms in found.items() if rooms - doors[name]} == {}
