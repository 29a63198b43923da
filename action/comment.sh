#!/usr/bin/env bash
# Step of action.yml: keeps one comment on the pull request. It is found again by a marker that nobody
# sees, and by who wrote it; a clean run says so in it, and writes none where there is none.
# Whatever GitHub answers, the step succeeds: the findings decide the job, not the comment.
set -euo pipefail

warn() {
    printf '::warning title=unmesh::%s\n' "$1"
    exit 0
}

number=$(jq -r '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
if [ -z "$number" ]; then
    printf 'no pull request: no comment\n'
    exit 0
fi
if ! command -v curl > /dev/null; then
    warn 'there is no curl to write the comment with'
fi

work=$(mktemp -d "$RUNNER_TEMP/unmesh-comment.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The token stays out of the list of processes.
printf 'header = "Authorization: Bearer %s"\n' "$INPUT_TOKEN" > "$work/curl"

call() { # METHOD URL [curl's options]: the answer in $work/answer; prints the HTTP status, 000 without one
    local method=$1 url=$2
    shift 2
    curl --silent --show-error --config "$work/curl" --request "$method" \
        --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
        --max-time 30 --output "$work/answer" --write-out '%{http_code}' "$@" "$url" || true
}
refused() { # DOING STATUS
    case $2 in
        401 | 403 | 404) warn "GitHub does not let this run $1 (status $2); it needs the permission pull-requests write, which pull requests of forks never have. The report is in the job's summary" ;;
        *) warn "GitHub failed to let this run $1 (status $2). The report is in the job's summary" ;;
    esac
}

# A category is letters, digits and the like in the marker: `-->` must not end it.
category=$(printf '%s' "$INPUT_CATEGORY" | tr -c 'A-Za-z0-9_./' '_')
marker="<!-- unmesh: $category -->"
comments=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/$number/comments

# People can copy the marker; only what a bot wrote is ours to change.
found='' page=1
while [ -z "$found" ]; do
    status=$(call GET "$comments?per_page=100&page=$page" --retry 2)
    if [ "$status" != 200 ]; then
        refused 'read the comments' "$status"
    fi
    found=$(jq -r --arg marker "$marker" \
        '[.[] | select(.user.type == "Bot" and ((.body // "") | startswith($marker)))] | first.id // empty' "$work/answer")
    if [ "$(jq length "$work/answer")" -lt 100 ]; then
        break
    fi
    page=$((page + 1))
done

if [ "$UNMESH_CLEAN" = true ] && [ -z "$found" ]; then
    printf 'nothing to say, and no comment that would have to change\n'
    exit 0
fi
{ printf '%s\n' "$marker"; cat "$UNMESH_MARKDOWN"; } > "$work/text"
jq -n --rawfile body "$work/text" '{body: $body}' > "$work/body"
if [ -n "$found" ]; then
    status=$(call PATCH "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/comments/$found" --data-binary "@$work/body")
    doing='change the comment'
else
    status=$(call POST "$comments" --data-binary "@$work/body")
    doing='write a comment'
fi
case $status in
    200 | 201) printf 'comment: %s\n' "$(jq -r '.html_url // .id' "$work/answer")" ;;
    *) refused "$doing" "$status" ;;
esac
