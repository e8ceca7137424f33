//! The tables `[[policies]]`: login policies to compare.

use super::super::{Guests, LoginAt, OnKick, OnLoss, Policy, Retry};
use trtc_base::config::{FaultKind, Form, Named, Value};
use trtc_base::section;

/// The most policies of a profile.
pub(super) const MOST: usize = 16;

/// A name that no terminal or spreadsheet takes for an order.
const PLAIN: Form = Form::Like(
    "^[^\\x00-\\x1f\\x7f=+@-][^\\x00-\\x1f\\x7f]*$",
    "a plain name",
);

section! {
    /// A login policy: when an app logs in, and what it does then.
    pub(super) POLICY {
        /// Its name, in reports.
        NAME: String = own("name", PLAIN, plain).needed("\"as it is\"");
        /// When an app logs in: at its first use of the service, or at each start.
        LOGIN: LoginAt = one_of("login").or("\"first-use\"");
        /// Whether a guest keeps one account, or is a new one at each start.
        GUESTS: Guests = one_of("guests").or("\"stable\"");
        /// What an app does after a network loss.
        NETWORK: OnLoss = one_of("network").or("\"reconnect\"");
        /// After which errors an app logs in again: those of its UserSig, or any.
        RETRY: Retry = one_of("retry").or("\"ticket\"");
        /// Who logs in again after a kick: the person, or the app by itself.
        KICKED: OnKick = one_of("kicked").or("\"person\"");
    }
}

/// What the SDK's documents advise.
fn advised() -> Policy {
    Policy {
        name: "as advised".to_owned(),
        login: LoginAt::FirstUse,
        guests: Guests::Stable,
        network: OnLoss::Reconnect,
        retry: Retry::Ticket,
        kicked: OnKick::Person,
    }
}

pub(super) fn read(value: Option<&Value<'_>>) -> Option<Vec<Policy>> {
    let Some(value) = value else {
        return Some(vec![advised()]);
    };
    let list = value.list()?;
    let read: Vec<_> = list.iter().map(policy).collect();
    let policies: Vec<Policy> = read.into_iter().collect::<Option<_>>()?;
    if policies.is_empty() || policies.len() > MOST {
        value.fault(
            FaultKind::PoliciesForm,
            format!("`policies` has {} entries", policies.len()),
            format!("give one to {MOST} of them, or leave `policies` out"),
        );
        return None;
    }
    check_unique(&policies, &list)?;
    Some(policies)
}

fn check_unique(policies: &[Policy], list: &[Value<'_>]) -> Option<()> {
    for (at, policy) in policies.iter().enumerate() {
        if policies[..at]
            .iter()
            .any(|before| before.name == policy.name)
        {
            list[at].fault(
                FaultKind::PoliciesForm,
                format!("another policy is called \"{}\" already", policy.name),
                "give it a name of its own",
            );
            return None;
        }
    }
    Some(())
}

fn policy(value: &Value<'_>) -> Option<Policy> {
    let table = value.open(&POLICY)?;
    let name = table.read(&NAME);
    let (login, guests) = (table.read(&LOGIN), table.read(&GUESTS));
    let (network, retry) = (table.read(&NETWORK), table.read(&RETRY));
    let kicked = table.read(&KICKED);
    Some(Policy {
        name: name?,
        login: login?,
        guests: guests?,
        network: network?,
        retry: retry?,
        kicked: kicked?,
    })
}

/// A name that no terminal or spreadsheet takes for an order.
fn plain(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    if text.chars().any(char::is_control) || text.starts_with(['=', '+', '-', '@']) {
        value.fault(
            FaultKind::PoliciesForm,
            format!("`{}` is no plain name", value.path()),
            "write words without control characters, beginning with a letter",
        );
        return None;
    }
    Some(text.to_owned())
}

impl Named for LoginAt {
    const NAMED: &'static [(&'static str, Self)] =
        &[("first-use", Self::FirstUse), ("start", Self::Start)];
}

impl Named for Guests {
    const NAMED: &'static [(&'static str, Self)] =
        &[("stable", Self::Stable), ("fresh", Self::Fresh)];
}

impl Named for OnLoss {
    const NAMED: &'static [(&'static str, Self)] =
        &[("reconnect", Self::Reconnect), ("relogin", Self::Relogin)];
}

impl Named for Retry {
    const NAMED: &'static [(&'static str, Self)] = &[("ticket", Self::Ticket), ("any", Self::Any)];
}

impl Named for OnKick {
    const NAMED: &'static [(&'static str, Self)] =
        &[("person", Self::Person), ("fight", Self::Fight)];
}
