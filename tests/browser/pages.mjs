// Every page, and each state of it that looks different. What ids they need is asked of the running service.

import { origin } from './settings.mjs';

/** The answer of the API at `path`. */
export async function ask(path) {
  const answer = await fetch(`${origin}/v1/${path}`);
  if (!answer.ok) throw new Error(`/v1/${path} answers ${answer.status}`);
  return answer.json();
}

/** The ids of resources of a search, at most a hundred; `query` is what stands in the address. */
export async function idsOf(query, most = 100) {
  const { results } = await ask(`resources?${query}&fields=id&facets=none&per_page=${most}`);
  return results.map((resource) => resource.id);
}

/** The id of the resource with this identifier in the source of edges. */
async function edges() {
  const found = await ask('resources?source=edges&fields=id,records&facets=none&per_page=100');
  return Object.fromEntries(found.results.flatMap(({ id, records }) => records.filter((one) => one.source === 'edges').map((one) => [one.identifier, id])));
}

/** The slots of a plan, as the planner writes them into its own form: the part of a choice before the id. */
export async function slots(query = '') {
  const html = await (await fetch(`${origin}/planner?find=chemistry${query}`)).text();
  const values = [...html.matchAll(/<option[^>]*\bvalue="([^"~]+)~/g)].map((match) => match[1].replaceAll('&#x2F;', '/'));
  return [...new Set(values)];
}

/** The pages of the documentation. */
const DOCS = ['', '/search', '/copy', '/feeds', '/keys', '/oai', '/errors', '/reports', '/widget', '/stability'];

/** The addresses of all states, by name. */
export async function states() {
  const id = await edges();
  const three = [id.lesson, id.arabic, id['long-title']].join();
  const all = Object.values(id);
  const [first, , third = first] = await slots();
  const plan = first
    ? new URLSearchParams([['title', 'A year of science careers'], ['at', `${first}~${id.lesson}`], ['at', `${third}~${id.event}`],
      ['own', `${first}~~Careers fair in the hall`], ['find', 'engineer']])
    : '';
  return {
    start: '/',
    'start in the words of Scotland': '/?words=scotland',
    search: '/?q=engineer',
    'search for everything': '/?q=',
    'search with filters': '/?subject=chemistry&level=ks3&inferred=off',
    'search with a list and Welsh words': `/?q=physics&words=wales&list=${three}`,
    'search that finds one': '/?q=quokkaphone',
    'search that finds nothing': '/?q=zzxqv+blorptik',
    'a later page of a search': '/?q=&page=3',
    'long, Welsh and right-to-left results': '/?source=edges',
    'three hundred publishers': '/?source=crowd',
    resource: `/resources/${id.lesson}`,
    'resource with a long title': `/resources/${id['long-title']}`,
    'resource with one long word': `/resources/${id['one-word']}`,
    'resource in Arabic': `/resources/${id.arabic}`,
    'resource in Welsh': `/resources/${id.welsh}`,
    'resource with nothing but a title': `/resources/${id.shelf}`,
    'event, with a list': `/resources/${id.event}?words=northern-ireland&list=${three}`,
    'resource that is over': `/resources/${id.closed}`,
    'form of a report': `/resources/${id.lesson}/report`,
    list: `/list?ids=${three}`,
    'list of many': `/list?ids=${all.join()}`,
    'list with what is not there': `/list?ids=${id.lesson},0000000000000000,nonsense`,
    'list of nothing': '/list',
    coverage: '/coverage',
    'coverage of other facets': '/coverage?rows=type&columns=subject&words=scotland',
    'coverage of many publishers': '/coverage?rows=publisher&columns=type',
    sources: '/sources',
    source: '/sources/edges',
    'source with unknown words': '/sources/hostile',
    'what a source holds twice': '/sources/hostile?with=hostile',
    planner: '/planner',
    'planner with a plan': `/planner?${plan}`,
    'planner in Scotland': '/planner?words=scotland&find=physics',
    'planner in Northern Ireland': `/planner?words=northern-ireland&add=${three}`,
    partners: '/partners',
    'widget builder': '/partners/widget',
    'widget builder with choices': '/partners/widget?subject=chemistry&limit=3',
    'form of a view': '/partners/view',
    'form of a key': '/partners/key',
    students: '/students',
    'students with a job': '/students?q=nurse',
    'students with a subject': '/students?subject=physics',
    'students with nothing': '/students?q=zzxqv',
    about: '/about',
    privacy: '/privacy',
    accessibility: '/accessibility',
    contact: '/contact',
    design: '/design',
    ...Object.fromEntries(DOCS.map((name) => [`docs${name.replace('/', ' ')}`, `/docs${name}`])),
    'docs of a problem': '/problems/bad-parameter',
    'docs of errors in the words of Wales': '/docs/errors?words=wales',
    'docs of a problem in the words of Wales': '/problems/bad-parameter?words=wales',
    'error 400': '/?subjct=chemistry',
    'error 404': '/nothing-here',
    'error 404 of a resource': '/resources/0000000000000000',
    ...(await gone()),
  };
}

/** The page of what was taken back last, where something was. */
async function gone() {
  const { head } = await ask('changes?limit=1');
  const { results } = await ask(`changes?after=${Math.max(0, head - 100)}&limit=100`);
  const withdrawn = results.find((change) => change.op === 'withdrawn');
  return withdrawn ? { 'error 410': `/resources/${withdrawn.id}` } : {};
}

/** The status with which a state is answered. */
export function statusOf(name) {
  const [, status] = /^error (\d+)/.exec(name) ?? [];
  return status ? Number(status) : 200;
}
