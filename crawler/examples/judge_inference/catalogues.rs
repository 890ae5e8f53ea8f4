//! Catalogues: how well are the fields read of which real catalogues state the truth?
//!
//! Each catalogue is harvested through its own source file in `tests/sources`; what it states of a field is the truth,
//! is taken out of the record, and is inferred anew.

use std::path::Path;

use async_trait::async_trait;
use crawler::fetch::ScriptedFetcher;
use crawler::infer::infer;
use crawler::infer::learnt::Lesson;
use crawler::intake::Kept;
use crawler::{Intake, IntakeError, Manner, Outcome, Outside, Payload, SourceFiles, harvest};
use jiff::Timestamp;
use schemas::{Claim, ConceptId, ControlledField, Found, Metadata, Method, PayloadHash, Source, Vocabularies};

use crate::figures::{Tally, mean_line, mean_table, share};

/// The source files of the recorded catalogues.
pub(crate) const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/sources");

/// Said beside the figures of sectors, which are kinder than they look.
const SECTORS_ARE_IN_SAMPLE: &str = "  in-sample: sectors follow from jobs, whose labels are those of the same profiles; a \
    category counts as any of its sectors (engineering as any of 16)";

/// Said beside the figures of occupations, for the same reason.
const OCCUPATIONS_ARE_IN_SAMPLE: &str = "  in-sample: the truth is the label that the title is, and the same labels and \
    other names are what is looked for";

/// The catalogues that are files, by the names of their source files.
const CATALOGUES: [&str; 7] = [
    "ncs-job-profiles",
    "oak-lessons",
    "phet",
    "teach-computing-courses",
    "teach-computing-lessons",
    "nustem-export",
    "oer-commons",
];

/// A catalogue that was harvested.
pub(crate) struct Catalogue {
    source: Source,
    records: Vec<Metadata>,
}

