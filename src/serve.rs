//! Serving: the whole life of a program that answers or works, from the open listener to the last word in the store.
//!
//! It listens before anything else, so that whoever asks is told that it starts. Then the store and the index are opened,
//! what the catalogue needs is made ready, and the tasks of this node's role run until somebody says stop. A store that
//! does not answer is waited for; meanwhile searches are answered from the index.

use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context;
use futures_util::FutureExt as _;
use index::IndexError;
use schemas::{Location, SourceKind};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::app::App;
use crate::catalogue::{Catalogue, CatalogueError, JobKind, StorePlace};
use crate::clock::Clock;
use crate::config::{Config, LimitsConfig};
use crate::gate::GateRefused;
use crate::jobs::backup::keep_backups;
use crate::jobs::digest::keep_digest;
use crate::jobs::drift::keep_drift;
use crate::jobs::forget::keep_forgetting;
use crate::jobs::harvest::harvest_source;
use crate::jobs::links::keep_links;
use crate::jobs::resolve::resolve_pending;
use crate::jobs::schedule::keep_schedule;
use crate::jobs::usage::keep_usage;
use crate::jobs::{follow, oai, reindex, silent, work};
use crate::nodes::Phase;
use crate::nodes::leader::{keep_leading, while_leading};
use crate::nodes::registry::{self, IdShared, StoreReplaced, keep_registered};
use crate::nodes::wake::keep_awake;
use crate::notices::keep_delivering;
use crate::source_book::SourceBook;
use crate::watch::keep_watch;
use crate::web::front::Front;
use crate::web::server::serve_connections;

/// After the word to stop, tasks have so long to end. Supervisors kill after ten seconds.
const GRACE: Duration = Duration::from_secs(7);
/// A killed harvest of a large catalogue leaves minutes of work; the index answers meanwhile. Ready within ten seconds is
/// what is asked.
const START_WAIT: Duration = Duration::from_secs(3);
/// A store that does not answer is asked again so often.
const STORE_RETRY: Duration = Duration::from_secs(2);
/// The last words to the store, and the end of its connections, may take so long each: a store that is away hears nothing.
const GOODBYE: Duration = Duration::from_secs(2);
/// A task that broke off is begun again after this time: not at once, or one that breaks off each time would do nothing else.
const TASK_RETRY: Duration = Duration::from_secs(1);
/// What the first node could not make ready in the store is tried again after this time.
const PREPARE_RETRY: Duration = Duration::from_secs(30);

/// What the catalogue needs before it can be served: the source files booked, what ships harvested, the pins and
/// the views read, the list for OAI-PMH and the index up to date.
///
/// Several nodes may do so at once. What stands in the store is made ready by the one that leads; the others serve what
/// stands there meanwhile, and their indexes follow.
///
/// # Errors
/// When the store or the index cannot be written. What is wrong with a source is the state of its harvest.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    app.standing.enter(Phase::Starting("reading the sources"));
    app.catalogue.settle().await?;
    // Looked at before anything is written: an older store that was put back would grow past its index.
    let is_of_another_day = app.index.position() > app.catalogue.head_seq().await?;
    app.catalogue.interrupt_unfinished_harvests(&app.node_id, app.clock.now()).await?;
    app.catalogue.interrupt_running_jobs(&app.node_id, app.clock.now()).await?;
    app.book_sources().await?;
    app.load_pins().await?;
    app.load_views().await?;
    if app.config.server.role.works() && app.leader.ask(&app.catalogue).await {
        app.standing.enter(Phase::Starting("harvesting the sources that are files"));
        harvest_files(app).await?;
        at_a_start(app, Box::pin(settle_store(app))).await?;
    }
    app.standing.enter(Phase::Starting("bringing the index up to date"));
    if is_of_another_day {
        tracing::warn!("the index knows more than the store: an older store was put back, and the index is built anew");
        answer_on(app, Box::pin(reindex::reindex(app, silent(), &app.stop)).await)?;
    }
    bring_up_to_date(app, Box::pin(at_a_start(app, Box::pin(follow_log(app))))).await?;
    app.standing.enter(Phase::Running);
    Ok(())
}

/// Makes ready what stands in the store, which is the leader's to do: sources that are files or read otherwise than before
/// are harvested, and what was harvested is resolved and listed.
///
/// A source that is a file is harvested here when it or its mapping has changed; one at an address is left to a job.
///
/// # Errors
/// When the store cannot be written. What is wrong with a source is the state of its harvest.
async fn prepare_store(app: &App) -> anyhow::Result<()> {
    harvest_files(app).await?;
    settle_store(app).await
}

