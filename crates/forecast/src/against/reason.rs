//! Why a log and the service's count of a day may differ, in words.

use std::fmt;

/// Why two counts of a day may differ. Those that are seen in the numbers come before those that are only possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The log's first day.
    LogBegins,
    /// The log's rows of this day end before midnight.
    LogEnds,
    /// The log begins after this day.
    BeforeLog,
    /// The log ends before this day.
    AfterLog,
    /// The service has not counted the day to its end yet.
    NotReady,
    /// The service's numbers of the day are all 0.
    Blank,
    /// The answer has other days around this one and not this one.
    NotInAnswer,
    /// The service gave no number of accounts or logins.
    NoNumber,
    /// The log's failed logins are exactly what it lacks.
    FailuresCounted,
    /// Accounts agree, and the log has more logins.
    RowsTwice,
    /// Accounts agree, and the log has fewer logins.
    LoginsUnseen,
    /// The log has fewer accounts.
    LogCoversPart,
    /// The log has more accounts.
    NamesDiffer,
    /// This day's difference is taken back by a neighbour's.
    Shifted,
    /// The log has times without an offset, or dates alone.
    Unzoned,
}

impl Reason {
    /// Its key in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::LogBegins => "log_begins",
            Self::LogEnds => "log_ends",
            Self::BeforeLog => "before_log",
            Self::AfterLog => "after_log",
            Self::NotReady => "not_ready",
            Self::Blank => "blank",
            Self::NotInAnswer => "not_in_answer",
            Self::NoNumber => "no_number",
            Self::FailuresCounted => "failures_counted",
            Self::RowsTwice => "rows_twice",
            Self::LoginsUnseen => "logins_unseen",
            Self::LogCoversPart => "log_covers_part",
            Self::NamesDiffer => "names_differ",
            Self::Shifted => "shifted",
            Self::Unzoned => "unzoned",
        }
    }

    /// Whether it says that one of the two does not cover the day, so that a difference means nothing.
    #[must_use]
    pub const fn excuses(self) -> bool {
        match self {
            Self::LogBegins | Self::LogEnds | Self::BeforeLog | Self::AfterLog | Self::NotReady => {
                true
            }
            Self::NoNumber
            | Self::Blank
            | Self::NotInAnswer
            | Self::FailuresCounted
            | Self::RowsTwice
            | Self::LoginsUnseen
            | Self::LogCoversPart
            | Self::NamesDiffer
            | Self::Shifted
            | Self::Unzoned => false,
        }
    }

    /// In a few words, for a cell.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::LogBegins => "the log begins in it",
            Self::LogEnds => "the log ends in it",
            Self::BeforeLog => "before the log",
            Self::AfterLog => "after the log",
            Self::NotReady => "not counted to its end yet",
            Self::Blank => "Tencent's numbers are all 0",
            Self::NotInAnswer => "not in the answer",
            Self::NoNumber => "a number is missing",
            Self::FailuresCounted => "failed logins",
            Self::RowsTwice => "more rows than logins",
            Self::LoginsUnseen => "logins not in the log",
            Self::LogCoversPart => "accounts not in the log",
            Self::NamesDiffer => "accounts only in the log",
            Self::Shifted => "shifted by a day",
            Self::Unzoned => "times without a zone",
        }
    }
}

impl fmt::Display for Reason {
    /// As a sentence, with what to look at.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LogBegins => {
                "the log's first day may be there in part: where it begins within the day, Tencent has more"
            }
            Self::LogEnds => "the log's rows of its last day end before midnight, so Tencent has more",
            Self::BeforeLog => "the answer has days before the log's first: they are compared with nothing",
            Self::AfterLog => "the answer has days after the log's last: they are compared with nothing",
            Self::NotReady => {
                "Tencent counts a day until about 10:00 of the next one, Beijing time: today's numbers, and before that hour \
                 yesterday's, are not final"
            }
            Self::Blank => {
                "numbers that are all 0 are those of a day that was not counted: ask again later, and for the right SDKAppID"
            }
            Self::NotInAnswer => "the answer lacks a day between its first and its last: ask again",
            Self::NoNumber => {
                "the answer gives no number of accounts or of logins for a day: ask without `RequestField`, or name \
                 LoginUserNum and LoginTimes in it"
            }
            Self::FailuresCounted => {
                "with the log's failed logins added, its logins are exactly Tencent's: what the log calls a failure was a login \
                 there (an answer that came too late, say, or a word for success that `--success` should name)"
            }
            Self::RowsTwice => {
                "the same accounts and more rows: rows are there twice, or reconnects and tries are logged as logins"
            }
            Self::LoginsUnseen => {
                "the same accounts and fewer rows: logins that the SDK makes by itself, after a restart or a lost connection, \
                 do not reach this log"
            }
            Self::LogCoversPart => {
                "accounts are missing in the log: it may cover only some servers, platforms or releases of the app, or the \
                 SDK logs in where the log does not see it"
            }
            Self::NamesDiffer => {
                "the log has accounts that Tencent does not have: UserIDs that differ in case or in blanks, or another app's \
                 rows, or failed logins that are marked as successes"
            }
            Self::Shifted => {
                "what one day lacks its neighbour has too much: the log's times are of another zone than the one they are read in"
            }
            Self::Unzoned => {
                "the log has times without an offset, or dates alone: whether they were moved to Beijing's days rightly hangs on \
                 `--time-zone`; dates alone cannot be moved at all"
            }
        })
    }
}
