# syntax=docker/dockerfile:1
# check=error=true
FROM --platform=$BUILDPLATFORM rust:1.91-bookworm AS build
ARG TARGETARCH
RUN cargo install --locked cargo-zigbuild@0.20.1 \
    && rustup target add x86_64-unknown-linux-musl aarch64-unknown-linux-musl
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target <<'SCRIPT'
set -eu
case "$TARGETARCH" in
  amd64) target=x86_64-unknown-linux-musl ;;
  arm64) target=aarch64-unknown-linux-musl ;;
  *) echo "no target for $TARGETARCH" >&2; exit 1 ;;
esac
cargo zigbuild --locked --release --target "$target"
cp "target/$target/release/api" /api
SCRIPT

FROM alpine:3.22
COPY --from=build /api /usr/local/bin/api
USER guest
ENTRYPOINT ["api"]
