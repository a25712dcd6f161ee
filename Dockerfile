# Three images from one file: docker build --target trainer|gatekeeper|predictor .
# Each image contains one service and its locked dependencies, and no build tools but those of BASE_IMAGE.

# An image with pip and Python 3.11 to 3.14.
ARG BASE_IMAGE=python:3.13-slim-trixie

# --- Dependencies: one environment for each service, only from its lock file.

FROM ${BASE_IMAGE} AS environment
# Settings of pip. Put an address with a password into the build secret pip_conf: build arguments can be read later.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG PIP_NO_INDEX
ENV PIP_REQUIRE_HASHES=1 \
    PIP_ONLY_BINARY=:all: \
    PIP_FIND_LINKS=/dependencies \
    PIP_CACHE_DIR=/cache \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /venv

# wheels/ is optional: it contains the packages for a build without network. The test suites of the packages, a sixth
# of all bytes, are removed.
FROM environment AS trainer-environment
COPY requirements/trainer.txt wheel[s] /dependencies/
# LightGBM needs the system's OpenMP library; the link leads to scikit-learn's.
RUN --mount=type=cache,target=/cache --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    pip --python /venv/bin/python install --no-compile -r /dependencies/trainer.txt && \
    ln -s /venv/lib/python3*/site-packages/scikit_learn.libs/libgomp-*.so* /venv/lib/libgomp.so.1 && \
    find /venv -type d -name tests -prune -exec rm -r {} + && python -m compileall -q -j 0 /venv
# true adds XGBoost and LightGBM. A build with it begins here, after the packages that it shares with one without.
ARG BOOSTERS
# true adds Dask, for TRAINER_DASK and for the containers of docker-compose.dask.yml.
ARG DASK
# true adds OpenTelemetry to each of the images, which sends spans.
ARG OTEL
# true adds the client of MLflow, for docker-compose.mlflow.yml.
ARG MLFLOW
# true adds the drivers of PostgreSQL and DuckDB.
ARG DATABASES
COPY requirements/boosters.txt requirements/dask.txt requirements/otel.txt requirements/mlflow.txt requirements/databases.txt /dependencies/
RUN --mount=type=cache,target=/cache --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    locks= && \
    case "$BOOSTERS" in [Tt]*|1|[Yy]*|[Oo][Nn]) locks="$locks boosters" ;; esac && \
    case "$DASK" in [Tt]*|1|[Yy]*|[Oo][Nn]) locks="$locks dask" ;; esac && \
    case "$OTEL" in [Tt]*|1|[Yy]*|[Oo][Nn]) locks="$locks otel" ;; esac && \
    case "$MLFLOW" in [Tt]*|1|[Yy]*|[Oo][Nn]) locks="$locks mlflow" ;; esac && \
    case "$DATABASES" in [Tt]*|1|[Yy]*|[Oo][Nn]) locks="$locks databases" ;; esac && \
    for lock in $locks; do \
        pip --python /venv/bin/python install --no-compile -r "/dependencies/$lock.txt" || exit; \
    done && \
    if [ -n "$locks" ]; then \
        find /venv -type d -name tests -prune -exec rm -r {} + && python -m compileall -q -j 0 /venv; \
    fi

FROM environment AS gatekeeper-environment
ARG OTEL
COPY requirements/gatekeeper.txt requirements/otel.txt wheel[s] /dependencies/
RUN --mount=type=cache,target=/cache --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    locks=gatekeeper && \
    case "$OTEL" in [Tt]*|1|[Yy]*|[Oo][Nn]) locks="$locks otel" ;; esac && \
    for lock in $locks; do \
        pip --python /venv/bin/python install --no-compile -r "/dependencies/$lock.txt" || exit; \
    done && \
    find /venv -type d -name tests -prune -exec rm -r {} + && python -m compileall -q -j 0 /venv

FROM environment AS predictor-environment
# true adds scikit-learn, which unpickling needs. The values are those that the setting reads as true.
ARG ALLOW_JOBLIB
ARG OTEL
COPY requirements/predictor.txt requirements/predictor-joblib.txt requirements/otel.txt wheel[s] /dependencies/
RUN --mount=type=cache,target=/cache --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    case "$ALLOW_JOBLIB" in [Tt]*|1|[Yy]*|[Oo][Nn]) locks=predictor-joblib ;; *) locks=predictor ;; esac && \
    case "$OTEL" in [Tt]*|1|[Yy]*|[Oo][Nn]) locks="$locks otel" ;; esac && \
    for lock in $locks; do \
        pip --python /venv/bin/python install --no-compile -r "/dependencies/$lock.txt" || exit; \
    done && \
    find /venv -type d -name tests -prune -exec rm -r {} + && python -m compileall -q -j 0 /venv

