//! The keys of a billing policy.

use super::read::{currency, exact_money, notes, quota, rounding, source, ways, window};
use super::window::PackageEnd;
use super::{Billable, Measure, Money, Rounding, Source, Window};
use trtc_base::config::{Form, Raw, tables_of};
use trtc_base::section;

/// The version of the format that this program reads.
pub(super) const VERSION: i64 = 1;

/// The word for what is charged and not known.
pub(super) const UNKNOWN: &str = "unknown";

/// The highest count that a file may name: more than there are people, devices and sessions.
pub(super) const HIGHEST_COUNT: i64 = 1_000_000_000_000;

/// How a file writes an amount: digits, and at most one point.
const AMOUNT: Form = Form::Either(&[
    Form::Number(0.0, 1e9),
    Form::Like("^[0-9]+(\\.[0-9]+)?$", "the same as text"),
]);

const AMOUNT_OR_UNKNOWN: Form = Form::Either(&[AMOUNT, Form::Just(UNKNOWN)]);

section! {
    /// A billing policy: what a month's accounts cost.
    pub(super) BILL {
        /// The version of the file's format.
        FORMAT: i64 = whole("version", VERSION, VERSION).needed("1");
        /// Its name, in reports.
        NAME: String = text("name").needed("\"our contract\"");
        /// The code of its currency.
        CURRENCY: String = own("currency", Form::Like("^[A-Z]{3}$", "three capital letters"), currency).needed("\"USD\"");
        /// What makes an account billable.
        BILLABLE: Billable = one_of("billable").needed("\"login\"");
        /// What accounts are counted over.
        WINDOW: Window = own("window", Form::Either(&[Form::Just("calendar-month"), Form::Table(&PACKAGE)]), window)
            .needed("\"calendar-month\"");
        /// What there is to know about the window.
        WINDOW_NOTE: String = text("window_note").otherwise("nothing");
        /// Where the numbers are from.
        SOURCE: Source = own("source", Form::Table(&ORIGIN), source).otherwise("nobody says");
        /// What a reader of a bill should know.
        NOTES: Vec<String> = own("notes", Form::List(&Form::Text, 0, usize::MAX), notes).or("[]");
        /// How a bill's sum is rounded.
        ROUNDING: Rounding = own("rounding", Form::Table(&ROUNDS), rounding).otherwise("it is not");
        /// The positions of the bill.
        CHARGES: Raw = raw("charges", tables_of(&Form::Table(&CHARGE))).needed("[[charges]]");
    }
}

section! {
    /// A window that is a package's.
    pub(super) PACKAGE {
        /// The day of a month on which the package began.
        FROM_DAY: u8 = whole("package_from_day", 1, 31).needed("15");
        /// Its last day: the one before that day of the next month, or that day itself.
        ENDS: PackageEnd = one_of("ends").or("\"day-before\"");
    }
}

section! {
    /// Where a policy's numbers are from.
    pub(super) ORIGIN {
        /// A page, a contract.
        WHERE: String = text("where").needed("\"our contract\"");
        /// Its date, as exact as it is known.
        DATE: String = text("date").needed("\"2026-01-31\"");
    }
}

section! {
    /// How a bill's sum is rounded.
    pub(super) ROUNDS {
        /// To so many decimals.
        DECIMALS: u32 = whole("decimals", 0, 9).needed("2");
        /// Which way.
        HOW: Raw = raw("how", Form::OneOf(ways)).needed("\"half-up\"");
    }
}

section! {
    /// One position of a bill: a fee, or a charge by a count.
    pub(super) CHARGE {
        /// Its name.
        CHARGE_NAME: String = word("name").needed("\"plan\"");
        /// What it costs each month, whatever is counted.
        FEE: Raw = raw("fee", AMOUNT_OR_UNKNOWN).otherwise("a charge by a count");
        /// What it counts.
        PER: Measure = one_of("per").otherwise("a fee");
        /// How many are included.
        QUOTA: Option<u64> = own("quota", Form::Either(&[Form::Whole(0, HIGHEST_COUNT), Form::Just(UNKNOWN)]), quota).or("0");
        /// How many are sold together: what is begun is paid whole.
        BLOCK: u64 = whole("block", 1, HIGHEST_COUNT).or("1");
        /// What each block beyond the quota costs.
        PRICE: Raw = raw("price", AMOUNT_OR_UNKNOWN).otherwise("`tiers` or `refused_with`");
        /// What each block costs, by how many there are.
        TIERS: Raw = raw("tiers", tables_of(&Form::Table(&TIER))).otherwise("`price` or `refused_with`");
        /// The code with which logins beyond the quota are refused.
        REFUSED_WITH: u32 = whole("refused_with", 1, 999_999).otherwise("`price` or `tiers`");
    }
}

section! {
    /// A part of what is beyond a quota.
    pub(super) TIER {
        /// The last count that belongs to it, the quota's included.
        UP_TO: u64 = whole("up_to", 1, HIGHEST_COUNT).otherwise("no end; only the last");
        /// What each block costs.
        TIER_PRICE: Money = own("price", AMOUNT, exact_money).needed("0.015");
    }
}
