"""A worker takes steps by the machine's load, and workflow tasks whatever it is."""

from temporalio.client import Client
from temporalio.worker import FixedSizeSlotSupplier, ResourceBasedSlotSupplier, WorkerTuner

from fiberwise.runtime.settings import Settings
from fiberwise.runtime.tuning import ALWAYS, MOST
from fiberwise.store.recorder import Recorder
from worker import build


async def test_the_sdks_tuner_limits_the_steps_that_a_worker_takes(client: Client, settings: Settings):
    recorder = Recorder(settings.database_url, settings.artifacts_url)
    tuner = build(client, settings, {}, recorder)._config.get("tuner")  # pyright: ignore[reportPrivateUsage]
    await recorder.close()

    assert isinstance(tuner, WorkerTuner)
    steps, tasks = tuner._get_activity_task_slot_supplier(), tuner._get_workflow_task_slot_supplier()
    assert isinstance(steps, ResourceBasedSlotSupplier)
    assert isinstance(tasks, FixedSizeSlotSupplier)
    assert (steps.slot_config.minimum_slots, steps.slot_config.maximum_slots) == (ALWAYS, MOST)
    assert steps.tuner_config.target_memory_usage < 1
