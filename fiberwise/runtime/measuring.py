"""A body's usage and the data it took and gave, as the metrics of an attempt."""

from fiberwise.contracts.attempt import Metrics
from fiberwise.contracts.payload import Volume
from fiberwise.runtime.metering import Usage, worker_rss


def metrics_of(usage: Usage, taken: Volume, given: Volume, wall_seconds: float) -> Metrics:
    rows = given.rows if given.rows is not None else taken.rows
    return Metrics(
        cpu_ms=round(usage.cpu_user_ms + usage.cpu_system_ms, 3),
        cpu_user_ms=round(usage.cpu_user_ms, 3),
        cpu_system_ms=round(usage.cpu_system_ms, 3),
        peak_rss_bytes=usage.peak_rss_bytes if usage.measured == "process" else worker_rss(),
        rows=rows,
        bytes=given.bytes if given.bytes is not None else taken.bytes,
        rows_in=taken.rows,
        bytes_in=taken.bytes,
        rows_out=given.rows,
        bytes_out=given.bytes,
        rows_per_s=round(rows / wall_seconds, 3) if rows is not None and wall_seconds > 0 else None,
        measured=usage.measured,
    )
