"""Why something is as it is: what `cuttings why` prints."""

from dataclasses import dataclass

from cuttings.text import urls

LONGEST_FACT = 2_000  # characters; a source decides how long its guids and dates are


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One step of a decision about one article.

    `subject` is the record's id, or the URL of what never became a record.
    `step` is the stage that decided (fetch, identity, text, dates …), `rule`
    the rule it went by, `fact` what it saw, for people.
    """

    subject: str
    step: str
    rule: str
    fact: str = ""

    def __post_init__(self) -> None:
        """Cut a fact to what people read."""
        if len(self.fact) > LONGEST_FACT:
            object.__setattr__(self, "fact", self.fact[: LONGEST_FACT - 1] + "…")


def subject_of(url: str) -> str:
    """Return what reasons about a URL are kept under: as it is compared, without credentials and fragment."""
    return urls.masked(urls.clean(url)).partition("#")[0]
