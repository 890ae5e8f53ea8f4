//! Damaged files: an index is built anew from the store, a store is refused, and what was acknowledged survives a power cut.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::node::{Node, Place};
use crate::origin::Origin;
use crate::process::{doctor_is_content, needs, run_within, under};
use crate::pushed::{self, Pusher, Sent};
use crate::world::{Chance, World};

/// What a server may take to end.
const STOP: Duration = Duration::from_secs(20);
/// A server that cannot start says so long before this.
const REFUSED_WITHIN: Duration = Duration::from_secs(30);
/// Files of a generation that hold what is searched. Source: tantivy, `SegmentComponent`.
const PARTS: [&str; 6] = ["idx", "pos", "store", "fast", "fieldnorm", "term"];
/// Root without the rights that pass by those of files.
const WITHOUT_RIGHTS: [&str; 2] =
    ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Deleted,
    Halved,
    Emptied,
    Flipped,
}

impl Damage {
    const ALL: [Self; 4] = [Self::Deleted, Self::Halved, Self::Emptied, Self::Flipped];

    fn be_done_to(self, path: &Path, chance: &mut Chance) -> anyhow::Result<()> {
        let cut = |length: u64| File::options().write(true).open(path)?.set_len(length);
        match self {
            Self::Deleted => fs::remove_file(path)?,
            Self::Halved => cut(path.metadata()?.len() / 2)?,
            Self::Emptied => cut(0)?,
            Self::Flipped => flip_bit(path, 0, path.metadata()?.len(), chance)?,
        }
        Ok(())
    }
}

/// Turns over one bit of a file from this place to that, where there is anything.
fn flip_bit(path: &Path, from: u64, to: u64, chance: &mut Chance) -> anyhow::Result<()> {
    if from >= to {
        return Ok(());
    }
    let place = from + chance.below(to - from);
    let file = File::options().read(true).write(true).open(path)?;
    let mut byte = [0_u8];
    file.read_exact_at(&mut byte, place)?;
    byte[0] ^= 1_u8 << chance.below(8);
    file.write_all_at(&byte, place)?;
    Ok(())
}

/// A place whose index is damaged again and again, and mended in between.
struct Bench {
    place: Place,
    index: PathBuf,
    /// The index as it was.
    sound: PathBuf,
    /// What the store holds.
    stored: BTreeMap<String, u64>,
}

impl Bench {
    async fn make(folder: &Path, records: u64) -> anyhow::Result<Self> {
        let origin = Origin::start(records).await?;
        origin.write_source(&folder.join("sources"), "makers")?;
        let place = Place::new(folder, None).with_sources(folder.join("sources"));
        place.succeed(&["harvest", "makers"])?;
        let (mut node, _) = place.start_ready().await?;
        node.stop(STOP).await?;
        let stored = place.stored_titles()?;
        let (index, sound) = (place.data_dir.join("index"), folder.join("sound"));
        copy_folder(&index, &sound)?;
        Ok(Self { place, index, sound, stored })
    }

    fn mend(&self) -> anyhow::Result<()> {
        fs::remove_dir_all(&self.index)?;
        copy_folder(&self.sound, &self.index)
    }

    /// Starts, looks whether all that is stored is found, and says how long it took until it was ready.
    async fn finds_all(&self) -> anyhow::Result<Duration> {
        let (mut node, took) = self.place.start_ready().await?;
        let found = node.found_titles().await?;
        node.kill()?;
        let (stored, found_count) = (self.stored.len(), found.len());
        ensure!(found == self.stored, "the store has {stored} titles, searches find {found_count}");
        Ok(took)
    }

    /// The name of the folder of the live generation, when all is sound.
    fn live(&self) -> anyhow::Result<String> {
        let current = fs::read_to_string(self.sound.join("CURRENT"))?;
        Ok(current.lines().next().context("a live generation")?.trim().to_owned())
    }