/// Does some work before anybody is answered: all of it where there is nothing yet to answer with. Otherwise a moment of it;
/// the tasks of the node go on with what is left, beside the answers.
async fn at_a_start(app: &App, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    if app.index.resource_count() == 0 {
        return work.await;
    }
    timeout(START_WAIT, work).await.unwrap_or_else(|_| {
        tracing::info!("what is left to do at the start is done beside the answers");
        Ok(())
    })
}

async fn harvest_files(app: &App) -> anyhow::Result<()> {
    for booked in app.sources().0.values() {
        let Some(row) = app.catalogue.source(&booked.source.id).await? else {
            continue;
        };
        let booked = &booked.with_accepted_words(app.catalogue.accepted_words(&booked.source.id).await?);
        if !row.enabled || row.harvested_with.as_deref() == Some(&booked.harvested_with()) {
            continue;
        }
        let is_file = matches!(booked.source.location, Location::File(_));
        // A sitemap in a file leads out to the network, page by page.
        let asks_nobody = is_file && !matches!(booked.source.kind, SourceKind::Sitemap(_));
        if asks_nobody {
            // The run has ended and says why; what the source gave before is served.
            if let Err(error) = harvest_source(app, booked, silent()).await {
                tracing::error!(source.id = %booked.source.id, error = format!("{error:#}"), "a harvest failed at start");
            }
        } else if row.harvested_with.is_some() && (is_file || booked.source.schedule != "manual") {
            // It is read otherwise than before; the first run of one that is new is the scheduler's.
            app.catalogue.enqueue_job(JobKind::Harvest, Some(booked.source.id.as_str()), app.clock.now()).await?;
        }
    }
    Ok(())
}

/// What a run left that was killed, or that was read just now: resolved, and listed for harvesters.
async fn settle_store(app: &App) -> anyhow::Result<()> {
    resolve_pending(app).await?;
    // What was resolved may have merged what pins and views are about.
    app.load_pins().await?;
    app.load_views().await?;
    oai::list_to_head(app).await?;
    app.standing.store_is_prepared();
    Ok(())
}

/// Makes ready what stands in the store on a node that comes to lead after the one that did so has gone.
async fn prepare_store_once(app: App) {
    while !app.standing.is_store_prepared() {
        match prepare_store(&app).await {
            Ok(()) => tracing::info!("what stands in the store is made ready by the node that leads now"),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "what stands in the store could not be made ready");
                sleep(PREPARE_RETRY).await;
            }
        }
    }
    // To end would be to be begun again.
    std::future::pending::<()>().await;
}

/// Goes on with the index that there is where the gate did not let a new one live: a program that ended would be started
/// again, build the same and end again. It says so to whoever asks how it stands, until one goes live.
///
/// # Errors
/// Whatever else went wrong.
pub fn answer_on(app: &App, made: anyhow::Result<u64>) -> anyhow::Result<()> {
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.is::<GateRefused>() => {
            app.standing.index_was_refused(true);
            tracing::error!(error = format!("{error:#}"), "the index was not made anew; what was there answers");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// An index of another schema, or one that was lost, is made anew from the store; otherwise it follows the log.
///
/// # Errors
/// When the store cannot be read or the index cannot be written.
pub async fn bring_index_up_to_date(app: &App) -> anyhow::Result<()> {
    bring_up_to_date(app, Box::pin(follow_log(app))).await
}

async fn follow_log(app: &App) -> anyhow::Result<()> {
    follow::follow_to_head(app).await.map(|_| ())
}

async fn bring_up_to_date(app: &App, following: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let head = app.catalogue.head_seq().await?;
    // An index that is ahead of the store was made from another store: a backup was put back.
    if (app.index.needs_rebuild() && head > 0) || app.index.position() > head {
        answer_on(app, Box::pin(reindex::reindex(app, silent(), &app.stop)).await)?;
    }
    if let Err(error) = following.await {
        let is_of_the_index = error.chain().any(<dyn std::error::Error>::is::<IndexError>);
        if !is_of_the_index {
            return Err(error);
        }
        // The index is derived: one that cannot be gone on with is made anew.
        tracing::error!(error = format!("{error:#}"), "the index cannot be gone on with, and is built anew");
        answer_on(app, Box::pin(reindex::reindex(app, silent(), &app.stop)).await)?;
    }
    if let Err(error) = reindex::note_live(app).await {
        // It answers all the same.
        tracing::error!(
            error = format!("{:#}", anyhow::Error::from(error)),
            "which generation is live could not be written"
        );
    }
    Ok(())
}

/// Runs the program: listens already, opens the store and the index, makes ready what is needed, and serves until the
/// future ends.
///
/// # Errors
/// When the store or the index cannot be used, [`StoreReplaced`] when the store became another one meanwhile, and [`IdShared`]
/// when another program goes by the id of this node.
pub async fn start(
    config: &Config,
    sources: &SourceBook,
    clock: &Clock,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let door = Door::open(listener, &config.limits)?;
    let mut stop = pin!(stop);
    let app = tokio::select! {
        opened = open_when_it_answers(config, sources, clock) => opened?,
        () = &mut stop => return Ok(()),
    };
    door.front.open(&app);
    let catalogue = app.catalogue.clone();
    let ended = live(app, door, stop, Outward::ChecksLinks).await;
    close_store(&catalogue).await;
    ended
}

/// A file is one again once its write-ahead log has been folded in, which is waited for; a server is not.
async fn close_store(catalogue: &Catalogue) {
    match catalogue.place() {
        StorePlace::File(_) => catalogue.close().await,
        StorePlace::Postgres(_) => {
            if timeout(GOODBYE, catalogue.close()).await.is_err() {
                tracing::warn!("some connections to the store were still in use at the end");
            }
        }
    }
}

/// Serves an application that is prepared until the future ends. Jobs and the index run beside the answers; links are not
/// checked.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let door = Door::open(listener, &app.config.limits)?;
    door.front.open(&app);
    live(app, door, stop, Outward::AsksNobodyUnasked).await
}

/// Whether a program asks other sites of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outward {
    /// It checks links as they become due.
    ChecksLinks,
    /// It asks nobody but the sources that are to be harvested.
    AsksNobodyUnasked,
}

