// Keeps a copy of Signpost in a folder, one file a resource. Run it every night; Node 20, no packages.
//
//     node sync.mjs ORIGIN copy/
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";

const words = process.argv.slice(2);
const origin = words[0]?.startsWith("http") ? words.shift() : process.env.SIGNPOST_ORIGIN;
if (!origin) throw new Error("give the origin first, such as https://signpost.example.org");
const folder = words[0] ?? "signpost-copy";
const state = join(folder, "state.json"); // Written after what it tells of: a run that broke off is done again.
const fileOf = (id) => join(folder, "resources", `${id}.json`);

/** The answer at a path. Waits when it is told to. */
async function ask(path) {
  for (let tries = 0; tries < 5; tries += 1) {
    const answer = await fetch(new URL(path, origin));
    if (answer.ok) return answer;
    if (answer.status !== 429 && answer.status !== 503) throw new Error((await answer.json()).detail);
    const seconds = Number(answer.headers.get("retry-after") ?? 2);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
  throw new Error(`${path}: still busy after five tries`);
}

/** Writes a file that is either as it was or as it will be, never half. */
function write(path, value) {
  fs.writeFileSync(`${path}.new`, JSON.stringify(value));
  fs.renameSync(`${path}.new`, path);
}

/** Takes the whole catalogue at once, and only when every byte of it arrived. */
async function begin() {
  const lines = join(folder, "export.ndjson");
  // Should the catalogue change between the two calls, the sums differ and we ask again.
  for (let tries = 0; tries < 3; tries += 1) {
    const manifest = await (await ask("/v1/export.manifest.json")).json();
    const { url, sha256 } = manifest.files.find((file) => file.format === "ndjson");
    await pipeline((await ask(url)).body, fs.createWriteStream(lines));
    const checksum = createHash("sha256");
    await pipeline(fs.createReadStream(lines), checksum);
    if (checksum.digest("hex") !== sha256) continue;
    for await (const line of createInterface({ input: fs.createReadStream(lines) })) {
      const resource = JSON.parse(line);
      write(fileOf(resource.id), resource);
    }
    write(state, { seq: manifest.index.seq });
    return manifest.index.seq;
  }
  throw new Error("the export does not have the checksum of its manifest");
}

fs.mkdirSync(join(folder, "resources"), { recursive: true });
let seq = fs.existsSync(state) ? JSON.parse(fs.readFileSync(state, "utf8")).seq : await begin();
for (;;) {
  const page = await (await ask(`/v1/changes?after=${seq}&limit=100`)).json();
  for (const { id, resource } of page.results) {
    // A change with a resource puts it; one without takes it away.
    if (resource) write(fileOf(id), resource);
    else fs.rmSync(fileOf(id), { force: true });
  }
  seq = page.next;
  write(state, { seq });
  if (page.results.length === 0) break;
}
const files = fs.readdirSync(join(folder, "resources"));
console.log(files.length, "resources, in step with change", seq);