# --- Code: owned by root, readable by all users, and compiled, because the root file system is read-only.

FROM ${BASE_IMAGE} AS code
WORKDIR /app
COPY deploy/__init__.py deploy/greeting.py deploy/
COPY deploy/containers deploy/containers
COPY shared shared
COPY trainer trainer
COPY gatekeeper gatekeeper
COPY predictor predictor
RUN chmod -R u=rwX,go=rX . && python -m compileall -q --invalidation-mode unchecked-hash .

# --- The base of the three images.

FROM ${BASE_IMAGE} AS service
# Members of the group `rows` may read the rows and labels in the store. The notifier, which sends webhooks, may not.
RUN groupadd --gid 10000 rows && \
    for user in 10001:trainer 10002:gatekeeper 10003:predictor 10004:notifier; do \
        useradd --no-log-init --no-create-home --home-dir /tmp --shell /usr/sbin/nologin \
            --user-group --uid "${user%:*}" "${user#*:}"; \
        if [ "$user" != 10004:notifier ]; then gpasswd --add "${user#*:}" rows >/dev/null; fi; \
    done
# Nothing in the images changes to another user, and nothing installs packages. Debian's pip is a package of its own.
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} + && \
    packages=$(dpkg-query --show --showformat '${db:Status-Abbrev}${Package}\n' 'python3*pip*' 'python3*venv' \
        'python3*wheel*' 'python3-setuptools*' 2>/dev/null | sed -n 's/^ii *//p') && \
    if [ -n "$packages" ]; then dpkg --purge $packages >/dev/null; fi && \
    rm -rf /usr/local/lib/python3*/site-packages/pip* /usr/local/bin/pip* /usr/local/lib/python3*/ensurepip
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    STORE_DIR=/store
STOPSIGNAL SIGTERM
# The launcher sets the number of threads from the container's CPU quota. Then it becomes the service that CMD names.
ENTRYPOINT ["python", "-m", "deploy.containers.launch"]
ARG BASE_IMAGE
ARG REVISION
LABEL org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.base.name="${BASE_IMAGE}" \
      org.opencontainers.image.revision="${REVISION}"

# --- The images.

FROM service AS trainer
COPY --from=trainer-environment /venv /venv
COPY --from=code /app/deploy deploy
COPY --from=code /app/shared shared
COPY --from=code /app/trainer trainer
ENV LD_LIBRARY_PATH=/venv/lib
USER trainer
CMD ["trainer"]
HEALTHCHECK NONE
LABEL org.opencontainers.image.title="modelgate-trainer" \
      org.opencontainers.image.description="Trains and publishes one candidate, and exits"

FROM service AS gatekeeper
COPY --from=gatekeeper-environment /venv /venv
COPY --from=code /app/deploy deploy
COPY --from=code /app/shared shared
COPY --from=code /app/gatekeeper gatekeeper
ENV GATEKEEPER_HOST=0.0.0.0 GATEKEEPER_PORT=8001
EXPOSE 8001
USER gatekeeper
CMD ["gatekeeper"]
HEALTHCHECK --interval=3s --timeout=5s --start-period=30s --retries=5 \
    CMD ["python", "-m", "deploy.containers.health_probe", "8001", "/readyz"]
LABEL org.opencontainers.image.title="modelgate-gatekeeper" \
      org.opencontainers.image.description="Decides which candidate goes into production, and writes the log"

FROM service AS predictor
COPY --from=predictor-environment /venv /venv
COPY --from=code /app/deploy deploy
COPY --from=code /app/shared shared
COPY --from=code /app/predictor predictor
ENV PREDICTOR_HOST=0.0.0.0 PREDICTOR_PORT=8000
EXPOSE 8000
USER predictor
CMD ["predictor"]
HEALTHCHECK --interval=3s --timeout=5s --start-period=30s --retries=5 \
    CMD ["python", "-m", "deploy.containers.health_probe", "8000", "/readyz"]
LABEL org.opencontainers.image.title="modelgate-predictor" \
      org.opencontainers.image.description="Serves the model in production, and follows the registry"
