"""Every decision about an article: why."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuttings.cli import complete, records
from cuttings.cli.common import Settings, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cuttings.app import App
    from cuttings.flow.why import Answer

Subject = Annotated[
    str,
    typer.Argument(metavar="ID|URL", help="A record's id, its beginning, or a URL.", autocompletion=complete.ids),
]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        group,
        "why",
        "cuttings why h3gkut4e",
        "cuttings why https://example.org/2026/an-article",
        "cuttings --json why h3gkut4e | jq -r '.reasons[] | [.step, .rule, .fact] | @tsv'",
    )(why)


def why(settings: Settings, subject: Subject) -> int:
    """Print every decision about an article, also about one that never became a record.

    How it came and by which hops, what names it, whose text it has, which story it tells, and in which feeds it
    stands, since when and by which rule or pick. What has no time holds now.
    """
    import asyncio

    from cuttings import app

    config = settings.load()

    async def explained() -> None:
        async with app.opened(config) as opened:
            for answer in await _answers(opened, subject):
                _print(settings, answer, config.site.timezone)

    asyncio.run(explained())
    return 0


async def _answers(opened: "App", subject: str) -> "Sequence[Answer]":
    from cuttings.errors import UsageError

    if "://" not in subject:
        return [await opened.why.of_record(await records.found(opened, subject))]
    answers = await opened.why.of_url(subject)
    if not answers:
        raise UsageError(f"nothing is known of {subject}: no record, no source, and nothing that was refused")
    return answers


def _print(settings: Settings, answer: "Answer", timezone: str) -> None:
    from cuttings.cli import tell

    if settings.json:
        tell.json_line(as_json(answer))
        return
    record = answer.record
    tell.line(f"{record.id}  {record.title or '(no title)'}" if record else answer.subject)
    for step in answer.steps:
        when = tell.when(step.at, timezone) if step.at else ""
        tell.line(f"  {when:<16}  {step.step:<9} {step.rule}" + (f": {step.fact}" if step.fact else ""))


def as_json(answer: "Answer") -> dict[str, Any]:
    """Return an answer in its public form."""
    from cuttings.text.dates import rfc3339

    record = answer.record
    return {
        "subject": answer.subject,
        "id": record.id if record else None,
        "title": record.title if record else None,
        "url": record.url if record else answer.subject,
        "reasons": [
            {"at": rfc3339(one.at) if one.at else None, "step": one.step, "rule": one.rule, "fact": one.fact}
            for one in answer.steps
        ],
    }
