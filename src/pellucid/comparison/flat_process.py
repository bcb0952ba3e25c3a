"""The process in which flat algorithms are fitted, as seen from the one that asks for it.

Nothing heavy is imported here, so that it can be started before anything is.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TextIO, cast

PROGRAM = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path[:] = json.loads(sys.argv[1])
from pellucid.comparison.worker import main
main()
"""
"""What it runs. Ctrl-C reaches every process of a terminal; whoever asks decides what it ends."""


class FlatProcess:
    """The process, and a thread that waits for its answers.

    It begins at once to import what it needs, for seconds, and answers when it is ready. Whoever
    starts it before other work need not wait for that.

    Attributes:
        is_ready: Whether it was heard that it is.
    """

    def __init__(self) -> None:
        self.is_ready = False
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            # It imports from where this process does; -P: not from the folder one works in.
            [sys.executable, "-P", "-c", PROGRAM, json.dumps([str(path) for path in sys.path])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._requests = cast("TextIO", self._process.stdin)
        self._output = cast("TextIO", self._process.stdout)
        self._answers: queue.Queue[str] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def _listen(self) -> None:
        for line in self._output:
            self._answers.put(line)

    def send(self, request: dict[str, Any]) -> None:
        """Ask for one fit."""
        with suppress(OSError):  # it has ended, which is found out next
            self._requests.write(json.dumps(request) + "\n")
            self._requests.flush()

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """Its next answer; None if there is none within so many seconds."""
        try:
            return dict(json.loads(self._answers.get(timeout=seconds)))
        except queue.Empty:
            return None

    @property
    def has_ended(self) -> bool:
        """Whether there will be no further answer."""
        return not self._listener.is_alive() and self._answers.empty()

    @property
    def status(self) -> int:
        """Exit status of a process that has ended: 0 or above its own, below 0 a signal."""
        return self._process.wait()

    def end(self) -> None:
        """End it, whatever it does; once it has ended, nothing is done."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        with suppress(OSError):  # what was never read cannot be written any more
            self._requests.close()
        self._output.close()
