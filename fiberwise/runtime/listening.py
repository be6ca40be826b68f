"""A workflow runner that hears what workflow code answers: which commands today's code would give."""

from collections.abc import Sequence

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import StorageDriverStoreContext
from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.workflow import Info, _Definition  # pyright: ignore[reportPrivateUsage]

from fiberwise.runtime.runners import NOWHERE

Heard = dict[str, list[WorkflowCommand]]
"""By workflow id, in the order in which they were given."""


def listening(heard: Heard) -> SimplePlugin:
    """Put it after our own plugin, whose runner it wraps."""

    def wrapped(existing: WorkflowRunner | None) -> WorkflowRunner:
        if existing is None:
            raise TypeError("nothing to listen to: our own plugin comes first")
        return _Runner(existing, heard)

    return SimplePlugin("listening", workflow_runner=wrapped)


class _Runner(WorkflowRunner):
    def __init__(self, inner: WorkflowRunner, heard: Heard) -> None:
        self._inner, self._heard = inner, heard

    def prepare_workflow(self, defn: _Definition) -> None:
        self._inner.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        commands = self._heard[det.info.workflow_id] = list[WorkflowCommand]()
        return _Instance(self._inner.create_instance(det), commands)

    def set_worker_level_failure_exception_types(self, types: Sequence[type[BaseException]]) -> None:
        self._inner.set_worker_level_failure_exception_types(types)


class _Instance(WorkflowInstance):
    def __init__(self, inner: WorkflowInstance, commands: list[WorkflowCommand]) -> None:
        self._inner, self._commands = inner, commands

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        answered = self._inner.activate(act)
        self._commands += answered.successful.commands
        return answered

    def get_serialization_context(self, command_info: object) -> None:
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        return NOWHERE

    def get_info(self) -> Info:
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        return self._inner.get_thread_id()
