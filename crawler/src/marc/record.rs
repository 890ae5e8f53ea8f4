//! A MARC record, and how a mapping names values in it.

/// One bibliographic record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarcRecord {
    /// The 24 characters before the fields; what is known of them.
    pub leader: String,
    /// Fields 001 to 009: tag and value.
    pub control_fields: Vec<(String, String)>,
    /// All other fields, in order.
    pub data_fields: Vec<DataField>,
}

/// A field with subfields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataField {
    /// Three characters: `245`.
    pub tag: String,
    /// The two indicators; a blank is a space.
    pub indicators: [char; 2],
    /// Code and value of each subfield, in order.
    pub subfields: Vec<(char, String)>,
}

impl DataField {
    /// The values of the subfields with these codes, in the order of the record, joined by a space.
    pub fn text(&self, codes: &str) -> String {
        let wanted = self.subfields.iter().filter(|(code, _)| codes.contains(*code));
        let values: Vec<&str> = wanted.map(|(_, value)| value.trim()).filter(|value| !value.is_empty()).collect();
        values.join(" ")
    }
}

impl MarcRecord {
    /// The fields of this tag, in order.
    pub fn fields<'r>(&'r self, tag: &'r str) -> impl Iterator<Item = &'r DataField> {
        self.data_fields.iter().filter(move |field| field.tag == tag)
    }

    /// The value of a control field.
    pub fn control(&self, tag: &str) -> Option<&str> {
        self.control_fields.iter().find(|(own, _)| own == tag).map(|(_, value)| value.as_str())
    }

    /// The values that a mapping names: `001`, `245$a`, `245$ab` (the subfields of one field joined by a space), `650`
    /// (all its subfields); `x` in a tag stands for any digit, `6xx$a`. One value for each field that has any.
    pub fn values(&self, from: &str) -> Vec<String> {
        let (tag, codes) = from.split_once('$').map_or((from, None), |(tag, codes)| (tag, Some(codes)));
        let meant = |own: &str| {
            own.len() == tag.len() && own.chars().zip(tag.chars()).all(|(own, wanted)| wanted == 'x' || own == wanted)
        };
        let controls = self.control_fields.iter().filter(|(own, _)| codes.is_none() && meant(own));
        let of_field = |field: &DataField| match codes {
            Some(codes) => field.text(codes),
            None => field.text(&field.subfields.iter().map(|(code, _)| *code).collect::<String>()),
        };
        let data = self.data_fields.iter().filter(|field| meant(&field.tag)).map(of_field);
        controls.map(|(_, value)| value.clone()).chain(data).filter(|value| !value.trim().is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn field(tag: &str, subfields: &[(char, &str)]) -> DataField {
        let subfields = subfields.iter().map(|(code, value)| (*code, (*value).to_owned())).collect();
        DataField { tag: tag.to_owned(), indicators: [' ', ' '], subfields }
    }

    #[rstest]
    #[case::control("001", &["123"])]
    #[case::subfield("245$a", &["Careers in chemistry :"])]
    #[case::subfields_in_the_order_of_the_record("245$ba", &["Careers in chemistry : a guide"])]
    #[case::each_field("650$a", &["Chemistry", "Careers"])]
    #[case::any_digit("6xx$a", &["Chemistry", "Careers"])]
    #[case::whole("650", &["Chemistry Vocational guidance", "Careers"])]
    #[case::nothing("100$a", &[])]
    fn a_mapping_names_values(#[case] from: &str, #[case] expected: &[&str]) {
        let record = MarcRecord {
            leader: String::new(),
            control_fields: vec![("001".to_owned(), "123".to_owned())],
            data_fields: vec![
                field("245", &[('a', "Careers in chemistry :"), ('b', "a guide")]),
                field("650", &[('a', "Chemistry"), ('x', "Vocational guidance")]),
                field("650", &[('a', "Careers")]),
            ],
        };
        assert_eq!(record.values(from), expected);
    }
}
