//! The bytes of a model: how are numbers written and read again?
//!
//! Whoever reads trusts nothing: every number is checked, and nothing is set aside for more than the bytes can hold.
//! What the numbers mean is left to the parts of the model.

/// The bytes are no model, or not a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged(
    /// What could not be read.
    pub(super) &'static str,
);

/// Writes a model, number by number.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn signed_bytes(&mut self, bytes: &[i8]) {
        self.0.extend(bytes.iter().flat_map(|byte| byte.to_le_bytes()));
    }

    pub(super) fn floats(&mut self, floats: &[f32]) {
        self.0.extend(floats.iter().flat_map(|float| float.to_le_bytes()));
    }

    /// A number without a sign, seven bits a byte, the lowest first (LEB128).
    pub(super) fn number(&mut self, mut number: u32) {
        while number > 0x7f {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    /// How many of something follow.
    pub(super) fn count(&mut self, count: usize) {
        self.number(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

/// Reads what a [`Writer`] wrote.
#[derive(Debug)]
pub(super) struct Reader<'bytes>(&'bytes [u8]);

impl<'bytes> Reader<'bytes> {
    pub(super) const fn new(bytes: &'bytes [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Damaged> {
        let (first, rest) = self.0.split_first_chunk().ok_or(Damaged("it ends too early"))?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Damaged> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn signed_bytes<const LENGTH: usize>(&mut self) -> Result<[i8; LENGTH], Damaged> {
        self.array().map(|bytes| bytes.map(u8::cast_signed))
    }

    /// Numbers that are no infinity and no accident of arithmetic.
    pub(super) fn floats<const LENGTH: usize>(&mut self) -> Result<[f32; LENGTH], Damaged> {
        let mut floats = [0.0; LENGTH];
        for float in &mut floats {
            *float = f32::from_le_bytes(self.array()?);
            if !float.is_finite() || float.abs() > 1e6 {
                return Err(Damaged("a number is out of bounds"));
            }
        }
        Ok(floats)
    }

    pub(super) fn number(&mut self) -> Result<u32, Damaged> {
        let mut number: u32 = 0;
        for place in 0..5 {
            let byte = self.byte()?;
            let part = u32::from(byte & 0x7f);
            let shifted = part << (7 * place);
            if shifted >> (7 * place) != part {
                break;
            }
            number |= shifted;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Damaged("a number is too long"))
    }

    /// How many of something follow, each of which takes at least so many bytes.
    pub(super) fn count(&mut self, least_bytes: usize) -> Result<usize, Damaged> {
        let count = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        self.fitting(count, least_bytes)
    }

    /// Lets a count pass if the bytes that are left can hold so many.
    pub(super) const fn fitting(&self, count: usize, least_bytes: usize) -> Result<usize, Damaged> {
        if count.saturating_mul(least_bytes) > self.0.len() {
            return Err(Damaged("it ends too early"));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut writer = Writer::default();
        let numbers = [0, 1, 127, 128, 300, 70_000, u32::MAX];
        for number in numbers {
            writer.number(number);
        }
        writer.floats(&[-1.5]);
        writer.signed_bytes(&[-128, 127]);
        let bytes = writer.into_bytes();
        let mut reader = Reader::new(&bytes);
        assert!(numbers.iter().all(|number| reader.number() == Ok(*number)));
        assert_eq!(reader.floats(), Ok([-1.5]));
        assert_eq!(reader.signed_bytes(), Ok([-128, 127]));
        assert!(reader.is_at_end() && reader.byte().is_err());
    }

    #[test]
    fn nothing_is_believed_that_the_bytes_cannot_hold() {
        assert!(Reader::new(&[0xff; 9]).number().is_err());
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x1f]).number().is_err());
        assert!(Reader::new(&[200, 1, 0, 0]).count(1).is_err());
        assert!(Reader::new(&f32::NAN.to_le_bytes()).floats::<1>().is_err());
    }
}
