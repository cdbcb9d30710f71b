"""A few of the town's services, with their phrasings: what is learnt from them is learnt in a second."""

import sys

from normalizer.classifier.model import to_bytes
from normalizer.classifier.vectors import load_vectors
from normalizer.training.labelled import read_apart
from normalizer.training.train import Given, train
from shared.town.catalogue import Catalogue, load_catalogue
from shared.town.phrasings import Phrasings, load_phrasings

CODES = ("ST-POTHOLE", "TREE", "UTIL-BILL", "OTHER")


def small_catalogue(codes: tuple[str, ...] = CODES) -> Catalogue:
    """Some of the services that come with the package."""
    whole = load_catalogue()
    return Catalogue(tuple(whole.services[code] for code in codes), "small")


def small_phrasings(codes: tuple[str, ...] = CODES) -> Phrasings:
    """Theirs."""
    whole = load_phrasings(load_catalogue())
    return Phrasings({code: whole.services[code] for code in codes}, "small")


def small_given() -> Given:
    """What is learnt from beside them."""
    return Given(read_apart(CODES))


def learnt() -> bytes:
    """The file that is learnt from them."""
    return to_bytes(train(small_catalogue(), small_phrasings(), load_vectors(), small_given(), say=lambda _: None))


if __name__ == "__main__":
    sys.stdout.buffer.write(learnt())
