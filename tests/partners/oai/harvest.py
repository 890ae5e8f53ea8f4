"""Harvests a running Signpost with three harvesters that others have written, while records change.

    harvest.py ORIGIN PERL [--push SOURCE TOKEN RECORDS]

Each harvester must bring every record that stands from before it begins until after it ends, each once, and nothing
twice. With --push, records of that source are sent again with other titles all the while, new ones are added and some
are withdrawn, so that the list changes under the harvesters.
"""

import json
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
HARVESTERS = {
    "sickle": [sys.executable, str(HERE / "with_sickle.py")],
    "oaipmh-scythe": [sys.executable, str(HERE / "with_scythe.py")],
    "HTTP::OAI": [sys.argv[2], str(HERE / "with_http_oai.pl")],
}


def records(numbers, edition):
    """Records of a source whose mapping is `id`, `title`, `url` and `description`."""
    for number in numbers:
        yield {
            "id": str(number),
            "title": f"Unlike thing {number:x} of edition {edition}",
            "url": f"https://example.org/things/{number}",
            "description": f"What number {number * 7919 % 100003} does in laboratory {number * 31 % 9973}.",
        }


def withdrawn(numbers):
    """That these records are no more."""
    for number in numbers:
        yield {"id": str(number), "deleted": True}


def push(origin, source, token, lines):
    body = "\n".join(json.dumps(line) for line in lines).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    request = urllib.request.Request(f"{origin}/v1/sources/{source}/records", body, headers)
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.load(answer)


class Changing(threading.Thread):
    """Changes 200 records of the source, adds 20 and withdraws 10, again and again, until it is stopped."""

    # What is withdrawn never comes back: these are shared by all that change.
    gone, rounds = set(), 0

    def __init__(self, origin, source, token, count):
        super().__init__(daemon=True)
        self.asked, self.count = (origin, source, token), count
        self.changed, self.added, self.withdrawn = 0, 0, 0
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            Changing.rounds += 1
            start = Changing.rounds * 7919 % max(self.count - 200, 1)
            leaving = [number for number in range(start, start + 40, 4) if number < self.count]
            Changing.gone.update(leaving)
            changing = [number for number in range(start, min(start + 200, self.count)) if number not in Changing.gone]
            adding = range(self.count + 20 * Changing.rounds, self.count + 20 * Changing.rounds + 20)
            push(*self.asked, [*records(changing, Changing.rounds), *records(adding, 0), *withdrawn(leaving)])
            self.changed, self.added = self.changed + len(changing), self.added + len(adding)
            self.withdrawn += len(leaving)
            self.stopping.wait(0.5)


def exported(origin):
    with urllib.request.urlopen(f"{origin}/v1/export.ndjson?fields=id&link=ok,moved,broken,unchecked,none", timeout=600) as answer:
        return {json.loads(line)["id"] for line in answer}


def listed(origin):
    """The resources that OAI-PMH lists and does not call deleted."""
    live, arguments = set(), "metadataPrefix=oai_dc"
    while arguments:
        with urllib.request.urlopen(f"{origin}/oai?verb=ListIdentifiers&{arguments}", timeout=600) as answer:
            text = answer.read().decode()
        live.update(re.findall(r"<header>\s*<identifier>[^<]*:([^<:]+)<", text))
        token = re.search(r"<resumptionToken[^>]*>([^<]+)<", text)
        arguments = token and f"resumptionToken={token.group(1)}"
    return live


def standing(origin):
    """What is published, once the list of OAI-PMH has come so far, which follows what is published."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        published = exported(origin)
        if published == listed(origin):
            return published
        time.sleep(0.2)
    sys.exit("FAILED: the list of OAI-PMH does not become what is published")


def main():
    origin, passed, failed = sys.argv[1], 0, 0
    if "--push" in sys.argv:
        source, token, count = sys.argv[sys.argv.index("--push") + 1 :][:3]
        count = int(count)
        for start in range(0, count, 20_000):
            push(origin, source, token, records(range(start, min(start + 20_000, count)), 0))
    for name, command in HARVESTERS.items():
        before = standing(origin)
        changing = Changing(origin, source, token, count) if "--push" in sys.argv else None
        if changing:
            changing.start()
        started = time.monotonic()
        run = subprocess.run([*command, f"{origin}/oai", "oai_dc"], capture_output=True, text=True)
        seconds = time.monotonic() - started
        if changing:
            changing.stopping.set()
            changing.join()
        expected = before & standing(origin)
        lines = [line.split() for line in run.stdout.splitlines()]
        ids = [identifier.rsplit(":", 1)[1] for identifier, _ in lines]
        live = {identifier.rsplit(":", 1)[1] for identifier, state in lines if state == "live"}
        lost, twice = len(expected - live), len(ids) - len(set(ids))
        is_right = run.returncode == 0 and lost == 0 and twice == 0
        passed, failed = passed + is_right, failed + (not is_right)
        meanwhile = f"; meanwhile {changing.changed} changed, {changing.added} added, {changing.withdrawn} withdrawn" if changing else ""
        told = f"{len(live)} live and {len(ids) - len(live)} deleted records, {lost} of {len(expected)} lost, {twice} twice"
        print(f"{'ok' if is_right else 'FAILED'}: {name}: {told}, {seconds:.0f} s{meanwhile}")
        if run.returncode:
            print(run.stderr[-600:])
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
