# drainwatch as an image. docs/image.md says how to build it for two architectures, sign it and look for known holes.
#
# One base for all stages, so that what is compiled meets the same C library when it runs. For a release name it with
# its digest: --build-arg BASE=docker.io/library/python:3.13-slim-trixie@sha256:…
ARG BASE=docker.io/library/python:3.13-slim-trixie

# The compiled core. Rust stays in this stage.
FROM ${BASE} AS core
ARG SOURCE_DATE_EPOCH=1577836800
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
# Debian keeps only the newest version of a package, so none is named: the digest of the base is what holds still.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends cargo gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements-native.lock ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/etc/pip.conf \
    python -m pip install --require-hashes --requirement requirements-native.lock
COPY native/Cargo.lock native/Cargo.toml native/pyproject.toml native/
COPY native/src native/src
RUN --mount=type=cache,target=/root/.cargo/registry \
    python -m maturin build --release --locked --manifest-path native/Cargo.toml --interpreter python \
    --compatibility linux --out /wheels

# The page. Node stays in this stage.
FROM ${BASE} AS page
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements-page.lock ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/etc/pip.conf \
    python -m pip install --require-hashes --requirement requirements-page.lock
COPY detector/web detector/web
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npm,target=/root/.npmrc \
    npm --prefix detector/web ci --omit=dev && npm --prefix detector/web run build

# Everything else, into one folder.
FROM ${BASE} AS build
ARG SOURCE_DATE_EPOCH=1577836800
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# What is locked is fetched and its hashes are checked once; from here on nothing comes from anywhere else.
COPY requirements.lock ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/etc/pip.conf \
    python -m pip download --require-hashes --only-binary :all: --requirement requirements.lock --dest /wheels
COPY pyproject.toml README.md LICENSE ./
COPY ingest ingest
COPY parsers parsers
COPY detector detector
COPY ilm ilm
COPY kibana kibana
COPY prometheus prometheus
COPY scripts/wheel_hook.py scripts/
COPY --from=page /src/detector/web/dist detector/web/dist
RUN python -m pip wheel --no-index --find-links /wheels --no-deps --wheel-dir /wheels .
COPY --from=core /wheels /wheels
# Only what drainwatch needs to run is taken from the folder: no pip, and nothing that builds. It is compiled here,
# because nothing can be where it runs, and each start would take seconds more: by hash and not by time, so that two
# builds are alike, and unchecked, because the files can't change.
RUN python -m venv --without-pip /opt/drainwatch \
    && python -m pip --python /opt/drainwatch/bin/python install --no-index --find-links /wheels --no-compile \
    drainwatch drainwatch-native \
    && python -m compileall -q -x /tests/ --invalidation-mode unchecked-hash /opt/drainwatch/lib \
    && /opt/drainwatch/bin/drainwatch version

FROM ${BASE}
ARG SOURCE_DATE_EPOCH=1577836800
# The base's pip has no use here, and what isn't there can't be used. The number is the one in the chart's
# securityContext, and works as any other does: nothing in the image belongs to it but an empty folder for data.
RUN python -m pip uninstall --yes --root-user-action ignore pip \
    && rm -rf /usr/local/lib/python3.*/ensurepip \
    && groupadd --gid 10001 drainwatch \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/drainwatch --shell /usr/sbin/nologin drainwatch \
    && install --directory --owner 10001 --group 10001 --mode 0750 /var/lib/drainwatch
COPY --from=build /opt/drainwatch /opt/drainwatch
# BLAS would start as many threads as the node has processors, whatever the pod may use, and gain nothing.
ENV PATH=/opt/drainwatch/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="drainwatch" \
      org.opencontainers.image.description="Learns what the logs of each Kubernetes namespace normally look like and says, with evidence, when they don't." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# By number: Kubernetes can tell that it isn't root only from that (runAsNonRoot).
USER 10001:10001
WORKDIR /var/lib/drainwatch
EXPOSE 8765
# No HEALTHCHECK: Kubernetes doesn't look at it, the chart's probes ask /healthz and /readyz instead.
# No init either: drainwatch heeds SIGTERM as process 1, and waits for the processes that it starts itself.
ENTRYPOINT ["drainwatch"]
CMD ["run"]
