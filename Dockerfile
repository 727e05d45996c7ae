# Leadline in a container: docs/how-to/run-in-containers.md. For an image that is the same each time, name the base by its
# digest: --build-arg PYTHON=python:3.11-slim-bookworm@sha256:...
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /build
RUN python -m venv --without-pip /opt/leadline
COPY requirements/runtime.txt requirements/
RUN pip --python /opt/leadline/bin/python install --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary=:all: -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY examples examples
COPY src src
RUN pip --python /opt/leadline/bin/python install --no-cache-dir --disable-pip-version-check \
    --no-deps --no-build-isolation .

FROM ${PYTHON}
RUN groupadd --system --gid 10001 leadline \
    && useradd --system --uid 10001 --gid leadline --home-dir /var/lib/leadline --shell /usr/sbin/nologin leadline \
    && install -d -m 0700 -o leadline -g leadline /var/lib/leadline
COPY --from=build /opt/leadline /opt/leadline
# It listens where Docker can reach it, and refuses that without TLS unless LEADLINE_ALLOW_PLAIN_HTTP=true.
ENV PATH=/opt/leadline/bin:$PATH \
    LEADLINE_HOST=0.0.0.0
# By number, so that Kubernetes can see that it is not root. The store is in ./leadline-data, leadline.toml beside it.
USER 10001:10001
WORKDIR /var/lib/leadline
VOLUME ["/var/lib/leadline"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=8s --start-period=30s --retries=3 CMD ["leadline", "health"]
ENTRYPOINT ["leadline"]
CMD ["serve"]
