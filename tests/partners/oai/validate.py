"""Validates the answers of a running Signpost against the schemas of OAI-PMH and oai_dc: `validate.py ORIGIN ALL.xsd`.

All records are walked through, and each error is asked for once.
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
walk(verb="ListSets")
headers = walk(verb="ListIdentifiers", metadataPrefix="oai_dc")
walk(verb="ListRecords", metadataPrefix="oai_dc")
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
print(f"{valid} passed, {len(files) - valid} failed")
sys.exit(valid != len(files))
