"""What programs and advocates do over HTTP, on the whole running system."""

import xml.etree.ElementTree as ET
from typing import Any

from support.system import System, until


async def test_an_advocate_types_a_call(system: System) -> None:
    """With a staff key a call becomes a request of its channel, entered by that key; without one it is refused."""
    call = {"channel": "phone", "service_code": "STORM-DRAIN", "address": "Invented Circle 17", "phone": "919-555-0107"}
    number = await system.reported("The drain in front of the house is blocked.", headers=system.staff, **call)
    await system.visible(number)

    seen = (await system.look_up(number, is_staff=True)).json()
    assert seen["channel"] == "phone"
    assert (await _history(system, number))[0]["staff"]["actor_id"] == system.staff["Authorization"].split()[1].partition(".")[0]
    assert seen["staff"]["report"]["reporter"]["phone"] == "919-555-0107"
    assert (await system.report("The drain is blocked.", **call)).status_code == 401


async def test_georeport_from_post_to_public(system: System) -> None:
    """One address for the whole standard: post, ask by number until it is there, read it in the list, in JSON and in XML."""
    posted = await system.georeport(
        service_code="ST-POTHOLE", description="Deep hole in the right lane.", lat="35.7881", long="-78.7812", first_name="Invented"
    )
    assert posted.status_code == 200, posted.text
    number = posted.json()[0]["service_request_id"]

    one = await until(lambda: _listed(system, f"requests/{number}.json"), "the request by GeoReport")
    assert (one[0]["status"], one[0]["service_code"], one[0]["description"]) == ("open", "ST-POTHOLE", "Deep hole in the right lane.")
    listed = await _listed(system, f"requests.json?service_request_id={number}")
    assert [request["service_request_id"] for request in listed] == [number]
    as_xml = await system.client.get(f"{system.portal}/open311/v2/requests/{number}.xml")
    assert ET.fromstring(as_xml.text).findtext("request/service_request_id") == number  # noqa: S314 - our own answer
    assert "Invented" not in as_xml.text


async def test_georeport_in_xml_tells_a_change(system: System) -> None:
    """What staff decide is what the next poll says."""
    posted = await system.georeport(form="xml", service_code="TREE", description="A branch hangs low.", address_string="Invented Lane 33")
    number = ET.fromstring(posted.text).findtext("request/service_request_id") or posted.text  # noqa: S314 - our own answer
    await system.visible(number)

    await system.change(number, status="closed", detailed_status="not_ours", status_notes="The tree stands on private ground.")

    (closed,) = await _listed(system, f"requests/{number}.json")
    assert (closed["status"], closed["status_notes"]) == ("closed", "The tree stands on private ground.")


async def _history(system: System, number: str) -> list[dict[str, Any]]:
    answer = await system.client.get(f"{system.tracker}/api/v1/requests/{number}/history", headers=system.staff)
    return list(answer.json()["items"])


async def _listed(system: System, path: str) -> list[dict[str, str]]:
    answer = await system.client.get(f"{system.portal}/open311/v2/{path}")
    return list(answer.json()) if answer.status_code == 200 else []
