
# Bash takes `UM2xx=off`, and in most settings `calico@3.28`, apart at `=` and `@`. Here they are put
# together for the function above, and what it answers is cut to what bash asked for.
_unmesh_glued() {
    local before=${COMP_LINE:0:COMP_POINT} word head answer prev=$3 at
    local -a words answers=()
    word=${before##*[[:space:]]}
    if [[ $word == *[=@]* && $word != [\'\"]* ]]; then
        read -ra words <<< "${before%"$word"}"
        at=${#words[@]}
        if [[ $word == --*=* ]]; then
            prev=${word%%=*}
            word=${word#*=}
            words+=("$prev")
            at=${#words[@]}
        elif ((at > 0)); then
            prev=${words[at - 1]}
        fi
        head=${word%"$2"}
        [[ $head == "$word" && -n $2 ]] && head=
        local -a COMP_WORDS=("${words[@]}" "$word")
        local COMP_CWORD=$at
        _unmesh "$1" "$word" "$prev"
        for answer in "${COMPREPLY[@]}"; do
            answers+=("${answer#"$head"}")
        done
        COMPREPLY=("${answers[@]}")
    else
        _unmesh "$@"
    fi
}

if [[ ${BASH_VERSINFO[0]} -ge 5 || ${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -ge 4 ]]; then
    complete -F _unmesh_glued -o nosort -o bashdefault -o default unmesh
fi
