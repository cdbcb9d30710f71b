"""What the normalizer makes of a submission does not change unseen: the projection would see a rebuilt log as another one."""

from pathlib import Path

import pytest

from support.normalizer_golden import CASES, FOLDER, expected

SUBMISSIONS = sorted(FOLDER.glob("*.submission.json"))


def test_every_case_has_its_files_and_no_file_is_an_orphan() -> None:
    """Cases, submissions and results name each other."""
    stems = {path.name.removesuffix(".submission.json") for path in SUBMISSIONS}
    assert stems == set(CASES) == {path.name.removesuffix(".result.json") for path in FOLDER.glob("*.result.json")}


@pytest.mark.parametrize("path", SUBMISSIONS, ids=lambda path: path.name.removesuffix(".submission.json"))
def test_a_submission_gives_its_golden_result(path: Path) -> None:
    """Byte for byte, today and with every later version of the same pipeline."""
    result = path.with_name(path.name.replace(".submission.", ".result."))
    assert expected(path.read_bytes()) == result.read_bytes().strip()


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_adapter_still_writes_the_golden_submission(name: str) -> None:
    """The examples are what the contract writes."""
    assert CASES[name].encode() == (FOLDER / f"{name}.submission.json").read_bytes().strip()
