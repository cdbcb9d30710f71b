"""Renders the templates: one environment per language, escaping always on, nothing undefined passes silently."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from intake_web.portal.dates import Dates
from intake_web.portal.files import StaticFiles
from intake_web.portal.language import OWN_NAMES
from intake_web.portal.ports import Portal
from intake_web.portal.translations import load_all
from shared.contracts import Language
from shared.tracking_number import display

TEMPLATES = Path(__file__).parent / "templates"


def _environment(language: Language, translations: Any, static: StaticFiles) -> Environment:  # noqa: ANN401 - gettext's classes share no type
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    environment.globals.update(static=static.url, language=language, lang=language.value)
    environment.filters.update(number=display)
    return environment


class Pages:
    """The pages of the portal in every language we have."""

    def __init__(self, portal: Portal, static: StaticFiles) -> None:
        self._portal = portal
        self._translations = load_all()
        self._environments = {language: _environment(language, texts, static) for language, texts in self._translations.items()}
        self._dates = {language: Dates(language, portal.options.zone) for language in Language}
        for language, environment in self._environments.items():
            other = Language.ES if language is Language.EN else Language.EN
            environment.globals.update(
                town=portal.town,
                base_url=portal.options.public_base_url,
                dates=self._dates[language],
                other_lang=other.value,
                other_language_name=OWN_NAMES[other],
            )

    def translate(self, language: Language, message: str) -> str:
        """A text that stands in code, in the reader's language."""
        return self._translations[language].gettext(message)

    def render(self, name: str, language: Language, /, **values: object) -> str:
        """A page or a fragment."""
        template: Template = self._environments[language].get_template(name)
        return template.render({"here": "", "mistakes": (), "other_language_url": "?lang=", **values})

    def hours(self, now: datetime) -> Mapping[str, object]:
        """Whether advocates answer now, and when they do next."""
        calendar = self._portal.calendar
        return {"is_open": calendar.is_open(now), "next_opening": calendar.next_opening(now)}

    def texts(self, language: Language, messages: Mapping[str, str]) -> str:
        """Texts for the browser's module as JSON for an attribute."""
        return json.dumps({key: self.translate(language, text) for key, text in messages.items()}, ensure_ascii=False)


def digest(content: str) -> str:
    """An entity tag of a page or fragment."""
    return f'"{hashlib.sha256(content.encode()).hexdigest()[:20]}"'
