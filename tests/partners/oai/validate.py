"""Validates the answers of a running Signpost against the schemas of OAI-PMH and oai_dc: `validate.py ORIGIN ALL.xsd`.

All records are walked through, and each error is asked for once. Where the source `things` is among them, whose
records come and go, some of them must be deleted ones.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

origin, schema = sys.argv[1:3]
folder = pathlib.Path(tempfile.mkdtemp())
files = []


def ask(**arguments):
    with urllib.request.urlopen(f"{origin}/oai?{urllib.parse.urlencode(arguments)}", timeout=120) as answer:
        text = answer.read().decode()
    files.append(folder / f"{len(files)}.xml")
    files[-1].write_text(text)
    return text


def walk(**arguments):
    text = ask(**arguments)
    while token := re.search(r"<resumptionToken[^>]*>([^<]+)<", text):
        text = ask(verb=arguments["verb"], resumptionToken=token.group(1))
    return text


identify = ask(verb="Identify")
ask(verb="ListMetadataFormats")
has_things = "source:things" in walk(verb="ListSets")
headers = walk(verb="ListIdentifiers", metadataPrefix="oai_dc")
walk(verb="ListRecords", metadataPrefix="oai_dc")
everything = "".join(path.read_text() for path in files)
deleted = re.findall(r'<header status="deleted">\s*<identifier>([^<]+)<', everything)
for identifier in deleted[:3]:
    ask(verb="GetRecord", identifier=identifier, metadataPrefix="oai_dc")
identifier = re.search(r"<identifier>([^<]+)<", headers).group(1)
ask(verb="GetRecord", identifier=identifier, metadataPrefix="oai_dc")
ask(verb="ListMetadataFormats", identifier=identifier)
for wrong in [
    {},
    {"verb": "Nonsense"},
    {"verb": "ListRecords"},
    {"verb": "ListRecords", "metadataPrefix": "nothing"},
    {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "nothing"},
    {"verb": "ListRecords", "metadataPrefix": "oai_dc", "until": "1990-01-01"},
    {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2020-01-01", "until": "2021-01-01T00:00:00Z"},
    {"verb": "ListRecords", "resumptionToken": "forged"},
    {"verb": "GetRecord", "identifier": identifier + "x", "metadataPrefix": "oai_dc"},
    {"verb": "Identify", "<a>": "&"},
]:
    ask(**wrong)

run = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema, *map(str, files)], capture_output=True, text=True)
invalid = [line for line in run.stderr.splitlines() if not line.endswith(" validates")]
print("\n".join(invalid[:40]))
valid = sum(line.endswith(" validates") for line in run.stderr.splitlines())
failed = len(files) - valid
if has_things and not deleted:
    failed += 1
    print("no deleted record is among what was validated")
print(f"{valid} passed, {failed} failed; {len(set(deleted))} records deleted")
sys.exit(failed > 0)
