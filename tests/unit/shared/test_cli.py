"""The ``cary311`` command: what is installed is there, what is broken is named, and no failure with a name is a stack trace."""

import hashlib
import json
import sys
from importlib.metadata import EntryPoint, entry_points

import pytest

from shared.api_keys import ApiKey, Scope
from shared.cli import GROUP, build, run

OURS = [EntryPoint(name, f"shared.commands:{name}", GROUP) for name in ("keys", "number", "topics")]
BROKEN = EntryPoint("social", "no_such_package.cli:app", GROUP)
NO_COMMAND = EntryPoint("odd", "shared.settings:MIN_SECRET_BYTES", GROUP)


def cary311(*arguments: str, plugins: list[EntryPoint] | None = None) -> int:
    return run(build(plugins if plugins is not None else OURS, arguments), arguments)


def test_our_own_commands_are_registered() -> None:
    """The installed distribution registers what this module provides."""
    registered = {(plugin.name, plugin.value) for plugin in entry_points(group=GROUP)}
    assert registered >= {(plugin.name, plugin.value) for plugin in OURS}


def test_help_lists_what_is_there_and_what_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    """Help works though a plugin does not, and says which one and why."""
    assert cary311("--help", plugins=[*OURS, BROKEN, NO_COMMAND]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("keys", "number", "topics", "social", "odd"))
    assert "no_such_package" in shown


def test_a_broken_plugin_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Asked for, it says in a line what is wrong, whatever options follow; the others work."""
    assert cary311("social", "poll", "--once", plugins=[*OURS, BROKEN]) == 1
    assert "social: no_such_package.cli:app cannot be loaded: ModuleNotFoundError: no_such_package" in capsys.readouterr().err
    assert cary311("number", "check", "000000000000", plugins=[*OURS, BROKEN]) == 0


def test_two_plugins_of_one_name_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither silently hides the other."""
    assert cary311("number", plugins=[*OURS, EntryPoint("number", "shared.commands:keys", GROUP)]) == 1
    assert "shared.commands:keys, shared.commands:number" in capsys.readouterr().err


def test_a_function_is_a_command_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """An entry point may be one command instead of a group."""
    assert cary311("check", "000000000000", plugins=[EntryPoint("check", "shared.commands:number_check", GROUP)]) == 0
    assert "0000-0000-0000" in capsys.readouterr().out


def test_only_what_is_asked_for_is_imported() -> None:
    """A service's dependencies are not loaded to check a number."""
    sys.modules.pop("this", None)
    cary311("number", "check", "000000000000", plugins=[*OURS, EntryPoint("zen", "this:s", GROUP)])
    assert "this" not in sys.modules


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A typing mistake is told, with another exit code than a failure."""
    assert cary311("numbre") == 2
    assert "No such command" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "code", "said"),
    [
        ("0000-0000-0000", 0, "stored as 000000000000"),
        ("oooo oooo oooo", 0, "0000-0000-0000"),
        ("7KQ4", 1, "12 letters and digits"),
        ("UUUU-UUUU-UUUU", 1, "never a U"),
        ("0000-0000-0001", 1, "check symbol"),
    ],
)
def test_a_number_is_checked(capsys: pytest.CaptureFixture[str], written: str, code: int, said: str) -> None:
    """An operator learns whether a number can exist, and how it is stored."""
    assert cary311("number", "check", written) == code
    shown = capsys.readouterr()
    assert said in shown.out + shown.err


def test_a_new_key_is_shown_once_and_kept_as_a_hash(capsys: pytest.CaptureFixture[str]) -> None:
    """The caller's line opens what the entry keeps; the entry holds no secret and is what API_KEYS takes."""
    assert cary311("keys", "new", "--prefix", "desk-1", "--scope", "staff:read", "--scope", "phone", "--expires-in-days", "30") == 0
    lines = capsys.readouterr().out.splitlines()
    presented, entry = lines[1].strip(), json.loads(lines[4])
    assert entry["sha256"] == hashlib.sha256(presented.partition(".")[2].encode()).hexdigest()
    assert ApiKey.model_validate(entry).scopes == {Scope.STAFF_READ, Scope.PHONE}
    assert "expires_at" in entry


def test_a_wrong_prefix_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """No stack trace for a typing mistake."""
    assert cary311("keys", "new", "--prefix", "two words", "--scope", "phone") == 2
    assert "--prefix: 1 to 64 letters" in capsys.readouterr().err
