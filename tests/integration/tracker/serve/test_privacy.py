"""Personal data never shows in a public answer: marked words go in wherever a message can hold some, and come out nowhere."""

import pytest

from shared.contracts import CommentAdded, Person, PersonalKind, Place, Span, Text
from support.examples import CLAIM, FULL_MESSAGES, NUMBER, SECOND, created, report
from support.logs import number_of, staff_head
from support.tracker_site import Site

MARK = "zzmarkzz"
PERSONAL = Text(content=f"{MARK} calls", personal=(Span(start=0, end=len(MARK), kind=PersonalKind.NAME),))
PUBLIC = (
    f"/api/v1/requests/{NUMBER}",
    f"/api/v1/requests/{NUMBER}/history",
    "/api/v1/requests",
    f"/api/v1/requests?q={MARK}",
    "/open311/v2/requests.json?start_date=2026-03-01T00:00:00Z",
    "/open311/v2/requests.xml?extensions=true&start_date=2026-03-01T00:00:00Z",
    f"/open311/v2/requests/{NUMBER}.json?extensions=true",
    f"/open311/v2/requests/{NUMBER}.xml",
    f"/open311/v2/tokens/{NUMBER}.json",
    "/open311/v2/servicerequestupdates.json?start_date=2026-03-01T00:00:00Z",
    "/open311/v2/servicerequestupdates.xml",
)


def marked(**changes: object) -> object:
    plain = report(**changes)
    return plain.model_copy(
        update={
            "subject": Text(content=MARK),
            "description": PERSONAL,
            "quoted_text": Text(content=MARK),
            "place": Place(address=f"{MARK} 1, Invented Lane", lat=35.79, long=-78.78),
            "address_public": "[name] 1, Invented Lane",
            "reporter": Person(first_name=MARK, last_name=MARK, email=f"{MARK}@example.org", phone=MARK, account_id=MARK, device_id=MARK),
            "reply_addresses": (plain.reply_addresses[0].model_copy(update={"address": f"{MARK}@example.org", "conversation": MARK}),),
            "attachments": (plain.attachments[0].model_copy(update={"alt_text": MARK}),),
            "decisions": (plain.decisions[0].model_copy(update={"why": MARK}),),
            "source": plain.source.model_copy(update={"native_id": MARK, "url": f"https://example.org/{MARK}"}) if plain.source else None,
        }
    )


@pytest.mark.parametrize("is_private", [False, True])
async def test_no_public_answer_holds_a_marked_word(site: Site, *, is_private: bool) -> None:
    """The request, a public and an internal comment, its reporter's and a stranger's follow-up; staff read the mark, so it was there."""
    head = {"service_request_id": NUMBER}
    await site.add(
        created(report=marked(is_private=is_private)),
        CommentAdded(**staff_head("a", "1") | head, text=PERSONAL, is_public=True),
        CommentAdded(**staff_head("a", "2") | head, text=PERSONAL, is_public=False),
        FULL_MESSAGES["FollowUpReceived"].model_copy(update={"report": marked(submission_id=SECOND, service_request_id=number_of("x"))}),  # type: ignore[arg-type]
    )
    assert CLAIM.service_request_id == NUMBER
    assert MARK in (await site.staff(f"/api/v1/requests/{NUMBER}")).text
    assert MARK in (await site.staff(f"/api/v1/requests/{NUMBER}/history")).text
    for path in PUBLIC:
        answer = await site.http.get(path)
        assert answer.status_code == 200, path
        assert MARK not in answer.text, path
        assert MARK not in str(answer.headers), path


async def test_no_error_repeats_what_was_sent(site: Site) -> None:
    """Not in a body, a header or an address."""
    await site.add(created())
    one = f"/api/v1/requests/{NUMBER}"
    bodies = (b'{"status":"zzmarkzz"}', b'{"status_notes":5,"assignee":"zzmarkzz !"}', b"zzmarkzz", b'{"expected_datetime":"zzmarkzz"}')
    headers = site.bearer(if_match="*") | {"Content-Type": "application/json"}
    answers = [await site.http.patch(one, content=body, headers=headers) for body in bodies]
    answers += [
        await site.get("/api/v1/requests", bbox=MARK),
        await site.get("/api/v1/requests", cursor=MARK),
        await site.get(f"/api/v1/requests/{MARK}"),
        await site.get("/open311/v2/requests.json", status=MARK),
        await site.get(f"/open311/v2/requests/{MARK}.xml"),
        await site.http.patch(one, json={}, headers=site.bearer(if_match=MARK)),
        await site.http.get(one, headers={"Authorization": f"Bearer {MARK}"}),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert MARK not in answer.text
