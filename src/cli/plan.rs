//! `trtc-load plan`: what a run would do and cost, without any traffic.

use std::fmt::Write as _;
use std::io::Write;

use clap::Args;
use serde_json::json;

use super::profile::planned;
use super::{Output, ProfileArgs, write_line};
use crate::run::{Fit, Machine, Planned, cost_of, undecided};
use trtc_base::error::{Exit, Problem};
use trtc_base::table::{Kind, Table};
use trtc_base::terminal::Paint;
use trtc_load_core::client::descriptors;
use trtc_load_core::mau::monthly_share;
use trtc_load_core::plan::{Foresight, Shard};

/// What a run would do.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Plan one of several shards, such as `3/8`.
    #[arg(long, value_name = "N/OF")]
    shard: Option<Shard>,
    /// A table for people or JSON for programs.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
}

/// Tells what a run would do.
///
/// # Errors
/// Every fault of the profile.
pub fn run(args: &PlanArgs, out: &mut impl Write) -> Result<Exit, Vec<Problem>> {
    let planned = planned(&args.profile, args.shard.unwrap_or(Shard::WHOLE))?;
    let foresight = planned.plan.foresight(&planned.profile);
    let fit = Fit::of(&planned, None, Machine::read());
    let text = match args.output {
        Output::Text => table(&planned, &foresight, &fit),
        Output::Json => document(&planned, &foresight, &fit),
    };
    write_line(out, &text)?;
    Ok(Exit::Kept)
}

/// The accounts active at least once in the configured month.
fn month(planned: &Planned, foresight: &Foresight) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "an expectation; populations are far below 2^53"
    )]
    let population = foresight.population as f64;
    population * monthly_share(&planned.profile.activity())
}

fn document(planned: &Planned, foresight: &Foresight, fit: &Fit) -> String {
    let [ports, memory] = fit.document();
    let limits = descriptors::current();
    let stages = foresight.stages.iter().map(|stage| {
        json!({
            "name": stage.name, "seconds": stage.seconds, "rate_from": stage.rate.0, "rate_to": stage.rate.1,
            "arrivals": stage.arrivals,
        })
    });
    let scenarios = foresight.scenarios.iter().map(|scenario| {
        json!({
            "name": scenario.name, "arrivals": scenario.arrivals, "slots": scenario.slots, "logins": scenario.logins,
        })
    });
    let whole = json!({
        "version": 1,
        "profile": planned.profile.name(),
        "seed": planned.profile.seed(),
        "stages": stages.collect::<Vec<_>>(),
        "scenarios": scenarios.collect::<Vec<_>>(),
        "arrivals": foresight.arrivals,
        "is_estimated": foresight.is_estimated,
        "slots": foresight.slots,
        "population": foresight.population,
        "accounts_touched": foresight.accounts,
        "sessions_online_at_once": foresight.sessions,
        "logins": foresight.logins,
        "kicks": foresight.kicks,
        "connections_open_at_once": foresight.connections,
        "descriptors": { "needed": foresight.descriptors, "soft_limit": limits.soft, "hard_limit": limits.hard },
        "ports": ports,
        "memory": memory,
        "beyond_limits": excesses(planned),
        "budgets_undecided": undecided(planned).iter().map(|one| json!({
            "budget": one.sentence, "planned": one.planned, "needed": one.needed,
        })).collect::<Vec<_>>(),
        "mau": { "of_this_run": cost_of(planned, foresight).logins, "of_a_month_as_configured": month(planned, foresight) },
    });
    format!("{whole:#}")
}

/// The most columns of a line.
const WIDE: usize = 80;

fn table(planned: &Planned, foresight: &Foresight, fit: &Fit) -> String {
    let mut text = format!(
        "plan of {}{}, seed {}: no traffic is sent\n\n",
        planned.profile.name(),
        match planned.plan.shard() {
            Shard::WHOLE => String::new(),
            shard => format!(", shard {shard}"),
        },
        planned.profile.seed()
    );
    let mut stages = Table::new(&[
        ("stage", Kind::Text),
        ("seconds", Kind::Number),
        ("arrivals/s", Kind::Number),
        ("arrivals", Kind::Number),
    ]);
    for stage in &foresight.stages {
        let rate = if (stage.rate.0 - stage.rate.1).abs() < f64::EPSILON {
            format!("{}", stage.rate.0)
        } else {
            format!("{} to {}", stage.rate.0, stage.rate.1)
        };
        let arrivals = stage.arrivals.to_string();
        stages.row([
            stage.name.clone(),
            stage.seconds.to_string(),
            rate,
            arrivals,
        ]);
    }
    let mut scenarios = Table::new(&[
        ("scenario", Kind::Text),
        ("slots", Kind::Number),
        ("logins expected", Kind::Number),
        ("arrivals", Kind::Number),
    ]);
    for scenario in &foresight.scenarios {
        scenarios.row([
            scenario.name.clone(),
            scenario.slots.to_string(),
            scenario.logins.to_string(),
            scenario.arrivals.to_string(),
        ]);
    }
    for table in [stages, scenarios] {
        text.push_str(&table.as_text(WIDE, Paint::Plain));
        text.push('\n');
    }
    text.push_str(&totals(planned, foresight, fit));
    for excess in excesses(planned) {
        let _ = writeln!(text, "beyond a limit                     {excess}");
    }
    for one in undecided(planned) {
        let _ = writeln!(text, "cannot be kept                     {one}");
    }
    text
}

/// What the plan asks beyond the service's documented limits, a line each.
fn excesses(planned: &Planned) -> Vec<String> {
    let dialect = &planned.profile.target().dialect;
    let found = planned.plan.beyond_limits(dialect);
    found.iter().map(ToString::to_string).collect()
}

fn totals(planned: &Planned, foresight: &Foresight, fit: &Fit) -> String {
    let limits = descriptors::current();
    let fits = if foresight.descriptors <= limits.soft {
        "within this shell's limit"
    } else if foresight.descriptors <= limits.hard {
        "the run raises its limit"
    } else {
        "too many: see `ulimit -Hn`"
    };
    let [ports, memory] = fit.rows();
    let row = |name: &str, value: String| format!("{name:<34} {value}\n");
    let estimated = if foresight.is_estimated {
        " on average: too many to be played beforehand, so all of this is an estimate"
    } else {
        ""
    };
    [
        row("arrivals", format!("{}{estimated}", foresight.arrivals)),
        row(
            "logins expected, of every kind",
            foresight.logins.to_string(),
        ),
        row("kicks expected", foresight.kicks.to_string()),
        row(
            "sessions online at once, at most",
            foresight.sessions.to_string(),
        ),
        row(
            "connections open at once, at most",
            foresight.connections.to_string(),
        ),
        row("slots", foresight.slots.to_string()),
        row(
            "descriptors needed",
            format!(
                "{} of {} (hard limit {}): {fits}",
                foresight.descriptors, limits.soft, limits.hard
            ),
        ),
        row(ports.0, ports.1),
        row(memory.0, memory.1),
        row(
            "accounts in the population",
            foresight.population.to_string(),
        ),
        row(
            "accounts registered if new",
            cost_of(planned, foresight).registrations.to_string(),
        ),
        row(
            "MAU that the run itself costs",
            cost_of(planned, foresight).logins.to_string(),
        ),
        row(
            "MAU of a month, as configured",
            format!("{:.0}", month(planned, foresight)),
        ),
    ]
    .concat()
}
