"""Do our answers expand as JSON-LD without loss, for somebody who has our context and nothing else?

    pip install pyld
    python linked_data.py ORIGIN

Takes the context, some resources in both forms, a search and every vocabulary as SKOS, and expands them. The only
document that may be asked for meanwhile is our context. Prints what failed, then `N passed, N failed`.
"""

import json
import sys
import urllib.request

from pyld import jsonld

RESOURCES = 50
SCHEMA = "https://schema.org/"
SKOS = "http://www.w3.org/2004/02/skos/core#"


def main(origin):
    context_address = origin + "/v1/context.jsonld"
    context = get(context_address)
    public = context["@context"]["results"]["@context"]["@base"].removesuffix("/v1/resources/")
    known = {address: context for address in (context_address, public + "/v1/context.jsonld")}
    jsonld.set_document_loader(lambda address, options: load(known, address))
    tally = {True: 0, False: 0}

    def check(what, mistakes):
        tally[not mistakes] += 1
        for mistake in mistakes:
            print(f"{what}: {mistake}")

    listed = get(f"{origin}/v1/resources?facets=none&per_page={RESOURCES}&sort=title")
    for resource in listed["results"]:
        path = "/v1/resources/" + resource["id"]
        own = expand(get(f"{origin}{path}?include=assertions"), public + path, context_address)
        check(f"{path} as our own JSON", own.mistakes + misses(own, public + path, None))
        other = expand(get(f"{origin}{path}?format=jsonld"), public + path, None)
        check(f"{path} as schema.org", other.mistakes + misses(other, public + path, SCHEMA + "LearningResource"))
    searched = get(f"{origin}/v1/resources?q=chemistry&highlight=on&explain=on&per_page=5")
    found = expand(searched, public + "/v1/resources?q=chemistry", context_address)
    addresses = {public + "/v1/resources/" + resource["id"] for resource in searched["results"]}
    check("a search", found.mistakes + [f"no {address}" for address in addresses - found.subjects()])
    for vocabulary in get(origin + "/v1/vocabularies")["results"]:
        path = "/v1/vocabularies/" + vocabulary["name"]
        skos = expand(get(f"{origin}{path}?format=skos"), public + path, None)
        check(f"{path} as SKOS", skos.mistakes + misses(skos, public + path, SKOS + "ConceptScheme") + broken(skos))
    print(f"{tally[True]} passed, {tally[False]} failed")
    return 1 if tally[False] or not tally[True] else 0


def get(address):
    with urllib.request.urlopen(address) as answer:
        return json.load(answer)


def load(known, address):
    if address not in known:
        raise ValueError(f"{address} was asked for")
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": address, "document": known[address]}


class Expanded:
    """A document in its expanded form, and what was lost on the way."""

    def __init__(self, nodes, mistakes):
        self.nodes = nodes
        self.mistakes = mistakes

    def subjects(self):
        return {node["@id"] for node in walk(self.nodes) if "@id" in node}


def expand(document, base, context):
    dropped = []
    options = {"base": base, "on_property_dropped": dropped.append}
    if context:
        options["expandContext"] = context
    nodes = jsonld.expand(document, options)
    mistakes = [f"`{name}` was dropped" for name in dropped]
    for node in walk(nodes):
        mistakes += [f"`{name}` is no address" for name in node if not name.startswith("@") and ":" not in name]
        named = [node.get("@id", "a:"), *(kind for kind in as_list(node.get("@type", [])) if kind != "@json")]
        mistakes += [f"`{name}` is no address" for name in named if ":" not in name or " " in name]
    body = {name: value for name, value in document.items() if name != "@context"}
    given, kept = leaves(body), leaves_of_expanded(nodes)
    if given != kept:
        mistakes.append(f"of {given} values {kept} are left")
    return Expanded(nodes, mistakes)


def walk(value):
    """Every node and value object; what stands in a JSON literal is data and no node."""
    if isinstance(value, list):
        for one in value:
            yield from walk(one)
    elif isinstance(value, dict):
        yield value
        for name, inner in value.items():
            if name not in ("@value", "@id", "@type"):
                yield from walk(inner)


def leaves(value):
    """How many values a document states. Null states nothing."""
    if isinstance(value, dict):
        return sum(leaves(inner) for inner in value.values())
    if isinstance(value, list):
        return sum(leaves(inner) for inner in value)
    return 0 if value is None else 1


def leaves_of_expanded(value):
    if isinstance(value, list):
        return sum(leaves_of_expanded(inner) for inner in value)
    if "@value" in value:
        return leaves(value["@value"])
    return sum(
        len(as_list(inner)) if name in ("@id", "@type") else leaves_of_expanded(inner) for name, inner in value.items()
    )


def as_list(value):
    return value if isinstance(value, list) else [value]


def misses(expanded, address, kind):
    for node in walk(expanded.nodes):
        if node.get("@id") == address and (kind is None or kind in as_list(node.get("@type", []))):
            return []
    return [f"there is no {address}" + (f" that is a {kind}" if kind else "")]


def broken(expanded):
    """Concepts of this vocabulary that another one names and that are not there."""
    nodes = {node["@id"]: node for node in walk(expanded.nodes) if "@type" in node}
    mistakes = []
    for address, node in nodes.items():
        for relation in ("broader", "narrower", "inScheme", "hasTopConcept", "topConceptOf"):
            for other in node.get(SKOS + relation, []):
                if other["@id"] not in nodes:
                    mistakes.append(f"{address}: {relation} {other['@id']} is not there")
        if SKOS + "Concept" in node["@type"] and len(node.get(SKOS + "prefLabel", [])) != 1:
            mistakes.append(f"{address} has not one label")
    return mistakes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/")))
