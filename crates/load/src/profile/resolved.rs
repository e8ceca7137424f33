//! A checked profile as TOML again: every default written out, every secret redacted.

use super::file::{BUDGETS, FORMAT, SEED, VERSION};
use super::{Profile, safety};
use trtc_base::config::{Writer, Written};

pub(super) fn toml(profile: &Profile) -> String {
    let mut out = Writer::default();
    out.plain(&format!(
        "# The profile {} as it ran: defaults written out, secrets redacted.",
        profile.name
    ));
    out.put(&FORMAT, &VERSION);
    out.put(&SEED, &profile.seed);
    let own = profile.budgets.iter();
    let own = own.filter(|budget| !budget.origin.is_implied());
    let budgets: String = own
        .map(|budget| format!("    {},\n", budget.sentence.written()))
        .collect();
    out.put_as(&BUDGETS, &format!("[\n{budgets}]"));
    let usersig = profile.usersig.as_ref();
    profile.target.write(&profile.dialect, usersig, &mut out);
    if let Some(server) = usersig {
        server.write(&mut out);
    }
    profile.admin.write(&mut out);
    if profile.target.dialect.is_webhook() {
        let dialect = &profile.target.dialect;
        profile.webhook.write(dialect.tells(), &mut out);
    }
    profile.apps.iter().for_each(|app| app.write(&mut out));
    profile.population.write(&mut out);
    let scenarios = profile.scenarios.iter();
    scenarios.for_each(|scenario| scenario.write(&mut out));
    profile
        .stages
        .iter()
        .for_each(|stage| stage.write(&mut out));
    profile.limits.write(&mut out);
    profile.caps.write(&mut out);
    safety::write(profile.breaker, &mut out);
    profile.activity.write(&mut out);
    out.into_text()
}
