//! What a service's error codes ask of the device.

use std::collections::BTreeMap;

use crate::session::{Code, CodeClass, is_throttle, tencent_code};

/// A service's error codes.
#[derive(Debug)]
pub(super) enum Codes {
    /// The documented codes of Tencent RTC / Chat.
    Tencent,
    /// Codes of the service's own.
    Own(BTreeMap<Code, CodeClass>),
}

impl Codes {
    /// What `code` asks of the device, where somebody explained it.
    pub(super) fn known_class_of(&self, code: &Code) -> Option<CodeClass> {
        match self {
            Self::Tencent => tencent_code(code).map(|entry| entry.class),
            Self::Own(codes) => codes.get(code).copied(),
        }
    }

    /// Whether `code` says that the service was asked too often. The documents tell which of their codes that ask to
    /// wait say so; a service's own table has no such column, so all of them do.
    pub(super) fn is_throttle(&self, code: &Code) -> bool {
        match self {
            Self::Tencent => is_throttle(code),
            Self::Own(codes) => matches!(codes.get(code), Some(CodeClass::Wait(_))),
        }
    }
}
