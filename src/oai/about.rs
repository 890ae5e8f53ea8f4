//! What this repository is: `Identify`, `ListMetadataFormats`, `ListSets`.

use schemas::{ControlledField, ResourceId};

use super::arguments::MetadataPrefix;
use super::errors::{ErrorCode, OaiError};
use super::{Repository, VerbAnswer, dublin_core, identifier, lom};
use crate::app::App;
use crate::catalogue::{SOURCE_SETS, SUBJECT_SETS};
use crate::error::AppError;
use crate::xml::Xml;

const OAI_IDENTIFIER: &str = "http://www.openarchives.org/OAI/2.0/oai-identifier";

/// What this repository is. `date` is the time of the answer, before which an empty one has nothing.
pub(super) async fn identify(app: &App, date: &str) -> Result<VerbAnswer, AppError> {
    let repository = Repository::of(app);
    let extent = app.store()?.oai_extent().await?;
    let earliest = extent.as_ref().map_or(date, |extent| extent.earliest.as_str());
    // The protocol wants an address; without one in the configuration it is one that nobody reads.
    let given = app.config.server.admin_email.clone();
    let admin_email = given.unwrap_or_else(|| format!("noreply@{}", repository.name));
    let sample = identifier::of_resource(&repository.name, &ResourceId::founded_on("https://example.org/"));
    let mut xml = Xml::default();
    xml.holding("Identify", &[], |xml| {
        xml.text("repositoryName", &[], "Signpost");
        xml.text("baseURL", &[], &repository.base_url());
        xml.text("protocolVersion", &[], "2.0");
        xml.text("adminEmail", &[], &admin_email);
        xml.text("earliestDatestamp", &[], earliest);
        xml.text("deletedRecord", &[], "persistent");
        xml.text("granularity", &[], "YYYY-MM-DDThh:mm:ssZ");
        xml.text("compression", &[], "gzip");
        xml.holding("description", &[], |xml| write_naming(xml, &repository.name, &sample));
    });
    Ok(Ok(xml))
}

/// How records are named here. Source: oai-identifier.xsd.
fn write_naming(xml: &mut Xml, name: &str, sample: &str) {
    let location = format!("{OAI_IDENTIFIER} {OAI_IDENTIFIER}.xsd");
    let attributes = [
        ("xmlns", OAI_IDENTIFIER),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ("xsi:schemaLocation", location.as_str()),
    ];
    xml.holding("oai-identifier", &attributes, |xml| {
        xml.text("scheme", &[], "oai");
        xml.text("repositoryIdentifier", &[], name);
        xml.text("delimiter", &[], ":");
        xml.text("sampleIdentifier", &[], sample);
    });
}

/// In which formats records come; every record in each of them.
pub(super) async fn list_metadata_formats(app: &App, identifier: Option<&str>) -> Result<VerbAnswer, AppError> {
    if let Some(identifier) = identifier {
        let id = identifier::resource_of(&Repository::of(app).name, identifier);
        let record = match id {
            Some(id) => app.store()?.oai_record(&id).await?,
            None => None,
        };
        if record.is_none() {
            return Ok(Err(vec![no_such_record()]));
        }
    }
    let mut xml = Xml::default();
    xml.holding("ListMetadataFormats", &[], |xml| {
        for prefix in MetadataPrefix::ALL {
            let (schema, namespace) = match prefix {
                MetadataPrefix::OaiDc => (dublin_core::SCHEMA, dublin_core::NAMESPACE),
                MetadataPrefix::OaiLom => (lom::SCHEMA, lom::NAMESPACE),
            };
            xml.holding("metadataFormat", &[], |xml| {
                xml.text("metadataPrefix", &[], prefix.name());
                xml.text("schema", &[], schema);
                xml.text("metadataNamespace", &[], namespace);
            });
        }
    });
    Ok(Ok(xml))
}

/// There has never been a record of that name.
pub(super) fn no_such_record() -> OaiError {
    OaiError::new(ErrorCode::IdDoesNotExist, "there has never been a record of this name here")
}

/// The sets, those that stand above others first. There are some hundreds at most, so they come at once.
pub(super) async fn list_sets(app: &App) -> Result<VerbAnswer, AppError> {
    let sets = app.store()?.oai_sets().await?;
    let source_names = app.source_names();
    let subjects = app.vocabularies.of(ControlledField::Subject);
    let mut xml = Xml::default();
    xml.holding("ListSets", &[], |xml| {
        for (above, title) in [(SOURCE_SETS, "Everything, by source"), (SUBJECT_SETS, "What states a subject")] {
            write_set(xml, above, title);
            let below = sets.iter().filter_map(|spec| Some((spec, spec.strip_prefix(above)?.strip_prefix(':')?)));
            for (spec, id) in below {
                let name = if above == SOURCE_SETS {
                    source_names.get(id).map_or(id, String::as_str)
                } else {
                    subjects.label(id)
                };
                write_set(xml, spec, name);
            }
        }
    });
    Ok(Ok(xml))
}

fn write_set(xml: &mut Xml, spec: &str, name: &str) {
    xml.holding("set", &[], |xml| {
        xml.text("setSpec", &[], spec);
        xml.text("setName", &[], name);
    });
}
