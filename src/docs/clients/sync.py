#!/usr/bin/env python3
"""Keeps a copy of Signpost in an SQLite file. Run it every night; it goes on from where it stopped, whatever stopped it.

    python3 sync.py ORIGIN copy.sqlite
"""
import hashlib, json, os, sqlite3, sys, tempfile, time
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

words = sys.argv[1:]
origin = words.pop(0) if words and words[0].startswith("http") else os.environ.get("SIGNPOST_ORIGIN")
if not origin:
    raise SystemExit("give the origin first, such as https://signpost.example.org")
copy = sqlite3.connect(words[0] if words else "signpost.sqlite")
copy.execute("CREATE TABLE IF NOT EXISTS resources (id TEXT PRIMARY KEY, json TEXT NOT NULL)")
copy.execute("CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY, seq INTEGER NOT NULL)")

def ask(path):
    """The answer at a path, to be read. Waits when it is told to."""
    for _ in range(5):
        try:
            agent = {"User-Agent": "example-society/1 (web@example.org)"}
            return urlopen(Request(urljoin(origin, path), headers=agent), timeout=60)
        except HTTPError as error:
            if error.code not in (429, 503):
                raise SystemExit(json.load(error)["detail"]) from None
            time.sleep(int(error.headers.get("Retry-After", 2)))
    raise SystemExit(f"{path}: still busy after five tries")

def put(resource):
    copy.execute("INSERT OR REPLACE INTO resources VALUES (?, ?)", (resource["id"], json.dumps(resource)))

def begin():
    """The whole catalogue at once, and only when every byte of it arrived."""
    for _ in range(3):  # Should the catalogue change between the two calls, the sums differ and we ask again.
        manifest = json.load(ask("/v1/export.manifest.json"))
        wanted = next(file for file in manifest["files"] if file["format"] == "ndjson")
        with ask(wanted["url"]) as answer, tempfile.TemporaryFile() as lines:
            checksum = hashlib.sha256()
            for block in iter(lambda: answer.read(1 << 16), b""):
                checksum.update(block)
                lines.write(block)
            if checksum.hexdigest() == wanted["sha256"]:
                lines.seek(0)
                with copy:  # One transaction: all of it, or nothing.
                    for line in lines:
                        put(json.loads(line))
                    copy.execute("INSERT INTO state VALUES (1, ?)", (manifest["index"]["seq"],))
                return
    raise SystemExit("the export does not have the checksum of its manifest")

def follow():
    """What has changed since. A change with a resource puts it; one without takes it away."""
    while True:
        (seq,) = copy.execute("SELECT seq FROM state").fetchone()
        page = json.load(ask(f"/v1/changes?after={seq}&limit=100"))
        with copy:  # The changes and how far we are, together.
            for change in page["results"]:
                if change.get("resource"):
                    put(change["resource"])
                else:
                    copy.execute("DELETE FROM resources WHERE id = ?", (change["id"],))
            copy.execute("UPDATE state SET seq = ?", (page["next"],))
        if not page["results"]:
            return seq

if not copy.execute("SELECT * FROM state").fetchone():
    begin()
seq = follow()
print(copy.execute("SELECT count(*) FROM resources").fetchone()[0], "resources, in step with change", seq)
