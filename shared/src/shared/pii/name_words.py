"""Words that are written with a capital and are no names: what stands in a signature's place, or behind "I am", without being one."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLACES: Final = _words("""
    street st road rd avenue ave av drive dr lane ln court ct circle cir way blvd boulevard parkway pkwy place pl terrace ter trail trl
    loop plaza highway hwy exit interstate lot square crossing crossings commons run greenway park parks lake creek pond branch river
    village estates apartments apts apt subdivision preserve center centre hall library school elementary academy church chapel station
    market stadium pool shelter dam bridge building tower mall theater theatre museum garden gardens field fields community district
    neighborhood day middle high university college hospital clinic airport campus intersection corner trailhead playground calle
    avenida carretera camino parque plaza escuela iglesia biblioteca lago colonia barrio esquina puente centro
""")
"""Where one of these follows, the words before it name a place."""

ORGANISATIONS: Final = _words("""
    town city county state department dept public works service services office police fire sheriff council mayor board clerk
    association hoa llc inc ltd corp company co team crew staff bank energy power water sewer gas utilities utility customer support
    manager director president secretary treasurer residents resident neighbors neighbours neighbor citizens citizen taxpayer homeowner
    homeowners homes owner owners tenants committee management property properties recreation cultural resources transportation planning
    permits inspections animal animals schools church restaurant pizza duke spectrum fiber google amazon ups usps fedex walmart target
    costco lowes harris teeter depot landscaping roofing construction plumbing farms group solutions advocate advocates supervisor
    government administration ciudad pueblo condado departamento oficina policía policia bomberos alcalde consejo vecinos vecino
    residentes residente dueño dueña propietario propietaria ciudadano ciudadana contribuyente cliente inquilino inquilina
""")

TIMES: Final = _words("""
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october
    november december mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec today tomorrow
    yesterday tonight morning afternoon evening night spring summer fall autumn winter christmas easter thanksgiving halloween labor
    memorial independence holiday new year week weekend day days lunes martes miércoles miercoles jueves viernes sábado sabado domingo
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre hoy mañana ayer navidad semana santa
""")

GEOGRAPHY: Final = _words("""
    cary apex raleigh durham morrisville holly springs chapel hill wake triangle north south east west carolina america american usa us
    nc english spanish mexico méxico mexican mexicano mexicana hispano hispana latino latina honduras guatemala salvador colombia india
    indian china chinese downtown uptown preston maynard harrison kildaire lochmere
""")

COMMON: Final = _words("""
    a an the this that these those it its is are was were be been being am and or but not no nor yes ok okay so if then than as at by
    for from in into of off on onto out over to up with without about after before again also all any both each few more most much many
    some such only own same too very just even ever never always i me my mine we us our you your he him his she her they them their who
    whom whose which what when where why how there here now can could will would shall should may might must do does did done have has
    had having get got go goes please help thanks thank thx ty great good best better bad worse worst terrible awful horrible nice
    lovely job well everyone everybody anyone someone nobody somebody people fix fixed broken urgent important attention dangerous
    danger unsafe ridiculous unacceptable disgusting sad happy glad sorry sure afraid scared angry upset mad tired sick done finished
    writing calling reporting asking trying looking waiting hoping concerned frustrated disappointed worried aware unable able
    interested back fine still really so extremely beyond hello hi hey dear sir sirs madam maam ma'am welcome regards sincerely cheers
    love peace signed sent iphone android outlook gmail yahoo phone telephone tel cell mobile fax email e-mail mail address name names
    date subject re fwd fw cc bcc ps note attached see below above none unknown anonymous withheld n/a na null test yours truly kind
    warm respectfully faithfully cordially hopefully spelled misspelled wrong changed old big small little long short left right first
    second third last next another other one two three four five six seven eight nine ten trash garbage recycling recycle cart bin bins
    carts can cans leaf leaves yard waste bulk pickup pothole potholes sign signs stop light lights lamp streetlight signal traffic tree
    trees limb limbs hydrant drain storm flood flooding leak sewer sewage dog dogs cat cats deer snow ice graffiti noise mosquito fence
    permit permits bill bills meter sidewalk crosswalk ramp curb road roads street streets bus stop car cars truck trucks speed speeding
    parking missed missing cracked blocked emergency update request report issue problem complaint caller contact attn tenant applicant
    holder customer signed begging kids parents dob ssn dl ph acct badge plate tag pin id question follow-up followup call text resolved
    closed open have take care repair repaired replace replaced requested requesting remove removed install installed clean cleaned
    check inspect inspection inspected needed needs work order dig flush jet top stone lateral basement completed complete dispatched
    reading understanding cooperation thoughtful concerned advance enjoy bless god happy merry whoever somewhere nothing anything
    something everything soy el la los las un una unos unas y o pero no sí si de del al a en con sin por para que qué como cómo cuando
    cuándo donde dónde quien quién este esta esto ese esa eso mi mis su sus tu tus nuestro nuestra yo él ella ellos ellas nosotros usted
    ustedes muy más mas ya hola buenos buenas buen buena día dias días tarde tardes noche noches gracias saludos favor ayuda urgente
    atención nuevo nueva señor señora señores estimado estimada estimados atentamente cordialmente atte nadie todos todas alguien madre
    padre mamá papá hijo hija esposo esposa abuelo abuela hermano hermana maestro maestra basura reciclaje bote contenedor vivo perdí
    luz luces calle calles bache semáforo árbol agua fuga perro poste hoyo
""")

PARTICLES: Final = _words("de del la las los da dos das di du van von der den ter bin ibn al el y e & le san santa")
"""Inside names, in small letters too."""

TITLES: Final = _words("""
    mr mrs ms miss mx dr prof professor rev reverend fr sr sra srta señor señora señorita don doña lic ing arq dra profa lt col sgt cpl
    maj capt officer sir dame
""")

CLOSING_CORES: Final = _words("""
    thanks thank thx tks tnx ty ta cheers regards best sincerely yours respectfully cordially warmly gratefully greetings wishes love
    signed rgds saludos saludo atentamente atte gracias cordialmente respetuosamente abrazo grüßen cordialement
""")
"""One of these makes a line the end of a letter, where nothing but these and the next are in it."""

CLOSING_WORDS: Final = CLOSING_CORES | _words("""
    you kind kindest warm warmest very much so many with again in advance for your help time all the truly faithfully appreciated and a
    lot everything service attention have great good nice day evening weekend from my our un una cordiales cordial muchas muchísimas mil
    de antemano por su tu la el ayuda todo atención buen día le les envío reciban fuerte mit freundlichen quedo atento atenta
""")

THINGS: Final = _words("""
    social security number numbers account license licence passport plate plates tag vin iban swift bic routing checking savings visa
    mastercard amex discover card credit debit driver drivers birth born insurance abandoned parked stolen suspicious white black red
    blue gray grey silver green brown yellow gold tan beige honda toyota ford chevy chevrolet nissan hyundai kia jeep dodge ram gmc
    subaru volkswagen bmw mercedes audi lexus mazda tesla volvo corolla camry civic accord silverado tacoma explorer suburban tahoe
    sedan suv van pickup trailer boat motorcycle vehicle vehicles blanco negro rojo azul gris verde placas carro camioneta
""")
"""What stands before a number, a plate most of all."""

ASKING: Final = _words("ask call phone contact email text tell reach message write pregunte llame escriba contacte")
"""What stands before a name, and begins a sentence as one does: "Ask Ada at 919-555-0123"."""

NO_NAMES: Final = ASKING | THINGS | PLACES | ORGANISATIONS | TIMES | GEOGRAPHY | COMMON
