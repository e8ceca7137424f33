//! An app: its SDKAppID and the key that signs for it.

use std::fmt;

/// An app's SDKAppID. Accounts of different apps never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SdkAppId(pub u32);

impl fmt::Display for SdkAppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A secret key. Its bytes are used as they stand (the 64 hex characters are not decoded); it never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Box<str>);

impl Key {
    /// Takes the secret as it stands, without the white space around it.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(secret.trim().into())
    }

    /// Whether it is one line: a key has no line break, and a file of several lines holds something else, or several keys.
    #[must_use]
    pub fn is_one_line(&self) -> bool {
        !self.0.contains(char::is_control)
    }

    /// The bytes that sign.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_used_as_it_stands_without_the_white_space_a_file_adds() {
        let key = Key::new(" \t5bD2 85\r\n");
        assert_eq!(
            key.as_bytes(),
            b"5bD2 85",
            "not decoded from hex, not changed in case"
        );
        assert_eq!(Key::new("\n").as_bytes(), b"");
        assert!(key.is_one_line());
        for several in ["a\nb", "a\r\nb\r\n", "# the key\na", "a\0b"] {
            assert!(!Key::new(several).is_one_line(), "{several:?}");
        }
    }

    #[test]
    fn a_key_never_prints_itself() {
        assert_eq!(format!("{:?}", Key::new("secret")), "Key(redacted)");
        assert_eq!(
            format!("{:?}", Some(Key::new("secret"))),
            "Some(Key(redacted))"
        );
    }

    #[test]
    fn an_app_is_shown_as_its_number() {
        assert_eq!(SdkAppId(1_400_000_000).to_string(), "1400000000");
    }
}
