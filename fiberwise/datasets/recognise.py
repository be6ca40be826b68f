"""Which format and compression a file has: its content is asked first, then its name."""

import re
from pathlib import PurePath

from fiberwise.contracts.dataset import Format
from fiberwise.datasets.compression import compression_of, unpacked
from fiberwise.datasets.source import Facts, Source

ARRAY = re.compile(rb"\[\s*[{\]]")
OBJECT = re.compile(rb'\{\s*["}]')
MARKS = re.compile(rb"^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)")
BY_NAME: dict[str, Format] = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}
WE_READ = "give CSV, TSV, JSON, JSON Lines, Parquet or XLSX, plain or with gzip or zstd"
OTHERS = {
    b"BZh": "is compressed with bzip2",
    b"\xfd7zXZ\0": "is compressed with xz",
    b"\x04\x22\x4d\x18": "is compressed with lz4",
    b"7z\xbc\xaf\x27\x1c": "is a 7-Zip archive",
    b"Rar!": "is a RAR archive",
    b"\xd0\xcf\x11\xe0": "is an Excel file of the old kind (.xls)",
    b"%PDF": "is a PDF document",
    b"SQLite format 3\0": "is a SQLite database",
    b"ARROW1": "is an Arrow IPC file",
    b"ORC": "is an ORC file",
}


def recognise(source: Source) -> Facts:
    """Format and compression. Raises BadInput for an empty file, and for one of a kind that is not read."""
    head = source.head()
    if not head:
        raise source.refused("is empty (0 bytes)", "give a file with at least a header line")
    compression = compression_of(head)
    if compression is not None:
        head = next(unpacked(source, compression), b"")[:4096]
        if not head:
            raise source.refused("is empty once decompressed", "give a file with at least a header line")
        if compression_of(head) is not None:
            raise source.refused("is compressed twice", "compress it once")
    return Facts(_format(source, head), compression)


def _format(source: Source, head: bytes) -> Format:
    for magic, what in OTHERS.items():
        if head.startswith(magic) and (not head.isascii() or b"\0" in head):
            raise source.refused(f"is not read: it {what}", WE_READ)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    text = MARKS.sub(b"", head).replace(b"\0", b"").lstrip()
    if ARRAY.match(text):
        return "json"
    if OBJECT.match(text):
        return "jsonl"
    # Whether it is CSV or TSV is seen when its delimiter is.
    return BY_NAME.get(_suffix(source.name), "csv")


def _suffix(name: str) -> str:
    suffixes = [
        s.lower() for s in PurePath(name).suffixes if s.lower() not in (".gz", ".zst", ".zstd", ".gzip")
    ]
    return suffixes[-1] if suffixes else ""
