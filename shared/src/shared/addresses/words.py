"""A text as the words that addresses are made of, and which words are never part of a street's name. Pure, linear."""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from shared.addresses.postal import DIRECTIONS, SUFFIXES, UNITS

_WORD: Final = re.compile(r"[0-9]{1,3}/[0-9]{1,3}|[^\W_]+(?:['\u2019-][^\W_]+)*|[&@/#]")
_BLANK: Final = re.compile(r"[ \t]{0,3}\n?[ \t]{0,3}")
_AFTER_ABBREVIATION: Final = re.compile(r"\.?[ \t]{0,3}\n?[ \t]{0,3}")
_APOSTROPHES: Final = re.compile("['\u2019]")
MAX_NAME_CHARACTERS: Final = 30
"""Of one word of a street's name."""

_ABBREVIATIONS: Final = frozenset("ST AVE AV RD DR LN CT BLVD CIR PKWY HWY PL TER TRL SQ MT FT N S E W NE NW SE SW APT STE NO BLK".split())
USUAL: Final = frozenset(
    "ST STREET STR AVE AV AVENUE RD ROAD DR DRIVE LN LANE CT COURT BLVD BOULEVARD CIR CIRCLE PKWY PARKWAY HWY HIGHWAY PL PLACE TER TERRACE "
    "WAY TRL TRAIL".split()
)
"""Suffixes that most streets have: where a text is not said to be a place, these alone are looked for in small letters."""
PROPER: Final = USUAL | frozenset(
    "ALY ALLEY BND BEND CRES CRESCENT CV COVE XING CROSSING EXPY EXPRESSWAY FWY FREEWAY GLN GLEN GRV GROVE HTS HEIGHTS HL HILL LNDG LANDING LOOP "
    "PATH PLZ PLAZA PT POINT RDG RIDGE ROW RUN SPUR SQ SQUARE TPKE TURNPIKE TRCE TRACE VW VIEW VIS VISTA WALK".split()
)
"""Those that are looked for in capitals, too."""
ORDINARY: Final = frozenset("WAY PLACE COURT DRIVE LANE CIRCLE TERRACE TRAIL PL TER CT".split())
"""Suffixes that in small letters are as often something else."""

_FUNCTION_WORDS: Final = """
A AN THE THIS THAT THESE THOSE MY OUR YOUR HIS HER ITS THEIR OF ON IN AT TO FROM BY FOR WITH AND OR BUT NOT NO IF IS ARE WAS WERE BE BEEN HAS HAVE HAD DO
DOES DID CAN COULD WILL WOULD SHOULD MAY I WE YOU HE SHE IT THEY ME US THEM WHO WHAT WHERE WHEN WHY HOW WHICH THERE HERE SO AS THAN THEN NOW OFF OUT UP DOWN
OVER UNDER ABOUT INTO ONTO ACROSS ALONG BETWEEN NEAR BEHIND BESIDE THROUGH AROUND AFTER BEFORE SINCE UNTIL PER VIA ANY SOME EVERY EACH ALL BOTH SAME OTHER
ANOTHER MANY MORE MOST VERY TOO ALSO ONLY JUST STILL AGAIN ALWAYS NEVER PLEASE HI HELLO DEAR THANKS THANK CALLED CALL CALLS
EL LA LOS LAS UN UNA UNOS UNAS DE DEL AL EN POR PARA CON SIN SOBRE QUE QUIEN DONDE CUANDO ES SON ESTA ESTAN HAY FUE SU SUS MI MIS NUESTRA NUESTRO ESTE ESE ESA
Y E O U NI SI SE LE LES LO YA MUY MAS TODA TODO HOLA CALLE AVENIDA ESQUINA ENTRE FRENTE CERCA DESDE HASTA
"""
_THINGS: Final = """
STREET STREETS ROAD ROADS AVENUE AVENUES SIDEWALK SIDEWALKS LIGHT LIGHTS LAMP LAMPS LAMPPOST STREETLIGHT STREETLIGHTS SIGN SIGNS SIGNAL SIGNALS CAR CARS TRUCK TRUCKS VEHICLE
VEHICLES BUS BUSES BIKE BIKES DOG DOGS CAT CATS DEER TREE TREES LIMB LIMBS BRANCH BRANCHES LEAF LEAVES HOUSE HOUSES HOME HOMES NEIGHBOR NEIGHBORS
NEIGHBORS NEIGHBOURS FAMILY FAMILIES PEOPLE PERSON RESIDENTS STUDENTS DRIVERS WORKERS CYCLISTS KID KIDS CHILD CHILDREN MAN MEN WOMAN WOMEN BOY BOYS GIRL GIRLS GUY GUYS TEENS BLOCK BLOCKS BLK MILE MILES
FOOT FEET INCH INCHES YARD YARDS METER METERS METRES GALLON GALLONS POUND POUNDS YEAR YEARS MONTH MONTHS WEEK WEEKS DAY DAYS NIGHT NIGHTS HOUR HOURS HR HRS MINUTE MINUTES
MIN MINS SECOND SECONDS TIME TIMES AM PM NOON PERCENT DOLLAR DOLLARS BAG BAGS CART CARTS BIN BINS CAN CANS PILE PILES BOX BOXES POTHOLE POTHOLES
HOLE HOLES CRACK CRACKS PATCH PATCHES PHOTO PHOTOS PICTURE PICTURES PHONE NUMBER CASE TICKET REQUEST REPORT COMPLAINT
LANE LANES DRIVEWAY DRIVEWAYS DEAD END SIDE SIDES SERVICE ACCESS GRAVEL DIRT BUSY NARROW SEVERAL PUBLIC PRIVATE SAFE BAD TERRIBLE AWFUL WHOLE ENTIRE ROUGH WET ICY
SLICK NEARBY OPEN CLOSED CLOSE BLOCKED BROKEN DAMAGED DARK FLOODED MISSED MISSING LOUD BUMPY WAY WAYS ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN
FRONT BACK RIGHT LEFT BIG LARGE SMALL HUGE DEEP SPEED SPEEDING TRAFFIC TRASH GARBAGE RECYCLING LITTER NOISE WATER SEWER DRAIN STORM SNOW ICE RAIN
CITY TOWN COURT CIRCLE CROSS RESIDENTIAL CROWDED PARALLEL ADJACENT FORMER LOCAL MAJOR QUIET STEEP SHARED PAVED UNPAVED NEXT LAST PREVIOUS
LUZ LUCES CARRO CARROS PERRO PERROS ARBOL ARBOLES CASA CASAS BACHE BACHES DIA DIAS NOCHE SEMANA SEMANAS MES MESES ANO ANOS HORA HORAS MINUTOS VECES METROS PERSONAS
ACERA PRINCIPAL OSCURA MOJADA CERRADA ENTERA
"""
FUNCTION_WORDS: Final = frozenset(_FUNCTION_WORDS.split())
"""No part of a street's name that we would look for."""
THINGS: Final = frozenset(_THINGS.split())
"""Words of reports that stand before "street", "drive" or "lane" without naming one; a name does not begin with them."""
_ORDINAL: Final = re.compile(r"[0-9]{1,3}(?:ST|ND|RD|TH)")


