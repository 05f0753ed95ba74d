"""Languages: told, named, matched."""

import pytest

from cuttings.text.language import contradicts, language_of, matches, tag


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("en_us", "en-US"),
        (" EN-gb ", "en-GB"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de-1996", "de-1996"),
        ("en-us-u-ca-gregory", "en-US-u-ca-gregory"),
        *[(nonsense, None) for nonsense in ("", "english", "und", "C", "en-", "e", "x-secret", "<b>", "en" * 5000)],
    ],
)
def test_a_tag_gets_its_customary_case_and_nonsense_none(raw, expected):
    assert tag(raw) == expected


@pytest.mark.parametrize(
    ("wanted", "told", "expected"),
    [
        ("en", "en-GB", True),
        ("EN", "en", True),
        ("en-GB", "en", False),
        ("en", "eng", False),
        ("*", None, True),
        ("en", None, False),
    ],
)
def test_a_range_takes_what_begins_with_it(wanted, told, expected):
    assert matches(wanted, told) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The tide came in late that night, and the boats lay dry until the morning.", "en"),
        ("In jener Nacht kam die Flut sehr spät, und die Boote lagen bis zum Morgen trocken.", "de"),
        ("その夜は潮が遅く満ちてきて、船は朝まで乾いたままだった。", "ja"),
        ("Hello", None),
        ("", None),
    ],
)
def test_a_text_tells_its_language_if_it_is_long_enough(text, expected):
    assert language_of(text) == expected


def test_relatives_do_not_contradict_each_other():
    assert contradicts("de", "en-US")
    assert not contradicts("no", "nb-NO")
    assert not contradicts("en", "en-GB")
