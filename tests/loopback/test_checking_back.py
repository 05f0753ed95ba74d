"""What is edited and removed is found on the articles' pages, whatever feeds show."""

from tests.looking_back import month


async def test_edits_and_removals_are_found_though_no_feed_is_read_again(tmp_path):
    seen = await month(tmp_path, 3)

    assert min(len(seen.removed), len(seen.edited)) > 1
    assert {record.status for record in seen.removed} == {"gone"}
    assert [record.text for record in seen.edited if not seen.is_true(record)] == []
    assert seen.made_up == []
    assert seen.breaches("concurrent", "early", "robots", "feed_requests") == 0