class Word(NamedTuple):
    """A word of a text, with where it stands (code points, end exclusive)."""

    text: str
    key: str
    """Upper case, without accents, apostrophes and periods: what is compared."""
    start: int
    end: int

    @property
    def is_capital(self) -> bool:
        """It begins as a name does."""
        return self.text[0].isupper() or self.text[0].isdigit()

    def may_name(self, *, is_first: bool = True) -> bool:
        """It may be part of a street's name: High House Road has one that no name begins with."""
        if self.key in FUNCTION_WORDS or len(self.key) > MAX_NAME_CHARACTERS:
            return False
        if self.key in THINGS and (is_first or not self.is_capital):
            return False
        return self.key.replace("-", "").isalpha() or _ORDINAL.fullmatch(self.key) is not None


@lru_cache(maxsize=4_096)
def key_of(word: str) -> str:
    """As ``Word.key``."""
    folded = _APOSTROPHES.sub("", word).upper()
    if folded.isascii():
        return folded
    return "".join(sign for sign in unicodedata.normalize("NFD", folded) if not unicodedata.combining(sign))


def words_of(text: str) -> list[Word]:
    """The words and the signs between streets (&, @, /, #), in order."""
    return [Word(match[0], key_of(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)]


def are_joined(text: str, before: Word, after: Word) -> bool:
    """Whether only blanks lie between the two, or the period of an abbreviation."""
    gap = _AFTER_ABBREVIATION if before.key in _ABBREVIATIONS else _BLANK
    return gap.fullmatch(text, before.end, after.start) is not None


LEADS: Final = frozenset("CALLE AVENIDA AVDA CAMINO CARRETERA BULEVAR PASEO CALLEJON".split())
"""What stands before a street's name in Spanish."""
HIGHWAYS: Final = frozenset("HWY HIGHWAY INTERSTATE AUTOPISTA".split())
_MEETING: Final = frozenset("BLOCK BLK CORNER INTERSECTION JUNCTION ESQUINA INTERSECCION CRUCE".split())
HINTS: Final = PROPER | LEADS | HIGHWAYS | _MEETING | frozenset({"US", "&", "@"})
"""A text with none of these names no place that we would find."""
assert SUFFIXES.keys() >= PROPER and not UNITS & PROPER and not DIRECTIONS.keys() & PROPER  # noqa: PT018, S101 - tables that must agree
