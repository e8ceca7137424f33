//! Takes a request's own secrets out of what the target says back.
//!
//! In: a reply and the values that its request was made from. Out: the reply, its texts without them. A target may
//! repeat what it was sent, as it is or in an encoding, and an error code or a named account goes into every report. Nothing
//! else that a target says is kept. Never here: I/O; and nothing is looked at where a reply has neither a textual code nor
//! an account that was not asked for.

mod forms;

use std::ops::Range;

use forms::{escaped_runs, forms, unescaped};

use super::reply::Reply;
use crate::session::Code;
use trtc_base::config::{HIDDEN, hidden, without};
use trtc_usersig::UserId;
use trtc_wire::dialect::{Taken, Values};

/// A secret that is shorter is hidden only where it is a word of its own: it could be part of any.
const SHORT: usize = 8;

/// A text that is at least this long may have been cut, and may end in the first part of a secret.
const MAY_BE_CUT: usize = 60;

/// A part of a secret this long is hidden where it has a digit: words that a service begins its tokens with have none. So
/// is one that is half of the secret.
const PART: usize = 12;

/// A run this long may be a token of whatever request, where digits and letters change as often as chance has it.
const RUN: usize = 24;

/// How often digits and letters change in such a run: no word, name or date does that.
const CHANGES: usize = 6;

/// The reply without the secrets of `values` in its texts.
pub(super) fn redacted(mut reply: Reply, values: &Values<'_>) -> Reply {
    match &mut reply {
        Reply::Refused {
            code: Some(Code::Name(name) | Code::Said(name)),
            ..
        } => {
            if let Some(shown) = said(name, &secrets(values)) {
                *name = shown;
            }
        }
        Reply::Success(taken) => redact_account(taken, values),
        Reply::Refused { .. }
        | Reply::Malformed(_)
        | Reply::Transport(_)
        | Reply::NoAnswer
        | Reply::Halted
        | Reply::CutOff
        | Reply::Left => {}
    }
    reply
}

/// The account that an answer names, where it is not the request's own. It may be what the same answer gives.
fn redact_account(taken: &mut Taken, values: &Values<'_>) {
    let Some(named) = taken.user_id.as_deref() else {
        return;
    };
    if named.eq_ignore_ascii_case(values.user_id) {
        return;
    }
    let own = secrets(values);
    let given = [&taken.token, &taken.user_sig].map(|given| given.as_deref().unwrap_or_default());
    let all: Vec<&str> = own.into_iter().chain(given).collect();
    if let Some(shown) = said(named, &all) {
        taken.user_id = Some(shown);
    }
}

/// An account as the target named it, for a story that people read: a UserID as it is, and of anything else no more than
/// that it is none.
pub(super) fn shown_account(named: Option<&str>) -> String {
    match named {
        None => "nobody".to_owned(),
        Some(named) if UserId::new(named).is_ok() => named.to_owned(),
        Some(named) if named.contains(HIDDEN) => HIDDEN.to_owned(),
        Some(named) => format!("what is no UserID ({} bytes)", named.len()),
    }
}

fn secrets<'v>(values: &Values<'v>) -> [&'v str; 6] {
    [
        values.user_sig,
        values.admin_sig,
        values.token,
        values.password,
        digest(values.callback.signature),
        values.callback.body_sign,
    ]
}

/// The digest in `&Sign=DIGEST&RequestTime=..`.
fn digest(signature: &str) -> &str {
    let from_sign = signature.split_once("Sign=").map_or("", |(_, rest)| rest);
    from_sign.split('&').next().unwrap_or_default()
}

/// What is shown of a text that holds a secret; none where it holds none.
fn said(text: &str, secrets: &[&str]) -> Option<Box<str>> {
    // Where an escaped form hides one, the text is shown without its escapes.
    let plain = unescaped(text);
    let plain = plain.and_then(|plain| masked(&plain, secrets));
    plain.or_else(|| masked(text, secrets))
}

