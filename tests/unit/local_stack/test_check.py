"""The summary of ``make test`` counts what pytest reported."""

import sys
from pathlib import Path

import pytest

from check import REPOSITORY, begin, counts, passes

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


@pytest.mark.parametrize("code", [0, 3])
def test_what_ran_beside_the_others_is_shown_at_its_end(capfd: pytest.CaptureFixture[str], code: int) -> None:
    """All that it said, on either stream, and how it ended."""
    program = f"import sys; print('out', flush=True); print('err', file=sys.stderr, flush=True); sys.exit({code})"
    end = begin("one", [sys.executable, "-c", program])
    assert capfd.readouterr().out == ""
    assert end()[:2] == ("one", code)
    assert capfd.readouterr().out.splitlines()[-2:] == ["out", "err"]


def test_no_test_that_measures_time_is_left_out() -> None:
    """The pass of its own names just the files that have some."""
    chosen = passes(REPOSITORY / "tests")
    assert chosen["tests"][:2] == ["-m", "not alone and not images"]
    assert chosen["alone"][:2] == ["-m", "alone"]
    assert "tests/integration/tracker/serve/test_outages.py" in chosen["alone"]
