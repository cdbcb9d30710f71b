"""What is reported most often, with its picture, for the start page; a code that the catalogue lacks is left out."""

TILES = (
    ("SW-MISSED", "bin"),
    ("ST-POTHOLE", "road"),
    ("ST-LIGHT", "lamp"),
    ("WTR-LEAK", "drop"),
    ("TREE", "tree"),
    ("ST-SIGN", "sign"),
    ("ENV-DUMPING", "litter"),
    ("UTIL-BILL", "bill"),
)
