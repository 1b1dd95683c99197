# The server. The binary is built on the host, whose libc must not be newer than that of this base:
#
#   cargo build --locked --profile dist
#   cp "${CARGO_TARGET_DIR:-target}/dist/weak-to-strong" docker/weak-to-strong
#   docker build -t weak-to-strong/server .
#
# It needs DATABASE_URL, and DOCKER_HOST for an engine that has the sandbox images (scripts/build-images.sh): a socket of this
# machine's own engine is not to be mounted into it, since that would hand over the machine.
FROM debian:bookworm-slim

RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates curl >/dev/null \
    && apt-get clean && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/weak-to-strong weak-to-strong

COPY docker/weak-to-strong /usr/local/bin/weak-to-strong
COPY seeds /usr/share/weak-to-strong/seeds

ENV HOST=0.0.0.0 PORT=8000 WTS_SEEDS_DIR=/usr/share/weak-to-strong/seeds WTS_DATA_DIR=/var/lib/weak-to-strong/data
USER weak-to-strong
WORKDIR /var/lib/weak-to-strong
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --retries=30 CMD curl -fsS http://127.0.0.1:8000/health/ready
ENTRYPOINT ["/usr/local/bin/weak-to-strong"]
CMD ["serve"]
