// The console: each of its pages in each state, for who may do all, who decides and who only reads; and what is done in
// it by keyboard alone.

import { managing } from './administering.mjs';
import { Api, fill, typed, writeSources } from './administered.mjs';
import { open } from './browser.mjs';
import { claim } from './claims.mjs';
import { Service, canServe } from './service.mjs';
import { leadSomewhere, look, loud } from './states.mjs';

/** The one thing that is stored. */
const COOKIE = '__Host-signpost';
/** Those walk with scripts and without. */
const WALKED = ['soap', 'glass'];
const ROLES = ['admin', 'curator', 'read-only'];

export async function inConsole(browser) {
  if (!canServe) {
    console.log('       left out: SIGNPOST_BROWSER_BINARY and SIGNPOST_BROWSER_STORE name no service of its own');
    return;
  }
  const service = new Service();
  let endless;
  try {
    await service.start();
    const tokens = Object.fromEntries(ROLES.map((role) => [role, service.run('token', 'create', '--role', role, '--name', `Ada, ${role}`)]));
    const api = new Api(service, tokens.admin);
    const cookies = {};
    for (const role of ROLES) cookies[role] = await signedIn(browser, service, tokens[role]);
    const as = signIn(cookies);
    const at = (paths) => Object.fromEntries(Object.entries(paths).map(([name, place]) => {
      const [path, ...act] = [place].flat();
      return [name, [`${service.origin}${path}`, ...act]];
    }));
    await look(browser, 'ways into the console', at(OUTSIDE));
    await look(browser, 'pages of a console in which nothing was done', at(QUIET), as);
    await isWell(browser, service, as);
    await service.stop();
    endless = await writeSources(service, WALKED);
    await service.start();
    const id = await fill(api);
    const links = await look(browser, 'pages and states of the console', at(pages(id)), as);
    await look(browser, 'pages of the console for who may do less', at(ofLess(id)), as);
    await leadSomewhere(links, { cookie: `${COOKIE}=${cookies.admin.value}` });
    await api.post(`/jobs/${id.job}/cancellation`);
    for (const [place, hasScripts] of [true, false].entries()) await managing(browser, { service, token: tokens.admin, id: WALKED[place], hasScripts, loud });
    service.spoil();
    await look(browser, 'pages of the console without a store', at({ 'error 503 of the console': '/admin/sources' }), as);
  } finally {
    endless?.closeAllConnections();
    endless?.close();
    await service.remove();
  }
}

