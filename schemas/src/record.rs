//! Record: what one source says about one thing.

use serde::{Deserialize, Serialize};

use crate::id::RecordId;
use crate::metadata::Metadata;

/// What one source says about one thing: its own identifier, where in which payload it stands, and that in our schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The source and its own identifier.
    pub id: RecordId,
    /// The fields, in our words.
    pub metadata: Metadata,
    /// The payload it was read from, by hash; payloads are kept as they came.
    pub payload: Option<PayloadHash>,
    /// Where in the payload: `row 17`, `/items/3`. Empty when the payload is the record.
    pub place: String,
}

/// The BLAKE3 hash of a payload as it came, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PayloadHash(pub String);

impl PayloadHash {
    /// The hash of these bytes.
    pub fn of(body: &[u8]) -> Self {
        Self(blake3::hash(body).to_hex().to_string())
    }
}

impl Record {
    /// A hash over everything the record says. Two records with the same hash say the same, whatever the payload looked like.
    pub fn content_hash(&self) -> String {
        let json = serde_json::to_vec(&self.metadata).expect("metadata has string keys only and always serialises");
        blake3::hash(&json).to_hex()[..32].to_owned()
    }
}
