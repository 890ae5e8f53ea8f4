// The attributes, and what the console is told when one is not known.

// Put in when the file is served.
const { words: WORDS, stages: STAGES, style: STYLE } = '%DATA%';

const NAME = 'signpost-search';
const FACETS = Object.keys(WORDS.en.facets);
// Parameters of a search that are no facets.
const PLAIN = ['age', 'sort', 'inferred'];
const OWN = ['view', 'q', 'limit', 'heading', 'heading-level', 'lang', 'filters', 'level-names', 'target', 'api'];
const ATTRIBUTES = [...OWN, ...FACETS, ...PLAIN];
const MOST_RESULTS = 20;
// A page may change its attributes all day.
const MOST_WARNINGS = 100;

function languageOf(lang) {
  const small = lang.toLowerCase();
  return [small, small.split('-')[0]].find((one) => Object.hasOwn(WORDS, one));
}

const among = (...values) => [(value) => values.includes(value), values.join(', ')];
const upTo = (most) => [(value) => /^\d+$/.test(value) && value >= 1 && value <= most, `1 to ${most}`];

// The values that the element reads itself; the others the API checks, and tells.
const VALUES = {
  filters: among(...FACETS),
  'level-names': among(...Object.keys(STAGES)),
  lang: [(value) => languageOf(value) !== undefined, Object.keys(WORDS).join(', ')],
  limit: upTo(MOST_RESULTS),
  'heading-level': upTo(6),
  target: among('_blank', '_self', '_parent', '_top'),
  api: [(value) => webAddress(value, document.baseURI) !== null, 'an http or https address'],
};
const HAS_SEVERAL = ['filters', 'level-names'];

// Attributes of every element, and of frameworks.
const GLOBAL = new Set(['class', 'is', 'exportparts']);
for (const name in HTMLElement.prototype) GLOBAL.add(name.toLowerCase());
const FOREIGN = /^(on|item|_)|^(data|aria|ng|hx|v|x|b|xml)-|[^a-z_-]/;

const warned = new Set();

/** Tells who wrote the page, once. */
function warn(text) {
  if (warned.has(text) || warned.size >= MOST_WARNINGS) return;
  warned.add(text);
  console.warn(`<${NAME}>: ${text}`);
}

function checkAttributes(element) {
  for (const { name, value } of element.attributes) {
    if (!ATTRIBUTES.includes(name)) {
      if (!GLOBAL.has(name) && !FOREIGN.test(name)) warn(`there is no attribute ${name}; known: ${ATTRIBUTES.join(', ')}`);
    } else if (Object.hasOwn(VALUES, name)) {
      const [isKnown, known] = VALUES[name];
      const given = HAS_SEVERAL.includes(name) ? split(value) : [value.trim()].filter(Boolean);
      const strange = given.filter((one) => !isKnown(one));
      if (strange.length) warn(`${name}: “${strange.join(' ').slice(0, 80)}” is not known; known: ${known}`);
    }
  }
}
