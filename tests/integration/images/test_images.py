"""Each service's image, made by the steps of its Dockerfile in an empty environment: it starts, and nothing else is inside."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.dockerfiles import REPOSITORY, Builder, Stage, context

SERVICES = ("intake-email", "intake-social", "intake-web", "normalizer", "tracker")
ROLES = {"tracker": ("project", "serve")}

pytestmark = pytest.mark.images

START = """
import importlib, pkgutil, runpy, sys
import shared.cli
module, *roles = sys.argv[1:]
package = importlib.import_module(module)
for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
for role in roles or [None]:
    sys.argv = [module] + [role] * (role is not None)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        print("ended with", end.code)
"""
INSTALLED = """
import json, sys
from importlib.metadata import distributions
print(json.dumps(sorted(one.metadata["Name"].lower().replace("_", "-") for one in distributions())))
"""


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """One for all: what they have in common is done once."""
    return Builder(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    """Each in turn: an image is at its place until the next one is built."""
    return str(request.param)


@pytest.fixture(scope="module")
def image(builder: Builder, service: str) -> Stage:
    """Of the service."""
    return builder.build(REPOSITORY / "services" / service / "Dockerfile")


def locked(service: str) -> set[str]:
    """The packages of a lock."""
    text = (REPOSITORY / "requirements" / f"{service}.txt").read_text()
    return {name.lower().replace("_", "-").replace(".", "-") for name in re.findall(r"^([\w.-]+)(?:\[.*\])?==", text, re.MULTILINE)}


def test_it_starts(image: Stage, service: str) -> None:
    """Every module finds what it imports, or the first resident would find out; then the entry point reads its settings, and says what
    is wrong with them. Nothing is written into the image.
    """
    before, roles = set(files(image)), ROLES.get(service, ())
    assert json.loads(image.entrypoint) == ["python", "-m", service.replace("-", "_")]
    assert json.loads(image.command or "[]") == [*roles[-1:]]
    words = " ".join([service.replace("-", "_"), *roles])
    done = image.run(f"python -c '{START}' {words}", {"KAFKA_PARTITIONS": "0"})
    assert done.stdout.count("ended with 2") == max(1, len(roles)), done.stderr
    assert "KAFKA_PARTITIONS" in done.stdout + done.stderr
    assert set(files(image)) == before


def test_only_the_lock_and_ours_is_inside(image: Stage, service: str) -> None:
    """What another service needs stays outside, and so does what installs and builds."""
    done = image.run(f"python -c '{INSTALLED}'")
    found = {name.replace(".", "-") for name in json.loads(done.stdout)}
    assert found == locked(service) | {"cary311-shared", f"cary311-{service}"}
    assert not {"pip", "setuptools", "wheel", "uv", "hatchling"} & found
    assert image.run(f"{image.system}/bin/python -m pip --version").returncode != 0


def test_operators_find_what_it_is(image: Stage, service: str) -> None:
    """Nobody's user, the health port, a title and a licence."""
    assert image.user == "65532:65532"
    assert "9311" in image.ports
    assert f'org.opencontainers.image.title="cary311-{service}"' in image.labels
    assert 'org.opencontainers.image.licenses="MIT"' in image.labels
    assert (image.root / "usr/share/doc/cary311/LICENSE").exists()


@pytest.mark.parametrize(
    ("package", "services"),
    [
        ("tweepy", {"intake-social"}),
        ("imapclient", {"intake-email"}),
        ("aiosmtplib", {"intake-email"}),
        ("tokenizers", {"normalizer"}),
        ("fastapi", {"intake-web", "tracker"}),
        ("httpx", {"intake-web", "normalizer"}),
        ("pillow", {"intake-email", "intake-social", "intake-web"}),
        ("pytest", set()),
        ("secantusdb", set()),
        ("noida-db", set()),
    ],
)
def test_a_library_is_where_it_is_used(package: str, services: set[str]) -> None:
    """The tracker does not speak to X, the normalizer serves nothing, and what is for tests is in no image."""
    assert {service for service in SERVICES if package in locked(service)} == services


def test_the_context_holds_no_more_than_it_must() -> None:
    """Tests, local data, credentials and git's own files never come near an image."""
    kept = re.compile(r"LICENSE|requirements/[\w-]+\.txt|shared/(pyproject\.toml|src/.*)|services/[\w-]+/(pyproject\.toml|src/.*)")
    assert [file for file in context() if not kept.fullmatch(file)] == []


def files(image: Stage) -> Iterator[Path]:
    """All that is in the image."""
    return image.root.rglob("*")
