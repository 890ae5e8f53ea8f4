"""Harvests everything with oaipmh-scythe: prints the identifier of each record, and whether it is deleted."""

import sys

from oaipmh_scythe import Scythe

with Scythe(sys.argv[1]) as scythe:
    for record in scythe.list_records(metadata_prefix=sys.argv[2]):
        print(record.header.identifier, "deleted" if record.header.deleted else "live")
