# The worker: hosts every registered pipeline. `docker compose up` runs it beside Temporal and PostgreSQL.
FROM python:3.12-slim-bookworm

RUN useradd --create-home --uid 10001 fiberwise
WORKDIR /app

# The lock first: it changes seldom, and the layer of wheels stays.
COPY requirements/run.lock requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/run.lock

COPY pyproject.toml README.md worker.py ./
COPY workflows workflows
COPY activities activities
COPY fiberwise fiberwise
COPY starter starter
RUN pip install --no-cache-dir --no-deps --no-build-isolation . && mkdir /state && chown fiberwise /state

USER fiberwise
ENV FIBERWISE_HOME=/state PYTHONUNBUFFERED=1
# SIGTERM drains: running steps get the grace period to end.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=10s --start-period=20s CMD ["fiberwise", "doctor"]
CMD ["fiberwise", "worker"]
