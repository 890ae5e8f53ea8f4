#!/bin/sh
# Searches Signpost and prints every result as a row of CSV: its id, its link, its title. Needs curl and nothing else.
#
#     sh search.sh ORIGIN chemistry jobs level=ks4 cost=free
#
# A shell reads no JSON, so this asks for the search as a table, whole and newest first. With KEEP=FILE the table is kept
# in that file and its ETag in FILE.etag: asked again, a search of which nothing has changed costs one small 304.
set -eu
case "${1-}" in
    http*) origin=$1 && shift ;;
    *) origin=${SIGNPOST_ORIGIN:?give the origin first, such as https://signpost.example.org} ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
keep=${KEEP:-$work/kept.csv}

# What is no `name=value` is searched for.
words=
for word; do
    case $word in
        *=*) set -- "$@" --data-urlencode "$word" ;;
        *) words="$words $word" ;;
    esac
    shift
done
[ -z "$words" ] || set -- "$@" --data-urlencode "q=${words# }"

[ -s "$keep" ] || rm -f "$keep.etag"
# --retry waits as long as Retry-After says, for 429 and 503 alike.
status=$(curl -sS -G --compressed --retry 5 -A 'example-society/1 (web@example.org)' \
    --etag-compare "$keep.etag" --etag-save "$work/etag" -o "$work/answer" -w '%{http_code}' \
    -d fields=title,url "$@" "${origin%/}/v1/export.csv")
case $status in
    200) mv "$work/answer" "$keep" && mv "$work/etag" "$keep.etag" ;;
    304) ;;
    # A problem document: `detail` says what is wrong, `errors` names every parameter at fault.
    *) cat "$work/answer" >&2 && exit 1 ;;
esac
echo "$status" >&2
# Without the heads of the columns, and with the line ends of a shell.
tail -n +2 "$keep" | tr -d '\r'