/// A listener that is answered, and how to end that.
struct Door {
    front: Front,
    address: SocketAddr,
    answering: JoinHandle<()>,
    /// Dropped or sent, no further connection is taken.
    close: oneshot::Sender<()>,
}

impl Door {
    fn open(listener: TcpListener, limits: &LimitsConfig) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("the address that is listened on")?;
        let front = Front::default();
        let (close, closed) = oneshot::channel();
        let answering = tokio::spawn(answer(listener, front.clone(), limits.clone(), closed));
        Ok(Self { front, address, answering, close })
    }
}

/// Answers whoever connects until it is told to end, and then those who are being answered.
async fn answer(listener: TcpListener, front: Front, limits: LimitsConfig, closed: oneshot::Receiver<()>) {
    let closed = async move {
        let _ = closed.await;
    };
    serve_connections(listener, front.router(), &limits, closed).await;
}

/// Opens the application, waiting for the store where it does not answer.
async fn open_when_it_answers(config: &Config, sources: &SourceBook, clock: &Clock) -> anyhow::Result<App> {
    loop {
        match App::open(config.clone(), sources.clone(), clock.clone()).await {
            Ok(app) => return Ok(app),
            Err(error) if is_away(&error) => {
                tracing::error!(error = format!("{error:#}"), "the store does not answer; it is asked again");
                let from_index = App::open_from_index(config.clone(), sources.clone(), clock.clone());
                if let Some(app) = from_index? {
                    app.standing.store_is_away(clock.now());
                    return Ok(app);
                }
            }
            Err(error) => return Err(error),
        }
        sleep(STORE_RETRY).await;
    }
}

/// Whether it went wrong because the store does not answer.
fn is_away(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<CatalogueError>().is_some_and(CatalogueError::is_away))
}

/// Runs the tasks of an open application until it is told to stop, then lets everything end.
async fn live(app: App, door: Door, stop: impl Future<Output = ()>, outward: Outward) -> anyhow::Result<()> {
    let Door { front: _, address, mut answering, close } = door;
    app.standing.listens_at(address.to_string());
    let mut tasks = JoinSet::new();
    begin(&mut tasks, &app, "speaking of this node", keep_registered);
    begin(&mut tasks, &app, "watching", keep_watch);
    begin(&mut tasks, &app, "delivering notices", keep_delivering);
    if app.config.server.role.works() {
        begin(&mut tasks, &app, "leading", keep_leading);
    }
    let outcome = tokio::select! {
        failed = prepare_and_work(&app, &mut tasks, outward) => failed,
        ended = &mut answering => Err(why_nobody_is_answered(ended)),
        () = stop => Ok(()),
        () = app.stop.asked() => Ok(()),
    };
    tracing::info!("stopping: running requests are answered first");
    app.standing.enter(Phase::Stopping);
    app.stopper.stop();
    let _ = close.send(());
    tokio::join!(end_answering(answering, app.config.limits.server.stop_wait), end_tasks(tasks));
    if timeout(GOODBYE, say_goodbye(&app)).await.is_err() {
        tracing::error!("the store did not take the last words in time: what was counted last is lost");
    }
    if app.standing.has_a_double() {
        return Err(IdShared.into());
    }
    if app.standing.is_store_replaced() { Err(StoreReplaced.into()) } else { outcome }
}

/// Writes down what was counted last, and that this node has ended.
async fn say_goodbye(app: &App) {
    if let Err(error) = app.usage.flush(&app.catalogue, app.clock.local().date()).await {
        tracing::error!(error = %error, "what was counted last could not be written");
    }
    registry::leave(app).await;
}

