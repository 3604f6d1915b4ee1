"""The command line. A command imports what it needs when it runs, so that help is there at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any

import click

from raman_xp.cli.check import check
from raman_xp.cli.echo import echo
from raman_xp.cli.new import new
from raman_xp.cli.plugins import plugins
from raman_xp.cli.run import run
from raman_xp.cli.schema import schema
from raman_xp.cli.streams import lasting_streams, open_closed_streams
from raman_xp.system.stopping import Stopped
from raman_xp.text.streams import protect_streams


class Guarded(click.Group):
    """Prints our own errors without a traceback and ends with their exit code."""

    owns_process = False

    def main(self, args: Sequence[str] | None = None, *others: Any, **extra: Any) -> Any:
        open_closed_streams()
        self.owns_process = args is None  # and is not called by other code, which lives on after this command
        return super().main(args, *others, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Accept ``--debug`` behind the command as well: it is an option of the whole program."""
        debug = [arg for arg in args if arg == "--debug"]
        return super().parse_args(ctx, debug + [arg for arg in args if arg != "--debug"])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            if self.owns_process and current_thread() is main_thread():
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: no traceback for it
            echo(_stopped(error), err=True)
            sys.exit(130)
        except Exception as error:
            from raman_xp.errors import InputError, RamanXpError

            if not isinstance(error, InputError) and not ctx.params.get("debug"):
                _tell_of_a_lost_folder(error)
            ours = isinstance(error, RamanXpError)
            if ctx.params.get("debug") or not (ours or _is_out_of_memory(error)):
                raise
            echo(f"Error: {error if ours else _OUT_OF_MEMORY}", err=True)
            sys.exit(getattr(error, "exit_code", 1))


def _tell_of_a_lost_folder(error: Exception) -> None:
    """End the command where its working folder is gone, which is the cause of whatever else went wrong."""
    try:
        os.getcwd()
    except OSError:
        echo(
            "Error: the working folder was removed or moved while the command ran, with the store if that "
            f"was in it. Change to another folder (cd), and run the command there ({type(error).__name__})",
            err=True,
        )
        sys.exit(1)


_OUT_OF_MEMORY = (
    "there is not enough memory. Close other programs, use fewer --workers, or raise the limit of this shell "
    "(`ulimit -v` shows it). TensorFlow needs about 4 GB of addresses. --debug shows where it ended"
)


def _is_out_of_memory(error: BaseException | None) -> bool:
    """Whether memory was lacking for an array, a library, a thread or a process."""
    words = ("failed to map segment", "Cannot allocate memory", "can't start new thread")
    seen: set[int] = set()
    while error and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MemoryError) or any(word in str(error) for word in words):
            return True
        error = error.__cause__ or error.__context__
    return False


def _stopped(error: KeyboardInterrupt) -> str:
    """What a stop has left behind, and what to do."""
    again = "Finished fits are kept: the same command continues from there."
    if not isinstance(error, Stopped):
        return f"Stopped. No trial was open. {again}"
    if not error.unmarked:
        return f"Stopped. What was begun is marked KILLED in the store. {again}"
    return (
        f"Stopped. The store could not be reached to mark {', '.join(error.unmarked)} as KILLED: it may show "
        f"RUNNING until the next raman-xp run of the experiment corrects that. {again}"
    )


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        echo(f"raman-xp {version('raman-xp')}")
        ctx.exit()


@click.group(cls=Guarded, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the tracebacks of errors.")
@click.option(
    "--disable", multiple=True, metavar="NAME", help="Do without a plugin or a component; may be repeated."
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
@click.pass_context
def main(ctx: click.Context, debug: bool, disable: tuple[str, ...]) -> None:
    """Train networks on Raman spectra, and measure which bands their decisions rest on.

    \b
    raman-xp check experiments/pharma.yaml    what would run
    raman-xp run experiments/pharma.yaml      run it
    mlflow ui                                 look at the results
    """
    protect_streams()
    ctx.with_resource(lasting_streams())
    _require_working_folder()
    if disable:
        ctx.with_resource(_without(disable))


def _require_working_folder() -> None:
    from raman_xp.errors import InputError

    try:
        os.getcwd()
    except OSError as error:
        raise InputError(
            f"the working folder cannot be used ({error.strerror}): it was removed, or moved. Change to "
            "another folder (cd)"
        ) from error


@contextmanager
def _without(names: tuple[str, ...]) -> Iterator[None]:
    """Plugins and components disabled meanwhile, also for the processes that are begun."""
    from raman_xp.errors import PluginError
    from raman_xp.plugins.providers import DISABLE, unknown_names

    if unknown := unknown_names(names):
        raise PluginError(*(f"--disable: {what}" for what in unknown))
    before = os.environ.get(DISABLE)
    os.environ[DISABLE] = ",".join([*filter(None, [before]), *names])
    try:
        yield
    finally:
        del os.environ[DISABLE]
        if before is not None:
            os.environ[DISABLE] = before


for command in (run, check, plugins, schema, new):
    main.add_command(command)
