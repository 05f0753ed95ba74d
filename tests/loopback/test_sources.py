"""A source list from nothing: found on a site, followed, paused, told of, given to others."""

from tests.farm import House, configuration, farm


def test_a_site_is_found_followed_and_told_of(tmp_path, monkeypatch):
    house = House(tmp_path)
    house.configure(configuration([]).replace("sources:\n", "sources:\n  # whom we read\n"))
    with farm("-n", "60") as world:
        row = next(row for row in world.rows("truth?hash=0") if row["traits"]["format"] == "rss2")

        [offered] = house.rows("source", "discover", row["home"])
        house.run("source", "add", "--discover", row["home"], "--name", "found")
        house.run("source", "add", f"{row['home']}nothing.xml", "--name", "nothing")
        collected = {one["source"]: one for one in house.rows("collect")}
        [shown] = house.rows("source", "show", "found")
        [status] = house.rows("status")
        house.run("source", "pause", "found")

    assert offered["feeds"][0]["url"] == row["feed"]
    assert (shown["health"], shown["records"]) == ("good", collected["found"]["new"])
    assert status["sources"] | {"good": 1, "failing": 1} == status["sources"]
    assert status["records"] == shown["records"]
    assert status["disk"]["captures"] > 0
    [trouble] = status["trouble"]
    assert (trouble["source"], trouble["ever_succeeded"]) == ("nothing", False)
    assert "discover" in trouble["advice"]
    text = (house.folder / "config.yaml").read_text()
    assert "  # whom we read\n" in text
    assert "paused: true" in text
    monkeypatch.setenv("_CUTTINGS_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "cuttings source show fo")
    monkeypatch.setenv("COMP_CWORD", "3")
    assert house.run() == "found\n"


def test_a_feed_that_was_fetched_to_be_found_is_not_fetched_again(tmp_path):
    house = House(tmp_path)
    house.configure(configuration([]))
    with farm("-n", "20") as world:
        row = next(row for row in world.rows("truth?hash=0") if row["traits"]["body"] == "full")

        house.run("source", "add", "--discover", row["feed"], "--name", "found")
        [shown] = house.rows("source", "show", "found")
        [asked] = [one for one in world.rows("log") if one["feed"] == row["feed"]]

    assert shown["records"] > 0
    assert asked["feed_requests"] == 1
