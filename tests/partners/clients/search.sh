#!/bin/sh
# Searches Signpost and prints title and link of every result. Needs curl, sed and nothing else.
#
#     sh search.sh ORIGIN q='chemistry jobs' level=ks4 cost=free
#
# What was answered is kept in the folder KEEP beside its ETag: asked again, it costs one small 304.
set -eu
case "${1-}" in http*) origin=$1 && shift ;; *) origin=${SIGNPOST_ORIGIN:?give the origin first} ;; esac
keep=${KEEP:-$(mktemp -d)}
mkdir -p "$keep"

address=$origin/v1/resources
for parameter; do set -- "$@" --data-urlencode "$parameter" && shift; done
set -- "$@" -d fields=title,url -d facets=none -d per_page=100 --data-urlencode 'cursor=*'

while :; do
    name=$keep/$(printf %s "$address $*" | cksum | tr -cd 0-9)
    [ -s "$name.json" ] || rm -f "$name.etag"
    # --retry waits as long as Retry-After says, for 429 and 503 alike.
    status=$(curl -sS -G --compressed --retry 5 -A 'example-society/1 (web@example.org)' -D "$name.headers" \
        --etag-compare "$name.etag" --etag-save "$name.etag.new" -o "$name.new" -w '%{http_code}' "$@" "$address")
    case $status in
        200) mv "$name.new" "$name.json" && mv "$name.etag.new" "$name.etag" && mv "$name.headers" "$name.link" ;;
        304) ;;
        *) cat "$name.new" >&2 && exit 1 ;;
    esac
    echo "$status" >&2

    # One result a line; then its title and its link, with the quotes that JSON escapes as they were.
    { cat "$name.json" && echo; } | sed 's/^.*"results":\[//; s/\],"facets":.*$//; s/},{"id":/\
&/g' | sed -nE 's/.*"url":(null|"([^"]*)"),"title":"(([^"\]|\\.)*)".*/\3	\2/p' | sed -E 's/\\(.)/\1/g'

    next=$(sed -n 's/^[Ll]ink: .*<\([^>]*\)>; rel="next".*/\1/p' "$name.link" | head -n 1)
    [ -n "$next" ] || break
    address=$origin$next
    set -- # The link has all parameters in it.
done
