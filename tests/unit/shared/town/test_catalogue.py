import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import Language, Service
from shared.errors import ConfigurationError
from shared.town.catalogue import BUNDLED, GENERAL_CODE, load_catalogue
from shared.town.services import Datatype, ServiceDefinition
from shared.town.town import load_town

CATALOGUE = load_catalogue()
SERVICES = tuple(CATALOGUE.services.values())
EN, ES = Language.EN, Language.ES

# The services that a town like this has, by the codes under which they are known for ever.
EXPECTED = frozenset(
    """SW-MISSED SW-CART SW-BULK SW-YARD ENV-DUMPING ST-POTHOLE ST-SIGN ST-LIGHT ST-SIGNAL ST-SAFETY ST-SIDEWALK ST-SWEEP ST-SNOW
ROW-VEG TREE STORM-DRAIN STORM-POLL WTR-LEAK WTR-QUALITY SEW-BACKUP UTIL-BILL UTIL-START WTR-RECLAIMED ZONING PERMIT CODE-ENF PD-PARKING
PD-ABANDVEH PD-NOISE AN-STRAY AN-DEAD GRAFFITI PERSON-NEED PARK RECREATION FIRE-HAZARD ENV-AIR TRANSIT-BUS BIKE-PED FEEDBACK RECORDS
EVENT PESTS PD-NONEMERG UTIL-LINES PURCHASING OTHER""".split()  # noqa: SIM905 - a list of words
)


def test_every_service_of_the_town_is_there() -> None:
    """A code once given out is stored in requests and never goes away."""
    assert set(CATALOGUE.services) == EXPECTED


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.code)
def test_a_service_is_complete_in_both_languages(service: ServiceDefinition) -> None:
    """None of Open311's fields is empty, and none was forgotten in Spanish."""
    assert re.fullmatch(r"[A-Za-z0-9_-]+", service.code)
    for language in Language:
        assert service.name(language)
        assert service.description(language)
        assert service.group_name(language)
        assert service.department_name(language)
    assert service.name(EN) != service.name(ES)
    assert service.description(EN) != service.description(ES)
    assert service.keywords
    assert service.keywords_es
    assert service.group
    assert 1 <= service.expected_business_days <= 250
    assert service.as_service() == Service(code=service.code, name=service.name(), group=service.group, department=service.department)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.code)
def test_the_questions_are_as_open311_wants_them(service: ServiceDefinition) -> None:
    """Orders from 1, each once; lists have values with keys of their own; both languages."""
    assert [attribute.order for attribute in service.attributes] == list(range(1, len(service.attributes) + 1))
    for attribute in service.attributes:
        assert attribute.variable is True
        for language in Language:
            assert attribute.description(language)
            assert attribute.datatype_description(language)
        keys = [value.key for value in attribute.values]
        assert len(set(keys)) == len(keys)
        assert bool(keys) == attribute.datatype.is_list
        assert all(value.name(EN) and value.name(ES) for value in attribute.values)


def test_few_questions_are_required() -> None:
    """Only where the work cannot start without the answer: most reports go through with none."""
    required = [service.code for service in SERVICES if any(attribute.required for attribute in service.attributes)]
    assert set(required) == {"SW-MISSED", "SW-CART", "SW-BULK", "UTIL-START"}


def test_every_department_is_one_of_the_towns() -> None:
    """And each of the town's departments has a service."""
    assert {service.department for service in SERVICES} == {department.name.en for department in load_town().departments.values()}


def test_billing_and_people_in_need_are_never_public() -> None:
    """Billing is confidential by law (N.C. G.S. 132-1.1(c)); a person's need is nobody's business."""
    private = {service.code for service in SERVICES if service.is_private}
    assert private == {"UTIL-BILL", "UTIL-START", "PERSON-NEED"}
    assert {service.code for service in CATALOGUE.public_services()} == set(CATALOGUE.services) - private


def test_the_owner_is_named_where_it_is_often_not_the_town() -> None:
    """Duke Energy's lights, the state's roads, other companies' lines."""
    assert "Duke Energy" in (CATALOGUE.services["ST-LIGHT"].owner_note() or "")
    assert "NCDOT" in (CATALOGUE.services["ST-POTHOLE"].owner_note(ES) or "")
    assert CATALOGUE.services["UTIL-LINES"].owner_note()
    assert CATALOGUE.services["PARK"].owner_note() is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("pothole", "ST-POTHOLE"),
        ("POTHOLES on Main Street!", "ST-POTHOLE"),
        ("potho", "ST-POTHOLE"),
        ("My trash was not picked up", "SW-MISSED"),
        ("the lid of my cart is broken", "SW-CART"),
        ("old couch and mattress", "SW-BULK"),
        ("street light is out", "ST-LIGHT"),
        ("traffic light stuck on red", "ST-SIGNAL"),
        ("a tree fell across the street", "TREE"),
        ("sewage in my bathroom", "SEW-BACKUP"),
        ("water bill", "UTIL-BILL"),
        ("dead deer", "AN-DEAD"),
        ("dog barking", "PD-NOISE"),
        ("car parked on sidewalk blocking driveway", "PD-PARKING"),
        ("graffiti on the wall", "GRAFFITI"),
        ("leaf pickup", "SW-YARD"),
        ("stop sign missing", "ST-SIGN"),
        ("brown water", "WTR-QUALITY"),
    ],
)
def test_what_people_type_suggests_the_service(typed: str, code: str) -> None:
    """By keywords, without case and endings, with the last word still unfinished."""
    suggested = CATALOGUE.suggest(typed, EN)
    assert suggested[0].code == code
    assert len(suggested) <= 3


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("hay un bache", "ST-POTHOLE"),
        ("SEMAFORO", "ST-SIGNAL"),
        ("semáforo apagado", "ST-SIGNAL"),
        ("arbol caido", "TREE"),
        ("no recogieron la basura", "SW-MISSED"),
        ("perro muerto en la calle", "AN-DEAD"),
        ("factura de agua", "UTIL-BILL"),
        ("pothole", "ST-POTHOLE"),  # on a Spanish page, an English word
    ],
)
def test_spanish_suggests_too_with_or_without_accents(typed: str, code: str) -> None:
    """Where no Spanish keyword fits, the English ones are tried."""
    assert CATALOGUE.suggest(typed, ES)[0].code == code


