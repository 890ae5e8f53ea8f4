//! The columns of a table of resources: which there are, in which order, and what stands in each.
//!
//! The names and the order stay; what is new comes behind the last. A field of lists is one cell, its values joined;
//! subjects and levels have a column of ids beside that of labels.

use std::borrow::Cow;

use schemas::{AgeRange, ConceptRef, Resource};

/// What stands between the values of a list.
const BETWEEN: &str = "; ";

/// One column.
pub(super) struct Column {
    /// Its heading.
    pub(super) name: &'static str,
    /// The field of a resource that it shows.
    field: &'static str,
    value: for<'a> fn(&'a Resource) -> Cow<'a, str>,
}

impl Column {
    /// What stands in this column for a resource; nothing where it is not known.
    pub(super) fn value<'a>(&self, resource: &'a Resource) -> Cow<'a, str> {
        (self.value)(resource)
    }
}

/// The columns that show these fields, and always the id; all when no fields are named.
pub(super) fn columns_of(fields: &[String]) -> Vec<&'static Column> {
    let is_wanted = |column: &&Column| {
        fields.is_empty() || column.field == "id" || fields.iter().any(|field| field == column.field)
    };
    COLUMNS.iter().filter(is_wanted).collect()
}

/// A column of the same name as its field.
const fn plain(field: &'static str, value: for<'a> fn(&'a Resource) -> Cow<'a, str>) -> Column {
    named(field, field, value)
}

const fn named(name: &'static str, field: &'static str, value: for<'a> fn(&'a Resource) -> Cow<'a, str>) -> Column {
    Column { name, field, value }
}

/// All columns: what a thing is and where, for whom, about what, when, on what terms, and what we know of it.
static COLUMNS: [Column; 48] = [
    plain("id", |resource| Cow::Borrowed(resource.id.as_str())),
    plain("url", |resource| text(resource.url.as_deref())),
    plain("title", |resource| Cow::Borrowed(resource.title.as_str())),
    plain("publisher", |resource| text(resource.publisher.as_deref())),
    plain("resource_types", |resource| labels(&resource.resource_types)),
    plain("subjects", |resource| labels(&resource.subjects)),
    named("subject_ids", "subjects", |resource| ids(&resource.subjects)),
    plain("levels", |resource| labels(&resource.levels)),
    named("level_ids", "levels", |resource| ids(&resource.levels)),
    named("age_from", "age_range", |resource| number(resource.age_range.map(AgeRange::from))),
    named("age_to", "age_range", |resource| number(resource.age_range.map(AgeRange::to))),
    plain("audiences", |resource| labels(&resource.audiences)),
    plain("nations", |resource| labels(&resource.nations)),
    plain("regions", |resource| labels(&resource.regions)),
    plain("inclusion", |resource| labels(&resource.inclusion)),
    plain("topics", |resource| joined(&resource.topics)),
    plain("keywords", |resource| joined(&resource.keywords)),
    plain("sectors", |resource| labels(&resource.sectors)),
    plain("occupations", |resource| labels(&resource.occupations)),
    plain("routes", |resource| labels(&resource.routes)),
    plain("gatsby_benchmarks", |resource| labels(&resource.gatsby_benchmarks)),
    plain("career_learning_areas", |resource| labels(&resource.career_learning_areas)),
    plain("medium", |resource| labels(resource.medium.as_slice())),
    plain("duration", |resource| text(resource.duration.as_deref())),
    plain("cost", |resource| labels(resource.cost.as_slice())),
    plain("licence", |resource| labels(resource.licence.as_slice())),
    plain("language", |resource| labels(resource.language.as_slice())),
    plain("date_published", |resource| text(resource.date_published.as_deref())),
    plain("date_modified", |resource| text(resource.date_modified.as_deref())),
    plain("starts", |resource| text(resource.starts.as_deref())),
    plain("ends", |resource| text(resource.ends.as_deref())),
    plain("deadline", |resource| text(resource.deadline.as_deref())),
    plain("place", |resource| text(resource.place.as_deref())),
    plain("held_by", |resource| text(resource.held_by.as_deref())),
    plain("closed", |resource| text(resource.closed.as_deref())),
    plain("alternative_titles", |resource| joined(&resource.alternative_titles)),
    plain("creators", |resource| joined(&resource.creators)),
    plain("image", |resource| text(resource.image.as_deref())),
    plain("same_as", |resource| joined(&resource.same_as)),
    plain("records", records),
    named("link_state", "link", |resource| Cow::Borrowed(resource.link.state.name())),
    named("link_checked_at", "link", |resource| text(resource.link.checked_at.as_deref())),
    plain("completeness", |resource| Cow::Owned(resource.completeness.to_string())),
    plain("missing", |resource| joined(&resource.missing)),
    plain("pinned", |resource| Cow::Borrowed(if resource.pinned { "true" } else { "false" })),
    plain("created", |resource| Cow::Borrowed(resource.created.as_str())),
    plain("updated", |resource| Cow::Borrowed(resource.updated.as_str())),
    plain("description", |resource| text(resource.description.as_deref())),
];