/// The listener ended though nobody told it to.
fn why_nobody_is_answered(ended: Result<(), JoinError>) -> anyhow::Error {
    match ended {
        Ok(()) => anyhow::anyhow!("nobody is answered any more"),
        Err(panic) => anyhow::Error::from(panic).context("answering broke off"),
    }
}

/// Makes ready what is needed, unless that was done before, and begins the tasks. Ends only when that cannot be done.
async fn prepare_and_work(app: &App, tasks: &mut JoinSet<()>, outward: Outward) -> anyhow::Result<()> {
    // Readers find what they look for in the index while the store is waited for.
    while matches!(app.standing.phase(), Phase::Starting(_)) {
        match prepare(app).await {
            Ok(()) => {}
            Err(error) if is_away(&error) => {
                app.standing.store_is_away(app.clock.now());
                tracing::error!(error = format!("{error:#}"), "the store does not answer; it is asked again");
                sleep(STORE_RETRY).await;
            }
            Err(error) => return Err(error),
        }
    }
    if !app.config.server.role.works() && matches!(app.catalogue.place(), StorePlace::File(_)) {
        tracing::warn!("this node only answers, and no other works on a store that is a file: nothing is harvested");
    }
    begin_tasks(app, tasks, outward);
    let (resources, address) = (app.index.resource_count(), app.standing.address());
    tracing::info!(resources, node.id = app.node_id, "Signpost serves on http://{address}");
    std::future::pending().await
}

/// Begins the tasks of this node's role.
fn begin_tasks(app: &App, tasks: &mut JoinSet<()>, outward: Outward) {
    let role = app.config.server.role;
    begin(tasks, app, "following the log", |app| until_stop(app.clone(), follow::follow(app)));
    begin(tasks, app, "listening to the store", keep_awake);
    // It takes the jobs of its role: every node has those about its own index.
    begin(tasks, app, "working", work);
    begin(tasks, app, "comparing index and store", keep_drift);
    if role.answers() {
        begin(tasks, app, "counting", |app| until_stop(app.clone(), keep_usage(app)));
    }
    if role.works() {
        begin(tasks, app, "keeping the schedule", |app| until_stop(app.clone(), keep_schedule(app)));
        begin_leading(tasks, app, "making the store ready", prepare_store_once);
        begin_leading(tasks, app, "listing for harvesters", oai::keep_listing);
        begin_leading(tasks, app, "forgetting", keep_forgetting);
        begin_leading(tasks, app, "taking backups", keep_backups);
        begin_leading(tasks, app, "the weekly digest", keep_digest);
        if outward == Outward::ChecksLinks {
            begin_leading(tasks, app, "checking links", keep_links);
        }
    }
}

/// Begins a task that ends by itself when it is told to stop, and begins it again should it break off.
fn begin<F>(tasks: &mut JoinSet<()>, app: &App, name: &'static str, task: impl Fn(App) -> F + Send + Sync + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let app = app.clone();
    tasks.spawn(async move {
        while !app.stop.is_asked() {
            match AssertUnwindSafe(task(app.clone())).catch_unwind().await {
                Ok(()) => return,
                Err(_panic) => tracing::error!(task = name, "a task broke off and is begun again"),
            }
            until_stop(app.clone(), sleep(TASK_RETRY)).await;
        }
    });
}

/// Begins a task that only the node that leads does.
fn begin_leading<F>(
    tasks: &mut JoinSet<()>,
    app: &App,
    name: &'static str,
    task: impl Fn(App) -> F + Clone + Send + Sync + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    begin(tasks, app, name, move |app| until_stop(app.clone(), while_leading(app, task.clone())));
}

/// Does a task until the program is told to stop.
async fn until_stop(app: App, task: impl Future<Output = ()>) {
    tokio::select! {
        () = task => {}
        () = app.stop.asked() => {}
    }
}

/// Lets those be answered who have asked, for as long as there is time.
async fn end_answering(mut answering: JoinHandle<()>, wait: Duration) {
    // A little longer than it gives itself, so that it says what was left.
    let wait = wait.saturating_add(TASK_RETRY);
    if !answering.is_finished() && timeout(wait, &mut answering).await.is_err() {
        tracing::warn!("some requests were still open at the end of the grace");
        answering.abort();
    }
}

/// Lets the tasks come to an end, for as long as there is time.
async fn end_tasks(mut tasks: JoinSet<()>) {
    let all_end = async { while tasks.join_next().await.is_some() {} };
    if timeout(GRACE, all_end).await.is_err() {
        tracing::warn!("some tasks did not come to an end in time; what they were at is taken up at the next start");
    }
    tasks.shutdown().await;
}