    fn names(&self) -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.index)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn is_set_aside(&self) -> anyhow::Result<bool> {
        Ok(self.names()?.iter().any(|name| name.ends_with(".damaged")))
    }

    /// Whether the live generation cannot do without this file as it was.
    fn needs_whole(&self, file: &Path) -> anyhow::Result<bool> {
        let is_live = file.starts_with(self.live()?);
        let is_part = file.extension().is_some_and(|kind| PARTS.iter().any(|part| kind == *part));
        Ok(is_live && (is_part || file.ends_with("meta.json")))
    }
}

/// D6: every file of the index is damaged in turn, and every start finds what the store holds.
pub(crate) async fn index_files(world: &World) -> anyhow::Result<String> {
    let turns = usize::try_from(world.length.of(12, 200, 2_000))?;
    let bench = Bench::make(&world.fresh_folder("d6")?, world.length.of(200, 1_000, 1_000).into()).await?;
    let mut files = Vec::new();
    list_files(&bench.sound, Path::new(""), &mut files)?;
    files.sort();
    ensure!(files.len() > PARTS.len(), "the index has only the files {files:?}");
    let mut chance = world.chance("d6");
    let (mut aside, mut slowest) = (0_u32, Duration::ZERO);
    for turn in 0..turns {
        // In the short form every so many of them; otherwise all, several times over and damaged otherwise each time.
        let number = if turns < files.len() { turn * files.len() / turns } else { turn % files.len() };
        let file = &files[number];
        let damage = Damage::ALL[(turn + turn / files.len()) % Damage::ALL.len()];
        bench.mend()?;
        damage.be_done_to(&bench.index.join(file), &mut chance)?;
        let what = || format!("{} {damage:?}", file.display());
        slowest = slowest.max(bench.finds_all().await.with_context(what)?);
        let is_aside = bench.is_set_aside()?;
        aside += u32::from(is_aside);
        // A flipped bit may be one that says nothing, such as a digit of a date.
        let must_be = damage != Damage::Flipped && bench.needs_whole(file)?;
        ensure!(is_aside || !must_be, "{}: it was not set aside", what());
    }
    for text in ["0123456789abcdef-7", "", "\u{1}\u{fffd}\n\n"] {
        bench.mend()?;
        fs::write(bench.index.join("CURRENT"), text)?;
        slowest = slowest.max(bench.finds_all().await.with_context(|| format!("CURRENT says {text:?}"))?);
    }
    let refused = is_not_wiped(&bench).await?;
    let starts = turns + 3;
    Ok(format!(
        "{starts} of {starts} starts find what is stored, {aside} set aside, ready in {slowest:.1?} at most; {refused} \
         refusals of the system wiped nothing"
    ))
}

/// What the system refuses, rights or a lock, is told, and nothing is deleted for it.
async fn is_not_wiped(bench: &Bench) -> anyhow::Result<u32> {
    let live = bench.index.join(bench.live()?);
    let part = fs::read_dir(bench.sound.join(bench.live()?))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|kind| kind == "store"))
        .context("a part of the index")?;
    let part = part.file_name().context("a name")?.to_owned();
    let mut refused = 0;
    for name in [OsStr::new("meta.json"), part.as_os_str()] {
        bench.mend()?;
        let names = bench.names()?;
        let file = live.join(name);
        fs::set_permissions(&file, Permissions::from_mode(0o000))?;
        let outcome = is_refused(&bench.place, File::open(&file).is_ok());
        fs::set_permissions(&file, Permissions::from_mode(0o644))?;
        outcome.with_context(|| format!("without the right to read {}", name.display()))?;
        ensure!(bench.names()? == names, "the index was changed: {names:?} became {:?}", bench.names()?);
        refused += 1;
    }
    bench.mend()?;
    let names = bench.names()?;
    let lock = File::options().create(true).truncate(false).write(true).open(live.join(".tantivy-writer.lock"))?;
    lock.lock()?;
    is_refused(&bench.place, false).context("while another holds the lock of the index")?;
    drop(lock);
    ensure!(bench.names()? == names, "the index was changed: {names:?} became {:?}", bench.names()?);
    bench.finds_all().await?;
    ensure!(!bench.is_set_aside()?, "what was only refused for a while was set aside");
    Ok(refused + 1)
}