@pytest.mark.parametrize("typed", ["", "   ", "zzzz", "the of and", "!!!", "\ud800", "12345"])
def test_what_says_nothing_suggests_nothing(typed: str) -> None:
    """No guess is better than a wrong one."""
    assert CATALOGUE.suggest(typed, EN) == ()


@given(st.text(), st.sampled_from(Language), st.integers(min_value=1, max_value=5))
def test_any_text_can_be_typed(typed: str, language: Language, limit: int) -> None:
    """Never an error, never the general service, never more than asked for, always the same."""
    suggested = CATALOGUE.suggest(typed, language, limit)
    assert len(suggested) <= limit
    assert GENERAL_CODE not in {service.code for service in suggested}
    assert suggested == CATALOGUE.suggest(typed, language, limit)


def test_a_pasted_book_is_no_burden() -> None:
    """The work is bounded by the number of words looked at."""
    assert CATALOGUE.suggest("trash street light water " * 100_000, EN)


def test_the_version_is_the_files_digest(tmp_path: Path) -> None:
    """Another catalogue is another version, and decisions name theirs."""
    assert re.fullmatch(r"[0-9a-f]{64}", CATALOGUE.version)
    other = tmp_path / "catalogue.yaml"
    other.write_text(BUNDLED.read_text() + "# another\n")
    assert load_catalogue(other).version != CATALOGUE.version


def written(tmp_path: Path, *services: dict[str, object]) -> Path:
    file = tmp_path / "ours.yaml"
    file.write_text(yaml.safe_dump({"groups": {"all": {"en": "All", "es": "Todo"}}, "services": list(services)}))
    return file


def service(**changes: object) -> dict[str, object]:
    words = {"en": "word", "es": "palabra"}
    full: dict[str, object] = {
        "code": GENERAL_CODE,
        "name": words,
        "description": words,
        "group": "all",
        "department": "desk_311",
        "keywords": {"en": ["word"], "es": ["palabra"]},
        "expected_business_days": 3,
    }
    return {key: value for key, value in (full | changes).items() if value is not None}


def question(**changes: object) -> dict[str, object]:
    return {"code": "Q", "datatype": "string", "question": {"en": "?", "es": "¿?"}, "help": {"en": "x", "es": "x"}, **changes}


def test_a_catalogue_of_ones_own_is_read(tmp_path: Path) -> None:
    """The smallest: one service, no questions."""
    catalogue = load_catalogue(written(tmp_path, service()))
    assert catalogue.general.name(ES) == "palabra"
    assert catalogue.general.place_needed
    assert not catalogue.general.is_private


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "NO DOTS."}, "service NO DOTS.: code"),
        ({"code": None}, "service number 1: code"),
        ({"name": {"en": "only English"}}, "service OTHER: name.es"),
        ({"description": {"en": " ", "es": "x"}}, "service OTHER: description.en"),
        ({"group": "none"}, "group 'none' is not among the file's groups"),
        ({"department": "none"}, "department 'none' is not among the town's departments"),
        ({"keywords": {"en": [], "es": ["x"]}}, "keywords.en"),
        ({"expected_business_days": 0}, "expected_business_days"),
        ({"expected_days": 3}, "expected_days"),
        ({"attributes": [question(), question()]}, "two attributes have the same code"),
        ({"attributes": [question(datatype="date")]}, "attributes.0.datatype"),
        ({"attributes": [question(datatype="singlevaluelist")]}, "needs two values or more"),
        ({"attributes": [question(values={"A": {"en": "a", "es": "a"}})]}, "only lists have values"),
    ],
)
def test_a_mistake_stops_the_start_with_a_sentence(tmp_path: Path, changes: dict[str, object], sentence: str) -> None:
    """It names the file, the service and what is wrong."""
    with pytest.raises(ConfigurationError, match=r"ours\.yaml") as caught:
        load_catalogue(written(tmp_path, service(**changes)))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("services", "sentence"),
    [
        ([service(code="A")], "the general service OTHER is missing"),
        ([service(), service(code="other")], "used twice"),
        ([service(), service()], "used twice"),
        (["x"], "service number 1"),
    ],
)
def test_a_catalogue_has_one_general_service_and_each_code_once(tmp_path: Path, services: list[dict[str, object]], sentence: str) -> None:
    """Codes that differ in case only would be confused by people."""
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(written(tmp_path, *services))
    assert sentence in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", "services: {}", "groups: {all: {en: x, es: x}}"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    """With the shape that it should have."""
    file = tmp_path / "ours.yaml"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match="must hold groups"):
        load_catalogue(file)


def test_the_datatypes_are_open311s() -> None:
    """Integrators know these six words and no other."""
    assert set(Datatype) == {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}
