"""The ``cary311`` command: finds what the installed distributions registered under ``cary311.commands``, and dispatches.

An entry point is a ``typer.Typer`` (a group of commands) or a function (one command); its name is the word after ``cary311``.
Only what is asked for is imported. A plugin that cannot be imported is named, and keeps no other from running.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import typer

from shared.errors import Cary311Error, ConfigurationError

GROUP: Final = "cary311.commands"
EXIT_FAILED, EXIT_CONFIGURATION = 1, 2


def build(plugins: Iterable[EntryPoint], arguments: Sequence[str]) -> typer.Typer:
    """The command with everything that was found; only the plugin that ``arguments`` ask for is imported, or all for help."""
    app = typer.Typer(
        name="cary311", help="Cary 311: tools for operators.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    app.callback()(lambda: None)  # a lone command, too, is called by its name
    found = sorted(plugins, key=lambda plugin: (plugin.name, plugin.value))
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name in sorted({plugin.name for plugin in found}):
        same = [plugin for plugin in found if plugin.name == name]
        if len(same) > 1:
            _add_broken(app, name, f"registered more than once: {', '.join(plugin.value for plugin in same)}")
        elif asked in {None, name}:
            _add(app, same[0])
        else:
            _add_command(app, name, lambda: None)
    return app


def _add(app: typer.Typer, plugin: EntryPoint) -> None:
    try:
        loaded = plugin.load()
    except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; the others must still run
        _add_broken(app, plugin.name, f"{plugin.value} cannot be loaded: {_told(error)}")
        return
    if isinstance(loaded, typer.Typer):
        app.add_typer(loaded, name=plugin.name)
    elif callable(loaded):
        _add_command(app, plugin.name, loaded)
    else:
        _add_broken(app, plugin.name, f"{plugin.value} is neither a typer application nor a function")


def _add_broken(app: typer.Typer, name: str, why: str) -> None:
    def broken() -> None:
        typer.echo(f"cary311 {name}: {why}", err=True)
        raise typer.Exit(EXIT_FAILED)

    _add_command(app, name, broken, help_text=f"(broken) {why}", takes_anything=True)


def _add_command(
    app: typer.Typer, name: str, call: Callable[..., Any], *, help_text: str | None = None, takes_anything: bool = False
) -> None:
    context = {"allow_extra_args": True, "ignore_unknown_options": True} if takes_anything else None
    app.command(name, help=help_text, context_settings=context)(call)


def _told(error: Exception) -> str:
    """An import error names a module, which is what one wants to know; other messages may quote anything."""
    if isinstance(error, ImportError):
        return f"{type(error).__name__}: {error.name or error.msg}"
    return type(error).__name__


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run it; failures that have a name are a sentence on stderr, not a stack trace. The result is the exit code."""
    try:
        app(list(arguments), standalone_mode=True)
    except ConfigurationError as error:
        typer.echo(f"cary311: {error}", err=True)
        return EXIT_CONFIGURATION
    except Cary311Error as error:
        typer.echo(f"cary311: {type(error).__name__}: {error}", err=True)
        return EXIT_FAILED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def main() -> None:
    """The entry point of ``cary311``."""
    arguments = sys.argv[1:]
    sys.exit(run(build(entry_points(group=GROUP), arguments), arguments))
