# Sourced, from the top of the checkout: other projects' programs, built once and kept by version.
# Go's module proxy is the only place that all of them can be had from.
tools=${UNMESH_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/unmesh-ci}
mkdir -p "$tools"
exec 8> "$tools/lock"
flock 8

tool() { # NAME PACKAGE VERSION: sets the variable NAME to the program
    local path=$tools/$1-$3 begin=$SECONDS scratch
    if [ ! -x "$path" ]; then
        scratch=$(mktemp -d "$tools/new.XXXXXX")
        GOBIN=$scratch GOFLAGS=-modcacherw go install -ldflags='-s -w' "$2@$3" 2> "$scratch/log" || { cat "$scratch/log" >&2; return 1; }
        mv "$scratch/$1" "$path"
        rm -rf "$scratch"
        printf '%s %s built in %s s\n' "$1" "$3" "$((SECONDS - begin))"
    fi
    printf -v "$1" %s "$path"
}

python_tools() { # REQUIREMENTS: sets `python` to an environment that has them
    local environment
    environment=$tools/python-$(sha256sum "$1" | cut -c 1-12)
    if [ ! -e "$environment/complete" ]; then
        python3 -m venv "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$1"
        touch "$environment/complete"
    fi
    # shellcheck disable=SC2034  # for who sources this
    python=$environment/bin/python
}
