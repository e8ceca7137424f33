//! Which rows are successful logins: the words of the result column, each judged once and counted.
//!
//! In: the cell of a result column. Out: a [`Verdict`], and what was seen. An empty cell is no failure.

/// Words of a code or a status that mean success, beside the HTTP statuses 200 to 299.
const CODES: &[&str] = &[
    "0",
    "ok",
    "success",
    "succeeded",
    "successful",
    "true",
    "pass",
    "passed",
];
/// Words of a column that says whether it is so, in which 0 is no.
const TRUTHS: &[&str] = &["1", "true", "t", "yes", "y", "ok", "success", "succeeded"];
/// The most words that are counted one by one.
const MOST_WORDS: usize = 64;

/// Whether a row is a login that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A successful login.
    Success,
    /// A failure, which makes no account active.
    Failure,
}

/// A word of the result column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it stands first in the log. Empty for an empty cell.
    pub word: String,
    /// What it was taken for.
    pub verdict: Verdict,
    /// Its rows.
    pub rows: u64,
}

/// Which words mean success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A code or a status: 0 is good.
    Code,
    /// Whether it is so: 0 is bad.
    Truth,
    /// These words and no others, in lower case.
    Named(Vec<String>),
}

impl Meaning {
    fn verdict(&self, cell: &[u8]) -> Verdict {
        let word = String::from_utf8_lossy(cell).to_ascii_lowercase();
        let is_success = match self {
            Self::Code => {
                CODES.contains(&word.as_str())
                    || word.is_empty()
                    || word.len() == 3
                        && word.starts_with('2')
                        && word.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::Truth => TRUTHS.contains(&word.as_str()) || word.is_empty(),
            Self::Named(words) => words.contains(&word),
        };
        if is_success {
            Verdict::Success
        } else {
            Verdict::Failure
        }
    }
}

/// Judges results.
#[derive(Debug)]
pub(super) struct Results {
    meaning: Meaning,
    words: Vec<(Vec<u8>, Word)>,
    /// Rows of words that came after [`MOST_WORDS`] others: successes and failures.
    others: [u64; 2],
    last: usize,
}

impl Results {
    pub(super) fn of(meaning: Meaning) -> Self {
        Self {
            meaning,
            words: Vec::new(),
            others: [0; 2],
            last: 0,
        }
    }

    /// Judges a cell and counts it.
    pub(super) fn judge(&mut self, cell: &[u8]) -> Verdict {
        let cell = cell.trim_ascii();
        let is_last = self
            .words
            .get(self.last)
            .is_some_and(|(word, _)| word == cell);
        let place = if is_last {
            Some(self.last)
        } else {
            self.words.iter().position(|(word, _)| word == cell)
        };
        if let Some(place) = place {
            self.last = place;
            self.words[place].1.rows += 1;
            return self.words[place].1.verdict;
        }
        let verdict = self.meaning.verdict(cell);
        if self.words.len() < MOST_WORDS {
            let word = Word {
                word: String::from_utf8_lossy(cell).into_owned(),
                verdict,
                rows: 1,
            };
            self.words.push((cell.to_vec(), word));
        } else {
            self.others[usize::from(verdict == Verdict::Failure)] += 1;
        }
        verdict
    }

    /// The words, the commonest first.
    pub(super) fn words(&self) -> Vec<Word> {
        let mut words: Vec<Word> = self.words.iter().map(|(_, word)| word.clone()).collect();
        let others = [Verdict::Success, Verdict::Failure]
            .into_iter()
            .zip(self.others);
        words.extend(
            others
                .filter(|(_, rows)| *rows > 0)
                .map(|(verdict, rows)| Word {
                    word: "(others)".to_owned(),
                    verdict,
                    rows,
                }),
        );
        words.sort_by_key(|word| std::cmp::Reverse(word.rows));
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_is_a_good_code_and_a_bad_answer() {
        let named = Meaning::Named(vec!["login_ok".to_owned()]);
        for (meaning, good, bad) in [
            (
                Meaning::Code,
                vec!["0", "OK", "Success", "true", "200", "204", "299", "", " 0 "],
                vec!["1", "6206", "70001", "failed", "302", "2000", "20"],
            ),
            (
                Meaning::Truth,
                vec!["1", "True", "yes", ""],
                vec!["0", "false", "no", "200"],
            ),
            (named, vec!["LOGIN_OK"], vec!["0", "ok", ""]),
        ] {
            let mut results = Results::of(meaning.clone());
            for word in &good {
                assert_eq!(
                    results.judge(word.as_bytes()),
                    Verdict::Success,
                    "{meaning:?} {word}"
                );
            }
            for word in &bad {
                assert_eq!(
                    results.judge(word.as_bytes()),
                    Verdict::Failure,
                    "{meaning:?} {word}"
                );
            }
        }
    }

    #[test]
    fn every_row_is_in_one_word_however_many_there_are() {
        let mut results = Results::of(Meaning::Code);
        for number in 0..300_u32 {
            let _ = results.judge(number.to_string().as_bytes());
            let _ = results.judge(b"0");
        }
        let words = results.words();
        assert_eq!((words[0].word.as_str(), words[0].rows), ("0", 301));
        assert_eq!(words.iter().map(|word| word.rows).sum::<u64>(), 600);
        let good: u64 = words
            .iter()
            .filter(|word| word.verdict == Verdict::Success)
            .map(|word| word.rows)
            .sum();
        // The code 0 and the statuses 200 to 299.
        assert_eq!(good, 401);
    }
}
