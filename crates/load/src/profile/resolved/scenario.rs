//! The tables `[[scenarios]]`.

use std::fmt;
use std::fmt::Write;

use super::super::scenario::{Cut, NoticedBy, Play, PushUse, Scenario, SelfInfoCheck, SwitchHow};
use super::{spread, text};

pub(super) fn write(scenario: &Scenario, out: &mut String) -> fmt::Result {
    let kind = kind(&scenario.play);
    writeln!(
        out,
        "\n[[scenarios]]\nname = {}\nkind = \"{kind}\"\nweight = {}",
        text(&scenario.name),
        scenario.share
    )?;
    writeln!(out, "dwell = {}", spread(scenario.dwell))?;
    writeln!(out, "logout = {}", scenario.logout_share)?;
    writeln!(
        out,
        "self_info = {}",
        scenario.self_info == SelfInfoCheck::Ask
    )?;
    writeln!(out, "push = {}", scenario.push == PushUse::Open)?;
    if scenario.has_stays() {
        writeln!(out, "watch = {}", scenario.watch)?;
    }
    if let Some(slots) = scenario.slots {
        writeln!(out, "slots = {slots}")?;
    }
    write_play(scenario, out)
}

fn write_play(scenario: &Scenario, out: &mut String) -> fmt::Result {
    match &scenario.play {
        // What an absence takes is the target's heartbeat limit.
        Play::Login | Play::Absent { .. } | Play::Refused => Ok(()),
        Play::Switch { how } => {
            let how = match how {
                SwitchHow::Implicit => "implicit",
                SwitchHow::LogoutThenLogin => "logout_then_login",
            };
            writeln!(out, "how = \"{how}\"")
        }
        // Which of them stay is the target's setting.
        Play::Devices {
            platforms, pause, ..
        } => {
            let devices: Vec<_> = platforms.iter().map(|one| text(one.name())).collect();
            writeln!(out, "devices = [{}]", devices.join(", "))?;
            writeln!(out, "pause = {}", spread(*pause))
        }
        Play::Requests {
            steps,
            batch,
            pause,
        } => {
            let steps: Vec<_> = steps.iter().map(|step| text(step.name())).collect();
            writeln!(out, "steps = [{}]\nbatch = {batch}", steps.join(", "))?;
            writeln!(out, "pause = {}", spread(*pause))
        }
        Play::Reconnect {
            cut, away, kicked, ..
        } => {
            let cut = match cut {
                Cut::Reset => "rst",
                Cut::Fin => "fin",
            };
            writeln!(out, "cut = \"{cut}\"\naway = {}", spread(*away))?;
            writeln!(
                out,
                "kicked_meanwhile = {kicked}\nreaction = {}",
                spread(scenario.reaction)
            )
        }
        Play::Kicked {
            in_flight,
            relogin,
            fights,
        } => {
            writeln!(
                out,
                "reaction = {}\nin_flight = {in_flight}\nrelogin = {relogin}\nfights = {fights}",
                spread(scenario.reaction)
            )
        }
        Play::Expired { noticed_by } => {
            let who = match noticed_by {
                NoticedBy::Target => "target",
                NoticedBy::Client => "client",
            };
            writeln!(out, "noticed_by = \"{who}\"")
        }
    }
}

/// A scenario's kind, as the profile spells it.
const fn kind(play: &Play) -> &'static str {
    match play {
        Play::Login => "login",
        Play::Switch { .. } => "switch",
        Play::Devices { .. } => "devices",
        Play::Kicked { .. } => "kicked",
        Play::Expired { .. } => "expired",
        Play::Reconnect { .. } => "reconnect",
        Play::Absent { .. } => "absent",
        Play::Refused => "refused",
        Play::Requests { .. } => "requests",
    }
}
