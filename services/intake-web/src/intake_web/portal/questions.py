"""A service and its own questions (Open311 attributes) as the form shows them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts import Language
from shared.town.catalogue import GENERAL_CODE, Catalogue, ServiceDefinition
from shared.town.services import AttributeDefinition, Datatype


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a list."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the answers so far."""

    code: str
    id: str
    name: str
    description: str
    hint: str
    required: bool
    variable: bool
    choices: tuple[Choice, ...]
    many: bool
    long: bool
    inputmode: str | None
    values: tuple[str, ...]

    @property
    def answer(self) -> str:
        """The answers for people."""
        names = {choice.key: choice.name for choice in self.choices}
        return ", ".join(names.get(value, value) for value in self.values)


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service in one language."""

    code: str
    name: str
    description: str
    group: str
    days: int
    owner_note: str | None
    is_private: bool
    place_needed: bool
    """It cannot be found without saying where."""


def service_view(service: ServiceDefinition, language: Language) -> ServiceView:
    """A service as the pages show it; the general one promises no days of work."""
    return ServiceView(
        code=service.code,
        name=service.name(language),
        description=service.description(language),
        group=service.group_name(language),
        days=0 if service.code == GENERAL_CODE else service.expected_business_days,
        owner_note=service.owner_note(language),
        is_private=service.is_private,
        place_needed=service.place_needed,
    )


def grouped(catalogue: Catalogue, language: Language) -> list[tuple[str, list[ServiceView]]]:
    """All services but the general one, under the headings of the catalogue in its order."""
    groups: dict[str, list[ServiceView]] = {}
    for service in catalogue.services.values():
        if service.code != GENERAL_CODE:
            view = service_view(service, language)
            groups.setdefault(view.group, []).append(view)
    return list(groups.items())


def chosen(catalogue: Catalogue, code: str) -> ServiceDefinition | None:
    """The service that was chosen; None for "leave it to us" and for a code that is not in the list."""
    service = catalogue.services.get(code.strip())
    return None if service is None or service.code == GENERAL_CODE else service


def _question(asked: AttributeDefinition, language: Language, values: tuple[str, ...]) -> Question:
    return Question(
        code=asked.code,
        id=f"attribute-{asked.code}",
        name=f"attribute[{asked.code}]",
        description=asked.description(language),
        hint=asked.datatype_description(language),
        required=asked.required,
        variable=asked.variable,
        choices=tuple(Choice(value.key, value.name(language)) for value in asked.values),
        many=asked.datatype is Datatype.MULTIVALUELIST,
        long=asked.datatype is Datatype.TEXT,
        inputmode="decimal" if asked.datatype is Datatype.NUMBER else None,
        values=values,
    )


def questions(service: ServiceDefinition | None, answers: Mapping[str, tuple[str, ...]], language: Language) -> tuple[Question, ...]:
    """What the service asks, with the answers so far."""
    if service is None:
        return ()
    return tuple(_question(asked, language, answers.get(asked.code, ())) for asked in service.attributes)
