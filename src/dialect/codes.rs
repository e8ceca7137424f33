//! What a service's error codes ask of the device.

use std::collections::BTreeMap;

use crate::session::{Code, CodeClass, tencent_code};

/// A service's error codes.
#[derive(Debug)]
pub(super) enum Codes {
    /// The documented codes of Tencent RTC / Chat.
    Tencent,
    /// Codes of the service's own.
    Own(BTreeMap<Code, CodeClass>),
}

impl Codes {
    /// What `code` asks of the device. A code that nobody explained is not tried again.
    pub(super) fn class_of(&self, code: &Code) -> CodeClass {
        let known = match self {
            Self::Tencent => tencent_code(code).map(|entry| entry.class),
            Self::Own(codes) => codes.get(code).copied(),
        };
        known.unwrap_or(CodeClass::Fix)
    }
}
