"""How NDJSON is written, which the fuzzer does not know by itself."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    return value if isinstance(value, (bytes, str)) else json.dumps(value)
