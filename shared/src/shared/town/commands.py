"""What an operator asks of the town's data."""

from pathlib import Path
from typing import Annotated

import typer

from shared.town.catalogue import load_catalogue
from shared.town.checking import are_many, astray, overlaps, silent_rules
from shared.town.phrasings import load_phrasings

catalogue = typer.Typer(help="The service catalogue.", no_args_is_help=True)


@catalogue.callback()
def _group() -> None:
    """A group stays one where it has a single command."""


@catalogue.command("check")
def catalogue_check(
    catalogue_file: Annotated[Path | None, typer.Option("--catalogue", help="Another catalogue than the package's.")] = None,
    phrasings_file: Annotated[Path | None, typer.Option("--phrasings", help="Its examples and rules.")] = None,
) -> None:
    """Look for overlaps between services, rules without use and examples that the rules take for another service (a few are fine)."""
    services = load_catalogue(catalogue_file)
    phrasings = load_phrasings(services, phrasings_file)
    gone_astray = list(astray(phrasings))
    wrong = {"Overlaps": list(overlaps(services, phrasings)), "Rules that fit no example": list(silent_rules(phrasings))}
    for title, findings in {**wrong, "Examples that the rules take for another service": gone_astray}.items():
        typer.echo(f"{title}: {len(findings) or 'none'}")
        for code, what in findings:
            typer.echo(f"  {code:<14}{what}")
    if any(wrong.values()) or are_many(gone_astray, phrasings):
        raise typer.Exit(1)
