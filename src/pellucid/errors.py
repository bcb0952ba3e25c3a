"""Every error Pellucid raises on purpose, and its one warning.

```text
PellucidError
├── OptionError (ValueError)                      an option has a value it cannot have
├── DataError (ValueError)                        the rows given cannot be used as they are
│   └── DataTypeError (TypeError)                 they are something that no rows can be
├── NotFittedError (ValueError, AttributeError)   asked before it has learned
├── ModelFileError                                a model file is damaged, foreign or too new
├── CheckpointError                               a checkpoint is, or is of another training
└── ForkedProcessError (RuntimeError)             this process lacks the threads it would need
```

A message says what is, what was expected and what to do, in whole sentences. The facts are also
attributes (`error.file`, `error.column`, `error.row`), for programs. A `DataWarning` (UserWarning)
says that the rows given were used, but not all that stands in them.
"""

from __future__ import annotations

from pellucid.wording import printable

LONGEST_MESSAGE = 2_000
"""Characters of a message: a last guard, since what was received enters it cut short."""


class PellucidError(Exception):
    """The root: catch this to catch everything Pellucid raises on purpose.

    Args:
        message: What is, what was expected, what to do. Control characters, which a terminal would
            obey, are written as escapes.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(_in_bounds(message)))


class OptionError(PellucidError, ValueError):
    """An option has a value it cannot have.

    Args:
        message: What is, what was expected, what to do.
        option: Name of the option.
    """

    def __init__(self, message: str, *, option: str | None = None) -> None:
        super().__init__(message)
        self.option = option


class DataError(PellucidError, ValueError):
    """The rows given cannot be used as they are.

    Args:
        message: What is, what was expected, what to do.
        file: Name of the file or kind of object the rows came from.
        column: Name of the column.
        row: Number of the row, 1 for the first one after the header.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        column: str | None = None,
        row: int | None = None,
    ) -> None:
        super().__init__(message)
        self.file = file
        self.column = column
        self.row = row


class DataWarning(UserWarning):
    """The rows given were used, but some cells had to be taken for missing."""


class DataTypeError(DataError, TypeError):
    """The rows given are something that no rows can be."""


class NotFittedError(PellucidError, ValueError, AttributeError):
    """An estimator was asked for something it only knows after `fit`."""


class ModelFileError(PellucidError):
    """A model file is damaged, is no model file, or was written by a newer Pellucid.

    Args:
        message: What is, what was expected, what to do.
        file: Name of the file.
    """

    def __init__(self, message: str, *, file: str | None = None) -> None:
        super().__init__(message)
        self.file = file


class CheckpointError(PellucidError):
    """A checkpoint is damaged, is no checkpoint, or is one of another training.

    Args:
        message: What is, what was expected, what to do.
        file: Name of the file.
    """

    def __init__(self, message: str, *, file: str | None = None) -> None:
        super().__init__(message)
        self.file = file


class ForkedProcessError(PellucidError, RuntimeError):
    """This process was forked when Polars' threads had started, and would wait for ever."""


def _in_bounds(message: str) -> str:
    """Cut a message in the middle if it is endless."""
    if len(message) <= LONGEST_MESSAGE:
        return message
    half = LONGEST_MESSAGE // 2
    return f"{message[:half]} … {message[-half:]}"
