# The program and nothing else: docker build -t unmesh . && docker run --rm -v "$PWD:/work:ro" unmesh lint
FROM rust:1.95.0-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /unmesh
COPY Cargo.toml Cargo.lock ./
COPY benches benches
COPY src src
COPY docs docs
# musl is linked in by default, other libraries of C by this flag; build scripts stay as they are.
RUN RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --locked --bin unmesh --target "$(rustc -vV | sed -n 's/^host: //p')" --target-dir /target && install -D "/target/$(rustc -vV | sed -n 's/^host: //p')/release/unmesh" /root-of-image/unmesh

FROM scratch
LABEL org.opencontainers.image.source="https://github.com/unmesh/unmesh" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY LICENSE /LICENSE
COPY --from=build /root-of-image/unmesh /unmesh
# Nobody in particular; the program reads what is mounted and writes where it is told.
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/unmesh"]
