//! A list as a table for a spreadsheet: what a teacher needs of each resource, in the words of the page.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use schemas::{ConceptRef, ControlledField, Resource, Vocabularies};

use crate::app::App;
use crate::csv::CsvWriter;
use crate::pages::carried::Carried;
use crate::pages::levels;
use crate::pages::wording::{self, word};
use crate::web::etag;

const MEDIA_TYPE: &str = "text/csv; charset=utf-8; header=present";
const DISPOSITION: &str = "attachment; filename=\"signpost-shortlist.csv\"";

/// The table as a file.
pub(super) fn answer(headers: &HeaderMap, resources: &[Resource], carried: &Carried, app: &App) -> Response {
    let table = table(resources, carried, app.public_url(), app.vocabularies);
    let mut response = etag::answer(headers, MEDIA_TYPE, table);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(DISPOSITION));
    response
}

fn table(resources: &[Resource], carried: &Carried, public_url: &str, vocabularies: &Vocabularies) -> String {
    let mut table = CsvWriter::new();
    table.row([
        word("list.column-title"),
        word("list.column-address"),
        word("list.column-page"),
        word("list.column-publisher"),
        word("list.column-type"),
        word("list.column-levels"),
        word("list.column-ages"),
        word("list.column-subjects"),
        word("list.column-duration"),
        word("list.column-cost"),
        word("list.column-licence"),
    ]);
    let list = vocabularies.of(ControlledField::Level);
    for resource in resources {
        let is_here = |level: &&ConceptRef| {
            let id = level.id.as_str();
            levels::is_stage(list, id) && levels::nation(list, id) == carried.nation()
        };
        table.row([
            resource.title.clone(),
            resource.url.clone().unwrap_or_default(),
            format!("{public_url}/resources/{}", resource.id),
            resource.publisher.clone().unwrap_or_default(),
            labels(resource.resource_types.iter()),
            labels(resource.levels.iter().filter(is_here)),
            resource.age_range.map(wording::ages).unwrap_or_default(),
            labels(resource.subjects.iter()),
            resource.duration.as_deref().map(wording::duration).unwrap_or_default(),
            labels(resource.cost.iter()),
            labels(resource.licence.iter()),
        ]);
    }
    table.take()
}

fn labels<'a>(concepts: impl Iterator<Item = &'a ConceptRef>) -> String {
    concepts.map(|concept| concept.label.as_str()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use schemas::{Link, LinkState, Metadata, Publication, ResourceId};

    use super::*;

    #[test]
    fn every_resource_is_a_row_and_no_title_is_run_as_a_formula() {
        let publication = Publication {
            id: ResourceId::founded_on("a"),
            records: Vec::new(),
            link: Link { state: LinkState::Ok, checked_at: None },
            created: String::new(),
            updated: String::new(),
            description_in_full: true,
            pinned: false,
        };
        let metadata = Metadata { title: "=1+1".to_owned(), ..Metadata::default() };
        let resource = Resource::publish(&metadata, publication, Vocabularies::shipped());
        let table = table(&[resource], &Carried::default(), "https://signpost.example", Vocabularies::shipped());
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(rows.len(), 2, "{table}");
        assert!(rows[1].starts_with("'=1+1,,https://signpost.example/resources/"), "{table}");
        assert_eq!(rows[0].split(',').count(), rows[1].split(',').count(), "{table}");
    }
}
