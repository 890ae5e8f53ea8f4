"""Harvests a running Signpost with three harvesters that others have written, while records change.

    harvest.py ORIGIN PERL [--push SOURCE TOKEN RECORDS]

Each harvester must bring every record that the export holds, each once. With --push, records of that source are sent
again with other titles all the while, so that the list changes under the harvesters.
"""

import json
import pathlib
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


def push(origin, source, token, numbers, edition):
    body = "\n".join(json.dumps(record) for record in records(numbers, edition)).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    request = urllib.request.Request(f"{origin}/v1/sources/{source}/records", body, headers)
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.load(answer)


class Changing(threading.Thread):
    """Sends 200 records of the source anew, again and again, until it is stopped."""

    def __init__(self, origin, source, token, count):
        super().__init__(daemon=True)
        self.asked, self.sent, self.rounds = (origin, source, token), 0, 0
        self.count, self.stopping = count, threading.Event()

    def run(self):
        while not self.stopping.is_set():
            start = self.rounds * 7919 % max(self.count - 200, 1)
            self.rounds += 1
            push(*self.asked, range(start, min(start + 200, self.count)), self.rounds)
            self.sent += 200
            self.stopping.wait(0.5)


def exported(origin):
    with urllib.request.urlopen(f"{origin}/v1/export.ndjson?fields=id&link=ok,moved,broken,unchecked,none", timeout=600) as answer:
        return {json.loads(line)["id"] for line in answer}


def main():
    origin, passed, failed = sys.argv[1], 0, 0
    if "--push" in sys.argv:
        source, token, count = sys.argv[sys.argv.index("--push") + 1 :][:3]
        for start in range(0, int(count), 20_000):
            push(origin, source, token, range(start, min(start + 20_000, int(count))), 0)
    expected = exported(origin)
    for name, command in HARVESTERS.items():
        changing = Changing(origin, source, token, int(count)) if "--push" in sys.argv else None
        if changing:
            changing.start()
        started = time.monotonic()
        run = subprocess.run([*command, f"{origin}/oai", "oai_dc"], capture_output=True, text=True)
        seconds = time.monotonic() - started
        if changing:
            changing.stopping.set()
            changing.join()
        lines = [line.split() for line in run.stdout.splitlines()]
        ids = [identifier.rsplit(":", 1)[1] for identifier, _ in lines]
        lost, twice = len(expected - set(ids)), len(ids) - len(set(ids))
        is_right = run.returncode == 0 and lost == 0 and twice == 0
        passed, failed = passed + is_right, failed + (not is_right)
        changed = f", {changing.sent} records changed meanwhile" if changing else ""
        print(f"{'ok' if is_right else 'FAILED'}: {name}: {len(ids)} records, {lost} lost, {twice} twice, {seconds:.0f} s{changed}")
        if run.returncode:
            print(run.stderr[-600:])
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
