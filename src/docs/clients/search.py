#!/usr/bin/env python3
"""Searches Signpost and prints title and link of every result. Python 3.9 or later; the standard library only.

    python3 search.py ORIGIN chemistry jobs level=ks4 cost=free
"""
import json
import os
import sys
import time
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

held = {}  # address -> (ETag, body): what we have already


def get(address):
    """The JSON at an address and its status. Waits when told to; takes nothing twice that has not changed."""
    for _ in range(5):
        headers = {"Accept": "application/json", "User-Agent": "example-society/1 (web@example.org)"}
        if address in held:
            headers["If-None-Match"] = held[address][0]
        try:
            with urlopen(Request(address, headers=headers), timeout=30) as answer:
                held[address] = answer.headers["ETag"], json.load(answer)
                return held[address][1], answer.status
        except HTTPError as error:
            if error.code == 304:
                return held[address][1], 304
            if error.code not in (429, 503):
                # A problem document: `detail` says what is wrong, `errors` names every parameter at fault.
                raise SystemExit(json.load(error)["detail"]) from None
            time.sleep(int(error.headers.get("Retry-After", 2)))
    raise SystemExit(f"{address}: still busy after five tries")


def search(origin, parameters):
    """Every result, however many: `cursor=*` begins a walk, `links.next` goes on with it."""
    first = [*parameters, ("per_page", 100), ("facets", "none"), ("cursor", "*")]
    address = f"{origin}/v1/resources?{urlencode(first)}"
    while address:
        body, _ = get(address)
        yield from body["results"]
        following = body["links"].get("next")
        address = following and urljoin(origin, following)


def read_words(words):
    """`name=value` as it stands; all other words are searched for."""
    searched = " ".join(word for word in words if "=" not in word)
    return [tuple(word.split("=", 1)) for word in words if "=" in word] + ([("q", searched)] if searched else [])


if __name__ == "__main__":
    words = sys.argv[1:]
    origin = words.pop(0) if words and words[0].startswith("http") else os.environ.get("SIGNPOST_ORIGIN")
    if not origin:
        raise SystemExit("give the origin first, such as https://signpost.example.org")
    for resource in search(origin, read_words(words)):
        print(resource["title"], resource["url"] or "", sep="\t")
    again = next(iter(held))
    print("asked again:", get(again)[1], file=sys.stderr)
