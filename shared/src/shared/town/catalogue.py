"""The service catalogue: what residents can ask for, who does it, by when, and what the department needs to know.

Data in one YAML file, checked as a whole when it is loaded: a mistake stops the start with a sentence and never meets a resident.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from shared.contracts import Language
from shared.errors import ConfigurationError
from shared.town.configuration import Localized, checked, read_yaml
from shared.town.services import CatalogueFile, ServiceDefinition, ServiceEntry
from shared.town.suggestions import SuggestionIndex
from shared.town.town import Department, Town, load_town

BUNDLED = Path(__file__).with_name("catalogue.yaml")
GENERAL_CODE = "OTHER"
"""The service of everything that fits no other, or that nobody has looked at yet."""


class Catalogue:
    """The services by code, in the order of the file."""

    def __init__(self, services: tuple[ServiceDefinition, ...], version: str) -> None:
        self.services: Mapping[str, ServiceDefinition] = MappingProxyType({service.code: service for service in services})
        self.version = version
        """SHA-256 of the file, in hexadecimal."""
        self._suggestions = SuggestionIndex([service for service in services if service.code != GENERAL_CODE])

    @property
    def general(self) -> ServiceDefinition:
        """The service of everything else."""
        return self.services[GENERAL_CODE]

    def public_services(self) -> tuple[ServiceDefinition, ...]:
        """Those whose requests the public may see."""
        return tuple(service for service in self.services.values() if not service.is_private)

    def suggest(self, text: str, language: Language = Language.EN, limit: int = 3) -> tuple[ServiceDefinition, ...]:
        """The services whose keywords fit what somebody is typing, the best first; none where nothing fits. Linear time."""
        return tuple(self.services[code] for code in self._suggestions.find(text, language, limit))


def _definition(
    entry: ServiceEntry, groups: Mapping[str, Localized], departments: Mapping[str, Department], where: str
) -> ServiceDefinition:
    if entry.group not in groups:
        raise ConfigurationError(f"{where}: group {entry.group!r} is not among the file's groups")
    if entry.department not in departments:
        raise ConfigurationError(f"{where}: department {entry.department!r} is not among the town's departments")
    return ServiceDefinition(entry, groups[entry.group], departments[entry.department].name)


def _check_codes(services: tuple[ServiceDefinition, ...], name: str) -> None:
    seen: set[str] = set()
    for service in services:
        if service.code.upper() in seen:
            raise ConfigurationError(f"{name}: service {service.code}: the code is used twice (codes differ in more than case)")
        seen.add(service.code.upper())
    if GENERAL_CODE not in seen:
        raise ConfigurationError(f"{name}: the general service {GENERAL_CODE} is missing")


def load_catalogue(path: Path | None = None, town: Town | None = None) -> Catalogue:
    """The catalogue from its file; None: from the one that comes with the package.

    Args:
        path: the catalogue's YAML file.
        town: whose departments the services belong to; None: the town that comes with the package.

    Raises:
        ConfigurationError: naming the file, the service and what is wrong with it.
    """
    path = path or BUNDLED
    content = read_yaml(path)
    if not isinstance(content, dict) or not isinstance(content.get("services"), list):
        raise ConfigurationError(f"{path.name} must hold groups (a mapping) and services (a list)")
    raw, rest = content["services"], {key: value for key, value in content.items() if key != "services"}
    groups = checked(CatalogueFile, rest, path.name).groups
    departments = (town or load_town()).departments
    services = []
    for place, item in enumerate(raw, start=1):
        code = item.get("code") if isinstance(item, dict) else None
        where = f"{path.name}: service {code or f'number {place}'}"
        services.append(_definition(checked(ServiceEntry, item, where), groups, departments, where))
    _check_codes(tuple(services), path.name)
    return Catalogue(tuple(services), hashlib.sha256(path.read_bytes()).hexdigest())


__all__ = ["GENERAL_CODE", "Catalogue", "ServiceDefinition", "load_catalogue"]
