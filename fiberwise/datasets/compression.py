"""Decompression in bounded pieces, which stops a bomb while it is still small."""

import zlib
from collections.abc import Iterator

from fiberwise.datasets.limits import MIB, sized
from fiberwise.datasets.source import Compression, Source

BLOCK = 4 * MIB
RATIO_COUNTS_FROM = 64 * MIB
# One zstd block makes 128 KiB out of 4 bytes, and nothing bounds what one call of the decompressor returns:
# it is fed few bytes at first, and more as long as little comes of them.
FEWEST, MOST = 64, 2048
GZIP_WBITS = 31
WHOLE = "is the file complete? fetch or make it again"


def compression_of(head: bytes) -> Compression | None:
    """What the first bytes of a file say: they are right also where its name is wrong."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zstd" if head.startswith(b"\x28\xb5\x2f\xfd") else None


def unpacked(source: Source, compression: Compression | None) -> Iterator[bytes]:
    """The file's bytes, decompressed, in blocks of about 4 MiB.

    Raises BadInput where the data is broken, cut off, or larger than the limits allow.
    """
    pieces = {None: _plain, "gzip": _gunzip, "zstd": _unzstd}[compression](source)
    total, block = 0, bytearray()
    for piece in pieces:
        total += len(piece)
        check_growth(source, total)
        block += piece
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


def check_growth(source: Source, total: int) -> None:
    """Refuses a file that grew to `total` bytes against the limits."""
    limits, given = source.limits, source.path.stat().st_size
    if total > limits.max_unpacked_bytes:
        raise source.refused(
            f"holds more than {sized(limits.max_unpacked_bytes)} when decompressed",
            "raise FIBERWISE_MAX_UNPACKED_BYTES if it may be that large",
        )
    if total > max(RATIO_COUNTS_FROM, given * limits.max_unpacked_ratio):
        raise source.refused(
            f"is a decompression bomb: it grows more than {limits.max_unpacked_ratio} times",
            "raise FIBERWISE_MAX_UNPACKED_RATIO if you trust the file",
        )


def _plain(source: Source) -> Iterator[bytes]:
    with source.path.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def _gunzip(source: Source) -> Iterator[bytes]:
    inflater = zlib.decompressobj(GZIP_WBITS)
    for block in _plain(source):
        pending = block
        while pending:
            if inflater.eof:
                # gzip members may follow one another, and tapes pad the last with zeros.
                pending = pending.lstrip(b"\0")
                inflater = zlib.decompressobj(GZIP_WBITS) if pending else inflater
                continue
            try:
                yield inflater.decompress(pending, MIB)
            except zlib.error as error:
                raise source.refused(f"is broken gzip ({error})", WHOLE) from error
            pending = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if not inflater.eof:
        raise source.refused("is truncated: it ends within its gzip data", WHOLE)


def _unzstd(source: Source) -> Iterator[bytes]:
    import zstandard

    frame = zstandard.ZstdDecompressor().decompressobj()
    for block in _plain(source):
        start, size = 0, FEWEST
        while start < len(block):
            pending, grown = block[start : start + size], 0
            start += size
            while pending:
                if frame.eof:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                try:
                    piece = frame.decompress(pending)
                except zstandard.ZstdError as error:
                    raise source.refused(f"is broken zstd ({error})", WHOLE) from error
                yield piece
                grown += len(piece)
                pending = frame.unused_data if frame.eof else b""
            size = FEWEST if grown > MIB else min(2 * size, MOST)
    if not frame.eof:
        raise source.refused("is truncated: it ends within its zstd data", WHOLE)
