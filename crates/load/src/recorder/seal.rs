//! Checksums that hold a recording's files to what was written: no line is changed, doubled or left out unseen.
//!
//! CRC-32 as Ethernet, gzip and zlib have it. It tells accidents and clumsy hands, not forgers: whoever computes it anew is
//! not seen.

use crc32fast::Hasher;

/// How a sealed line ends: the checksum in eight hex digits, quoted, and the object's end.
const FIELD: &[u8] = b",\"crc32\":\"";
const CLOSE: &[u8] = b"\"}\n";
const DIGITS: usize = 8;

/// The checksum of a text, as the recording spells it.
pub(super) fn sum(bytes: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(bytes))
}

/// The running checksum of a file of JSON lines. Each line ends with the field `crc32`, over every byte of the file before
/// that field: so a line that is there twice, or not at all, does not fit either.
#[derive(Clone, Debug, Default)]
pub(super) struct Seal(Hasher);

impl Seal {
    /// Puts the checksum into a JSON object that has a field at least, and a line's end behind it.
    pub(super) fn close(&mut self, object: &mut Vec<u8>) {
        object.pop();
        self.0.update(object);
        let start = object.len();
        object.extend_from_slice(FIELD);
        object.extend_from_slice(self.spelled().as_bytes());
        object.extend_from_slice(CLOSE);
        self.0.update(&object[start..]);
    }

    /// Whether the next line of the file, with its end, is the one that was written.
    pub(super) fn fits(&mut self, line: &[u8]) -> bool {
        let tail = FIELD.len() + DIGITS + CLOSE.len();
        let Some((body, tail)) = line.split_at_checked(line.len().saturating_sub(tail)) else {
            return false;
        };
        self.0.update(body);
        let wanted = [FIELD, self.spelled().as_bytes(), CLOSE].concat();
        self.0.update(tail);
        tail == wanted
    }

    fn spelled(&self) -> String {
        format!("{:08x}", self.0.clone().finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(objects: &[&str]) -> Vec<Vec<u8>> {
        let mut seal = Seal::default();
        let close = |object: &&str| {
            let mut line = object.as_bytes().to_vec();
            seal.close(&mut line);
            line
        };
        objects.iter().map(close).collect()
    }

    fn fit(lines: &[Vec<u8>]) -> Vec<bool> {
        let mut seal = Seal::default();
        lines.iter().map(|line| seal.fits(line)).collect()
    }

    #[test]
    fn the_checksum_is_the_one_of_everybody() {
        // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        assert_eq!(sum(b"123456789"), "cbf43926");
    }

    #[test]
    fn a_sealed_line_is_a_json_object_with_the_sum_of_all_bytes_before_it() {
        let lines = sealed(&[r#"{"a":1}"#, r#"{"b":[2,3]}"#]);
        let text = String::from_utf8(lines.concat()).unwrap();
        for line in text.lines() {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            let field = format!(",\"crc32\":{}}}", object["crc32"]);
            let end = text.find(&field).unwrap();
            assert_eq!(object["crc32"], sum(&text.as_bytes()[..end]));
        }
    }

    #[test]
    fn a_line_changed_doubled_left_out_or_moved_does_not_fit() {
        let whole = sealed(&[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]);
        assert_eq!(fit(&whole), [true; 3]);
        let [one, two, three] = [0, 1, 2].map(|at| whole[at].clone());
        let doubled = [one.clone(), two.clone(), two.clone(), three.clone()];
        assert_eq!(fit(&doubled)[..3], [true, true, false]);
        assert_eq!(fit(&[one.clone(), three.clone()]), [true, false]);
        assert_eq!(fit(&[two.clone(), one.clone()])[..1], [false]);
        for at in 0..two.len() {
            let mut changed = two.clone();
            changed[at] ^= 1;
            assert_eq!(fit(&[one.clone(), changed]), [true, false], "{at}");
        }
        assert_eq!(fit(&[b"}\n".to_vec()]), [false]);
    }
}
