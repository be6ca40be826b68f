"""A workflow runner that hears what workflow code answers: which commands today's code would give."""

from collections.abc import Sequence

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.workflow import _Definition  # pyright: ignore[reportPrivateUsage]

from fiberwise.runtime.runners import WithoutContexts

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


class _Instance(WithoutContexts):
    def __init__(self, inner: WorkflowInstance, commands: list[WorkflowCommand]) -> None:
        super().__init__(inner)
        self._commands = commands

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        answered = super().activate(act)
        self._commands += answered.successful.commands
        return answered
