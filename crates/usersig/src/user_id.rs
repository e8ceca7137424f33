//! An account's UserID, and the platform its device is.

use std::fmt;

/// A UserID that keeps the documented rule: 1 to 32 bytes of `a-z A-Z 0-9 _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(Box<str>);

/// Why a text is no UserID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserIdFault {
    /// It has no bytes.
    Empty,
    /// It has more than 32 bytes.
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// A character outside `a-z A-Z 0-9 _ -`.
    Character {
        /// The first such character.
        found: char,
    },
}

impl UserId {
    /// The most bytes a UserID may have.
    pub const MAX_BYTES: usize = 32;

    /// Checks `text` against the rule.
    ///
    /// # Errors
    /// The first part of the rule that it breaks.
    pub fn new(text: &str) -> Result<Self, UserIdFault> {
        if text.is_empty() {
            return Err(UserIdFault::Empty);
        }
        let outside = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        if let Some(found) = text.chars().find(outside) {
            return Err(UserIdFault::Character { found });
        }
        if text.len() > Self::MAX_BYTES {
            return Err(UserIdFault::TooLong { bytes: text.len() });
        }
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for UserIdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a UserID may not be empty"),
            Self::TooLong { bytes } => {
                let most = UserId::MAX_BYTES;
                write!(f, "a UserID has at most {most} bytes, this one has {bytes}")
            }
            Self::Character { found } => {
                write!(
                    f,
                    "a UserID has only a-z A-Z 0-9 _ -, this one has {found:?}"
                )
            }
        }
    }
}

/// The platform a device runs on, as the kick policy counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// Android.
    Android,
    /// iPhone.
    Iphone,
    /// iPad.
    Ipad,
    /// Windows.
    Windows,
    /// Mac.
    Mac,
    /// Web, mini-programs and frameworks that count as web.
    Web,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 6] = [
        Self::Android,
        Self::Iphone,
        Self::Ipad,
        Self::Windows,
        Self::Mac,
        Self::Web,
    ];

    /// Its name in profiles and on our wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Iphone => "iphone",
            Self::Ipad => "ipad",
            Self::Windows => "windows",
            Self::Mac => "mac",
            Self::Web => "web",
        }
    }

    /// The platform of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|platform| platform.name() == name)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_documented_limits_hold_to_the_byte() {
        for text in [
            "a",
            "Z",
            "0",
            "_",
            "-",
            "xiaojun",
            "load-test_00001",
            &"A".repeat(32),
        ] {
            assert_eq!(
                UserId::new(text).map(|id| id.to_string()).as_deref(),
                Ok(text)
            );
        }
        assert_eq!(UserId::new(""), Err(UserIdFault::Empty));
        assert_eq!(
            UserId::new(&"A".repeat(33)),
            Err(UserIdFault::TooLong { bytes: 33 })
        );
    }

    #[test]
    fn any_other_character_is_named() {
        // The SDK's header would take printable ASCII; the stricter rule of the documents is the one kept here.
        for found in [
            ' ', '.', '@', '/', '+', '*', '=', '"', '\\', '\n', '\0', '\u{e9}', '张',
        ] {
            assert_eq!(
                UserId::new(&format!("a{found}b")),
                Err(UserIdFault::Character { found })
            );
        }
    }

    #[test]
    fn every_fault_is_one_line() {
        for text in ["", &"x".repeat(33), "a\nb"] {
            let said = UserId::new(text).map_err(|fault| fault.to_string());
            assert!(said.is_err_and(|said| said.starts_with("a UserID") && !said.contains('\n')));
        }
    }

    #[test]
    fn every_platform_is_found_by_its_name_and_by_no_other() {
        for platform in Platform::ALL {
            assert_eq!(Platform::named(platform.name()), Some(platform));
            assert_eq!(Platform::named(&platform.name().to_uppercase()), None);
        }
    }

    proptest! {
        #[test]
        fn a_text_is_a_user_id_exactly_when_it_keeps_the_rule(text in "[a-c_.é-]{0,40}") {
            let allowed = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
            let keeps = allowed && (1..=32).contains(&text.len());
            prop_assert_eq!(UserId::new(&text).is_ok(), keeps);
        }
    }
}
