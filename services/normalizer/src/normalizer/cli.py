"""``cary311 normalizer``: learn the classifier's model, and measure it. Exit codes: 0 done, 2 a wrong option, file or setting."""

import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from normalizer.app import load_classifier, load_text_vectors
from normalizer.classifier.classifier import Classifier
from normalizer.classifier.learning import Labelled
from normalizer.classifier.model import BUNDLED, from_bytes, load_model, to_bytes
from normalizer.recognition import ModelRecogniser
from normalizer.settings import ClassifierSettings, MeasuringSettings
from normalizer.training.evaluate import answer, confusion_table, figures_table, finding_table, seen
from normalizer.training.finding import emergencies_found, languages_found, personal_found
from normalizer.training.labelled import LabelledText, read_apart, read_labelled
from normalizer.training.measures import measure
from normalizer.training.natures import natures_table, tell
from normalizer.training.train import MIN_CORRECTIONS, Given, train
from shared.errors import ConfigurationError
from shared.settings import load
from shared.town.catalogue import Catalogue, load_catalogue
from shared.town.emergencies import load_emergencies
from shared.town.natures import load_natures
from shared.town.phrasings import Phrasings, load_phrasings
from shared.town.town import load_town

HELD_BACK: Final = 5
"""One correction in so many is not learnt from, to compare the model before and after."""

app = typer.Typer(help="The classifier of submissions: learn and measure.", no_args_is_help=True)
Labels = Annotated[
    Path,
    typer.Argument(
        exists=True,
        dir_okay=False,
        readable=True,
        help="One JSON object a line: text, and what of accept, kind, emergency, language, personal is known.",
    ),
]


@app.command("evaluate")
def evaluate(file: Labels) -> None:
    """Measure on labelled texts: how often the service is right and how well that is known, what is a question, what of
    emergencies, languages and personal data is found and how often it is right. What the file does not label is left out.
    """
    settings = load(MeasuringSettings)
    catalogue = _catalogue(settings)
    texts = read_labelled(file, catalogue.services)
    console = Console()
    console.print(f"{len(texts)} texts of {file.name}; 95 % intervals by resampling", highlight=False)
    if services := [one for one in texts if one.accept]:
        classifier = load_classifier(settings, catalogue)
        found = answer(services, classifier, settings.bounds)
        title = f"Services: {len(services)} texts, {found.cpu_us:.0f} µs CPU a text"
        console.print(figures_table(title, {f"model {classifier.version[:12]}": measure(found.answers)}))
        console.print(confusion_table(found.answers))
    if kinds := tell(texts, load_natures(settings.natures_file), load_emergencies(settings.emergencies_file)):
        console.print(natures_table(kinds))
    if any(one.emergency for one in texts):
        console.print(finding_table("Emergencies", emergencies_found(texts, load_emergencies(settings.emergencies_file))))
    if any(one.language for one in texts):
        console.print(finding_table("Languages", languages_found(texts, ModelRecogniser())))
    if any(one.personal is not None for one in texts):
        console.print(finding_table("Personal data", personal_found(texts)))


@app.command("train")
def learn(
    *,
    corrections: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, readable=True, help="Advocates' corrections, from cary311 tracker corrections."),
    ] = None,
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="Where to; without: the model that comes with the package.")] = None,
) -> None:
    """Learn the model anew from the catalogue and, with ``--corrections``, from what advocates corrected. The same input gives the same
    bytes. A model with corrections in it was learnt from what residents wrote: keep it where their texts may be kept.
    """
    began, console = time.monotonic(), Console(stderr=True)
    settings = load(ClassifierSettings)
    catalogue = _catalogue(settings)
    phrasings = load_phrasings(catalogue, settings.phrasings_file)
    given = read_labelled(corrections, catalogue.services, needs_service=True) if corrections else []
    out = out or BUNDLED[settings.classifier]
    if given and out in BUNDLED.values():
        raise ConfigurationError("--out: a model that learnt from residents' texts must not become part of the package; name another file")

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:4.0f} s[/]  {text}", highlight=False)

    if len(given) >= MIN_CORRECTIONS:
        _compare(catalogue, phrasings, given, settings, console)
    vectors, texts = load_text_vectors(settings.classifier), Given(read_apart(catalogue.services), _learnable(given))
    content = to_bytes(train(catalogue, phrasings, vectors, texts, say))
    out.write_bytes(content)
    say(f"{out.name}: {len(content)} bytes, version {from_bytes(content, out.name).version[:12]}")


def _catalogue(settings: ClassifierSettings) -> Catalogue:
    return load_catalogue(settings.catalogue_file, load_town(settings.town_file))


def _learnable(given: list[LabelledText]) -> list[Labelled]:
    return [Labelled(seen(one), one.accept[0]) for one in given if one.accept]


def _compare(
    catalogue: Catalogue, phrasings: Phrasings, corrections: list[LabelledText], settings: ClassifierSettings, console: Console
) -> None:
    """Before and after, on corrections that the new model has not seen."""
    vectors = load_text_vectors(settings.classifier)
    left = [one for place, one in enumerate(corrections) if place % HELD_BACK == 0]
    learnt = [one for place, one in enumerate(corrections) if place % HELD_BACK]
    given = Given(read_apart(catalogue.services), _learnable(learnt))
    after = from_bytes(to_bytes(train(catalogue, phrasings, vectors, given, lambda _: None)), "the new model")
    columns = {}
    for name, model in {"before": load_model(settings.model_file, settings.classifier), "after": after}.items():
        try:
            classifier = Classifier(model, vectors, catalogue, phrasings)
        except ConfigurationError:
            console.print(f"{name}: it was trained on another catalogue", highlight=False)
            continue
        columns[name] = measure(answer(left, classifier, settings.bounds).answers)
    console.print(figures_table(f"{len(left)} corrections that were left out", columns))
