// The pages of a partner: what the widget is put into. Each is served from an origin that is not Signpost's.

import http from 'node:http';

const RESET = `*, *::before, *::after { all: unset !important; color: red !important; box-sizing: content-box !important;
  letter-spacing: 0.5em !important; text-transform: uppercase !important; font: italic 900 41px/3 fantasy !important;
  text-align: center !important; cursor: wait !important; visibility: visible !important; }
html, body { display: block !important; } style, script, head, title { display: none !important; }
div, ol, ul, li, form, fieldset, input, button, summary, p, label { display: none !important; background: lime !important; }
h1, h2, h3, h4, a { position: fixed !important; top: -9999px !important; transform: rotate(9deg) !important; }
.frame, .result, .chip, .title, .line, .main, [part] { display: none !important; }
:root { --_accent: red; --_bg: red; --_text: red; line-height: 9; direction: rtl; }
`;

const FRAMEWORK = `*, ::before, ::after { box-sizing: border-box; margin: 0; padding: 0; border: 0 solid; }
html { font-size: 10px; -webkit-text-size-adjust: 100%; } body { font: 300 2.4rem/1 "Comic Sans MS", cursive; color: #ff00aa; }
a { color: orange; text-decoration: none; background: transparent; } button, input { font: inherit; border-radius: 50px; }
ol, ul { list-style: square inside; } li { margin-left: 40px; } h1, h2, h3 { font-size: 60px; color: blue; }
input[type="search"] { appearance: none; width: 10px; } details, summary { display: inline; } [hidden] { display: block !important; }
fieldset { border: 9px solid red; } label { float: left; } .title { font-size: 90px; } .chip { display: none; } .foot { color: lime; }
`;

/** A page with `body` in it; `head` stands before the script. */
function page(body, head = '') {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Careers in chemistry</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${head}</head>
<body><main><h1 id="mine">Careers in chemistry</h1><p id="text">What chemists do.</p><input id="own" aria-label="Own" value="mine">
${body}</main></body></html>`;
}

const escape = (text) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

/** Serves the pages on a free port of loopback. */
export async function servePages(origin, hashed) {
  const element = (attributes) => {
    const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escape(value)}"`);
    return `<signpost-search${written.join('')}><a id="fallback" href="${origin}/?subject=chemistry">Search STEM careers resources</a></signpost-search>`;
  };
  const script = `<script src="${origin}/embed/v1.js" defer></script>`;
  const schemes = '<meta name="color-scheme" content="light dark">';
  const strict = `default-src 'none'; script-src ${origin}; connect-src ${origin}`;
  const sandbox = 'allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox';
  const frame = (query) =>
    `<iframe title="Search STEM careers resources" width="720" height="800" sandbox="${sandbox}" src="${escape(`${origin}/embed/search?${query}`)}"></iframe>`;

  /** Each kind of page: what stands in it, and its policy. */
  const kinds = {
    plain: (attributes) => ({ html: page(element(attributes), schemes + script) }),
    'without-script': (attributes) => ({ html: page(element(attributes), schemes) }),
    'hostile-reset': (attributes) => ({ html: page(element(attributes), `<style>${RESET}</style>${script}`) }),
    'hostile-framework': (attributes) => ({ html: page(element(attributes), `<style>${FRAMEWORK}</style>${script}`) }),
    'hostile-without-script': (attributes) => ({ html: page(element(attributes), `<style>${FRAMEWORK}</style>`) }),
    themed: (attributes) => ({
      html: page(element(attributes), `<style>:root { --signpost-accent: #a3003f; --signpost-corner: 0; }
        signpost-search::part(title) { font-style: italic; }</style>${script}`),
    }),
    strict: (attributes) => ({ html: page(element(attributes), script), policy: strict }),
    'strict-types': (attributes) => ({
      html: page(element(attributes), script),
      policy: `${strict}; require-trusted-types-for 'script'; trusted-types 'none'`,
    }),
    'strict-hash': (attributes) => ({
      html: page(element(attributes), `<script src="${hashed.url}" integrity="${hashed.integrity}" crossorigin="anonymous" defer></script>`),
      policy: strict,
    }),
    'strict-wrong-hash': (attributes) => ({
      html: page(element(attributes), `<script src="${hashed.url}" integrity="sha384-${'A'.repeat(64)}" crossorigin="anonymous" defer></script>`),
      policy: strict,
    }),
    'no-connect': (attributes) => ({ html: page(element(attributes), script), policy: `default-src 'none'; script-src ${origin}` }),
    'no-script-source': (attributes) => ({ html: page(element(attributes), script), policy: `default-src 'none'` }),
    frame: (attributes) => ({
      html: page(frame(new URLSearchParams(attributes))),
      policy: `default-src 'none'; frame-src ${origin}`,
    }),
  };

  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    const kind = kinds[url.pathname.slice(1)];
    if (!kind) {
      response.writeHead(204).end();
      return;
    }
    const { html, policy } = kind(Object.fromEntries(url.searchParams));
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    if (policy) headers['content-security-policy'] = policy;
    response.writeHead(200, headers).end(html);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const own = `http://127.0.0.1:${server.address().port}`;
  return {
    origin: own,
    address: (kind, attributes = {}) => `${own}/${kind}?${new URLSearchParams(attributes)}`,
    close: () => server.close(),
  };
}
