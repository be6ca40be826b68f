"""How a worker says which code it has, and whether Temporal keeps runs on the code that began them."""

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

from fiberwise.runtime.settings import Settings

BEHAVIORS = {"pinned": VersioningBehavior.PINNED, "auto-upgrade": VersioningBehavior.AUTO_UPGRADE}


def deployment(settings: Settings, build_id: str) -> WorkerDeploymentConfig:
    """Unversioned, the build id is told and changes nothing: any worker takes any run.

    Never on the class of a pipeline: an unversioned worker would hang on each run of it.
    """
    version = WorkerDeploymentVersion(settings.deployment, settings.build or build_id)
    behavior = BEHAVIORS.get(settings.versioning)
    if behavior is None:
        return WorkerDeploymentConfig(version, use_worker_versioning=False)
    return WorkerDeploymentConfig(version, use_worker_versioning=True, default_versioning_behavior=behavior)
