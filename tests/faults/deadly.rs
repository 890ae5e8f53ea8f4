//! Q1: queries that are meant to break the search, sixteen at once, beside somebody who searches as always.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use url::form_urlencoded;

use crate::load::{Load, Question, Tally, address_of, canaries, questions};
use crate::serving::{SPEED_IS_JUDGED, seconds, stocked};
use crate::world::{Length, World};

/// Asked: so many at once.
const AT_ONCE: u32 = 16;
/// Searches a second of who searches as always, and over how many connections.
const CANARIES_A_SECOND: u32 = 20;
const CANARY_CONNECTIONS: u32 = 4;
/// Asked: each is answered within so long…
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);
/// …and who searches as always waits so many times as long as ever, at most.
const MOST_TIMES: u32 = 3;

/// Q1: queries of death beside a canary.
pub(crate) async fn beside_a_canary(world: &World) -> anyhow::Result<String> {
    let records = u64::from(world.length.of(300, 20_000, 20_000));
    let time = seconds(world.length.of(5, 60, 60));
    let (place, _origin) = stocked(world, "q1", records).await?;
    let (mut node, _) = place.start_ready().await?;
    let address = address_of(&node.origin)?;
    let (per_second, connections) = (CANARIES_A_SECOND, CANARY_CONNECTIONS);
    let canary =
        Load { addresses: vec![address], questions: canaries(records), per_second, connections, time, callers: 0 };
    let many =
        |questions: Arc<Vec<Question>>| Load { questions, per_second: 0, connections: AT_ONCE, ..canary.clone() };
    let alone = canary.clone().run().await?;
    is_answered(&alone, &[200]).context("the canary alone")?;
    // What sixteen ordinary searches at once take of a machine is no fault of the queries.
    let (calm, ordinary) = beside(&canary, many(questions(address, records).await?)).await?;
    is_answered(&calm, &[200]).context("the canary beside ordinary searches")?;
    is_answered(&ordinary, &[200]).context("ordinary searches")?;

    let queries = Arc::new(deadly());
    let (busy, deadly) = beside(&canary, many(Arc::clone(&queries))).await?;
    node.ready().await.context("after them")?;
    is_answered(&busy, &[200]).context("the canary beside them")?;
    is_answered(&deadly, &[200, 400])?;
    let is_brief = world.length == Length::Brief;
    let were_all_asked = deadly.asked >= u64::try_from(queries.len())?;
    ensure!(were_all_asked || is_brief, "{} of {} were asked", deadly.asked, queries.len());
    let [alone, calm, busy] = [alone, calm, busy].map(|tally| tally.percentile(99));
    let slowest = deadly.slowest;
    // In a brief run the canary asks a hundred times, and the slowest of a hundred tells little.
    let is_judged = SPEED_IS_JUDGED && !is_brief;
    let judged = match (SPEED_IS_JUDGED, is_brief) {
        (false, _) => " (not judged: not optimised)",
        (true, true) => " (not judged: too few)",
        (true, false) => "",
    };
    let figures = format!(
        "{} of {} queries, {AT_ONCE} at once: {:?}, the slowest {slowest:.1?}; p99 of the canary {busy:.1?}, beside as \
         many ordinary searches {calm:.1?}, alone {alone:.1?}{judged}",
        deadly.asked,
        queries.len(),
        deadly.statuses
    );
    ensure!(!SPEED_IS_JUDGED || slowest <= ANSWERED_WITHIN, "one takes too long: {figures}");
    ensure!(!is_judged || busy <= calm * MOST_TIMES, "others wait too long: {figures}");
    Ok(figures)
}

/// What comes of the canary beside a load, and of the load.
async fn beside(canary: &Load, load: Load) -> anyhow::Result<(Tally, Tally)> {
    let (canary, load) = (canary.clone().start(), load.start());
    let canary = canary.ended().await?;
    Ok((canary, load.ended().await?))
}

/// Fails unless each was answered, and with one of these. A build that is not optimised may also say that it is busy.
fn is_answered(tally: &Tally, with: &[u16]) -> anyhow::Result<()> {
    let trouble = tally.first_trouble.as_deref().unwrap_or_default();
    ensure!(tally.with_status(200) > 0, "nothing is found: {trouble}");
    ensure!(tally.broken == 0 && tally.refused == 0 && tally.untaken.is_empty(), "not answered: {trouble}");
    let may_be = |status: &u16| with.contains(status) || (*status == 503 && !SPEED_IS_JUDGED);
    ensure!(tally.statuses.keys().all(may_be), "{:?}; the first trouble: {trouble}", tally.statuses);
    ensure!(tally.empty == 0, "{} answers are empty: {trouble}", tally.empty);
    Ok(())
}

/// What is typed once, and again and again: what nests, opens and never closes, stands for much, or means something to
/// a search engine, to a database or to a terminal.
const PIECES: [&str; 44] = [
    "(",
    ")",
    "()",
    "((a OR ",
    "[",
    "[a TO ",
    "{",
    "{* TO *}",
    "\"",
    "\"a ",
    "\"a b\"~9 ",
    "'",
    "`",
    "-",
    "--a ",
    "-\"",
    "+",
    "!",
    "*",
    "a*",
    "*a ",
    "?",
    "a? ",
    "~",
    "a~2 ",
    "^",
    "a^9 ",
    "\\",
    "/",
    "/.*/",
    "/(a+)+$/ ",
    ":",
    "title:",
    "_all:a ",
    "AND ",
    "NOT ",
    "a OR ",
    "a ",
    "the ",
    "chemsitry ",
    "e\u{301}\u{302}\u{303}",
    "\u{202e}a\u{0}",
    "👩\u{200d}🔬",
    "year 9 not ",
];

/// What stands in addresses beside a text, in the form in which it is sent.
const OTHERS: [&str; 16] = [
    "page=99999999999999999999",
    "page=-1",
    "per_page=0",
    "per_page=100&facet_limit=100&explain=1&q=chemistry",
    "facet_q=%22-*%00&facet_limit=100",
    "cursor=*&sort=title",
    "cursor=ffffffffffffffffffffffffffffffffffffffff",
    "cursor=*&q=%2a",
    "q=a&q=b",
    "q=%ff%fe",
    "q=%",
    "&&&&=&=",
    "sort=relevance;drop",
    "updated_after=9999-12-31",
    "age=0&age=999999999999",
    "facets=none&page=100&per_page=100",
];
/// Values that are given many times over.
const LISTS: [(&str, &str, usize); 6] = [
    ("level=", "ks3,", 50),
    ("level=", "x,", 2_000),
    ("subject=", "chemistry,", 300),
    ("facets=", "subject,", 300),
    ("fields=", "title,", 300),
    ("resource=", "0000000000000000,", 300),
];

/// All of them, as searches and as what is typed into a box.
fn deadly() -> Vec<Question> {
    let typed = PIECES.iter().flat_map(|piece| {
        // Once; some; as many as are taken; and more.
        [piece.chars().count(), 64, 512, 4_000].map(|length| piece.chars().cycle().take(length).collect::<String>())
    });
    let typed = typed.map(|text| format!("q={}", form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()));
    let lists = LISTS.map(|(name, value, times)| format!("{name}{}", value.repeat(times)));
    let queries = typed.chain(OTHERS.map(ToOwned::to_owned)).chain(lists);
    queries
        .flat_map(|query| ["/v1/resources", "/v1/suggest"].map(|path| Question::of(format!("{path}?{query}"))))
        .collect()
}