/// The source file of a catalogue.
pub(crate) fn source_of(name: &str) -> Result<Source, String> {
    let path = Path::new(SOURCES).join(format!("{name}.toml"));
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Source::parse(&format!("{name}.toml"), &text)
        .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// Harvests the catalogues in a folder.
pub(crate) async fn read_catalogues(data: &Path) -> Result<Vec<Catalogue>, String> {
    let mut catalogues = Vec::new();
    for name in CATALOGUES {
        let source = source_of(name)?;
        let files = SourceFiles::Folder { sources: SOURCES.into(), data: Some(data.to_owned()) };
        let fetch = ScriptedFetcher::new();
        let outside = Outside { fetch: &fetch, files: &files, progress: &|_| (), raw: &|_| () };
        let mut memory = Memory::default();
        let (_, ending) = harvest(&source, &outside, &Manner::afresh(Timestamp::UNIX_EPOCH), &mut memory).await;
        ending.map_err(|error| format!("{name}: {error}"))?;
        catalogues.push(Catalogue { source, records: memory.0 });
    }
    Ok(catalogues)
}

/// What a harvest hands over, without what was inferred on the way.
#[derive(Default)]
struct Memory(Vec<Metadata>);

#[async_trait]
impl Intake for Memory {
    async fn kept(&mut self, _place: &str) -> Result<Option<Kept>, IntakeError> {
        Ok(None)
    }

    async fn kept_body(&mut self, _hash: &PayloadHash) -> Result<Vec<u8>, IntakeError> {
        Err(IntakeError("nothing is kept".into()))
    }

    fn seen_again(&mut self, _place: &str) {}

    async fn keep(&mut self, _payload: Payload) -> Result<(), IntakeError> {
        Ok(())
    }

    async fn take(&mut self, batch: Vec<Outcome>) -> Result<(), IntakeError> {
        for outcome in batch {
            if let Outcome::Record(record, _) = outcome {
                self.0.push(as_stated(record.metadata));
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), IntakeError> {
        Ok(())
    }
}

fn as_stated(mut metadata: Metadata) -> Metadata {
    for claims in metadata.concepts.values_mut() {
        claims.retain(|claim| claim.method != Method::Inferred);
    }
    metadata.concepts.retain(|_, claims| !claims.is_empty());
    metadata.age_range = metadata.age_range.filter(|claim| claim.method != Method::Inferred);
    metadata
}

/// How much of a record is read.
#[derive(Clone, Copy)]
enum Extent {
    Everything,
    /// Neither its address nor its keywords and topics.
    Text,
    Title,
}

impl Extent {
    fn name(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Text => "title and description",
            Self::Title => "title alone",
        }
    }

    fn of(self, metadata: &Metadata) -> Metadata {
        let mut cut = metadata.clone();
        if !matches!(self, Self::Everything) {
            cut.url = None;
            cut.keywords.clear();
            cut.topics.clear();
        }
        if matches!(self, Self::Title) {
            cut.description = None;
        }
        cut
    }
}

/// Judges every field on the catalogues that state it.
pub(crate) fn judge(catalogues: &[Catalogue]) -> Vec<String> {
    let mut lines = Vec::new();
    let all = [
        "ncs-job-profiles",
        "oak-lessons",
        "phet",
        "teach-computing-courses",
        "teach-computing-lessons",
        "nustem-export",
    ];
    lines.extend(judge_field(catalogues, ControlledField::Type, &all, &[Extent::Everything, Extent::Text]));
    lines.extend(judge_field(catalogues, ControlledField::Type, &["oer-commons"], &[Extent::Everything]));
    let stating = ["teach-computing-courses", "oer-commons", "phet", "ncs-job-profiles"];
    lines.extend(judge_field(catalogues, ControlledField::Audience, &stating, &[Extent::Everything]));
    lines.extend(judge_field(
        catalogues,
        ControlledField::Sector,
        &["ncs-job-profiles"],
        &[Extent::Title, Extent::Everything],
    ));
    let with_levels = ["teach-computing-courses", "teach-computing-lessons", "phet", "nustem-export", "oer-commons"];
    lines.extend(judge_field(catalogues, ControlledField::Level, &with_levels, &[Extent::Everything]));
    let with_subjects = ["teach-computing-courses", "teach-computing-lessons", "phet", "nustem-export", "oer-commons"];
    lines.extend(judge_field(catalogues, ControlledField::Subject, &with_subjects, &[Extent::Everything]));
    lines.extend(judge_occupations(catalogues));
    lines.extend(count_routes(catalogues));
    lines.extend(count_what_should_stay_unsaid(catalogues));
    lines
}

fn judge_field(catalogues: &[Catalogue], field: ControlledField, names: &[&str], extents: &[Extent]) -> Vec<String> {
    let mut lines = vec![format!("{}, withheld from what states it", field.name())];
    if field == ControlledField::Sector {
        lines.push(SECTORS_ARE_IN_SAMPLE.to_owned());
    }
    for extent in extents {
        let mut all = Tally::default();
        let mut tallies = Vec::new();
        for catalogue in catalogues.iter().filter(|catalogue| names.contains(&catalogue.source.id.as_str())) {
            let mut tally = Tally::default();
            for metadata in &catalogue.records {
                let Some(truth) = Truth::of(metadata, field) else {
                    continue;
                };
                let said = said_of(withheld(&extent.of(metadata), field), field, &catalogue.source);
                let judged: Vec<(f32, bool)> = said.iter().map(|said| (said.sure, truth.accepts(said))).collect();
                tally.add(&judged);
                all.add(&judged);
            }
            lines.push(format!("  {:24} {:22} {}", catalogue.source.id.as_str(), extent.name(), tally.line()));
            tallies.push(tally);
        }
        lines.push(format!("  {:24} {:22} {}", "together", extent.name(), all.line()));
        lines.extend(all.table());
        // Of types nearly nine in ten values are of two sources, each of which has one type.
        if field == ControlledField::Type && tallies.len() > 1 {
            lines.push(format!("  {:24} {:22} {}", "mean over sources", extent.name(), mean_line(&tallies)));
            lines.extend(mean_table(&tallies));
        }
    }
    lines
}

/// A record without its values of a field; without its level also without its ages.
fn withheld(metadata: &Metadata, field: ControlledField) -> Metadata {
    let mut withheld = metadata.clone();
    withheld.concepts.remove(&field);
    if field == ControlledField::Level {
        withheld.age_range = None;
    }
    withheld
}

/// One inferred value.
struct Said {
    id: String,
    ages: Option<schemas::AgeRange>,
    sure: f32,
}

fn said_of(mut metadata: Metadata, field: ControlledField, source: &Source) -> Vec<Said> {
    infer(&mut metadata, source);
    let list = Vocabularies::shipped().of(field);
    let mut said: Vec<Said> = metadata
        .concepts(field)
        .iter()
        .map(|claim| Said {
            id: claim.value.to_string(),
            ages: list.get(claim.value.as_str()).and_then(schemas::Concept::age_range),
            sure: claim.confidence.value(),
        })
        .collect();
    if field == ControlledField::Level {
        let ages = metadata.age_range.iter();
        said.extend(ages.map(|claim| Said {
            id: String::new(),
            ages: Some(claim.value),
            sure: claim.confidence.value(),
        }));
    }
    said
}

/// What a source states of a field.
struct Truth {
    field: ControlledField,
    ids: Vec<String>,
    ages: Vec<schemas::AgeRange>,
}

impl Truth {
    fn of(metadata: &Metadata, field: ControlledField) -> Option<Self> {
        let stated: Vec<&str> = metadata.concepts(field).iter().map(|claim| claim.value.as_str()).collect();
        let ids: Vec<String> = if field == ControlledField::Sector {
            stated.iter().flat_map(|id| sectors_of(id)).map(|id| (*id).to_owned()).collect()
        } else {
            stated.iter().map(|id| (*id).to_owned()).collect()
        };
        let is_level = field == ControlledField::Level;
        let ages = if is_level { schemas::age_ranges(metadata, Vocabularies::shipped()) } else { Vec::new() };
        (!ids.is_empty() || !ages.is_empty()).then_some(Self { field, ids, ages })
    }

    /// The same concept, or one that is part of the other; of levels one for the same ages.
    fn accepts(&self, said: &Said) -> bool {
        if self.field == ControlledField::Level {
            return said.ages.is_some_and(|ages| self.ages.iter().any(|truth| truth.matches(ages)));
        }
        let list = Vocabularies::shipped().of(self.field);
        let is_below = |one: &str, other: &str| list.ancestors(one).any(|above| above.id == other);
        self.ids.iter().any(|truth| *truth == said.id || is_below(truth, &said.id) || is_below(&said.id, truth))
    }
}

/// The sectors of ours that belong to a job category of the National Careers Service; none for those of no sector.
fn sectors_of(category: &str) -> &'static [&'static str] {
    match category {
        "ncs-animal-care" => &["agriculture-land"],
        "ncs-business-and-finance" => &["finance-data"],
        "ncs-computing-technology-and-digital" => &["digital-tech", "cyber", "games-creative-tech"],
        "ncs-construction-and-trades" => &["construction-built-environment"],
        "ncs-creative-and-media" => &["games-creative-tech", "fashion-textiles-tech"],
        "ncs-delivery-and-storage" => &["transport-logistics"],
        "ncs-emergency-and-uniform-services" => &["defence-security", "forensics-crime", "maritime-marine"],
        "ncs-engineering-and-maintenance" => &[
            "aerospace-aviation",
            "automotive",
            "rail",
            "maritime-marine",
            "space",
            "energy-utilities",
            "renewables",
            "nuclear",
            "oil-gas",
            "water",
            "manufacturing",
            "chemicals-materials",
            "medical-devices",
            "digital-tech",
            "construction-built-environment",
            "defence-security",
        ],
        "ncs-environment-and-land" => &["environment-conservation", "agriculture-land", "water", "renewables"],
        "ncs-government-services" => &["government-public", "defence-security", "forensics-crime"],
        "ncs-healthcare" => &["healthcare-nhs", "medical-devices", "pharma-life-sciences"],
        "ncs-hospitality-and-food" => &["food-drink"],
        "ncs-manufacturing" | "manufacturing" => &[
            "manufacturing",
            "chemicals-materials",
            "food-drink",
            "fashion-textiles-tech",
            "pharma-life-sciences",
            "aerospace-aviation",
            "automotive",
        ],
        "ncs-science-and-research" => &[
            "research-academia",
            "pharma-life-sciences",
            "chemicals-materials",
            "space",
            "environment-conservation",
            "forensics-crime",
            "food-drink",
        ],
        "ncs-social-care" => &["healthcare-nhs"],
        "ncs-sports-and-leisure" => &["sport-leisure"],
        "ncs-teaching-and-education" => &["education-outreach"],
        "ncs-transport" => &["transport-logistics", "rail", "aerospace-aviation", "maritime-marine", "automotive"],
        _ => &[],
    }
}

/// Jobs of which the title of a profile is the label: as it stands, hidden, and under each other name of the job.
fn judge_occupations(catalogues: &[Catalogue]) -> Vec<String> {
    let list = Vocabularies::shipped().of(ControlledField::Occupation);
    let (mut titles, mut hidden, mut others, mut unknown) =
        (Tally::default(), Tally::default(), Tally::default(), Tally::default());
    for catalogue in catalogues.iter().filter(|catalogue| catalogue.source.id.as_str() == "ncs-job-profiles") {
        let judge = |metadata: Metadata, truth: &str| -> Vec<(f32, bool)> {
            let said = said_of(
                withheld(&metadata, ControlledField::Occupation),
                ControlledField::Occupation,
                &catalogue.source,
            );
            said.into_iter().map(|said| (said.sure, said.id == truth)).collect()
        };
        for metadata in &catalogue.records {
            let found = Vocabularies::shipped().find(ControlledField::Occupation, &metadata.title, "uk");
            let (Found::ByLabel(id) | Found::ByAlternative(id)) = found else {
                unknown.add(&judge(metadata.clone(), ""));
                continue;
            };
            titles.add(&judge(metadata.clone(), id.as_str()));
            hidden.add(&judge(Metadata { title: "A job".to_owned(), ..Extent::Text.of(metadata) }, id.as_str()));
            for alternative in list.get(id.as_str()).into_iter().flat_map(|concept| &concept.alt) {
                others.add(&judge(Metadata { title: alternative.clone(), ..Extent::Title.of(metadata) }, id.as_str()));
            }
        }
    }
    let mut lines = vec!["occupation, of profiles of the National Careers Service whose title is a label".to_owned()];
    lines.push(OCCUPATIONS_ARE_IN_SAMPLE.to_owned());
    for (name, tally) in [("title as it stands", &titles), ("title hidden", &hidden), ("other names as title", &others)]
    {
        lines.push(format!("  {name:24} {}", tally.line()));
        lines.extend(tally.table());
    }
    lines.push(format!("  titles that are no label (all wrong by this count): {}", unknown.line()));
    lines
}

/// No catalogue here states a route: how often one is said.
fn count_routes(catalogues: &[Catalogue]) -> Vec<String> {
    let mut lines = vec!["route, stated by none of these catalogues: how often something is said".to_owned()];
    for catalogue in catalogues {
        let spoke = count(catalogue, ControlledField::Route, |_| true);
        lines.push(format!("  {:24} {}", catalogue.source.id.as_str(), spoke));
    }
    lines
}

/// Rows of OER Commons for adults, and those about other things than STEM: of these nothing should be said.
fn count_what_should_stay_unsaid(catalogues: &[Catalogue]) -> Vec<String> {
    let mut lines = vec!["OER Commons, whose rows are mostly for adults: how often something is said".to_owned()];
    for catalogue in catalogues.iter().filter(|catalogue| catalogue.source.id.as_str() == "oer-commons") {
        for field in [ControlledField::Level, ControlledField::Subject] {
            lines.push(format!(
                "  {} of rows for adults alone: {}",
                field.name(),
                count(catalogue, field, is_for_adults)
            ));
            lines.push(format!("  {} of rows without STEM:     {}", field.name(), count(catalogue, field, is_no_stem)));
        }
    }
    lines
}

fn count(catalogue: &Catalogue, field: ControlledField, which: impl Fn(&Metadata) -> bool) -> String {
    let rows: Vec<&Metadata> = catalogue.records.iter().filter(|metadata| which(metadata)).collect();
    let speaks = |metadata: &&&Metadata| !said_of(withheld(metadata, field), field, &catalogue.source).is_empty();
    let spoken = rows.iter().filter(speaks).count();
    format!("{spoken} of {} ({:.3})", rows.len(), share(spoken, rows.len()))
}

fn is_for_adults(metadata: &Metadata) -> bool {
    let levels = metadata.concepts(ControlledField::Level);
    !levels.is_empty() && levels.iter().all(|claim| claim.value.as_str() == "phase-higher")
}

/// The rows of OER Commons about other things than STEM, in the shape of lessons.
pub(crate) fn rows_without_stem(catalogues: &[Catalogue]) -> Vec<Lesson> {
    let of_oer = catalogues.iter().filter(|catalogue| catalogue.source.id.as_str() == "oer-commons");
    let rows = of_oer.flat_map(|catalogue| &catalogue.records).filter(|metadata| is_no_stem(metadata));
    let lessons = rows.map(|metadata| Lesson {
        id: String::new(),
        unit: String::new(),
        title: metadata.title.clone(),
        outcome: metadata.description.clone().unwrap_or_default(),
        key_points: String::new(),
        keywords: metadata.keywords.clone(),
        subject: String::new(),
        stage: 0,
    });
    lessons.collect()
}

/// None of its subjects is one of ours that is core to STEM.
fn is_no_stem(metadata: &Metadata) -> bool {
    let list = Vocabularies::shipped().of(ControlledField::Subject);
    let is_core = |claim: &Claim<ConceptId>| {
        list.get(claim.value.as_str()).is_some_and(|subject| subject.relevance.as_deref() == Some("core"))
    };
    let says_subject = !metadata.concepts(ControlledField::Subject).is_empty()
        || metadata.unmapped.iter().any(|word| word.field == ControlledField::Subject);
    says_subject && !metadata.concepts(ControlledField::Subject).iter().any(is_core)
}
