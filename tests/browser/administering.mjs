// The work of an admin, done with the keyboard alone: from the way in to a source that is added, looked at and harvested,
// and to a held run that is let go.

import { axe, open } from './browser.mjs';
import { claim } from './claims.mjs';
import { typed, write } from './administered.mjs';
import { Visitor, isButton, isLink } from './keys.mjs';

const MOST_REFRESHES = 60;
const is = (path) => (url) => url.pathname === path;
const below = (path) => (url) => url.pathname.startsWith(path);

/** Walks the whole way, and says where it ends. */
export async function managing(browser, { service, token, id, hasScripts, loud }) {
  const how = hasScripts ? 'the console by keyboard' : 'the console by keyboard, without scripts';
  const opened = await open(browser, { javaScriptEnabled: hasScripts, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  const { page, context, seen } = opened;
  page.setDefaultTimeout(20_000);
  const visitor = new Visitor(page, hasScripts ? axe : async () => []);
  const walk = { visitor, page, service, token, id, hasScripts };
  for (const [name, step] of Object.entries(STEPS)) {
    const end = await step(walk).catch((error) => `${error.message.split('\n')[0]} (at ${page.url().slice(service.origin.length)})`);
    claim(`${how}: ${name}`, end === true ? true : [end]);
    if (end !== true) break;
  }
  const elsewhere = seen.requests.map((request) => request.url()).filter((url) => !url.startsWith(service.origin));
  claim(`${how}: no request elsewhere, no violation, no error, nothing stored, and axe finds nothing`,
    [...elsewhere, ...seen.errors, ...visitor.found, ...(hasScripts ? await loud(opened) : [])]);
  claim(`${how}: what has the focus is always seen`, [...visitor.unseen]);
  await context.close();
}

/** Whether the page says this. */
const says = async ({ page }, text) => (await page.locator('main').innerText()).includes(text) || `the page does not say “${text}”`;

/** Goes to a part of the console. */
async function goTo({ visitor }, place, path) {
  await visitor.to(place, (one) => one.tag === 'a' && one.text === place && new URL(one.href).pathname === path);
  await visitor.enter(is(path));
}

async function press({ visitor }, button, isThere) {
  await visitor.to(`“${button}”`, isButton(new RegExp(button)));
  await visitor.enter(isThere);
}

async function follow({ visitor }, link, isThere) {
  await visitor.to(`“${link}”`, isLink(new RegExp(link)));
  await visitor.enter(isThere);
}

async function fillIn(walk, isIt, text) {
  await walk.visitor.to('the field', isIt);
  await walk.visitor.press('Control+a');
  await walk.visitor.type(text);
}

const isToken = (one) => one.name === 'token';
const isText = (one) => one.tag === 'textarea' && one.name === 'toml';

/** Waits at the page of a job until it has ended: a script shows it, and else the page is read anew. */
async function ended(walk) {
  const state = walk.page.locator('main .health').first();
  for (let refreshes = 0; refreshes < MOST_REFRESHES; refreshes += 1) {
    if (/succeeded|failed|cancelled/.test(await state.innerText().catch(() => ''))) return;
    if (walk.hasScripts) await new Promise((done) => setTimeout(done, 250));
    else await follow(walk, '^Refresh$', below('/admin/jobs/'));
  }
  throw new Error('the job does not end');
}

async function harvest(walk) {
  await goTo(walk, 'Sources', '/admin/sources');
  await follow(walk, `^Posters of ${walk.id}$`, is(`/admin/sources/${walk.id}`));
  await press(walk, '^Harvest now$', below('/admin/jobs/'));
  await ended(walk);
}

const STEPS = {
  'a wrong token is told of, and the right one leads to what was asked for': async (walk) => {
    await walk.page.goto(`${walk.service.origin}/admin/sources`);
    await fillIn(walk, isToken, 'sp_nobody');
    await walk.visitor.enter(is('/admin/session'));
    await walk.visitor.look();
    const told = await says(walk, 'This token is not known');
    if (told !== true) return told;
    await fillIn(walk, isToken, walk.token);
    await walk.visitor.enter(is('/admin/sources'));
    return (await walk.visitor.heading()) === 'Sources' || 'it leads elsewhere';
  },
  'a source is typed, its mistake is told beside the line, and it is added': async (walk) => {
    await follow(walk, '^Add a source$', is('/admin/add-source'));
    await fillIn(walk, isText, typed(`new-${walk.id}`, 'jsn'));
    await press(walk, '^Add it$', is('/admin/add-source'));
    await walk.visitor.look();
    const told = await says(walk, 'What is wrong');
    if (told !== true) return told;
    await fillIn(walk, isText, typed(`new-${walk.id}`));
    await press(walk, '^Add it$', is(`/admin/sources/new-${walk.id}`));
    return says(walk, 'The source is added.');
  },
  'a preview for which nobody can be asked says why': async (walk) => {
    await press(walk, '^Preview', is(`/admin/sources/new-${walk.id}/preview`));
    await walk.visitor.look();
    return says(walk, 'nobody was asked');
  },
  'a source is previewed and enabled': async (walk) => {
    await goTo(walk, 'Sources', '/admin/sources');
    await follow(walk, `^Posters of ${walk.id}$`, is(`/admin/sources/${walk.id}`));
    await press(walk, '^Preview', is(`/admin/sources/${walk.id}/preview`));
    const told = await says(walk, `Poster 0 of ${walk.id}`);
    if (told !== true) return told;
    await press(walk, '^Enable$', is(`/admin/sources/${walk.id}`));
    return says(walk, 'The source is enabled.');
  },
  'it is harvested, and the page of the job shows the end': async (walk) => {
    await harvest(walk);
    await walk.visitor.look();
    return says(walk, 'succeeded');
  },
  'a run that would take too much away is held, and the overview says so first': async (walk) => {
    write(walk.service, walk.id, true);
    await harvest(walk);
    await goTo(walk, 'Overview', '/admin');
    return says(walk, `A harvest of Posters of ${walk.id} waits for you`);
  },
  'one record of it is let go, and then all': async (walk) => {
    await follow(walk, `^A harvest of Posters of ${walk.id} waits`, below('/admin/harvests/'));
    await walk.visitor.to('a record', (one) => one.type === 'checkbox');
    await walk.visitor.press('Space');
    await press(walk, '^Let the chosen ones go$', below('/admin/harvests/'));
    const told = await says(walk, 'What you said yes to is withdrawn');
    if (told !== true) return told;
    await follow(walk, '^Look at them$', below('/admin/harvests/'));
    await follow(walk, '^Let the other', below('/admin/harvests/'));
    await walk.visitor.look();
    await press(walk, '^Let them all go$', below('/admin/harvests/'));
    return says(walk, 'What you said yes to is withdrawn');
  },
  'one signs out, and is outside': async (walk) => {
    await press(walk, '^Sign out$', is('/admin/sign-in'));
    await walk.page.goto(`${walk.service.origin}/admin/audit`);
    return new URL(walk.page.url()).pathname === '/admin/sign-in' || 'the log is still shown';
  },
};
