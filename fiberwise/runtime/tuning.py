"""How many steps a worker takes at once: fewer while the machine's memory or cores are busy."""

from datetime import timedelta

from temporalio.worker import (
    FixedSizeSlotSupplier,
    ResourceBasedSlotConfig,
    ResourceBasedSlotSupplier,
    ResourceBasedTunerConfig,
    WorkerTuner,
)

# Light steps share the event loop; more of them than this at once would only wait for one another.
MOST = 100
# So many are taken however busy the machine is: else a neighbour's load would make a worker stand still.
ALWAYS = 12
# Above these shares no further step is taken, and another worker may. Heavy bodies wait for a child process as well.
MEMORY, CORES = 0.85, 0.98


def tuner() -> WorkerTuner:
    """Steps by the machine's load; workflow tasks and records are light, and take what the SDK gives by default."""
    shares = ResourceBasedTunerConfig(target_memory_usage=MEMORY, target_cpu_usage=CORES)
    # Without a pause between two slots: most steps are light, and 50 ms each would be most of a short run.
    slots = ResourceBasedSlotConfig(minimum_slots=ALWAYS, maximum_slots=MOST, ramp_throttle=timedelta(0))
    fixed = FixedSizeSlotSupplier(MOST)
    return WorkerTuner.create_composite(
        workflow_supplier=fixed,
        activity_supplier=ResourceBasedSlotSupplier(slots, shares),
        local_activity_supplier=fixed,
        nexus_supplier=fixed,
    )
