//! What login policies change on the same accounts, shards that add up, and the busiest window as a load.

use std::fs;
use std::num::NonZero;
use std::sync::atomic::AtomicU64;

use crate::program::Place;
use crate::turn;
use serde_json::Value;
use trtc_load::forecast::month::{
    Cause, Load, Model, Peaks, Tally, busiest_window, expected, simulate,
};
use trtc_load::plan::Plan;
use trtc_load::profile::{Overrides, Profile, Source};

/// An app with everything in it: two devices, two accounts, guests, losses, errors, an outage.
const EVERYTHING: &str = r#"
version = 1
seed = 7
[month]
month = "2026-10"
time_zone = "Europe/Berlin"
[activity]
accounts = 8000
dau = 2000
new_accounts_per_day = 50
starts_per_day = 3.0
session = { mean = "20m", max = "2h" }
[[zones]]
zone = "Europe/Berlin"
share = 0.7
[[zones]]
zone = "America/New_York"
share = 0.3
[behaviour]
needs_rtc = 0.5
guests = 0.2
second_device = 0.5
on_second = 0.4
kick = "one"
second_account = 0.1
switches = 0.3
losses_per_hour = 2.0
ticket_errors = 0.02
other_errors = 0.1
relogin = 0.5
[[outages]]
at = "2026-10-15T18:00"
for = "5m"
share = 0.5
[[policies]]
name = "as advised"
[[policies]]
name = "at start"
login = "start"
[[policies]]
name = "fresh guests"
guests = "fresh"
[[policies]]
name = "relogin"
network = "relogin"
[[policies]]
name = "any"
retry = "any"
[[policies]]
name = "fight"
kicked = "fight"
"#;

fn model(text: &str) -> Model {
    Model::parse(text, "test.toml", "test").unwrap()
}

fn lived(model: &Model, threads: usize) -> Vec<Tally> {
    let threads = NonZero::new(threads).unwrap();
    simulate(model, 0..model.people(), threads, &AtomicU64::new(0))
}

#[test]
fn policies_change_what_they_must_and_nothing_else() {
    let model = model(EVERYTHING);
    let months = lived(&model, 2);
    let [advised, start, fresh, relogin, any, fight] = &months[..] else {
        unreachable!("six policies");
    };
    for month in &months {
        assert_eq!(
            month.starts, advised.starts,
            "the same app starts under each"
        );
    }
    // Losses and kicks come to accounts that are counted already.
    assert_eq!(relogin.mau, advised.mau);
    assert_eq!(fight.mau, advised.mau);
    assert!(relogin.of(Cause::Network) > 1_000 && relogin.of(Cause::Outage) > 10);
    assert_eq!(
        (advised.of(Cause::Network), advised.of(Cause::Outage)),
        (0, 0)
    );
    // Each relogin stands for a reconnect.
    let again = relogin.of(Cause::Network) + relogin.of(Cause::Outage);
    assert_eq!((relogin.reconnects, advised.reconnects), (0, again));
    assert!(fight.kicks > 2 * advised.kicks && fight.of(Cause::Fight) > 0);
    assert_eq!((fight.of(Cause::Kick), advised.of(Cause::Fight)), (0, 0));
    // The others bring accounts in, and by as many as the closed form says.
    for (month, policy, more) in [(start, 1, 1), (fresh, 2, 1), (any, 4, 1)] {
        assert!(month.mau >= advised.mau + more, "{policy}");
        let [want, before] = [policy, 0].map(|at| expected(&model, &model.policies[at]));
        let got = month.mau as f64 - advised.mau as f64;
        let error = want.mau_deviation.max(before.mau_deviation);
        assert!(
            (got - (want.mau - before.mau)).abs() < 4.0 * error,
            "{policy}: {got} for {}",
            want.mau - before.mau
        );
    }
    // Retries are logins that follow failures: no more than the errors and the outage make of them.
    assert!(any.of(Cause::Retry) > 0 && any.failed > advised.failed);
    assert_eq!(advised.of(Cause::Retry), 0);
}

#[test]
fn the_books_of_a_month_agree_with_each_other() {
    let model = model(EVERYTHING);
    for month in lived(&model, 2) {
        let logins: u64 = month.logins().iter().sum();
        assert_eq!(logins, month.attempts(), "by minute and by cause");
        assert_eq!(month.first_logins.iter().sum::<u64>(), month.mau);
        assert!(month.dau.iter().max() <= Some(&month.mau));
        assert!(
            month.mau <= month.opened + month.guests,
            "who logs in has opened the app"
        );
        assert!(month.failed < month.attempts());
        let peaks = Peaks::of(&model.calendar, &month);
        let minutes = month.logins();
        assert_eq!(peaks.minute.count, *minutes.iter().max().unwrap());
        assert_eq!(peaks.online.count, *month.online().iter().max().unwrap());
        assert!(peaks.day.count >= peaks.hour.count && peaks.hour.count >= peaks.minute.count);
        // Sessions that begin before the month's end are over two hours later: at most so many are left.
        let last: u64 = minutes[minutes.len() - 120..].iter().sum();
        assert!(*month.online().last().unwrap() <= last);
    }
}

