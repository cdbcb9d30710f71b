"""The page of the mail desk: what it shows, and where what is typed goes."""

import asyncio
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from local_stack.mail_desk import Post, page
from support.pages import PageForm

OWN = "311@cary311.example.org"


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(OWN, tmp_path / "inbox", tmp_path / "kept")


def browser(post: Post) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(page(post, 8317)), base_url="http://desk")


async def opened(post: Post, path: str = "/") -> str:
    async with browser(post) as client:
        return (await client.get(path)).text


def answer(**fields: str) -> bytes:
    """A mail that 311 wrote."""
    mail = EmailMessage()
    usual = {"From": OWN, "To": "ana@example.org", "Subject": "Your 311 request", "Reply-To": "311+t@cary311.example.org"}
    for name, value in (usual | {name.replace("_", "-"): value for name, value in fields.items()}).items():
        mail[name] = value
    mail["Message-ID"] = "<answer@cary311.example.org>"
    mail.set_content("We have your message.")
    return mail.as_bytes()


async def test_the_page_is_made_for_a_phone_and_names_its_fields(post: Post) -> None:
    """A label for every field, as a person writes it."""
    html = await opened(post)
    assert '<meta name=viewport content="width=device-width,initial-scale=1">' in html
    assert re.findall(r"<label>([^<]*)<(?:input|textarea) ?name=\"?(\w+)", html) == [
        ("From", "from"),
        ("To", "to"),
        ("Subject", "subject"),
        ("Text", "text"),
    ]


async def test_what_is_typed_arrives_in_the_mailbox(post: Post) -> None:
    """As a mail of its own; a line break in a field makes no second header."""
    form = {"from": "pat@example.org", "to": OWN, "subject": "Lamp\r\nBcc: all@example.org", "text": "The lamp is dark."}
    async with browser(post) as client:
        assert (await client.post("/", data=form)).status_code == 303
    (path,) = (post.maildir / "new").iterdir()
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (mail["From"], mail["To"], mail["Subject"], mail["Bcc"]) == ("pat@example.org", OWN, "Lamp Bcc: all@example.org", None)
    assert not post.kept.exists()


async def test_an_answer_of_ours_is_shown_and_can_be_answered(post: Post) -> None:
    """To the address that finds its request, in its thread."""
    post.deliver(answer(), ["ana@example.org"])
    html = await opened(post)
    assert "We have your message." in PageForm(html).text
    (link,) = re.findall(r'<a href="([^"]*)">Answer</a>', html)
    assert dict(PageForm(await opened(post, link)).fields) == {
        "from": "ana@example.org",
        "to": "311+t@cary311.example.org",
        "subject": "Re: Your 311 request",
        "reference": "<answer@cary311.example.org>",
        "text": "",
    }


async def test_nothing_in_a_mail_is_part_of_the_page(post: Post) -> None:
    """Whatever somebody gets 311 to write."""
    post.deliver(answer(Subject="<script>alert(1)</script>", To='"<b>" <ana@example.org>'), ["ana@example.org"])
    html = await opened(post)
    assert "<script" not in html
    assert html.count("<b>") == 1
    assert "<script>alert(1)</script>" in PageForm(html).text


async def test_a_mail_appears_whole_or_not_at_all(post: Post) -> None:
    """Whoever looks while mails come in finds no half of one, and nothing that is gone a moment later."""
    several = [(answer(), ["ana@example.org"])] * 300
    coming = asyncio.get_running_loop().run_in_executor(None, lambda: [post.deliver(*one) for one in several])
    while not coming.done():
        assert all(mail["To"] == "ana@example.org" for _, mail in post.mails())
        await asyncio.sleep(0)
    await coming
    assert len(list(post.kept.glob("*.eml"))) == 300