/// Starts a server that must end with a word of why. Whoever may read everything does so without that right.
fn is_refused(place: &Place, may_read_all: bool) -> anyhow::Result<()> {
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let mut command = if may_read_all {
        needs("setpriv")?;
        under(place, "setpriv", &WITHOUT_RIGHTS, &args)
    } else {
        place.command(&args)
    };
    let ended = run_within(&mut command, REFUSED_WITHIN)?;
    ensure!(!ended.status.success(), "it started all the same");
    ensure!(!ended.told.trim().is_empty(), "it ended without a word");
    Ok(())
}

/// D7: bits of the pages of a store are flipped; it is refused with a reason, or answers as before.
pub(crate) async fn store_pages(world: &World) -> anyhow::Result<String> {
    let flips = world.length.of(20, 300, 3_000);
    let folder = world.fresh_folder("d7")?;
    let origin = Origin::start(world.length.of(200, 1_000, 1_000).into()).await?;
    origin.write_source(&folder.join("sources"), "makers")?;
    let place = Place::new(&folder, None).with_sources(folder.join("sources"));
    place.succeed(&["harvest", "makers"])?;
    let (file, backup, sound) =
        (place.data_dir.join("signpost.db"), folder.join("backup.zst"), folder.join("sound.db"));
    place.succeed(&["backup", path(&backup)?])?;
    let exported = place.succeed(&["export"])?;
    fs::copy(&file, &sound)?;
    let length = sound.metadata()?.len();
    let mut chance = world.chance("d7");
    let (mut refused, mut silent, mut restored) = (0_u32, Vec::new(), 0_u32);
    for flip in 1..=flips {
        put_in_place(&sound, &file)?;
        flip_bit(&file, 0, length, &mut chance)?;
        let output = place.run(&["export"])?;
        if output.status.success() {
            if String::from_utf8_lossy(&output.stdout).trim() != exported {
                silent.push(flip);
            }
            continue;
        }
        refused += 1;
        ensure!(!output.stderr.is_empty(), "flip {flip}: it ended without a word");
        if restored < world.length.of(2, 20, 200) {
            place.succeed(&["restore", "--replace", path(&backup)?]).with_context(|| format!("flip {flip}"))?;
            ensure!(
                place.succeed(&["export"])? == exported,
                "flip {flip}: what was put back is not what was backed up"
            );
            doctor_is_content(&place)?;
            remove_kept(&place.data_dir)?;
            restored += 1;
        }
    }
    ensure!(silent.is_empty(), "{} of {flips} flips changed answers silently: {silent:?}", silent.len());
    Ok(format!("{flips} flips: {refused} refused with a reason, the others hit nothing; {restored} restored; 0 silent"))
}

