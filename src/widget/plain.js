// What knows nothing of the element.

const DESCRIPTION_CHARACTERS = 220;
// A sentence that ends before this leaves too little to choose by.
const FEWEST_CHARACTERS = 80;
const SENTENCE_END = /([\p{L}\d’'%)-]{2,})[.!?]["”’)]*(?=\s+["“‘(]*[\p{Lu}\d])/gu;
// “Dr.” and “Prof.” end no sentence.
const TITLE_OF_A_PERSON = /^\p{Lu}.{0,3}$/u;

/** An element with attributes, `on…` listeners and children; text stays text. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The address when it is one a link may lead to. */
function webAddress(text, base) {
  try {
    const url = new URL(text, base);
    return /^https?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

const list = (value) => (Array.isArray(value) ? value : []);
const split = (text) => (text || '').split(/[\s,]+/).filter(Boolean);

/** The counted values of a facet. */
const counted = (answer, facet) => list(((answer.facets || {})[facet] || {}).values);

/** Whole sentences where they fit, else whole words. */
function shorten(text) {
  if (text.length <= DESCRIPTION_CHARACTERS) return text;
  let end = 0;
  for (const found of text.slice(0, DESCRIPTION_CHARACTERS + 2).matchAll(SENTENCE_END)) {
    if (!TITLE_OF_A_PERSON.test(found[1])) end = found.index + found[0].length;
  }
  if (end >= FEWEST_CHARACTERS) return text.slice(0, end);
  return text.slice(0, DESCRIPTION_CHARACTERS).replace(/\s+\S*$/, '').replace(/[\s.,;:!?(–—-]+$/, '') + '…';
}

/** Dates without an offset are local already; the others are told in the time of the United Kingdom. */
function day(text, lang) {
  const isInstant = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text);
  const date = new Date(isInstant ? text : text.slice(0, 10) + 'T00:00:00Z');
  if (isNaN(date)) return text;
  const timeZone = isInstant ? 'Europe/London' : 'UTC';
  return new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeZone }).format(date);
}

/** The levels of these stages, in order, without one that two others are together: “Third and Fourth Level”. */
function inStages(levels, stages) {
  const place = (one) => stages.indexOf(one.id);
  const shown = levels.filter((one) => one.selected || place(one) >= 0);
  const has = (id) => shown.some((one) => one.id === id);
  const isBoth = ({ id }) => {
    const [, nation, first, second] = /^(\w+-)(\w+)-(\w+)$/.exec(id) || [];
    return nation && has(nation + first) && has(nation + second);
  };
  return shown.filter((one) => one.selected || !isBoth(one)).sort((a, b) => (place(a) >>> 0) - (place(b) >>> 0));
}

/** Whether dark or light is read better on a colour `#rrggbb`. Source: WCAG 2.2, relative luminance. */
function isDark(hex) {
  const part = (place) => {
    const value = parseInt(hex.slice(place, place + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) < 0.18;
}

/** The style sheet of a view's theme. Whatever is not of the form that is expected is left out. */
function themeStyle(theme) {
  const colour = (value) => (/^#[0-9a-f]{6}$/i.test(value) ? value : null);
  const [accent, background, text] = [theme.accent, theme.background, theme.text].map(colour);
  const lines = [];
  if (accent) lines.push(`--_theme-accent:${accent};--_theme-on-accent:${isDark(accent) ? '#ffffff' : '#000000'}`);
  if (background) lines.push(`--_theme-background:${background}`);
  if (text) lines.push(`--_theme-text:${text}`);
  // Colours are chosen for one background; half of them light and half dark could not be read.
  if (accent || background || text) lines.push(`--_scheme:${background && isDark(background) ? 'dark' : 'light'}`);
  if (Number.isInteger(theme.corner_px) && theme.corner_px >= 0) lines.push(`--_theme-corner:${theme.corner_px}px`);
  if (theme.density === 'compact') lines.push('--_theme-space:0.65em');
  const font = theme.font === 'inherit' ? '.frame{font-family:var(--signpost-font,inherit)}' : '';
  return `:host{${lines.join(';')}}${font}`;
}
