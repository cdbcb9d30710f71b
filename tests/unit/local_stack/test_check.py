"""The summary of ``make test`` counts what pytest reported."""

from pathlib import Path

import pytest

from check import counts

REPORT = '<testsuites><testsuite tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"/></testsuites>'


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ({"tests": 7, "failures": 0, "errors": 0, "skipped": 0}, "7 passed"),
        ({"tests": 7, "failures": 1, "errors": 2, "skipped": 3}, "1 passed, 3 failed, 3 skipped (the reasons are above)"),
        ({"tests": 0, "failures": 0, "errors": 0, "skipped": 0}, ""),
    ],
)
def test_passed_failed_and_skipped(tmp_path: Path, numbers: dict[str, int], told: str) -> None:
    """An error in a fixture is a failure too."""
    report = tmp_path / "tests.xml"
    report.write_text(REPORT.format(**numbers))
    assert counts(report) == told


def test_a_pytest_that_died_counts_nothing(tmp_path: Path) -> None:
    """Its exit code tells."""
    report = tmp_path / "tests.xml"
    assert counts(report) == ""
    report.write_text("<testsuites>")
    assert counts(report) == ""