#[test]
fn shards_add_up_to_the_whole_on_any_number_of_threads() {
    let model = model(EVERYTHING);
    let whole = lived(&model, 1);
    assert_eq!(whole, lived(&model, 3));
    let people = model.people();
    let one = NonZero::new(1).unwrap();
    let mut sum: Option<Vec<Tally>> = None;
    for shard in 0..4 {
        let range = people * shard / 4..people * (shard + 1) / 4;
        let part = simulate(&model, range, one, &AtomicU64::new(0));
        match &mut sum {
            None => sum = Some(part),
            Some(sum) => sum
                .iter_mut()
                .zip(&part)
                .for_each(|(sum, part)| sum.add(part)),
        }
    }
    assert_eq!(sum.unwrap(), whole);
}

fn plan(text: &str) -> Plan {
    let source = Source {
        file: "peak.toml".to_owned(),
        name: "peak".to_owned(),
        dir: std::env::temp_dir(),
    };
    let profile = Profile::parse(text, &source, &Overrides::default()).unwrap();
    Plan::new(&profile).unwrap()
}

#[test]
fn the_busiest_window_becomes_a_plan_with_as_many_arrivals_in_each_minute() {
    let model = model(EVERYTHING);
    let month = lived(&model, 2).remove(0);
    let all = month.all_arrivals();
    for (minutes, scale) in [(60_u32, 1.0), (60, 0.1), (7, 3.0), (300, 1.0)] {
        let window = busiest_window(&month, minutes);
        let sum = |from: usize| all[from..from + minutes as usize].iter().sum::<u64>();
        let most = (0..=all.len() - minutes as usize).map(sum).max().unwrap();
        assert_eq!(sum(window.start as usize), most, "no other window has more");
        let load = Load::of(&model.calendar, &month, window, scale);
        assert!((load.arrivals() as f64 - most as f64 * scale).abs() <= 0.5);
        assert_eq!(load.mix.iter().sum::<u64>(), most);
        let plan = plan(&load.profile(&model));
        let mut got = vec![0_u64; load.stages.len()];
        for arrival in plan.arrivals() {
            got[usize::from(plan.stage_at(arrival.due).0)] += 1;
        }
        let want: Vec<u64> = load.stages.iter().map(|step| step.arrivals).collect();
        assert_eq!(got, want, "{minutes} minutes times {scale}");
    }
}

/// Two logins a second for a minute, with sessions of a second.
const SHORT: &str = r#"
version = 1
seed = 3
bill = "chat-standard"
[month]
month = "2026-12"
time_zone = "Asia/Shanghai"
[activity]
accounts = 60000
dau = 40000
starts_per_day = 1.5
session = { mean = "1s", max = "2s" }
[behaviour]
needs_rtc = 1
second_device = 0.5
kick = "one"
"#;

/// The profile of a minute with its arrivals in a quarter of the time.
fn four_times_as_fast(peak: &str) -> String {
    let rate = peak.lines().find_map(|line| line.strip_prefix("rate = "));
    let rate = rate
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap();
    let faster = 4.0 * rate.parse::<f64>().unwrap();
    assert_eq!(peak.matches("for = \"60s\"").count(), 1, "{peak}");
    peak.replace("for = \"60s\"", "for = \"15s\"")
        .replace(&format!("rate = {rate} "), &format!("rate = {faster} "))
}

#[test]
fn a_month_goes_into_a_load_that_arrives_as_the_month_did() {
    let _turn = turn::shared();
    let place = Place::new();
    fs::write(place.path().join("short.toml"), SHORT).unwrap();
    let arguments = "month --profile short.toml --out months --output json --emit-peak peak.toml --window 1m --quiet";
    let told = place.run(&arguments.split(' ').collect::<Vec<_>>());
    assert_eq!(told.code, Some(0), "{}", told.said());
    let month: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(month["version"], 1);
    assert!(
        month["month"]["bill"]["total"].is_string(),
        "{}",
        month["month"]["bill"]
    );

    let peak = fs::read_to_string(place.path().join("peak.toml")).unwrap();
    let ended = place.run_profile(&four_times_as_fast(&peak), &[]);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let summary = fs::read_to_string(place.run_folder().join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let mut months = fs::read_dir(place.path().join("months")).unwrap();
    let month = months.next().unwrap().unwrap().path();
    let minutes = fs::read_to_string(month.join("minutes.csv")).unwrap();
    let busiest = minutes.lines().skip(1).map(|row| {
        let cells: Vec<u64> = row
            .split(',')
            .skip(4)
            .map(|cell| cell.parse().unwrap())
            .collect();
        cells.iter().sum::<u64>()
    });
    let busiest = busiest.max().unwrap();
    assert!(busiest > 50, "{busiest}");
    assert_eq!(summary["arrivals"]["due"], busiest);
    assert_eq!(summary["arrivals"]["started"], busiest, "{}", ended.said());
}

#[test]
fn every_shipped_month_is_a_month() {
    for (name, text) in trtc_load::forecast::month::SHIPPED {
        let model = Model::parse(text, name, name).unwrap();
        assert!(model.people() > 0, "{name}");
    }
}
