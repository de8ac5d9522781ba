# The locked libraries, in an environment of their own.
FROM python:3.11-slim AS build
RUN python -m venv /venv
COPY requirements-scale.txt .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
    --only-binary :all: -r requirements-scale.txt

FROM python:3.11-slim
# A fixed id, so that the owner of a volume's files is the same in every image.
RUN groupadd --gid 10001 imagine \
    && useradd --uid 10001 --gid imagine --no-create-home --home-dir /nonexistent imagine \
    && install --directory --owner imagine --group imagine /data
COPY --from=build /venv /venv
WORKDIR /app
COPY bot bot
COPY cogs cogs
# Compiled now: at run time the root file system may be read-only.
RUN /venv/bin/python -m compileall -q bot cogs
# Each thread that decodes pictures would have a heap of its own, which fragments: after 3,100 tasks
# the bot took 129 MiB with two heaps, 138 without a limit (docs/reliability.md).
ENV PATH=/venv/bin:$PATH \
    MALLOC_ARENA_MAX=2 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    DATABASE_URL=sqlite+aiosqlite:////data/imagine.db
VOLUME /data
USER 10001:10001
# A working bot keeps its connection to the gateway; if it hangs, Discord closes the connection.
# Column four of /proc/net/tcp is a connection's state, and 01 is "established".
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import pathlib, sys; sys.exit(not any(line.split()[3] == '01' for name in ('tcp', 'tcp6') if (path := pathlib.Path('/proc/net', name)).exists() for line in path.read_text().splitlines()))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
