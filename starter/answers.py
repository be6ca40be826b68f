"""The answer of an ended execution, with links to where more is to be seen."""

import asyncio
from typing import Any
from urllib.parse import quote

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client

from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.view import Links, RunAnswer
from fiberwise.pipeline.results import result_of
from fiberwise.store.artifacts import ArtifactStore


async def answer(client: Client, workflow_id: str, ui_url: str = "", artifacts: str = "") -> RunAnswer:
    """Waits for the end, however it comes. `artifacts` is the store's URL, where the whole answer is kept too."""
    handle = client.get_workflow_handle(workflow_id)
    result = await result_of(handle)
    described = await handle.describe()
    server = (await client.workflow_service.get_system_info(GetSystemInfoRequest())).server_version
    metadata = result.metadata.model_copy(update={"server_version": server})
    result = result.model_copy(update={"metadata": metadata})
    page = ui_link(ui_url, client.namespace, workflow_id, described.run_id)
    return await asyncio.to_thread(told, result, workflow_id, artifacts, page)


def told(result: PipelineResult[Any, Any], workflow_id: str, artifacts: str, page: str = "") -> RunAnswer:
    """A result as its answer, which is put into the artifact store too. `page` is where the Web UI shows the run."""
    fields = {name: getattr(result, name) for name in RunAnswer.model_fields if hasattr(result, name)}
    found = RunAnswer(workflow_id=workflow_id, **fields)
    return found.model_copy(update={"links": _kept(found, Links(temporal_ui=page), artifacts)})


def ui_link(ui_url: str, namespace: str, workflow_id: str, run_id: str = "") -> str:
    """The page of an execution in the Temporal Web UI; empty where no UI is known."""
    if not ui_url:
        return ""
    run = f"/{run_id}/history" if run_id else ""
    return f"{ui_url}/namespaces/{namespace}/workflows/{quote(workflow_id, safe='')}{run}"


def _kept(found: RunAnswer, links: Links, artifacts: str) -> Links:
    if not artifacts:
        return links
    data = found.model_dump_json(indent=2).encode()
    return links.model_copy(update={"result": ArtifactStore(artifacts).put_bytes(data, "json").uri})
