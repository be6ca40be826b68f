"""`dev` and `worker`: the commands that stay."""

from starter.cli.options import Json


def dev(json: Json = False) -> int:
    """Keep a Temporal server, its Web UI and a worker up until Ctrl-C."""
    from starter.cli import session, staying

    return session.act(lambda settings: staying.dev(settings, json))


def worker(json: Json = False) -> int:
    """Serve the registered pipelines on the server that is configured or up, until SIGTERM."""
    from starter.cli import session, staying

    return session.act(lambda settings: staying.serve(settings, json))


COMMANDS = (dev, worker)
