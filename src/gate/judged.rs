//! The file of judged queries: searches, and the resources that an admin knows to be good answers.

use schemas::ResourceId;
use serde::Deserialize;

/// One search.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgedQuery {
    /// The words, as a teacher types them.
    pub query: String,
    /// The ids of its good answers.
    pub wanted: Vec<ResourceId>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct JudgedFile {
    judged: Vec<JudgedQuery>,
}

/// Reads such a file: `[[judged]]` before each search, then `query = "chemistry careers"` and `wanted = ["…"]` with ids of
/// resources.
///
/// # Errors
/// The first mistake, with its line.
pub fn read_judged(text: &str) -> Result<Vec<JudgedQuery>, toml::de::Error> {
    toml::from_str(text).map(|file: JudgedFile| file.judged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_and_their_good_answers_are_read_and_a_mistake_is_told_with_its_line() {
        let id = ResourceId::founded_on("soap");
        let text = format!("[[judged]]\nquery = \"soap makers\"\nwanted = [\"{id}\"]\n");
        let expected = JudgedQuery { query: "soap makers".to_owned(), wanted: vec![id] };
        assert_eq!(read_judged(&text).unwrap(), [expected]);
        for (from, to) in [("wanted", "wnated"), ("[\"", "[\"../"), ("query = ", "query = 3 #")] {
            let told = read_judged(&text.replace(from, to)).unwrap_err().to_string();
            assert!(told.contains("line "), "{told}");
        }
    }
}