fn text(value: Option<&str>) -> Cow<'_, str> {
    Cow::Borrowed(value.unwrap_or_default())
}

fn number(value: Option<u8>) -> Cow<'static, str> {
    value.map_or(Cow::Borrowed(""), |value| Cow::Owned(value.to_string()))
}

fn labels(concepts: &[ConceptRef]) -> Cow<'_, str> {
    join(concepts.iter().map(|concept| concept.label.as_str()))
}

fn ids(concepts: &[ConceptRef]) -> Cow<'_, str> {
    join(concepts.iter().map(|concept| concept.id.as_str()))
}

fn joined(values: &[String]) -> Cow<'_, str> {
    join(values.iter().map(String::as_str))
}

/// `source:identifier` of each.
fn records(resource: &Resource) -> Cow<'_, str> {
    let records = resource.records.iter().map(|record| format!("{}:{}", record.source, record.identifier));
    Cow::Owned(records.collect::<Vec<_>>().join(BETWEEN))
}

fn join<'a>(mut values: impl Iterator<Item = &'a str>) -> Cow<'a, str> {
    let Some(first) = values.next() else {
        return Cow::Borrowed("");
    };
    let mut joined = Cow::Borrowed(first);
    for value in values {
        let all = joined.to_mut();
        all.push_str(BETWEEN);
        all.push_str(value);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::web::links::field_names;

    #[test]
    fn every_field_of_a_resource_has_a_column_and_no_column_another_field() {
        for field in field_names() {
            assert!(COLUMNS.iter().any(|column| column.field == field), "{field}");
        }
        for column in &COLUMNS {
            assert!(field_names().iter().any(|field| field == column.field), "{}", column.name);
        }
    }

    #[test]
    fn no_two_columns_have_the_same_name() {
        let names: std::collections::BTreeSet<&str> = COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(names.len(), COLUMNS.len());
    }

    #[test]
    fn the_id_stands_before_the_fields_that_are_asked_for() {
        let names = |fields: &[&str]| -> Vec<&str> {
            let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
            columns_of(&fields).into_iter().map(|column| column.name).collect()
        };
        assert_eq!(names(&["levels", "title"]), ["id", "title", "levels", "level_ids"]);
        assert_eq!(names(&["age_range"]), ["id", "age_from", "age_to"]);
        assert_eq!(names(&[]).len(), COLUMNS.len());
    }

    #[test]
    fn a_list_is_joined_and_what_is_not_known_is_blank() {
        let mut resource = testing::resource("r", "Title");
        resource.topics = vec!["bees".to_owned(), "honey".to_owned(), "wax".to_owned()];
        let value = |name: &str| {
            let column = COLUMNS.iter().find(|column| column.name == name).unwrap();
            column.value(&resource).into_owned()
        };
        assert_eq!(value("topics"), "bees; honey; wax");
        assert_eq!(value("title"), "Title");
        assert_eq!(value("link_state"), "unchecked");
        for name in ["url", "subjects", "age_from", "records", "licence", "description"] {
            assert_eq!(value(name), "", "{name}");
        }
    }
}
