"""A hundred sites looked back at for a month."""

from tests.looking_back import month


async def test_edits_and_removals_are_found_and_none_is_made_up(tmp_path):
    seen = await month(tmp_path, 100)

    wrong = [record for record in seen.edited if not seen.is_true(record)]
    missed = [record for record in seen.removed if record.status != "gone"]
    print(f"{dict(seen.found)} in {len(seen.records)} articles; {sum(row['requests'] for row in seen.log)} requests")
    print(f"{len(seen.edited)} edited, {len(wrong)} not found; {len(seen.removed)} removed, {len(missed)} not found")
    print(f"{len(seen.made_up)} made up")
    assert min(len(seen.edited), len(seen.removed)) > 20
    assert len(wrong) <= 0.01 * len(seen.edited)
    assert not missed
    assert len(seen.made_up) <= 0.001 * len(seen.records)
    assert seen.breaches("concurrent", "early", "robots", "feed_requests") == 0
