"""Harvests everything with sickle: prints the identifier of each record, and whether it is deleted."""

import sys

from sickle import Sickle

for record in Sickle(sys.argv[1], timeout=60).ListRecords(metadataPrefix=sys.argv[2]):
    print(record.header.identifier, "deleted" if record.header.deleted else "live")
