//! What is kept of each resource, small: its JSON, packed against a dictionary of what such JSON is made of.
//!
//! Most of a published resource is names of fields and references to concepts, which all resources share and the
//! vocabularies tell beforehand. Packed against those, a resource takes a quarter of its room and can be unpacked by
//! itself; blocks of several resources would take twice that, and a page would unpack a block for each of its results.

use std::io;
use std::sync::LazyLock;

use schemas::{ControlledField, Metadata, Publication, Resource, ResourceId, Vocabularies};
use serde_json::json;
use tantivy::schema::Value;
use tantivy::{DocAddress, Searcher, TantivyDocument};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::fields::Fields;

/// Packing is a small part of indexing up to here, and hardly better beyond. Source: measured.
const LEVEL: i32 = 3;

/// A resource is never larger: its fields have limits of their own.
const MAX_UNPACKED_BYTES: usize = 64 << 20;

/// Both sides of the dictionary. Part of what an index is built with, as the vocabularies are.
static DICTIONARIES: LazyLock<(EncoderDictionary<'static>, DecoderDictionary<'static>)> = LazyLock::new(|| {
    let dictionary = dictionary(Vocabularies::shipped());
    (EncoderDictionary::copy(&dictionary, LEVEL), DecoderDictionary::copy(&dictionary))
});

/// Packs resources, one after the other.
pub(crate) struct Packer(Compressor<'static>);

impl Packer {
    /// # Errors
    /// When there is no memory for it.
    pub(crate) fn new() -> io::Result<Self> {
        Compressor::with_prepared_dictionary(&DICTIONARIES.0).map(Self)
    }

    /// Makes it small.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub(crate) fn pack(&mut self, json: &str) -> io::Result<Vec<u8>> {
        self.0.compress(json.as_bytes())
    }
}

/// Unpacks what was kept of resources, one after the other.
pub(crate) struct Unpacker(Decompressor<'static>);

impl Unpacker {
    /// # Errors
    /// When there is no memory for it.
    pub(crate) fn new() -> io::Result<Self> {
        Decompressor::with_prepared_dictionary(&DICTIONARIES.1).map(Self)
    }

    /// The JSON of a document.
    ///
    /// # Errors
    /// When it cannot be read, or what is kept of it was not packed by us.
    pub(crate) fn read(&mut self, searcher: &Searcher, fields: &Fields, of: DocAddress) -> tantivy::Result<String> {
        let document: TantivyDocument = searcher.doc(of)?;
        let kept = document.get_first(fields.resource).and_then(|value| value.as_bytes()).unwrap_or_default();
        Ok(self.unpack(kept)?)
    }

    /// The JSON that was packed.
    fn unpack(&mut self, packed: &[u8]) -> io::Result<String> {
        // What was packed says how large it was.
        let size = Decompressor::upper_bound(packed).filter(|size| (1..=MAX_UNPACKED_BYTES).contains(size));
        let size = size.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a packed resource"))?;
        let bytes = self.0.decompress(packed, size)?;
        String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// What the JSON of a resource is made of. What comes last is found fastest, so the frame of it all is at the end.
fn dictionary(vocabularies: &Vocabularies) -> Vec<u8> {
    let mut text = String::new();
    for field in ControlledField::ALL {
        for concept in &vocabularies.of(field).concepts {
            let reference = json!({ "id": concept.id, "label": concept.label, "method": "stated" });
            text.push_str(&reference.to_string());
            text.push(',');
        }
    }
    text.push_str("\"method\":\"mapped\"},\"method\":\"inferred\",\"confidence\":0.");
    let publication = Publication {
        id: ResourceId::founded_on("dictionary"),
        records: Vec::new(),
        link: schemas::Link { state: schemas::LinkState::Unchecked, checked_at: None },
        created: "2026-01-01T00:00:00Z".to_owned(),
        updated: "2026-01-01T00:00:00Z".to_owned(),
        description_in_full: true,
        pinned: false,
    };
    let metadata = Metadata { title: "x".to_owned(), ..Metadata::default() };
    let empty = Resource::publish(&metadata, publication, vocabularies);
    text.push_str("[{\"source\":\"x\",\"identifier\":\"x\",\"url\":\"https://www.x.org/x\",\"first_seen\":\"2026-");
    text.push_str(&serde_json::to_string(&empty).unwrap_or_default());
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::resource;

    fn pack(json: &str) -> Vec<u8> {
        Packer::new().expect("memory").pack(json).expect("memory")
    }

    fn json_of(title: &str) -> String {
        let draft = resource(title).with(ControlledField::Subject, "chemistry").with(ControlledField::Level, "ks3");
        serde_json::to_string(&draft.entry().resource).expect("a resource")
    }

    #[test]
    fn what_was_packed_is_unpacked_as_it_was() {
        let mut unpacker = Unpacker::new().unwrap();
        for title in ["x", "Crystal lab", &"ж🦄".repeat(50_000)] {
            let json = json_of(title);
            assert_eq!(unpacker.unpack(&pack(&json)).unwrap(), json);
        }
    }

    #[test]
    fn a_resource_takes_a_fraction_of_its_room() {
        let json = json_of("Crystal lab");
        let packed = pack(&json);
        assert!(packed.len() * 4 < json.len(), "{} of {}", packed.len(), json.len());
    }

    #[test]
    fn what_was_not_packed_is_an_error() {
        let mut unpacker = Unpacker::new().unwrap();
        let packed = pack(&json_of("Crystal lab"));
        for bytes in [&b""[..], b"{}", &packed[..packed.len() / 2], &[0xff; 100]] {
            assert!(unpacker.unpack(bytes).is_err(), "{bytes:?}");
        }
    }
}
