"""The map is correct: commands, links, topics, settings and decisions in the documentation are those of the code."""

import inspect
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from intake_email.settings import IntakeEmailSettings
from intake_social.settings import IntakeSocialSettings
from intake_web.settings import IntakeWebSettings
from normalizer.settings import NormalizerSettings
from shared.kafka.topics import TOPICS
from shared.settings import Settings
from tracker.settings import ProjectSettings, ServeSettings, StoreSettings

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in ROOT.glob("**/*.md") if not {".venv", ".local", "node_modules"}.intersection(path.parts))
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
TARGET = re.compile(r"^([a-z0-9-]+):.*?## ", re.MULTILINE)
OWN_SETTINGS: dict[str, tuple[type[Settings], ...]] = {
    "intake-email": (IntakeEmailSettings,),
    "intake-social": (IntakeSocialSettings,),
    "intake-web": (IntakeWebSettings,),
    "normalizer": (NormalizerSettings,),
    "tracker": (StoreSettings, ProjectSettings, ServeSettings),
}


def rows(text: str, first: str) -> Iterator[list[str]]:
    """The cells of a table's rows whose first cell begins with ``first``."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and cells[0].startswith(first):
            yield cells


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link to a file names a file that is there."""
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert broken == []


def test_commands_of_the_documentation_are_targets() -> None:
    """Whoever copies a ``make`` command from a page finds it."""
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    for page in PAGES:
        named = set(re.findall(r"(?:`|^)make ([a-z0-9-]+)", page.read_text(), re.MULTILINE))
        assert named <= targets, page
    assert {"run", "test", "demo", "replay", "rebuild", "reconcile", "bench", "chaos", "lint", "format", "types", "lock"} <= targets


def test_the_page_of_messages_is_the_registry() -> None:
    """Name, contract, producers, groups, days and size of each topic."""
    told = {cells[0]: cells[1:] for cells in rows((ROOT / "docs" / "messages.md").read_text(), "`")}
    told = {name: cells for name, cells in told.items() if name.endswith(".v1`")}
    expected = {
        f"`{topic.name}`": [
            f"`{getattr(topic.contract, '__name__', 'RequestEvent')}`",
            ", ".join(topic.producers),
            ", ".join(topic.consumers),
            str(topic.retention // timedelta(days=1)),
            str(topic.max_bytes // 1024),
        ]
        for topic in TOPICS
    }
    assert told == {name: [cell if cell != "`Annotated`" else "`RequestEvent`" for cell in cells] for name, cells in expected.items()}


@pytest.mark.parametrize("service", OWN_SETTINGS)
def test_a_services_settings_are_in_its_readme(service: str) -> None:
    """Every variable of a service's own is explained where an operator looks for it; what all share is named there by its group."""
    text = (ROOT / "services" / service / "README.md").read_text()
    own = {
        name.upper()
        for settings in OWN_SETTINGS[service]
        for base in settings.__mro__
        if base.__module__.startswith(service.replace("-", "_"))
        for name in inspect.get_annotations(base)
    }
    assert own, service
    assert {name for name in own if name not in text} == set()


def test_every_decision_is_in_the_index() -> None:
    """An ADR that nobody finds decides nothing."""
    folder = ROOT / "docs" / "adr"
    numbers = {path.name[:4] for path in folder.glob("[0-9]*.md")}
    listed = {cells[0][1:5] for cells in rows((folder / "README.md").read_text(), "[0")}
    assert numbers == listed
    for path in folder.glob("[0-9]*.md"):
        assert all(f"**{part}.**" in path.read_text() for part in ("Context", "Decision", "Consequences", "Alternatives")), path.name


def test_the_glossary_is_in_order() -> None:
    """A word is found where the alphabet has it."""
    words = [cells[0].strip("*").lower() for cells in rows((ROOT / "docs" / "glossary.md").read_text(), "**")]
    assert words == sorted(words)
