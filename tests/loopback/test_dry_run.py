"""A trial of a publish, by the application as it is assembled for users: nothing is written."""

from pathlib import Path

import pytest

from cuttings import app
from cuttings.config.load import load
from cuttings.errors import ArchiveError, ConfigErrors
from cuttings.model.feed import FeedKey
from tests.builders import DAILY, record, visit

CONFIG = """
sources: [{{name: daily, url: "{url}", tags: [sea]}}]
feeds:
  - {{name: high, select: {{where: '"sea" in record.tags && record.words > {words}'}}}}
  - {{name: all}}
"""


def config_of(folder: Path, words: str = "1"):
    (folder / "config.yaml").write_text(CONFIG.format(url=DAILY, words=words))
    return load(folder / "config.yaml", {})


async def test_a_trial_knows_sources_that_are_not_followed_yet_and_writes_nothing(tmp_path):
    short, long = record(text="High."), record("https://daily.example/2", text="High water at noon.")
    async with app.opened(config_of(tmp_path)) as opened:
        await opened.archive.commit(visit(short, long))

        high, all_ = await opened.preview()
        [again] = await opened.preview(["all"])
        states = await opened.archive.states()
        with pytest.raises(ArchiveError):
            await opened.archive.head(FeedKey("high"))

    assert [change.record for change in high.changes] == [long.id]
    assert {change.record for change in all_.changes} == {short.id, long.id}
    assert again == all_
    assert list(states) == []
    assert not (tmp_path / "archive" / "published").exists()


async def test_a_faulty_rule_is_refused_before_anything_is_followed(tmp_path):
    with pytest.raises(ConfigErrors) as raised:
        async with app.opened(config_of(tmp_path, words="many"), following=True):
            pass

    [fault] = raised.value.errors
    assert (fault.line, fault.key) == (4, "feeds[0].select.where")
    assert "many is not known" in fault.problem
    assert not (tmp_path / "archive").exists()
