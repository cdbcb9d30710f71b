"""The report form without JavaScript."""

from collections.abc import Mapping

import httpx
import pytest

from shared.contracts import Language
from support.fake_portal import PortalForTests
from support.pages import PageForm

PHOTO = b"\xff\xd8\xff\xe0" + b"invented" * 10
Posted = Mapping[str, str | list[str]]


async def opened(browser: httpx.AsyncClient, path: str = "/report") -> PageForm:
    response = await browser.get(path)
    assert response.status_code == 200
    return PageForm(response.text)


async def post(browser: httpx.AsyncClient, data: Posted, *, photos: int = 0, json: bool = False) -> httpx.Response:
    files = [("photos", (f"{number}.jpg", PHOTO + bytes([number]), "image/jpeg")) for number in range(photos)]
    headers = {"Accept": "application/json"} if json else {}
    return await browser.post(
        "/report", data=dict(data), files=files or [("photos", ("", b"", "application/octet-stream"))], headers=headers
    )


async def test_one_page_one_post_gives_a_number(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Without JavaScript one page and one POST make a report, with its place, photos and contact."""
    page = await opened(browser)
    portal.clock.advance(30)
    data = page.filled(
        description="A branch lies on the path",
        address="creek behind the third court",
        first_name="Ada",
        email="ada@example.com",
        action="send",
    )
    response = await post(browser, data, photos=2)
    assert response.status_code == 303
    number, draft = next(iter(portal.intake.drafts.items()))
    assert response.headers["location"].startswith(f"/requests/{number[:4]}-{number[4:8]}-{number[8:]}/received?receipt=")
    assert draft.description == "A branch lies on the path"
    assert draft.place is not None
    assert draft.place.address == "creek behind the third court"
    assert len(draft.photos) == 2
    assert draft.language is Language.EN


CHOICES = [({}, ["ada@example.com"]), ({"updates": "email"}, ["ada@example.com"]), ({"updates": "none"}, [])]


@pytest.mark.parametrize(("choice", "addresses"), CHOICES)
@pytest.mark.parametrize("path", ["/report", "/report?lang=es"])
async def test_who_leaves_an_address_chooses_whether_to_be_told(
    portal: PortalForTests, browser: httpx.AsyncClient, path: str, choice: dict[str, str], addresses: list[str]
) -> None:
    """Told is the default, and the field says so; the choice survives "check your answers", which repeats it."""
    page = await opened(browser, path)
    assert dict(page.fields)["updates"] == "email"
    portal.clock.advance(30)
    checked = await post(browser, page.filled(description="A branch", email="ada@example.com", action="check", **choice))
    assert ("Not at all; you follow it by its number" in checked.text or "De ninguna manera" in checked.text) == (not addresses)
    await post(browser, PageForm(checked.text).filled(action="send"))
    draft = next(iter(portal.intake.drafts.values()))
    assert [reply.address for reply in draft.reply_addresses] == addresses


async def test_the_choice_survives_a_mistake(browser: httpx.AsyncClient) -> None:
    """Whoever said no is not asked again, and is not told yes behind their back; a choice that is none is pointed out."""
    page = await opened(browser)
    again = await post(browser, page.filled(description="", email="ada@example.com", updates="none", action="send"))
    assert dict(PageForm(again.text).fields)["updates"] == "none"
    odd = await post(browser, page.filled(description="A branch", email="ada@example.com", updates="fax", action="send"))
    assert PageForm(odd.text).text.count("Choose whether we should write to you") == 2
    assert '<a href="#updates">' in odd.text


async def test_the_same_form_sent_twice_is_one_report(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """A double click posts the same key and the same words: one number."""
    page = await opened(browser)
    portal.clock.advance(30)
    data = page.filled(description="A branch lies on the path", action="send")
    first, second = await post(browser, data), await post(browser, data)
    assert first.headers["location"] == second.headers["location"]
    assert len(portal.intake.drafts) == 1


async def test_a_mistake_keeps_everything(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """The page comes back with good and bad answers, the same sentence twice, and says that photos must be chosen again."""
    page = await opened(browser, "/report?service=ST-LIGHT")
    data = page.filled(
        description="It is <b>dark</b> & cold",
        address="",
        email="not an address",
        first_name="Ada",
        attribute_POLE_NUMBER="77",
        action="send",
    )
    response = await post(browser, data, photos=1)
    assert response.status_code == 422
    again = PageForm(response.text)
    assert again.title.startswith("Error: ")
    sentence = "Enter an e-mail address such as name@example.com, or leave it empty"
    assert again.text.count(sentence) == 2
    assert '<a href="#email">' in response.text
    assert 'id="address-error"' in response.text
    assert "Your photos could not be carried over" in again.text
    kept, before = dict(again.fields), {**data}
    for name in ("description", "first_name", "email", "service_code", "form_key", "issued_at"):
        assert kept[name] == before[name]
    assert "<b>dark</b>" not in response.text
    assert not portal.intake.drafts


async def test_the_page_is_marked_novalidate_and_fields_point_to_their_errors(browser: httpx.AsyncClient) -> None:
    """The browser's own bubbles stay away; a wrong field is described by its error."""
    page = await opened(browser)
    response = await post(browser, page.filled(description="", action="send"))
    assert "novalidate" in response.text
    assert 'aria-describedby="description-hint description-error" aria-invalid="true"' in response.text
    assert 'role="alert" tabindex="-1" data-focus' in response.text


async def test_answers_are_checked_changed_and_sent(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Check, change, check again, send: the draft travels in the form, and the key with it."""
    page = await opened(browser)
    portal.clock.advance(30)
    checked = await post(browser, page.filled(description="A branch lies on the path", phone="(919) 555-0100", action="check"))
    assert "Check your answers" in checked.text
    assert "(919) 555-0100" in checked.text
    changed = await post(browser, PageForm(checked.text).filled(action="change"))
    back = PageForm(changed.text)
    assert changed.status_code == 200
    assert dict(back.fields)["description"] == "A branch lies on the path"
    again = await post(browser, back.filled(description="A big branch lies on the path", action="check"))
    sent = await post(browser, PageForm(again.text).filled(action="send"), photos=1)
    assert sent.status_code == 303
    draft = next(iter(portal.intake.drafts.values()))
    assert draft.description == "A big branch lies on the path"
    assert len(draft.photos) == 1
    assert portal.intake.calls == 1


async def test_questions_of_a_chosen_service_are_asked_on_the_second_page(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Who picks a service without JavaScript meets its questions on the check page, and answers them there."""
    page = await opened(browser)
    portal.clock.advance(30)
    checked = await post(browser, page.filled(description="It is dark", service_code="ST-LIGHT", address="Chatham St", action="check"))
    assert "A few questions about it" in checked.text
    assert "Duke Energy" in checked.text
    form = PageForm(checked.text)
    code = portal.portal.catalogue.services["ST-LIGHT"].attributes[0].code
    sent = await post(browser, form.filled(**{f"attribute_{code}": "A-77"}, action="send"))
    assert sent.status_code == 303
    assert next(iter(portal.intake.drafts.values())).attributes[0].values == ("A-77",)


async def test_only_photos_are_wrong(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """A file that is no photo is told at the photos, in words."""
    page = await opened(browser)
    portal.clock.advance(30)
    response = await browser.post(
        "/report", data=page.filled(description="A branch", action="send"), files=[("photos", ("a.jpg", b"PK\x03\x04zip", "image/jpeg"))]
    )
    assert response.status_code == 422
    assert "One of the files is not a photo" in response.text
    assert 'id="photos-error"' in response.text


async def test_the_language_changes_and_the_answers_stay(browser: httpx.AsyncClient) -> None:
    """The switch on the form posts it: the same page in Spanish with everything typed, and remembered."""
    page = await opened(browser)
    response = await post(browser, page.filled(description="A branch lies on the path", action="lang-es"))
    spanish = PageForm(response.text)
    assert response.status_code == 200
    assert spanish.lang == "es"
    assert dict(spanish.fields)["description"] == "A branch lies on the path"
    assert dict(spanish.fields)["form_key"] == dict(page.fields)["form_key"]
    assert "There is a problem" not in response.text
    assert PageForm((await browser.get("/")).text).lang == "es"


async def test_a_mistake_is_told_in_spanish(browser: httpx.AsyncClient) -> None:
    """The errors speak the language of the page."""
    page = await opened(browser, "/report?lang=es")
    response = await post(browser, page.filled(description="", action="send"))
    assert PageForm(response.text).title.startswith("Error: ")
    assert "Cuéntenos qué pasa" in response.text


@pytest.mark.parametrize(("trick", "seconds"), [({"website": "https://spam.example"}, 60), ({}, 0), ({"issued_at": "x"}, 60)])
async def test_a_suspicious_form_is_asked_to_confirm_and_then_sent(
    portal: PortalForTests, browser: httpx.AsyncClient, trick: dict[str, str], seconds: int
) -> None:
    """A filled decoy, an impossible speed or a broken time refuse nobody: the same words can be confirmed and arrive."""
    page = await opened(browser)
    portal.clock.advance(seconds)
    first = await post(browser, page.filled(description="A branch", **trick, action="send"))
    assert first.status_code == 200
    assert "Please confirm that you want to send this." in first.text
    assert not portal.intake.drafts
    confirmed = await post(browser, PageForm(first.text).filled(action="send"))
    assert confirmed.status_code == 303
    assert len(portal.intake.drafts) == 1


async def test_another_site_cannot_send_in_a_visitors_name(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """A form that another site posts is confirmed on our own page first, whatever it claims."""
    page = await opened(browser)
    portal.clock.advance(30)
    data = page.filled(description="A branch", is_confirmed="yes", action="send")
    response = await browser.post("/report", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 200
    assert not portal.intake.drafts


async def test_nothing_can_be_kept_now(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """Spool full: 503 with Retry-After, and the text still in the form."""
    page = await opened(browser)
    portal.clock.advance(30)
    portal.intake.is_full = True
    response = await post(browser, page.filled(description="A branch lies on the path", action="send"))
    assert response.status_code == 503
    assert response.headers["retry-after"] == "30"
    assert dict(PageForm(response.text).fields)["description"] == "A branch lies on the path"


async def test_too_often_keeps_the_text_as_well(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """A limit is told, with the time to wait, and nothing typed is lost."""
    page = await opened(browser)
    portal.clock.advance(30)
    portal.admitted["all"] = False
    response = await post(browser, page.filled(description="A branch lies on the path", action="send"))
    assert (response.status_code, response.headers["retry-after"]) == (429, "60")
    assert "A branch lies on the path" in response.text


async def test_the_first_words_come_from_the_start_page(browser: httpx.AsyncClient) -> None:
    """What was typed on the start page stands in the form, unjudged."""
    response = await post(browser, {"description": "A branch", "action": "start", "lang": "en"})
    form = PageForm(response.text)
    assert dict(form.fields)["description"] == "A branch"
    assert dict(form.fields)["form_key"]
    assert not form.title.startswith("Error")


async def test_the_module_of_the_browser_is_answered_in_json(portal: PortalForTests, browser: httpx.AsyncClient) -> None:
    """The same decisions as JSON: mistakes with the ids of their fields, the summary, the confirmation, the way on."""
    page = await opened(browser)
    wrong = await post(browser, page.filled(description="", email="x", action="check"), json=True)
    assert wrong.status_code == 422
    assert [item["field"] for item in wrong.json()["errors"]] == ["description", "email"]
    good = page.filled(description="A <i>branch</i>", action="check")
    assert "&lt;i&gt;" in (await post(browser, good, json=True)).json()["summary"]
    fast = await post(browser, {**good, "action": "send"}, json=True)
    assert (fast.status_code, list(fast.json())) == (409, ["confirm"])
    portal.clock.advance(30)
    sent = await post(browser, {**good, "action": "send"}, json=True)
    assert sent.status_code == 201
    assert sent.json()["location"].startswith("/requests/")


async def test_services_are_suggested_while_typing(browser: httpx.AsyncClient) -> None:
    """By the catalogue's rules, in the language of the page; in the body, because addresses end up in logs."""
    response = await browser.post("/portal/suggest", data={"description": "a huge pothole on my street", "lang": "es"})
    assert response.json()["services"][0]["code"] == "ST-POTHOLE"
    assert (await browser.post("/portal/suggest", data={"description": ""})).json() == {"services": [], "emergency": ""}
    assert (await browser.get("/portal/suggest?description=pothole")).status_code == 405


async def test_questions_come_as_a_fragment(browser: httpx.AsyncClient) -> None:
    """The owner's note, the usual time and the questions of one service; nothing for "leave it to us" or an unknown code."""
    fragment = (await browser.get("/portal/services/ST-LIGHT?lang=es")).text
    assert "Duke Energy" in fragment
    assert "<html" not in fragment
    assert "días hábiles" in fragment
    for code in ("OTHER", "NONE"):
        assert (await browser.get(f"/portal/services/{code}")).status_code == 204


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"service_code": "NOPE", "description": "x"}, 422),
        ({"description": "x", "lat": "91", "long": "0"}, 422),
        ({"description": "x", "lat": "nan", "long": "nan"}, 422),
        ({"description": "x" * 30_000}, 422),
        ({"description": " \u200b\x00 "}, 422),
        ({"attribute[]": "x", "attribute[A": "x", "attribute[A]x": "y"}, 422),
        ({}, 422),
    ],
)
async def test_odd_forms_are_told_and_never_fail(browser: httpx.AsyncClient, data: dict[str, str], status: int) -> None:
    """Whatever is posted, the answer is the form with what is wrong."""
    response = await browser.post("/report", data={**data, "action": "send"})
    assert response.status_code == status
    assert "There is a problem" in response.text


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nunfinished", 400),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(2_000)), 400),
        ("application/x-www-form-urlencoded", b"a=" + b"1" * 13_000_000, 413),
    ],
)
async def test_broken_bodies_get_a_page_in_style(browser: httpx.AsyncClient, content_type: str, body: bytes, status: int) -> None:
    """A body that cannot be read is a 4xx page with a way on."""
    response = await browser.post("/report", content=body, headers={"Content-Type": content_type})
    assert response.status_code == status
    assert "<h1>" in response.text
    assert "Start page" in response.text


EMERGENCIES = [
    ("", "My kitchen is on fire", "Call 911 now", "tel:911"),
    ("?lang=es", "Se rompió la tubería del agua y hay un río en la calle", "Llame ya al 311", "tel:311"),
]


@pytest.mark.parametrize(("query", "text", "said", "link"), EMERGENCIES)
async def test_an_emergency_is_told_before_and_after_sending(
    browser: httpx.AsyncClient, query: str, text: str, said: str, link: str
) -> None:
    """On the page to check, for the browser's module and on the confirmation, in the reader's language; the report is taken too."""
    page = await opened(browser, f"/report{query}")
    checked = await post(browser, page.filled(description=text, address="12 Elm", action="check"))
    step = await post(browser, page.filled(description=text, address="12 Elm", action="check"), json=True)
    sent = await post(browser, page.filled(description=text, address="12 Elm", action="send", is_confirmed="yes"))
    assert sent.status_code == 303
    received = await browser.get(sent.headers["location"])
    for shown in (checked.text, step.json()["summary"], received.text):
        notice = shown[shown.index("emergency-found") :]
        assert said in notice
        assert f'href="{link}"' in notice


async def test_what_is_no_emergency_is_told_nothing(browser: httpx.AsyncClient) -> None:
    """Only the notice that stands on every page."""
    page = await opened(browser)
    checked = await post(browser, page.filled(description="The fire hydrant leaks a little", address="12 Elm", action="check"))
    assert "emergency-found" not in checked.text
    assert "311 is not for emergencies" in checked.text


async def test_an_emergency_is_told_while_it_is_typed(browser: httpx.AsyncClient) -> None:
    """The browser's module shows it below the words, before any other step."""
    found = await browser.post("/portal/suggest", data={"description": "There is a man with a gun <b>", "lang": "es"})
    assert "Llame ya al 911" in found.json()["emergency"]
    assert "<b>" not in found.json()["emergency"]