/// Removes the stores that were kept when they were replaced, damaged or sound.
pub(crate) fn remove_kept(data_dir: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(data_dir)? {
        let path = entry?.path();
        let is_kept = path.file_name().is_some_and(|name| {
            let name = name.to_string_lossy();
            name.contains(".damaged-") || name.contains(".replaced-")
        });
        if is_kept {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Puts a file where another was, of which nothing stays.
fn put_in_place(from: &Path, file: &Path) -> anyhow::Result<()> {
    for ending in ["-wal", "-shm"] {
        let mut beside = file.as_os_str().to_owned();
        beside.push(ending);
        if Path::new(&beside).exists() {
            fs::remove_file(&beside)?;
        }
    }
    fs::copy(from, file)?;
    Ok(())
}

/// D9: what was written since the last record was acknowledged is lost with the power; all that was acknowledged is there.
pub(crate) async fn lost_fsync(world: &World) -> anyhow::Result<String> {
    let cuts = world.length.of(4, 200, 2_000);
    let folder = world.fresh_folder("d9")?;
    Pusher::write_source(&folder.join("sources"))?;
    let place = Place::new(&folder, None).with_sources(folder.join("sources"));
    let pusher = Pusher::to(&place)?;
    let (node, _) = place.start_ready().await?;
    let mut chance = world.chance("d9");
    let (mut most, mut slowest) = (0, Duration::ZERO);
    for cut in 1..=cuts {
        pusher.push_many(&node.origin, 2).await?;
        let target = folder.join(format!("cut-{cut}"));
        let (copy, acknowledged) = cut_power(&node, &place, &pusher, &target, &mut chance).await?;
        let (mut second, took) = copy.start_ready().await.with_context(|| format!("cut {cut}"))?;
        slowest = slowest.max(took);
        let found = pushed::count(&second.found_titles().await?)?;
        second.stop(STOP).await?;
        let stored = pushed::count(&copy.stored_titles()?)?;
        ensure!(
            stored == found && (acknowledged..=acknowledged + 1).contains(&stored),
            "cut {cut}: of {acknowledged} acknowledged {stored} are stored and {found} found"
        );
        most = acknowledged;
        fs::remove_dir_all(target)?;
    }
    Ok(format!("{cuts} power cuts, the last after {most} records: 0 lost, ready in {slowest:.1?} at most"))
}

/// Copies a place in the middle of taking a record, as a disk has it that lost or garbled what came after the last record
/// that was acknowledged; gives how many those are.
async fn cut_power(
    node: &Node,
    place: &Place,
    pusher: &Pusher,
    folder: &Path,
    chance: &mut Chance,
) -> anyhow::Result<(Place, u64)> {
    let safe = place.data_dir.join("signpost.db-wal").metadata().map_or(0, |log| log.len());
    let before = pusher.acknowledged();
    // Its answer comes when the server goes on, so it is waited for by somebody else.
    let sending = tokio::spawn({
        let (pusher, origin) = (pusher.clone(), node.origin.clone());
        async move { pusher.push(&origin).await }
    });
    tokio::time::sleep(Duration::from_millis(chance.below(60))).await;
    node.signal("STOP")?;
    let acknowledged = pusher.acknowledged();
    let copied = copy_folder(&place.data_dir, &folder.join("data"));
    node.signal("CONT")?;
    let sent = sending.await.context("sending broke off")??;
    ensure!(matches!(sent, Sent::Acknowledged), "a record was not taken: {sent:?}");
    copied?;
    let copy = Place { data_dir: folder.join("data"), ..place.clone() };
    // Nobody waits until the disk has it; it is made anew.
    let shared = copy.data_dir.join("signpost.db-shm");
    if shared.exists() {
        fs::remove_file(shared)?;
    }
    let log = copy.data_dir.join("signpost.db-wal");
    let written = log.metadata().map_or(0, |log| log.len());
    // One that was acknowledged in the last moment is safe with all that it rests on.
    if acknowledged == before && written > safe {
        let left = safe + chance.below(written - safe + 1);
        File::options().write(true).open(&log)?.set_len(left)?;
        flip_bit(&log, safe, left, chance)?;
    }
    Ok((copy, acknowledged))
}

fn path(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a path that can be written")
}

/// All files below a folder, by their paths in it.
fn list_files(folder: &Path, below: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            list_files(folder, &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Copies a folder with all that is in it.
fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut files = Vec::new();
    list_files(from, Path::new(""), &mut files)?;
    fs::create_dir_all(to)?;
    for file in files {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().context("a folder")?)?;
        fs::copy(from.join(&file), target).with_context(|| file.display().to_string())?;
    }
    Ok(())
}
