"""Which encoding a text has, found while it is decoded block by block."""

import codecs
import re
from collections.abc import Iterator
from itertools import chain

from fiberwise.contracts.errors import BadInput
from fiberwise.datasets.source import Facts, Source

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
BEYOND_LATIN = re.compile("[\x80-\x9f]")
SAVE_AS = "save it as UTF-8 and try again"


def decoded(source: Source, blocks: Iterator[bytes], facts: Facts) -> Iterator[str]:
    """The text of `blocks`, without byte order mark; sets `facts.encoding` by the end.

    UTF-8, UTF-16 (by its mark, or where the NUL bytes show it); else Latin-1 (Windows-1252 where it uses the
    range that Latin-1 leaves to control characters). Raises BadInput for binary data and for broken text.
    """
    first = next(blocks, b"")
    encoding = facts.encoding = _marked(first) or "utf-8"
    first = first.removeprefix(codecs.BOM_UTF16_LE).removeprefix(codecs.BOM_UTF16_BE)
    decoder, line, undecided = _decoder(encoding), 1, encoding == "utf-8"
    for block in chain((first,), blocks):
        if undecided and not block.isascii():
            undecided, encoding = False, _by_first_letters(source, block, line)
            decoder, facts.encoding = _decoder(encoding), encoding
        text = _text(source, decoder, block, encoding, line)
        line += text.count("\n")
        yield text
    _text(source, decoder, b"", encoding, line, final=True)


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding)("strict")


def _marked(block: bytes) -> str | None:
    """The encoding that a byte order mark states, or that NUL bytes on one side only show."""
    for mark, encoding in MARKS.items():
        if block.startswith(mark):
            return encoding
    head = block[:4096]
    low, high = head[0::2].count(0), head[1::2].count(0)
    if high > len(head) // 8 and not low:
        return "utf-16-le"
    return "utf-16-be" if low > len(head) // 8 and not high else None


def _by_first_letters(source: Source, block: bytes, line: int) -> str:
    """UTF-8 or not, by the first block that is not plain ASCII: all before it reads the same either way."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(block)
    except UnicodeDecodeError as error:
        text = block.decode("utf-8", "replace")
        good = sum(map(len, re.findall("[^\x00-\x7f\ufffd]+", text)))
        if good > text.count("\ufffd"):
            raise _broken(source, error, "utf-8", line) from error
        one_byte = block.decode("latin-1")
        if NOT_TEXT.search(one_byte):
            raise _binary(source) from error
        return "windows-1252" if BEYOND_LATIN.search(one_byte) else "latin-1"
    return "utf-8"


def _text(
    source: Source,
    decoder: codecs.IncrementalDecoder,
    block: bytes,
    encoding: str,
    line: int,
    final: bool = False,
) -> str:
    try:
        text = decoder.decode(block, final)
    except UnicodeDecodeError as error:
        raise _broken(source, error, encoding, line) from error
    one_byte = encoding in ("latin-1", "windows-1252")
    if "\0" in text or (one_byte and NOT_TEXT.search(text)):
        raise _binary(source)
    return text


def _binary(source: Source) -> BadInput:
    return source.refused("is binary data, not a table of text", "give CSV, TSV, JSON, Parquet or XLSX")


def _broken(source: Source, error: UnicodeDecodeError, encoding: str, line: int) -> BadInput:
    at = line + error.object[: error.start].count(b"\n")
    shown = error.object[error.start : error.start + 1].hex()
    name = encoding.removesuffix("-sig").upper()
    if error.reason == "unexpected end of data" or "truncated" in error.reason:
        return source.refused(
            f"ends within a character of {name}: it is truncated or wrongly encoded", SAVE_AS, at
        )
    return source.refused(f"is wrongly encoded: byte 0x{shown} does not belong in {name} text", SAVE_AS, at)
