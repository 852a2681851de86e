"""Text files as UTF-8, whatever they were written in, and whether they are compressed or not."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from socialrules.errors import InputError
from socialrules.sources.staging import first_line

MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
"""First bytes of files that are no UTF-8, as Excel's "Unicode text" has them."""

BLOCK = 1 << 20


@contextmanager
def open_bytes(file: Path, name: str) -> Iterator[IO[bytes]]:
    """A file, uncompressed where its name ends in ``.gz``.

    Raises:
        InputError: the file cannot be read, also where that shows only later.
    """
    try:
        with cast(IO[bytes], gzip.open(file, "rb")) if file.suffix.lower() == ".gz" else file.open("rb") as handle:
            yield handle
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{name}: {file} cannot be read: {first_line(error)}.") from None


def is_utf16(file: Path, name: str) -> bool:
    """Whether the first bytes of a file say that it is UTF-16."""
    with open_bytes(file, name) as handle:
        return handle.read(2) in MARKS


def as_utf8(file: Path, target: Path, name: str) -> Path:
    """The file itself, or a copy in UTF-8 at ``target`` where its first bytes say that it is UTF-16."""
    with open_bytes(file, name) as handle:
        start = handle.read(4)
    # The four bytes of UTF-32 begin like the two of UTF-16; nobody writes it.
    encoding = next((e for mark, e in MARKS.items() if start.startswith(mark)), None)
    if encoding is None:
        return file
    recode(file, target, encoding, name)
    return target


def guessed_encoding(file: Path, name: str) -> str:
    """``utf-8`` where the file holds any letter of it beyond ASCII, else what Excel writes: ``cp1252``."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    broken = False
    with open_bytes(file, name) as handle:
        while block := handle.read(BLOCK):
            beyond = {c for c in decoder.decode(block) if c > "\x7f" and c != "\ufeff"}
            if beyond - {"\ufffd"}:
                return "utf-8"
            broken = broken or bool(beyond)
    return "cp1252" if broken else "utf-8"


def recode(file: Path, target: Path, encoding: str, name: str) -> None:
    """Writes a file as UTF-8; bytes that its encoding does not know are replaced."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with open_bytes(file, name) as handle, target.open("w", encoding="utf-8", newline="") as out:
        while block := handle.read(BLOCK):
            out.write(decoder.decode(block))
        out.write(decoder.decode(b"", final=True))
