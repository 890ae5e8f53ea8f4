//! Records, one or page by page: `GetRecord`, `ListIdentifiers`, `ListRecords`.

use super::about::no_such_record;
use super::arguments::{ListVerb, MetadataPrefix};
use super::errors::{ErrorCode, OaiError};
use super::token::Token;
use super::{Repository, VerbAnswer, dublin_core, identifier, lom};
use crate::app::App;
use crate::catalogue::{OaiHeader, OaiPage, OaiPart, OaiWalk};
use crate::error::AppError;
use crate::xml::Xml;

/// Records on a page of `ListRecords`: half a megabyte where descriptions are long, which bounds what an answer takes of
/// memory. All of 100,000 records are then 500 requests.
const RECORDS_PER_PAGE: usize = 200;
/// Headers on a page of `ListIdentifiers`, of some 300 bytes each.
const HEADERS_PER_PAGE: usize = 1_000;

/// One record.
pub(super) async fn get_record(app: &App, identifier: &str, prefix: MetadataPrefix) -> Result<VerbAnswer, AppError> {
    let repository = Repository::of(app);
    let Some(id) = identifier::resource_of(&repository.name, identifier) else {
        return Ok(Err(vec![no_such_record()]));
    };
    let Some((header, entry)) = app.store()?.oai_record(&id).await? else {
        return Ok(Err(vec![no_such_record()]));
    };
    let mut xml = Xml::default();
    xml.holding("GetRecord", &[], |xml| write_record(xml, &repository, prefix, &header, entry.as_ref()));
    Ok(Ok(xml))
}

/// The first page of a walk. `date` is the time of the answer.
pub(super) async fn begin(
    app: &App,
    verb: ListVerb,
    prefix: MetadataPrefix,
    walk: OaiWalk,
    date: &str,
) -> Result<VerbAnswer, AppError> {
    let page = read_page(app, verb, &walk).await?;
    if page.headers.is_empty() {
        let message = "nothing is listed in this set and between these times";
        return Ok(Err(vec![OaiError::new(ErrorCode::NoRecordsMatch, message)]));
    }
    // Of a list that comes whole there is nothing to resume.
    let place = page.next.clone().map(|next| {
        let count = count(&page);
        let size = page.total.unwrap_or(count);
        let token = Token {
            verb,
            prefix,
            set: walk.set,
            from: walk.from,
            until: walk.until,
            began: date.to_owned(),
            next,
            cursor: count,
            size,
        };
        Place { cursor: 0, size, token: Some(token) }
    });
    Ok(Ok(write_list(&Repository::of(app), verb, prefix, &page, place)))
}

/// A later page of a walk.
pub(super) async fn go_on(app: &App, token: &Token) -> Result<VerbAnswer, AppError> {
    let page = read_page(app, token.verb, &token.walk()).await?;
    if page.headers.is_empty() {
        let message = "the list that this token belongs to is not there any more";
        return Ok(Err(vec![OaiError::new(ErrorCode::BadResumptionToken, message)]));
    }
    let cursor = token.cursor.saturating_add(count(&page));
    // What has changed meanwhile may have made it longer or shorter; at the end it is known how long it was.
    let (size, next) = match page.next.clone() {
        Some(next) => (token.size.max(cursor.saturating_add(1)), Some(next)),
        None => (cursor, None),
    };
    let following = next.map(|next| Token { next, cursor, size, ..token.clone() });
    let place = Place { cursor: token.cursor, size, token: following };
    Ok(Ok(write_list(&Repository::of(app), token.verb, token.prefix, &page, Some(place))))
}

async fn read_page(app: &App, verb: ListVerb, walk: &OaiWalk) -> Result<OaiPage, AppError> {
    let (limit, part) = match verb {
        ListVerb::ListIdentifiers => (HEADERS_PER_PAGE, OaiPart::Headers),
        ListVerb::ListRecords => (RECORDS_PER_PAGE, OaiPart::Records),
    };
    Ok(app.store()?.oai_page(walk, limit, part).await?)
}

fn count(page: &OaiPage) -> u64 {
    u64::try_from(page.headers.len()).unwrap_or(u64::MAX)
}

/// Where a page stands in a list that does not come whole.
struct Place {
    /// How many came before it.
    cursor: u64,
    /// How many there are.
    size: u64,
    /// Where it goes on; `None` on the last page.
    token: Option<Token>,
}

fn write_list(
    repository: &Repository,
    verb: ListVerb,
    prefix: MetadataPrefix,
    page: &OaiPage,
    place: Option<Place>,
) -> Xml {
    let mut xml = Xml::default();
    xml.holding(verb.name(), &[], |xml| {
        for header in &page.headers {
            match verb {
                ListVerb::ListIdentifiers => write_header(xml, repository, header, header.deleted),
                ListVerb::ListRecords => {
                    write_record(xml, repository, prefix, header, page.entries.get(&header.resource));
                }
            }
        }
        if let Some(place) = place {
            let (size, cursor) = (place.size.to_string(), place.cursor.to_string());
            // The last page has an empty one. Source: OAI-PMH 2.0, 3.5.
            let token = place.token.map(|token| token.to_string()).unwrap_or_default();
            xml.text("resumptionToken", &[("completeListSize", size.as_str()), ("cursor", cursor.as_str())], &token);
        }
    });
    xml
}

/// A record. One that is published in the list and not in the store has just been withdrawn: it is deleted, and the
/// list will say so with a later datestamp.
fn write_record(
    xml: &mut Xml,
    repository: &Repository,
    prefix: MetadataPrefix,
    header: &OaiHeader,
    entry: Option<&index::Entry>,
) {
    xml.holding("record", &[], |xml| {
        write_header(xml, repository, header, entry.is_none());
        let Some(entry) = entry else { return };
        let (resource, public_url) = (&entry.resource, repository.public_url.as_str());
        let page = format!("{public_url}/resources/{}", resource.id);
        xml.holding("metadata", &[], |xml| match prefix {
            MetadataPrefix::OaiDc => dublin_core::write(xml, resource, &page, &repository.source_names),
            MetadataPrefix::OaiLom => {
                let identifier = identifier::of_resource(&repository.name, &resource.id);
                lom::write(xml, resource, &identifier, &page, public_url);
            }
        });
    });
}

fn write_header(xml: &mut Xml, repository: &Repository, header: &OaiHeader, is_deleted: bool) {
    let attributes: &[(&str, &str)] = if is_deleted { &[("status", "deleted")] } else { &[] };
    xml.holding("header", attributes, |xml| {
        xml.text("identifier", &[], &identifier::of_resource(&repository.name, &header.resource));
        xml.text("datestamp", &[], &header.datestamp);
        for spec in &header.sets {
            xml.text("setSpec", &[], spec);
        }
    });
}
