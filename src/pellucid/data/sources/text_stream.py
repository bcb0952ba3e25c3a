"""The characters of a file: unpacked, decoded, every line ended by a line feed, chunk by chunk."""

from __future__ import annotations

import codecs
import io
from types import TracebackType

from pellucid.data.sources.text_encoding import decode_windows_1252, detect_encoding
from pellucid.data.sources.unpacking import CHUNK_BYTES, Content
from pellucid.errors import DataError


class TextStream:
    """A text file, read from its beginning to its end once.

    Without a byte order mark a file counts as UTF-8 until a byte says otherwise. If all before
    that byte was ASCII, the file is read on as Windows-1252; else it is damaged.

    Args:
        content: What the file holds.
        encoding: Its encoding; None to find it.
    """

    def __init__(self, content: Content, encoding: str | None = None) -> None:
        self._path = content.path
        self._file = content.open()
        self._encoding = encoding
        self._is_guess = False
        self._decoder: codecs.IncrementalDecoder | None = None
        self._newlines = io.IncrementalNewlineDecoder(None, translate=True)
        self._num_lines = 0

    def __enter__(self) -> TextStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def encoding(self) -> str:
        """The encoding, as far as the bytes read up to now tell."""
        return self._encoding or "utf-8"

    def read(self) -> str:
        """Return the next characters; "" only at the end of the file.

        Raises:
            DataError: The bytes are damaged, not in this encoding, or no text at all.
        """
        while True:
            data = self._file.read(CHUNK_BYTES)
            text = self._newlines.decode(self._decode(data), final=not data)
            if "\0" in text:
                line = self._num_lines + text[: text.index("\0")].count("\n") + 1
                raise DataError(
                    f"{self._path.name} is not a text table: line {line} holds a zero byte. Give "
                    "a CSV, TSV, Parquet, Arrow or JSON lines file.",
                    file=self._path.name,
                )
            self._num_lines += text.count("\n")
            if text or not data:
                return text

    def _decode(self, data: bytes) -> str:
        decoder = self._decoder or self._start_decoder(data)
        pending = decoder.getstate()[0]
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeError as error:
            if not self._is_guess or not _is_ascii_before(error):
                raise self._undecodable(pending + data, error) from None
            self._encoding, self._decoder = "windows-1252", _Windows1252()
            self._is_guess = False
            return self._decoder.decode(pending + data)
        self._is_guess = self._is_guess and text.isascii()
        return text

    def _start_decoder(self, head: bytes) -> codecs.IncrementalDecoder:
        if self._encoding is None:
            self._encoding = detect_encoding(head)
            self._is_guess = self._encoding == "utf-8"
        self._decoder = codecs.getincrementaldecoder(self._encoding)()
        return self._decoder

    def _undecodable(self, data: bytes, error: UnicodeError) -> DataError:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = self._num_lines + data[:start].count(b"\n") + 1
        cause = f"byte 0x{data[start]:02X}" if start < len(data) else "half a character"
        return DataError(
            f"{self._path.name} is not {self._encoding} throughout: line {line} holds {cause}. "
            "Say which encoding it has, such as encoding='windows-1252', or save it as UTF-8.",
            file=self._path.name,
        )


class KeptText:
    """A text that is in memory, to be read as a stream.

    Args:
        text: All of it.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self) -> str:
        """Return all of it, then ""."""
        text, self._text = self._text, ""
        return text


def _is_ascii_before(error: UnicodeError) -> bool:
    return isinstance(error, UnicodeDecodeError) and error.object[: error.start].isascii()


class _Windows1252(codecs.IncrementalDecoder):
    """Windows-1252 with a meaning for every byte; no character spans two of them."""

    def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]  # noqa: FBT001, FBT002 - the signature of codecs
        return decode_windows_1252(data)
