# syntax=docker/dockerfile:1
# Build: the locked dependencies, each checked against its hash, in an environment of their own.
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN ["python", "-m", "venv", "/opt/monitor"]
COPY requirements.lock ./
RUN ["/opt/monitor/bin/python", "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "-r", "requirements.lock"]
COPY monitor /opt/monitor/app/monitor
COPY config /opt/monitor/app/config
RUN ["/opt/monitor/bin/python", "-m", "compileall", "-q", "/opt/monitor/app/monitor"]

# Run: nothing but the environment; not root; the root file system may be read-only.
FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="monitor" \
      org.opencontainers.image.description="Watches news feeds and tells analysts about arms transfers and arms embargoes" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN ["useradd", "--uid", "10001", "--user-group", "--no-create-home", "--home-dir", "/var/lib/monitor", "--shell", "/usr/sbin/nologin", "monitor"]
RUN ["install", "-d", "-o", "monitor", "-g", "monitor", "-m", "0750", "/var/lib/monitor"]
COPY --from=build /opt/monitor /opt/monitor
ENV PYTHONPATH=/opt/monitor/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    MONITOR_CONFIG=/opt/monitor/app/config PATH=/opt/monitor/bin:$PATH
USER 10001:10001
# The store is config's sqlite:///data/monitor.db, relative to here; keep this volume.
WORKDIR /var/lib/monitor
VOLUME ["/var/lib/monitor"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-m", "monitor", "doctor", "--ready"]
ENTRYPOINT ["python", "-m", "monitor"]
CMD ["run"]
