// Searches Signpost with types generated from its OpenAPI document: a wrong parameter does not compile.
import createClient from "openapi-fetch";
import type { paths } from "./signpost.js";

const baseUrl = process.argv[2] ?? process.env["SIGNPOST_ORIGIN"];
if (!baseUrl) throw new Error("give the origin first");
const client = createClient<paths, "application/json" | "application/problem+json">({ baseUrl });

const { data, error } = await client.GET("/v1/resources", {
  params: { query: { q: "chemistry", level: ["ks4"], per_page: 5 } },
});
if (error) throw new Error(error.detail);
console.log(`${data.total} results`);

for (const { id } of data.results) {
  const one = await client.GET("/v1/resources/{id}", { params: { path: { id } } });
  if (one.error) throw new Error(one.error.detail);
  console.log(`${one.data.title}\t${one.data.url ?? ""}`);
}

// @ts-expect-error: there is no parameter of this name, and the compiler knows it.
const { error: mistake } = await client.GET("/v1/resources", { params: { query: { levle: "ks4" } } });
if (!mistake?.errors?.some(({ parameter }) => parameter === "levle")) throw new Error("the mistake was not named");
