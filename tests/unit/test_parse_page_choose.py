"""The choice of an article's text: the model as arrays, and what is decided after it."""

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.extraction.examples import fold_of
from benchmarks.extraction.labels import labels, segments

from cuttings.parse.page.blocks import blocks
from cuttings.parse.page.choose import COPY, HEADLINE, UNIT, choose, decided
from cuttings.parse.page.features import NAMES, features
from cuttings.parse.page.trees import MODEL, Trees, shipped
from cuttings.parse.page.witness import Said, by_trafilatura, told
from cuttings.text import xml
from tests.farm import needs_shared

FOLDS = Path(__file__).parents[2] / "benchmarks" / "extraction"
SENTENCE = (
    "The harbour of the old town was closed for a day, since the wind had turned and the boats could not leave it. "
)


def page(body, head=""):
    return xml.parse_html(f"<html><head>{head}</head><body>{body}</body></html>")


def article(*extra):
    text = "".join(f"<p>{n}. {SENTENCE * 2}</p>" for n in ("First", "Second", "Third", "Fourth", "Fifth"))
    links = "".join(f"<li><a href='/{n}'>Another story of the day, number {n}</a></li>" for n in range(9))
    return page(
        f"<nav><ul>{links}</ul></nav><article><h1>The harbour was closed</h1>{text}{''.join(extra)}</article>"
        f"<footer><p>© The Daily Example. All rights reserved. <a href='/privacy'>Privacy policy</a></p></footer>"
    )


def kept(root, title="The harbour was closed"):
    found = blocks(root)
    return [b.text for b, c in zip(found, choose(root, found, Said(title=title)), strict=True) if c.kept]


def test_the_paragraphs_of_an_article_are_kept_and_nothing_around_them():
    texts = kept(article())

    assert [text.split(".")[0] for text in texts] == ["First", "Second", "Third", "Fourth", "Fifth"]


def test_a_page_without_text_has_no_choice():
    root = page("")

    assert choose(root, blocks(root), Said()) == []


def test_the_tree_is_as_it_was_after_all_witnesses_were_heard():
    root = article("<script>let a = 1</script>")
    before = xml.serialise_html(root)

    choose(root, blocks(root), Said())

    assert xml.serialise_html(root) == before


def test_the_headline_is_no_text_of_the_article():
    found = blocks(article())

    decisions = decided(found, [0.9] * len(found), "The harbour was closed")

    assert [b.text for b, c in zip(found, decisions, strict=True) if c.why == HEADLINE] == ["The harbour was closed"]


def test_a_list_is_kept_whole_where_most_of_it_is_likely():
    root = page(f"<p>{SENTENCE}</p><ul><li>One boat</li><li>Two</li><li>Three</li></ul><p>{SENTENCE}x</p>")
    found = blocks(root)

    decisions = decided(found, [0.9, 0.8, 0.2, 0.8, 0.9], "")

    assert [(c.kept, c.why == UNIT) for c in decisions][2] == (True, True)


def test_a_list_is_dropped_whole_where_hardly_any_of_it_is_likely():
    items = "".join(f"<li>Number {n} of some other stories</li>" for n in range(8))
    found = blocks(page(f"<p>{SENTENCE * 4}</p><div><ul>{items}</ul></div><p>{SENTENCE}x</p>"))

    decisions = decided(found, [0.9, 0.6, *[0.02] * 7, 0.9], "")

    assert not any(c.kept for c in decisions[1:9])


def test_a_text_that_stands_on_the_page_twice_is_kept_once():
    root = page(f"<div><p>{SENTENCE}</p></div><section><p>{SENTENCE}</p></section>")
    found = blocks(root)

    decisions = decided(found, [0.9, 0.9], "")

    assert [(c.kept, c.why == COPY) for c in decisions] == [(True, False), (False, True)]


def test_the_heading_of_a_copy_in_a_box_goes_with_it():
    found = blocks(page(f"<div><p>{SENTENCE}</p></div><div><h3>Once more</h3><p>{SENTENCE}</p></div>"))

    assert [choice.kept for choice in decided(found, [0.9, 0.9, 0.9], "")] == [True, False, False]


def test_the_heading_of_a_copy_stays_among_other_text():
    found = blocks(page(f"<div><p>{SENTENCE}</p></div><div><p>Low.</p><h3>Once more</h3><p>{SENTENCE}</p></div>"))

    assert [choice.kept for choice in decided(found, [0.9] * 4, "")] == [True, True, True, False]


