"""How a command ends: errors as sentences, and tidy also when it is told to from outside."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from pellucid.errors import PellucidError
from pellucid.wording import printable, with_flags

INTERRUPTED = 130
SIGNALED = 128
"""What a shell adds to the number of the signal that ended a process."""


@contextmanager
def ended_in_words() -> Iterator[None]:
    """Within the block, whatever ends the command ends it with a sentence, and nothing half done.

    Errors about what was given have exit code 2, Ctrl-C 130, SIGTERM 143 and SIGHUP 129.
    """
    warnings.showwarning = _show_warning
    try:
        with _signals_as_exceptions():
            yield
    except PellucidError as error:
        _fail(str(error))
    except SystemExit as ending:
        if ending.code == INTERRUPTED:  # typer's, for Ctrl-C
            print("Interrupted; what was not complete was not written.", file=sys.stderr)
        raise
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _fail(f"The output cannot be written: {error.strerror}.")
    except MemoryError:
        _fail("There is not enough memory for this. Give fewer rows, or a smaller network.")


def _show_warning(message: Warning | str, *_where: Any, **_more: Any) -> None:
    print(f"Warning: {printable(with_flags(str(message)))}", file=sys.stderr)


def _fail(message: str) -> NoReturn:
    print(f"Error: {printable(with_flags(message))}", file=sys.stderr)
    sys.exit(2)


@contextmanager
def _signals_as_exceptions() -> Iterator[None]:
    """Let signals end the process by an exception, so that every `finally` is run.

    No file is left half-written, no folder with rows, no worker. A signal that is ignored, as by
    nohup, stays so.
    """
    names = ("SIGTERM", "SIGHUP") if threading.current_thread() is threading.main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    caught = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in caught:
        signal.signal(number, _end)
    _received.clear()
    try:
        yield
    except BaseException:
        if _received:  # whatever a library made of it, in whose midst it came
            sys.exit(SIGNALED + _received[0])
        raise
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)


_received: list[int] = []
"""Signals that told the command to end."""


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    _received.append(number)
    for other in (signal.SIGTERM, signal.SIGINT):  # tidying up is not to be ended again
        signal.signal(other, signal.SIG_IGN)
    # Not print: the signal may have come while that was at work.
    os.write(2, b"Ended from outside; what was not complete was not written.\n")
    sys.exit(SIGNALED + number)
