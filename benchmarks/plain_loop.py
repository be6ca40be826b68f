"""The work of the main job without anything round it: its functions, one after the other, in a process of their own."""

import asyncio
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from fiberwise.contracts.cleaning import Cleaning
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.performance import Ledger, SuccessRate
from fiberwise.contracts.profile import Study
from fiberwise.contracts.publication import Publication
from fiberwise.contracts.synthesis import Brief
from fiberwise.datasets.intake import take_in
from fiberwise.datasets.limits import Limits
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.publications import Publications


class Plain(NamedTuple):
    seconds: float
    peak_bytes: int


def run_plain_loop(data: Path, warm_up: Path, store: Path) -> Plain:
    """In a fresh process, its modules loaded by a small data set first, as those of a warm worker are."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        process.submit(work_through, warm_up, store / "warm-up").result()
        return process.submit(work_through, data, store / "measured").result()


def work_through(data: Path, store: Path) -> Plain:
    # Imported here, as in the children of a worker: the benchmark's own process needs no table engine.
    from activities.agents.advanced_test.synthesis import write_synthesis
    from activities.agents.data_processor.cleaning import clean_dataset
    from activities.agents.data_processor.extraction import extract_profile
    from activities.functions.analyze_pipeline_performance import analyze
    from activities.functions.ingest_dataset import read_dataset

    began, url = time.monotonic(), str(store)
    artifact = take_in(str(data), ArtifactStore(url), Limits())
    dataset = read_dataset(Request.model_validate({"data": artifact.uri}), url, Limits())
    extract = extract_profile(Study(dataset=dataset), url)
    transform = clean_dataset(Cleaning(dataset=dataset), url)
    synthesis = write_synthesis(Brief(dataset=dataset, extract=extract, transform=transform), url)
    analysis = analyze(Ledger(pipeline="plain", entries=[]), SuccessRate(runs=0, completed=0, rate=None))
    document = {
        one: part.model_dump(mode="json") for one, part in (("results", synthesis), ("analysis", analysis))
    }
    asked = Publication(
        pipeline="plain",
        execution_id=str(uuid4()),
        document=document,
        files={"cleaned.parquet": transform.output},
    )
    asyncio.run(Publications(store / "published", ArtifactStore(url)).publish(asked))
    return Plain(time.monotonic() - began, _peak_bytes())


def _peak_bytes() -> int:
    """Of the process so far; the warm-up's small data set does not count beside the measured one."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
