// Answers of the API that a running catalogue does not give when a test wants them.

const facet = (values = []) => ({ values, more: 0, not_stated: 0 });

/** A search that found nothing, with ways on. */
export function nothing() {
  return {
    total: 0, page: 1, per_page: 5, results: [], facets: { subject: facet(), level: facet(), type: facet(), source: facet() },
    interpretation: { text: 'blacksmith', filters: [], ambiguous: [], corrected: [], loosened: false },
    suggestion: { text: 'locksmith', total: 3, link: '/v1/resources?q=locksmith' },
    looser: [
      { change: 'without', facet: 'level', id: 'ks3', label: 'Key Stage 3', total: 12, q: 'blacksmith', link: '/v1/resources?q=blacksmith' },
      { change: 'literal', total: 2, q: 'blacksmith', link: '/v1/resources?q=blacksmith&interpret=off' },
    ],
    links: { self: '/v1/resources' }, index: { generation: 1, seq: 1 },
  };
}

/** One result in which every text is `text` and every address is `address`; the page behind it is at `next`. */
export function filledWith(text, address, next) {
  const concept = { id: text, label: text, method: 'inferred' };
  const value = { id: text, label: text, count: 3, inferred: 1, selected: false };
  const resource = {
    id: text, url: address, title: text, description: text, language: { id: text, label: text }, publisher: text,
    resource_types: [concept], levels: [{ ...concept, id: 'ks3' }], age_range: { from: text, to: text }, starts: text, deadline: text,
    closed: text, pinned: true, unstated: [text], records: [{ source: text }],
  };
  return {
    total: 9, page: 1, per_page: 1, results: [resource, { ...resource, levels: [] }],
    facets: { subject: facet([value]), level: facet([{ ...value, id: 'ks3' }]), type: facet([value]), source: facet([value]) },
    interpretation: {
      text, filters: [{ facet: text, id: text, label: text, matched: text, negated: true, soft: false, without: address }],
      ambiguous: [], corrected: [{ typed: text, to: text }], loosened: true,
    },
    suggestion: { text, total: 3, link: address },
    looser: [{ change: text, facet: text, id: text, label: text, word: text, total: 3, q: text, link: address }],
    links: { self: address, next }, index: { generation: 1, seq: 1 },
  };
}

/** A theme in which every member is `text`. */
export function themeOf(text) {
  return { name: 'rsc', theme: { accent: text, background: text, text, font: text, corner_px: text, density: text } };
}

/** What a page must never run; each counts itself when it does. */
export const PAYLOADS = [
  '<script>window.__xss++</script>',
  '"><script>window.__xss++</script>',
  '<img src=x onerror=window.__xss++>',
  '"><img src=x onerror="window.__xss++">',
  "'><svg/onload=window.__xss++>",
  '<svg><script>window.__xss++</script></svg>',
  '<iframe srcdoc="<script>parent.__xss++</script>"></iframe>',
  '" autofocus onfocus=window.__xss++ x="',
  '</signpost-search><script>window.__xss++</script>',
  '</style><script>window.__xss++</script>',
  '</textarea><script>window.__xss++</script>',
  '<math><mtext></mtext><mglyph><style><img src=x onerror=window.__xss++>',
  '<template><img src=x onerror=window.__xss++></template>',
  '{{constructor.constructor("window.__xss++")()}}',
  '${window.__xss++}',
  'javascript:window.__xss++',
  'JaVaScRiPt:window.__xss++',
  '\u0001javascript:window.__xss++',
  'java\nscript:window.__xss++',
  'data:text/html,<script>opener.__xss++</script>',
  'vbscript:window.__xss++',
  'blob:http://127.0.0.1/x',
  '//evil.example/x',
  'https://evil.example/x',
  '#fff;}*{background:url(https://evil.example/x)}',
  'red;background:url(javascript:window.__xss++)',
  'expression(window.__xss++)',
  '__proto__',
  'constructor',
];
