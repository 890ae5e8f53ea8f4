// A visitor with a keyboard and nothing else: goes from stop to stop, and notes each that could not be seen.

export const isResource = (one) => one.tag === 'a' && /\/resources\/[^/?#]+(\?|#|$)/.test(one.href) && one.isInMain;
export const isButton = (words) => (one) => (one.tag === 'button' || one.type === 'submit') && words.test(one.text || one.value);
export const isLink = (words) => (one) => one.tag === 'a' && words.test(one.text);
export const parameter = (name) => (url) => url.searchParams.get(name);
/** Whether an address is that of a page with a parameter. */
export const at = (path, name, value) => (url) => url.pathname === path && url.searchParams.get(name) === value;

/** So many stops are tried before something counts as out of reach; a page with all its filters has some two hundred. */
const MOST_STOPS = 400;

/** Runs in the page: what has the focus, as a visitor would call it. */
function focused() {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const label = one.getAttribute('aria-label') ?? (one.labels?.length ? [...one.labels].map((label) => label.textContent).join(' ') : one.textContent);
  const ring = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none';
  const beside = one.labels?.length && [...one.labels].some((label) => getComputedStyle(label).outlineStyle !== 'none');
  return {
    tag: one.localName, type: one.type ?? '', name: one.name ?? '', value: one.value ?? '', href: one.href ?? '',
    text: label.replaceAll(/\s+/g, ' ').trim(), isInMain: one.closest('main') !== null, isInTable: one.closest('table') !== null,
    isSeen: (ring || Boolean(beside)) && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}

/** A visitor at a page. */
export class Visitor {
  /** `examine` is what looks at a page. */
  constructor(page, examine) {
    this.page = page;
    this.examine = examine;
    /** What was found wrong with pages on the way. */
    this.found = [];
    /** Stops without a ring, or out of sight. */
    this.unseen = new Set();
  }

  /** Presses `key` until what has the focus is what is looked for. */
  async to(what, isIt, key = 'Tab') {
    for (let stop = 0; stop < MOST_STOPS; stop += 1) {
      await this.page.keyboard.press(key);
      const one = await this.page.evaluate(focused);
      if (!one) continue;
      if (!one.isSeen) this.unseen.add(`${one.tag} “${one.text.slice(0, 40)}” at ${new URL(this.page.url()).pathname}`);
      if (isIt(one)) return one;
    }
    throw new Error(`${what} is not reached by ${key} at ${this.page.url()}`);
  }

  /** Presses Enter, and waits until the page that it leads to is there: another one, whatever a script wrote into the address before. */
  async enter(isThere) {
    await Promise.all([this.page.waitForEvent('load', { timeout: 10_000 }), this.page.keyboard.press('Enter')]);
    await this.page.waitForURL(isThere, { waitUntil: 'load', timeout: 10_000 });
  }

  /** Opens what is folded. */
  async unfold(words) {
    const one = await this.to(`“${words.source}”`, (one) => one.tag === 'summary' && words.test(one.text));
    await this.press('Enter');
    return one;
  }

  /** Has the page looked at, with the colours of day and night. */
  async look() {
    for (const colorScheme of ['dark', 'light']) {
      await this.page.emulateMedia({ colorScheme });
      this.found.push(...(await this.examine(this.page)));
    }
  }

  type(text) {
    return this.page.keyboard.type(text);
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  heading() {
    return this.page.locator('h1').innerText();
  }
}
