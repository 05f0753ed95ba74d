"""No id changes: not for a renamed source, a moved one, a renamed feed, or another address of the site."""

from tests.farm import House, configuration, farm
from tests.reading import FORMATS, walked

OLD, NEW = "http://127.0.0.1:8080/", "https://elsewhere.example/planet/"


def test_renaming_and_moving_changes_no_record_and_no_published_id(tmp_path):
    house = House(tmp_path)
    with farm("-n", "4") as world:
        feeds = world.feeds()
        house.configure(configuration(feeds, extra=", full_text: feed"))
        house.run("collect")
        house.run("publish")
        records = {row["id"] for row in house.rows("list", "--limit", "0")}
        ids = {suffix: walked(house.published, "all", suffix, OLD) for suffix in FORMATS}

        moved = configuration([f"{url}?moved" for url in feeds], names=["a", "b", "c", "d"], extra=", full_text: feed")
        for url in feeds:
            moved = moved.replace(f"url: '{url}?moved'", f"url: '{url}?moved', formerly: ['{url}']")
        moved = moved.replace("url: 'http://127.0.0.1:8080/'", f"url: '{NEW}'")
        house.configure(moved.replace("{name: all,", "{name: everything, formerly: [all],"))
        receipts = house.rows("collect", "a", "b", "c", "d")
        house.run("publish")

        assert {row["new"] for row in receipts} == {0}
        assert {row["source"] for row in house.rows("list", "--limit", "0")} == {"a", "b", "c", "d"}
        assert {row["id"] for row in house.rows("list", "--limit", "0")} == records
        for suffix in FORMATS:
            assert walked(house.published, "everything", suffix, NEW) == ids[suffix]
            old, new = (house.published / f"feeds/{name}.{suffix}" for name in ("all", "everything"))
            assert old.read_bytes() == new.read_bytes()
        assert sum(row["feed_requests"] for row in world.rows("log?all=1")) == 2 * len(feeds)
