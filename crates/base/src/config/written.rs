//! Values as a file writes them: what a resolved file is made of.

use super::{Key, Named};
use crate::units::Micros;

/// What a file can write.
pub trait Written {
    /// As a file writes it.
    fn written(&self) -> String;
}

macro_rules! shown {
    ($($plain:ty),+) => {
        $(impl Written for $plain {
            fn written(&self) -> String {
                self.to_string()
            }
        })+
    };
}

shown!(bool, u32, u64, i64, f64);

impl Written for str {
    fn written(&self) -> String {
        toml::Value::from(self).to_string()
    }
}

impl Written for String {
    fn written(&self) -> String {
        self.as_str().written()
    }
}

impl Written for Micros {
    /// In seconds, or in the longest shorter unit that shows it exactly.
    fn written(&self) -> String {
        match self.0 {
            micros if micros % 1_000_000 == 0 => format!("\"{}s\"", micros / 1_000_000),
            micros if micros % 1_000 == 0 => format!("\"{}ms\"", micros / 1_000),
            micros => format!("\"{micros}us\""),
        }
    }
}

/// A file that is being written, line by line.
#[derive(Debug, Default)]
pub struct Writer(String);

impl Writer {
    /// A line of text as it stands: a comment, or a table's header.
    pub fn plain(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// The header of a table, with an empty line before it.
    pub fn header(&mut self, header: &str) {
        self.plain("");
        self.plain(header);
    }

    /// A key and its value.
    pub fn put<T: Written>(&mut self, key: &Key<T>, value: &T) {
        self.put_as(key, &value.written());
    }

    /// A key and its value, where it has one.
    pub fn put_given<T: Written>(&mut self, key: &Key<T>, value: Option<&T>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// A key and the name of its value.
    pub fn put_named<T: Named>(&mut self, key: &Key<T>, value: T) {
        self.put_as(key, &value.name().written());
    }

    /// A key and its value, written already.
    pub fn put_as<T>(&mut self, key: &Key<T>, written: &str) {
        self.plain(&format!("{} = {written}", key.name()));
    }

    /// All that was written.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// A list of what is written already.
#[must_use]
pub fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().collect();
    format!("[{}]", items.join(", "))
}
