"""What is understood of a mail does not change unseen: advocates and answers depend on it."""

import pytest

from support.mails_golden import CASES, FOLDER, expected


def test_every_case_has_its_files_and_no_file_is_an_orphan() -> None:
    """Cases, mails and results name each other."""
    assert set(CASES) == {path.stem for path in FOLDER.glob("*.eml")} == {path.stem for path in FOLDER.glob("*.json")}


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_mail_gives_its_golden_result(name: str) -> None:
    """The mail as it lies in the folder, read today, gives what a person has judged to be right."""
    raw = (FOLDER / f"{name}.eml").read_bytes()
    assert raw == CASES[name]
    assert expected(raw) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")
