"""What holds for all pages: languages, sizes, addresses, policy, failures."""

import gzip
import re
import string

import httpx
import pytest
from babel.messages.pofile import read_po

from intake_web.messages import SENTENCES
from intake_web.portal.files import OWN
from intake_web.portal.language import accepted, choose
from intake_web.portal.messages_in_use import messages_in_use
from intake_web.portal.mistakes import TEXTS
from intake_web.portal.states import WORDS
from intake_web.portal.tiles import TILES
from intake_web.portal.translations import load, po_file
from shared.contracts import DetailedStatus, Language
from support.fake_portal import SATURDAY_NIGHT, PortalForTests, make_portal
from support.pages import PageForm

ONLY_PROGRAMS_HEAR = {"channel_unknown", "wrong_type"}
"""Mistakes that only JSON can have."""
PAGES = ["/", "/report", "/report?service=ST-LIGHT", "/track", "/services", "/privacy"]


@pytest.mark.parametrize("language", [Language.ES])
def test_every_text_is_translated(language: Language) -> None:
    """Each text of the templates and the code has its translation, plurals included, with the same placeholders, and none is left over."""
    with po_file(language).open("rb") as file:
        catalogue = read_po(file, locale=language.value)
    used = set()
    for message in messages_in_use():
        used.add(message.text)
        found = catalogue.get(message.text)
        assert found is not None, message
        assert not found.fuzzy, message
        texts = found.string if isinstance(found.string, tuple) else (found.string,)
        assert all(texts), message
        for text in texts:
            assert _placeholders(text) == _placeholders(message.text), message
    assert {entry.id[0] if isinstance(entry.id, tuple) else entry.id for entry in catalogue if entry.id} == used


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", text)) | {name for _, name, _, _ in string.Formatter().parse(text) if name and "%" not in text}


def test_every_message_key_has_words() -> None:
    """What the validation can say and what the page can tell are the same list, with the same parameters."""
    assert set(TEXTS) | ONLY_PROGRAMS_HEAR == set(SENTENCES)
    for key, text in TEXTS.items():
        named = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[key]) if name}
        assert _placeholders(text) - {"question"} <= named, key


def test_every_state_has_words() -> None:
    """Closed is not fixed: each of the states is told in its own words, in both languages."""
    assert set(WORDS) == set(DetailedStatus)
    assert len({words.title for words in WORDS.values()}) == len(WORDS)
    spanish = load(Language.ES)
    assert all(spanish.gettext(words.sentence) != words.sentence for words in WORDS.values())


def test_tiles_are_services_with_pictures(portal: PortalForTests) -> None:
    """The start page's tiles exist in the catalogue that comes with the package, and their pictures in the icons."""
    icons = (OWN / "icons.svg").read_text()
    for code, icon in TILES:
        assert code in portal.portal.catalogue.services
        assert f'id="{icon}"' in icons


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", Language)
async def test_pages_are_whole_in_both_languages(browser: httpx.AsyncClient, path: str, language: Language) -> None:
    """``lang`` is set, the switch leads to the same page, 911 is named, nothing inline that the policy would refuse."""
    address = f"{path}{'&' if '?' in path else '?'}lang={language}"
    response = await browser.get(address)
    assert response.status_code == 200
    assert PageForm(response.text).lang == language
    assert "911" in response.text
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", response.text)
    assert ("Español" if language is Language.EN else "English") in response.text
    assert "'unsafe" not in response.headers["content-security-policy"]


async def test_the_start_page_tells_by_the_clock(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Open: advocates answer. Closed: when they are back, and who takes a burst main meanwhile."""
    assert "Advocates are answering now." in (await browser.get("/")).text
    portal.clock.now = SATURDAY_NIGHT
    closed = (await browser.get("/")).text
    assert "Advocates are away until Monday, March 9, 7:00" in closed
    assert "(919) 469-4000" in closed


async def test_pages_and_files_are_small(browser: httpx.AsyncClient) -> None:
    """A phone on a slow line: the start page under 9 kB, all style under 20 kB, all scripts of the form under 15 kB as they travel."""
    assert len((await browser.get("/")).content) < 9_000
    assert len((OWN / "portal.css").read_bytes()) < 20_000
    scripts = list(OWN.glob("*.js"))
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) < 15_000
    assert all(len(path.read_bytes()) < 15_500 for path in scripts)


async def test_files_may_be_kept_for_ever(browser: httpx.AsyncClient) -> None:
    """An address changes with the content, so it is immutable; unknown names are 404, Leaflet's files are there."""
    page = (await browser.get("/")).text
    style = re.search(r'href="(/static/[0-9a-f]+/)portal\.css"', page)
    assert style is not None
    response = await browser.get(style[1] + "portal.css", headers={"Accept-Encoding": "gzip"})
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["content-encoding"] == "gzip"
    script = await browser.get(style[1] + "portal.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert (await browser.get(style[1] + "leaflet/leaflet.js")).status_code == 200
    for name in ("nothing.css", "../pages.py", "%2e%2e/pages.py"):
        assert (await browser.get(style[1] + name)).status_code == 404


async def test_failures_are_pages_in_style(browser: httpx.AsyncClient) -> None:
    """Unknown addresses and wrong methods are told in words, in the reader's language."""
    missing = await browser.get("/nowhere?lang=es")
    assert missing.status_code == 404
    assert "Esta página no existe" in missing.text
    wrong = await browser.delete("/track")
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["allow"]


async def test_robots_leave_requests_alone(browser: httpx.AsyncClient) -> None:
    """Search engines are asked to stay out of the requests."""
    assert "Disallow: /requests/" in (await browser.get("/robots.txt")).text


async def test_a_map_only_where_tiles_are_set(browser: httpx.AsyncClient) -> None:
    """No tile address, no map and no foreign host; with one, its host alone is allowed for pictures."""
    plain = await browser.get("/report")
    assert 'id="map"' not in plain.text
    assert "https" not in plain.headers["content-security-policy"]
    mapped = make_portal(map_tile_url="https://{s}.tiles.example/{z}/{x}/{y}.png", map_attribution="Map <makers>")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(mapped.app), base_url="http://311.example") as other:
        page = await other.get("/report")
    assert "Map &lt;makers&gt;" in page.text
    assert "img-src 'self' blob: data: https://*.tiles.example;" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr, en;q=0.1, es;q=0.2", "es"),
        ("es;q=0", "en"),
        (";;q=x,,es;q=oops", "en"),
        ("de", "en"),
    ],
)
def test_the_browsers_language_is_understood(header: str, language: str) -> None:
    """``Accept-Language`` with qualities, regions and nonsense."""
    assert accepted(header) == language


def test_what_was_chosen_counts_more_than_the_browser() -> None:
    """The address, then the cookie, then the browser."""
    assert choose(asked="en", cookie="es", header="es") is Language.EN
    assert choose(asked=None, cookie="es", header="en") is Language.ES
    assert choose(asked="xx", cookie="yy", header="es") is Language.ES
