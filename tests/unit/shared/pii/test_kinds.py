"""Personal data that a word or a check tells: accounts, documents, dates of birth, internet addresses. And what only looks so."""

import pytest

from shared.pii import masked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IBAN DE89 3704 0044 0532 0130 00, please", "IBAN [bank], please"),
        ("gb82west12345698765432", "[bank]"),
        ("to ES91-2100-0418-4502-0005-1332.", "to [bank]."),
        ("routing number 111000025, account 000987654321", "routing number [bank], account [bank]"),
        ("Routing #: 111000025\nAcct no. 44-1029-887", "Routing #: [bank]\nAcct no. [bank]"),
        ("ACH 026009593 / 449018827", "ACH [bank] / [bank]"),
        ("my utility account number is 0048213377", "my utility account number is [bank]"),
        ("account ending 4471, full number 90118834471", "account ending 4471, full number [bank]"),
        ("mi número de cuenta es 0012 3456 7890", "mi número de cuenta es [bank]"),
        ("DE89 3704 0044 0532 0130 01", "DE89 3704 0044 0532 0130 01"),
        ("on account of the storm on 2025-10-31", "on account of the storm on 2025-10-31"),
        ("my account since 2025-09-01", "my account since 2025-09-01"),
        ("account 2025-09-01", "account 2025-09-01"),
        ("routing of trucks through 4th Street", "routing of trucks through 4th Street"),
    ],
)
def test_accounts(text: str, expected: str) -> None:
    """An IBAN by its check, the rest by the word; a date behind the word is a date."""
    assert masked(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("driver's license NC 000012345678", "driver's license NC [document]"),
        ("DL# S530-4419-0012", "DL# [document]"),
        ("mi licencia de conducir es 000045678901", "mi licencia de conducir es [document]"),
        ("passport no. C01234567", "passport no. [document]"),
        ("Mi pasaporte es G12345678", "Mi pasaporte es [document]"),
        ("state ID 000056789012", "state ID [document]"),
        ("A# A098765432", "A# [document]"),
        ("license plate HKR-4471", "license plate [document]"),
        ("tags read PLM 8823.", "tags read [document]."),
        ("plate # XYZ-88A", "plate # [document]"),
        ("plate hkr-4471", "plate [document]"),
        ("placas ABC-1234", "placas [document]"),
        ("a van with Virginia plates VTR 1203", "a van with Virginia plates [document]"),
        ("BADDAD1 plate, learn to park", "[document] plate, learn to park"),
        ("VIN 1HGCM82633A004352", "VIN [document]"),
        ("1HGCM82633A004352", "[document]"),
        ("1HGCM82633A004353", "1HGCM82633A004353"),
        ("business license renewal 2026", "business license renewal 2026"),
        ("permit number 24-00001234", "permit number 24-00001234"),
        ("a steel plate 4 ft wide", "a steel plate 4 ft wide"),
        ("name tag 12, asset tag 004471", "name tag 12, asset tag 004471"),
        ("passport photos for $15.00", "passport photos for $15.00"),
    ],
)
def test_documents(text: str, expected: str) -> None:
    """By the word, plates and vehicles too; permits, sheets of steel and labels have numbers of their own."""
    assert masked(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DOB 03/14/1975", "DOB [birth_date]"),
        ("d.o.b. 12.05.79", "d.o.b. [birth_date]"),
        ("date of birth: March 3, 1961", "date of birth: [birth_date]"),
        ("born on the 5th of May 1950", "born on the [birth_date]"),
        ("born in 1939", "born in [birth_date]"),
        ("born 5/6/2013 and 8/9/2015", "born [birth_date] and [birth_date]"),
        ("Nací el 14 de junio de 1988", "Nací el [birth_date]"),
        ("fecha de nacimiento 25/12/1999", "fecha de nacimiento [birth_date]"),
        ("birthday April 9, 2016", "birthday [birth_date]"),
        ("a birthday party on June 6th", "a birthday party on June 6th"),
        ("geese born on 4/12 at the pond", "geese born on 4/12 at the pond"),
        ("born and raised here since 1980", "born and raised here since 1980"),
        ("tenant b. 06-18-82", "tenant b. [birth_date]"),
        ("parking lot B 10/12/2025", "parking lot B 10/12/2025"),
        ("missed on 12/01/2025", "missed on 12/01/2025"),
    ],
)
def test_dates_of_birth(text: str, expected: str) -> None:
    """By the word; every other date is what a report is about."""
    assert masked(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IP 203.0.113.12", "IP [ip]"),
        ("from 203.0.113.200:8443", "from [ip]:8443"),
        ("[198.51.100.7]", "[[ip]]"),
        ("2001:db8::17 and 2001:0db8:0:0:0:ff00:42:8329", "[ip] and [ip]"),
        ("999.1.1.1", "999.1.1.1"),
        ("version 2.14.0.3, app 5.4.3.2, section 4.2.1.1, v1.2.3.4", "version 2.14.0.3, app 5.4.3.2, section 4.2.1.1, v1.2.3.4"),
        ("at 10:30:15", "at 10:30:15"),
        ("std::string", "std::string"),
    ],
)
def test_internet_addresses(text: str, expected: str) -> None:
    """Versions, sections of the law and times look alike and stay."""
    assert masked(text) == expected