/** Signs in with a token, as a browser does it; the cookie that comes of it. */
async function signedIn(browser, service, token) {
  const opened = await open(browser);
  const { page, context } = opened;
  await page.goto(`${service.origin}/admin`);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${service.origin}/admin`);
  const kept = (await context.cookies()).filter(({ name }) => name !== 'secret');
  const [cookie] = kept;
  const wrong = await loud(opened);
  if (kept.length !== 1 || cookie.name !== COOKIE) wrong.push(`there are the cookies ${kept.map(({ name }) => name)}`);
  else if (!cookie.secure || !cookie.httpOnly || cookie.sameSite !== 'Strict' || cookie.value.includes(token)) wrong.push('it is not kept to itself');
  if (await page.evaluate(() => document.cookie.includes('signpost'))) wrong.push('scripts can read it');
  claim('signing in stores one cookie, which no script reads and no other site sends, and nothing else', wrong);
  await context.close();
  return cookie;
}

/** Where nothing waits for anybody, the overview says so. */
async function isWell(browser, service, as) {
  const opened = await open(browser);
  await as(opened, '');
  await opened.page.goto(`${service.origin}/admin`);
  claim('the overview says that all is well', (await opened.page.locator('main').innerText()).includes('All is well.'));
  await opened.context.close();
}

/** Has a page opened by who may do what its name says. */
const signIn = (cookies) => ({ context }, name) => {
  const [, who] = / as a (curator|reader)/.exec(name) ?? [];
  return context.addCookies([cookies[{ curator: 'curator', reader: 'read-only' }[who] ?? 'admin']]);
};

/** Presses a button, once what is given is written into the fields; a page comes of it. */
const send = (button, fields = {}) => async (page) => {
  for (const [label, value] of Object.entries(fields)) {
    const field = page.getByLabel(label).first();
    if (await field.evaluate((one) => one.localName === 'select')) await field.selectOption(value);
    else await field.fill(value);
  }
  // What a browser would not send at all is a mistake that only programs make.
  await page.evaluate(() => document.querySelectorAll('main form').forEach((form) => (form.noValidate = true)));
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: button }).first().click()]);
};

/** Opens what is folded, and then the same. */
const unfoldAndSend = (fold, ...rest) => async (page) => {
  await page.locator('summary', { hasText: fold }).click();
  await send(...rest)(page);
};

const OUTSIDE = {
  'way in': '/admin/sign-in',
  'way in with what was done': '/admin/sign-in?said=signed-out',
  'way in with mistakes': ['/admin/sign-in', send('Sign in', { Token: 'sp_nobody' })],
};

const QUIET = {
  'overview of nothing': '/admin',
  'pins of nothing': '/admin/pins',
  'reports of nothing': '/admin/reports',
  'decisions of nothing': '/admin/decisions',
  'decided words of nothing': '/admin/words/accepted',
  'partners of nothing': '/admin/partners',
  'views of nothing': '/admin/views',
  'index that was never built anew': '/admin/index',
};

const pages = (id) => ({
  overview: '/admin',
  sources: '/admin/sources',
  'source of the console': '/admin/sources/held',
  'source with a preview with what was done': ['/admin/sources/soap', send(/Preview/)],
  'source with what was done': '/admin/sources/held?said=source-enabled-unseen',
  'source with mistakes': ['/admin/sources/held', send('Set the schedule', { 'How often it is harvested': 'whenever' })],
  'source that means harm': '/admin/sources/hostile',
  'source that fails': '/admin/sources/absent',
  'source that waits': '/admin/sources/glass',
  'add a source': '/admin/add-source',
  'add a source with mistakes': ['/admin/add-source', send('Add it', { 'The text': typed('lamp', 'jsn').replace('cc-by-4.0', 'cc-by-40') })],
  'add a source that is right, with what was done': ['/admin/add-source', send('Only check it', { 'The text': typed('lamp') })],
  'confirm a replay': '/admin/sources/held/replay',
  harvests: '/admin/harvests',
  'harvest with problems': `/admin/harvests/${id.problems}`,
  'harvest that is held': `/admin/harvests/${id.held}`,
  'harvest that failed': `/admin/harvests/${id.failed}`,
  'harvest that runs': `/admin/harvests/${id.running}`,
  'what a held harvest would take away': `/admin/harvests/${id.held}/difference`,
  'what a held harvest would take away with what was done': [`/admin/harvests/${id.held}/difference`, send('Let the chosen ones go')],
  'confirm all of it': `/admin/harvests/${id.held}/approval`,
  'confirm that a run is taken back': `/admin/harvests/${id.problems}/rollback`,
  jobs: '/admin/jobs',
  'job that runs': `/admin/jobs/${id.job}`,
  'confirm that a job is called off': `/admin/jobs/${id.job}/cancellation`,
  index: '/admin/index',
  'confirm a rebuild': '/admin/index/rebuild',
  'confirm that the index goes back': '/admin/index/rollback',
  words: '/admin/words',
  'words with mistakes': ['/admin/words', send('It means this', { concepts: 'chemistri' })],
  'decided words': '/admin/words/accepted',
  'confirm that a word is taken back': `/admin/words/accepted/${id.word}/undo`,
  reports: '/admin/reports',
  'reports with what was done': '/admin/reports?state=fixed',
  'reports with mistakes': ['/admin/reports', send('Answer', { 'What whoever reported is told': ' ' })],
  duplicates: '/admin/duplicates',
  'confirm that two are one': `/admin/duplicates/merge?one=${id.other}&into=${id.one}`,
  'confirm that two are one with mistakes': [`/admin/duplicates/merge?one=${id.other}&into=${id.one}`, send(/one/i)],
  decisions: '/admin/decisions',
  'a resource to decide about': `/admin/resources/${id.one}`,
  'concepts of a field': '/admin/words/concepts/subject',
  'confirm that a decision is taken back': `/admin/decisions/${id.decided}/undo`,
  pins: '/admin/pins',
  'pins with mistakes': ['/admin/pins', unfoldAndSend('Make a pin', 'Make it', { 'The search, as people type it': 'soap' })],
  'confirm that a pin is taken back': `/admin/pins/${id.pin}/undo`,
  partners: '/admin/partners',
  'confirm that a partner is revoked': `/admin/partners/${id.partner}/revocation`,
  'confirm that a key is revoked': `/admin/keys/${id.key}/revocation`,
  views: '/admin/views',
  'confirm that a view is deleted': '/admin/views/soap/deletion',
  tokens: '/admin/tokens',
  'tokens with what was done': ['/admin/tokens', unfoldAndSend('Make a token', 'Make it', { 'For whom or what it is': 'Grace', 'What it may do': 'curator' })],
  'tokens with mistakes': ['/admin/tokens', unfoldAndSend('Make a token', 'Make it', { 'After how many days': 'soon' })],
  'confirm that a token is revoked': `/admin/tokens/${id.token}/revocation`,
  usage: '/admin/usage',
  'error 400 of usage': '/admin/usage?from=yesterday',
  'audit log': '/admin/audit',
  'error 404 of the console': '/admin/jobs/none',
});

const ofLess = (id) => ({
  'overview as a reader': '/admin',
  'source as a reader': '/admin/sources/held',
  'what a held harvest would take away as a reader': `/admin/harvests/${id.held}/difference`,
  'words as a reader': '/admin/words',
  'reports as a reader': '/admin/reports',
  'pins as a reader': '/admin/pins',
  'error 403 as a reader': '/admin/tokens',
  'words as a curator': '/admin/words',
  'index as a curator': '/admin/index',
});
