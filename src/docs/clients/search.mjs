// Searches Signpost and prints title and link of every result. Node 20, no packages.
//
//     node search.mjs ORIGIN chemistry jobs level=ks4 cost=free
//
// Imported, by a page in a browser too, it gives `search` and `get` and runs nothing.

const held = new Map(); // address -> { tag, body }: what we have already

/** The JSON at an address. Waits when it is told to, and takes nothing twice that has not changed. */
export async function get(address) {
  for (let tries = 0; tries < 5; tries += 1) {
    const headers = { accept: "application/json" };
    if (held.has(address)) headers["if-none-match"] = held.get(address).tag;
    const answer = await fetch(address, { headers });
    if (answer.status === 304) return { ...held.get(address), status: 304 };
    const body = await answer.json();
    if (answer.ok) {
      held.set(address, { tag: answer.headers.get("etag"), body });
      return { body, status: answer.status };
    }
    // A problem document: `detail` says what is wrong, `errors` names every parameter at fault.
    if (answer.status !== 429 && answer.status !== 503) throw new Error(body.detail);
    const seconds = Number(answer.headers.get("retry-after") ?? 2);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
  throw new Error(`${address}: still busy after five tries`);
}

/** Every result of a search, however many: `cursor=*` begins a walk, `links.next` goes on with it. */
export async function* search(origin, parameters) {
  const first = new URLSearchParams([...parameters, ["per_page", "100"], ["facets", "none"], ["cursor", "*"]]);
  let address = `${origin}/v1/resources?${first}`;
  while (address) {
    const { body } = await get(address);
    yield* body.results;
    address = body.links.next && new URL(body.links.next, origin).href;
  }
}

/** `name=value` as it stands; all other words are searched for. */
export function readWords(words) {
  const parameters = words.filter((word) => word.includes("="));
  const searched = words.filter((word) => !word.includes("=")).join(" ");
  const pairs = parameters.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]);
  return searched ? [...pairs, ["q", searched]] : pairs;
}

if (/[\\/]search\.mjs$/.test(globalThis.process?.argv?.[1] ?? "")) {
  const words = process.argv.slice(2);
  const origin = words[0]?.startsWith("http") ? words.shift() : process.env.SIGNPOST_ORIGIN;
  if (!origin) throw new Error("give the origin first, such as https://signpost.example.org");
  for await (const resource of search(origin, readWords(words))) {
    console.log(`${resource.title}\t${resource.url ?? ""}`);
  }
  const again = [...held.keys()][0];
  console.error(`asked again: ${(await get(again)).status}`);
}