def test_what_is_said_twice_in_one_place_is_meant():
    found = blocks(page(f"<div><p>{SENTENCE}</p><p>{SENTENCE}</p></div>"))

    assert [c.kept for c in decided(found, [0.9, 0.9], "")] == [True, True]


def test_where_nothing_is_likely_the_likeliest_is_the_text():
    found = blocks(page(f"<p>{SENTENCE}</p><p>Menu</p>"))

    assert [c.kept for c in decided(found, [0.3, 0.1], "")] == [True, False]


def test_where_hardly_any_of_the_running_text_is_likely_what_is_doubtful_is_the_text():
    found = blocks(page("".join(f"<p>{n}. {SENTENCE}</p>" for n in "abcdefgh")))
    probabilities = [0.9, *[0.2] * 7]

    assert all(c.kept for c in decided(found, probabilities, "", running=range(8)))
    assert [c.kept for c in decided(found, probabilities, "")] == [True, *[False] * 7]


def test_the_features_of_a_block_go_with_their_names():
    root = page(
        f"<div class='article-body'><p>{SENTENCE}<a href='/'>harbour</a></p></div><aside><p>Read more</p></aside>"
    )

    first, second = features(root, blocks(root), Said(), SENTENCE)

    at = NAMES.index
    assert first.shape == (len(NAMES),)
    assert (first[at("class_article")], first[at("tag_p")], second[at("in_aside")], second[at("cue_more")]) == (
        0.5,
        1,
        1,
        1,
    )
    assert first[at("words")] == len(SENTENCE.replace(",", "").split()) + 1
    assert (first[at("kept")] > 0.9, second[at("kept")]) == (True, 0)
    assert (first[at("logwords-1")], second[at("logwords-1")]) == (-1, first[at("logwords")])


@pytest.mark.parametrize(
    "markup", ["<p></p>", "<p>x</p>", "<img src=a>", "<div>" * 300 + "deep", "<p>" + "word " * 50_000]
)
def test_pages_of_every_shape_have_features(markup):
    root = page(markup)

    assert np.isfinite(features(root, blocks(root), Said(title="x", authors=("x",)), "")).all()


def test_a_pages_json_tells_of_its_text():
    json_ld = json.dumps({"@graph": [{"@type": "NewsArticle", "articleBody": SENTENCE, "wordCount": "420"}]})

    said = told(page("", f"<script type='application/ld+json'>{json_ld}</script>"), "A title", None, ["Ann"])

    assert said == Said(title="A title", authors=("Ann",), bodies=(SENTENCE,), length=420)


@pytest.mark.parametrize("json_ld", ['{"articleBody": ', '{"wordCount": {}}', "[" * 50_000, '{"wordCount": "-1"}'])
def test_json_that_says_nothing_is_passed_over(json_ld):
    root = page("", f"<script type='application/ld+json'>{json_ld}</script>")

    assert told(root, None, None, ()) == Said()


def test_trafilatura_is_heard_on_a_copy():
    root = article()

    assert "Third. The harbour" in by_trafilatura(root)
    assert len(blocks(root)) > 10


def test_blocks_that_are_in_the_gold_are_found_once():
    gold = "one two three four five six seven. eight nine ten eleven twelve".replace(".", "").split()
    text = [gold[:7], ["eight", "nine"], gold[7:], gold[:7], ["quite", "another", "thing", "that", "stands", "here"]]

    assert labels(text, gold) == [True, False, True, False, False]


def test_segments_tell_of_some_blocks_only():
    assert segments(["a b c", "d e", "f"], ["b  c"], ["d"]) == [True, False, None]


@pytest.mark.parametrize("path", [MODEL, *(FOLDS / "folds" / f"{n}.npz" for n in range(5))], ids=lambda path: path.name)
def test_a_model_is_small_and_knows_the_features_by_their_names(path):
    trees = Trees.load(path)

    assert trees.names == NAMES
    assert path.stat().st_size < 200_000


def test_every_site_of_the_pages_has_its_fold():
    sites = json.loads((FOLDS / "folds.json").read_text("utf-8"))

    assert len(sites) > 500
    assert {site: fold_of(site) for site in sites} == sites


def test_the_shipped_model_is_read_once():
    assert shipped() is shipped()


def test_the_folds_cover_the_shared_pages():
    from benchmarks.corpora import pages

    folder = needs_shared("corpora")
    sites = json.loads((FOLDS / "folds.json").read_text("utf-8"))

    assert {page.site for page in pages(folder, ["scrapinghub", "readability"])} <= set(sites)
