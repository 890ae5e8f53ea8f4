// A visitor with a keyboard and nothing else: goes from stop to stop, and notes each that could not be seen.

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
  constructor(page) {
    this.page = page;
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

  /** Presses Enter, and waits until the page that it leads to is there. */
  async enter(isThere) {
    await Promise.all([this.page.waitForURL(isThere, { waitUntil: 'load', timeout: 10_000 }), this.page.keyboard.press('Enter')]);
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
