//! The tables `[[policies]]`: login policies to compare.

use super::super::{Guests, LoginAt, OnKick, OnLoss, Policy, Retry};
use trtc_base::config::{FaultKind, Table, Value};

const KEYS: &[&str] = &["name", "login", "guests", "network", "retry", "kicked"];

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

pub(super) fn read(root: &Table<'_>) -> Option<Vec<Policy>> {
    root.get_or("policies", vec![advised()], |value| {
        let list = value.list()?;
        let read: Vec<_> = list.iter().map(policy).collect();
        let policies: Vec<Policy> = read.into_iter().collect::<Option<_>>()?;
        if policies.is_empty() || policies.len() > 16 {
            value.fault(
                FaultKind::PoliciesForm,
                format!("`policies` has {} entries", policies.len()),
                "give one to 16 of them, or leave `policies` out",
            );
            return None;
        }
        check_unique(&policies, &list)?;
        Some(policies)
    })
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
    let table = value.table(KEYS)?;
    let default = advised();
    let name = table.need("name", "name = \"as it is\"").and_then(plain);
    let login = table.get_or("login", default.login, |value| {
        value.one_of(&[("first-use", LoginAt::FirstUse), ("start", LoginAt::Start)])
    });
    let guests = table.get_or("guests", default.guests, |value| {
        value.one_of(&[("stable", Guests::Stable), ("fresh", Guests::Fresh)])
    });
    let network = table.get_or("network", default.network, |value| {
        value.one_of(&[
            ("reconnect", OnLoss::Reconnect),
            ("relogin", OnLoss::Relogin),
        ])
    });
    let retry = table.get_or("retry", default.retry, |value| {
        value.one_of(&[("ticket", Retry::Ticket), ("any", Retry::Any)])
    });
    let kicked = table.get_or("kicked", default.kicked, |value| {
        value.one_of(&[("person", OnKick::Person), ("fight", OnKick::Fight)])
    });
    Some(Policy {
        name: name?.to_owned(),
        login: login?,
        guests: guests?,
        network: network?,
        retry: retry?,
        kicked: kicked?,
    })
}

/// A name that no terminal or spreadsheet takes for an order.
fn plain<'d>(value: &Value<'d>) -> Option<&'d str> {
    let text = value.text()?;
    if text.chars().any(char::is_control) || text.starts_with(['=', '+', '-', '@']) {
        value.fault(
            FaultKind::PoliciesForm,
            format!("`{}` is no plain name", value.path()),
            "write words without control characters, beginning with a letter",
        );
        return None;
    }
    Some(text)
}
