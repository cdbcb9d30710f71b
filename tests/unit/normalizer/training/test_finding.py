"""What counts as found and as right, in texts so small that the figures can be told by hand."""

from normalizer.pipeline.language import Guess
from normalizer.training.finding import Finding, Findings, emergencies_found, languages_found, personal_found
from normalizer.training.labelled import LabelledText, Personal
from shared.contracts import PersonalKind
from shared.town.emergencies import load_emergencies


def row(findings: Findings, what: str) -> Finding:
    return next(one for one in findings.rows if one.what == what)


def shares(findings: Findings, what: str) -> tuple[float | None, float | None]:
    one = row(findings, what)
    return (one.recall.value if one.recall else None, one.precision.value if one.precision else None)


def personal(text: str, *items: tuple[PersonalKind, str]) -> LabelledText:
    return LabelledText("", text, (), personal=tuple(Personal(kind, stretch) for kind, stretch in items))


def test_personal_data_counts_by_its_kind() -> None:
    """Half found is not found, another kind is not found, and a mask over nothing is wrong; texts without labels are left out."""
    findings = personal_found(
        [
            personal("mail ada@example.org", (PersonalKind.EMAIL, "ada@example.org")),
            personal("mail ada@example.org", (PersonalKind.EMAIL, "mail ada@example.org")),
            personal("call 919-555-0123", (PersonalKind.BANK, "919-555-0123")),
            personal("nothing at all"),
            personal("call 919-555-0124"),
            LabelledText("", "call 919-555-0125", ()),
        ]
    )
    assert shares(findings, "email") == (0.5, 1.0)
    assert shares(findings, "bank") == (0.0, None)
    assert shares(findings, "phone") == (None, 0.0)
    assert shares(findings, "masked, as any kind") == (2 / 3, None)
    assert findings.harmless == 2
    assert findings.false_alarms is not None
    assert findings.false_alarms.value == 0.5
    assert findings.false_alarms.low == 0.0


def test_a_mask_over_half_the_sentence_is_not_right() -> None:
    """A title or a bracket more is; words are not."""
    long = personal("ada dot example at mail dot example dot org", (PersonalKind.EMAIL, "org"))
    assert shares(personal_found([long]), "email") == (1.0, 0.0)


def test_emergencies_count_by_the_number_to_dial() -> None:
    """Told to dial the wrong number is found as an emergency, but not as its kind."""
    texts = [
        LabelledText("", "The house is on fire", (), emergency="911"),
        LabelledText("", "The house is on fire", (), emergency="water"),
        LabelledText("", "The bin is full", (), emergency="none"),
        LabelledText("", "unlabelled", ()),
    ]
    findings = emergencies_found(texts, load_emergencies())
    assert shares(findings, "any emergency") == (1.0, 1.0)
    assert shares(findings, "911") == (1.0, 0.5)
    assert shares(findings, "water") == (0.0, None)
    assert findings.harmless == 1
    assert findings.false_alarms == (0.0, 0.0, 0.0)


class Speaker:
    """Takes everything for Spanish, surely where there is an exclamation mark."""

    version = "test"

    def __call__(self, text: str) -> Guess:
        return Guess("es", 1.0 if "!" in text else 0.1)


def test_a_language_that_is_not_sure_is_not_told() -> None:
    """And too few letters are never asked about."""
    texts = [
        LabelledText("", "la basura no pasó por mi calle!", (), language="es"),
        LabelledText("", "la basura no pasó por mi calle", (), language="es"),
        LabelledText("", "the bin on my street is full!", (), language="en"),
        LabelledText("", "hola!", (), language="es"),
    ]
    findings = languages_found(texts, Speaker())
    assert shares(findings, "any language") == (0.25, 0.5)
    assert shares(findings, "es") == (1 / 3, 0.5)
    assert shares(findings, "en") == (0.0, None)
