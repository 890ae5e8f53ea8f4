//! Whether the colours of a view can be read by those who see less well.

/// The least contrast of text and what is behind it. Source: WCAG 2.2, 1.4.3.
pub const LEAST_FOR_TEXT: f64 = 4.5;
/// The least contrast of what is no text, such as a button. Source: WCAG 2.2, 1.4.11.
pub const LEAST_FOR_ACCENT: f64 = 3.0;

/// A colour: red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// Reads `#rrggbb`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// From 0, black, to 1, white. Source: WCAG 2.2, relative luminance.
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// From 1, the same, to 21, black on white. Source: WCAG 2.2, contrast ratio.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// A ratio for people, rounded down: 4.499 is not 4.5.
pub fn shown(ratio: f64) -> String {
    format!("{:.2}", (ratio * 100.0).floor() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits_behind_a_hash() {
        for (text, expected) in [("#00ff7F", Some("#00ff7f")), ("#FFFFFF", Some("#ffffff"))] {
            assert_eq!(Colour::parse(text).map(|colour| colour.to_string()).as_deref(), expected);
        }
        for text in ["", "#", "#fff", "ffffff", "#fffffff", "#ggffff", "#+fffff", "#ffffé", "red", "#fff;}x"] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }

    #[test]
    fn contrast_is_as_the_guidelines_count_it() {
        for (one, other, expected) in [
            ("#000000", "#ffffff", "21.00"),
            ("#ffffff", "#ffffff", "1.00"),
            ("#767676", "#ffffff", "4.54"),
            ("#777777", "#ffffff", "4.47"),
            ("#949494", "#ffffff", "3.03"),
            ("#ff0000", "#ffffff", "3.99"),
        ] {
            let colour = |text| Colour::parse(text).expect("a colour");
            assert_eq!(shown(colour(one).contrast(colour(other))), expected, "{one} {other}");
            assert_eq!(shown(colour(other).contrast(colour(one))), expected, "{other} {one}");
        }
    }
}