fn masked(text: &str, secrets: &[&str]) -> Option<Box<str>> {
    // Upper and lower case are one to look for: hex is written in both.
    let lower = text.to_ascii_lowercase();
    let mut spots = Vec::new();
    let windows = Windows::of(lower.as_bytes());
    let may_be_encoded = may_be_encoded(&lower);
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        if secret.len() < SHORT || !may_be_encoded {
            find(&lower, &secret.to_ascii_lowercase(), &mut spots);
            continue;
        }
        let shared = forms(secret)
            .into_iter()
            .filter(|form| windows.may_share(form));
        shared.for_each(|form| find(&lower, &form, &mut spots));
    }
    // What was sent in another request is known by its looks alone.
    spots.extend(random_runs(text));
    spots.extend(escaped_runs(text));
    let shown = without(text, spots);
    let shown = hidden(&shown);
    (*shown != *text).then(|| shown.into())
}

/// Whether `text` could hold an encoded secret. Most codes are words, which have no digits and are short.
fn may_be_encoded(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    text.bytes().any(|byte| byte.is_ascii_digit()) || words.any(|word| word.len() >= PART)
}

/// Runs that look like a token.
fn random_runs(text: &str) -> Vec<Range<usize>> {
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '=' | '-');
    let mut runs = Vec::new();
    for run in text
        .split(|c: char| !belongs(c))
        .filter(|run| run.len() >= RUN)
    {
        let kinds: Vec<bool> = run
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| byte.is_ascii_digit())
            .collect();
        let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
        if changes >= CHANGES {
            let from = run.as_ptr() as usize - text.as_ptr() as usize;
            runs.push(from..from + run.len());
        }
    }
    runs
}

/// The stretches of [`SHORT`] bytes of a text, as a filter that is never wrong about one that is not there.
struct Windows([u64; 64]);

impl Windows {
    fn of(text: &[u8]) -> Self {
        let mut filter = [0; 64];
        for window in stretches(text) {
            let (word, bit) = place(window);
            filter[word] |= bit;
        }
        Self(filter)
    }

    fn may_share(&self, form: &str) -> bool {
        stretches(form.as_bytes()).any(|window| {
            let (word, bit) = place(window);
            self.0[word] & bit != 0
        })
    }
}

fn stretches(text: &[u8]) -> impl Iterator<Item = u64> {
    let mut window = 0;
    text.iter().enumerate().filter_map(move |(at, byte)| {
        window = window << 8 | u64::from(*byte);
        (at + 1 >= SHORT).then_some(window)
    })
}

/// One of 4,096 bits, spread by the golden ratio.
fn place(window: u64) -> (usize, u64) {
    let mixed = window.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52;
    (
        usize::try_from(mixed >> 6).unwrap_or_default() & 63,
        1 << (mixed & 63),
    )
}

/// Where `text` has `secret`, its first part at the end, or a part of it that is no word.
fn find(text: &str, secret: &str, spots: &mut Vec<Range<usize>>) {
    let whole = text.match_indices(secret);
    let whole = whole.map(|(at, _)| at..at + secret.len());
    spots.extend(whole.filter(|spot| spot.len() >= SHORT || is_word(text, spot)));
    let (text, secret) = (text.as_bytes(), secret.as_bytes());
    if text.len() >= MAY_BE_CUT {
        let ends_in = |length: &usize| text.ends_with(&secret[..*length]);
        let length = (SHORT..=secret.len().min(text.len())).rev().find(ends_in);
        spots.extend(length.map(|length| text.len() - length..text.len()));
    }
    parts(text, secret, spots);
}

/// Whether what stands there is no part of a longer word.
fn is_word(text: &str, spot: &Range<usize>) -> bool {
    let before = text[..spot.start].chars().next_back();
    let after = text[spot.end..].chars().next();
    !before.into_iter().chain(after).any(char::is_alphanumeric)
}

/// The longest stretches that both have and that give the secret away.
fn parts(text: &[u8], secret: &[u8], spots: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while from + SHORT <= text.len() {
        let shared = |at: &[u8]| {
            let pairs = at.iter().zip(&text[from..]);
            pairs.take_while(|(one, other)| one == other).count()
        };
        let longest = (0..secret.len()).map(|at| shared(&secret[at..])).max();
        let spot = from..from + longest.unwrap_or(0);
        let is_half = 2 * spot.len() >= secret.len();
        let has_digit = text[spot.clone()].iter().any(u8::is_ascii_digit);
        let tells = match (is_half, has_digit) {
            (true, true) => spot.len() >= SHORT,
            (true, false) | (false, true) => spot.len() >= PART,
            (false, false) => false,
        };
        if tells {
            from = spot.end;
            spots.push(spot);
        } else {
            from += 1;
        }
    }
}

#[cfg(test)]
mod tests;
