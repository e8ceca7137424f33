//! `trtc-load mau --against`: Tencent's own count of an app's days, from files or asked for, laid beside a log.
//!
//! In: arguments, the log as it is cut into Beijing's days. Out: [`Against`], and what it means for the exit code. Never here:
//! how days are compared.

mod answer;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};

use super::profile;
use crate::run::fetch_app_info;
use answer::Answer;
use trtc_base::error::{Exit, Problem};
use trtc_base::units::UnixSeconds;
use trtc_forecast::against::{
    Comparison, MonthCounted, Now, Reason, ServiceDay, Standing, Zoned, check_month, compare,
};
use trtc_forecast::history::project::project;
use trtc_forecast::history::{Fault, Log, Span};
use trtc_forecast::report::Against;
use trtc_load_core::profile::{App, Overrides, Profile};

/// The longest answer that is read, in bytes: 30 days with all fields are 20 kB.
const LONGEST: u64 = 1 << 20;

/// The zone that Tencent counts days in, by its name.
const ZONE: &str = "Asia/Shanghai";

/// What the log is laid beside.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("against_source").args(["against", "against_profile"]).multiple(true))]
pub(super) struct AgainstArgs {
    /// Lay the log beside Tencent's own count: an answer of `getappinfo`. May be repeated: a later file's days win.
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// Ask for that answer: the `[target]` of this profile, as its `[admin]`. Its days win over those of files.
    #[arg(long, value_name = "PROFILE")]
    against_profile: Option<PathBuf>,
    /// The app that is compared, as the log writes it. Needed where the log has several.
    #[arg(
        long,
        value_name = "SDKAPPID",
        requires = "against_source",
        allow_hyphen_values = true
    )]
    against_app: Option<String>,
    /// By how many percent of Tencent's number a day may differ. One that differs more makes the exit code 1.
    #[arg(
        long,
        value_name = "PERCENT",
        allow_negative_numbers = true,
        requires = "against_source"
    )]
    tolerance: Option<f64>,
}

/// The answers, merged.
pub(super) struct Asked {
    app: Option<String>,
    days: Vec<ServiceDay>,
    source: String,
}

/// The zone that Tencent counts days in.
pub(super) fn beijing() -> TimeZone {
    TimeZone::fixed(offset(8))
}

/// Whether days of the zone that is called `name` are Tencent's.
pub(super) fn is_beijing(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.eq_ignore_ascii_case(ZONE))
}

impl AgainstArgs {
    /// Whether there is anything to lay beside.
    pub(super) fn is_asked(&self) -> bool {
        !self.against.is_empty() || self.against_profile.is_some()
    }

    /// Reads the files and asks the service.
    ///
    /// # Errors
    /// Every fault of an answer, with its place.
    pub(super) fn answers(&self) -> Result<Asked, Vec<Problem>> {
        if let Some(tolerance) = self.tolerance
            && !(0.0..=100.0).contains(&tolerance)
        {
            return Err(vec![Problem::bad_input(
                "--tolerance",
                format!("{tolerance} is no percentage"),
                "give 0 to 100",
            )]);
        }
        let mut answers = Vec::new();
        for path in &self.against {
            let place = path.display().to_string();
            let bytes = read(path).map_err(|one| vec![one])?;
            answers.push((answer::read(&bytes, &place)?, place));
        }
        if let Some(path) = &self.against_profile {
            let (bytes, place) = self.fetch(path)?;
            answers.push((answer::read(&bytes, &place)?, place));
        }
        merge(answers).map_err(|one| vec![one])
    }

    /// The service's answer, and where it is from.
    fn fetch(&self, path: &Path) -> Result<(Vec<u8>, String), Vec<Problem>> {
        let (text, source) = profile::find(path, trtc_load_core::profile::SHIPPED)
            .map_err(|problem| vec![problem])?;
        let profile = Profile::parse(&text, &source, &Overrides::default())
            .map_err(|faults| faults.iter().map(Problem::from).collect::<Vec<_>>())?;
        let app = self.app_of(&profile).map_err(|one| vec![one])?;
        fetch_app_info(&profile, app.sdk_app_id)
    }

    fn app_of<'p>(&self, profile: &'p Profile) -> Result<&'p App, Problem> {
        let apps = profile.apps();
        let found = match (&self.against_app, apps) {
            (None, [only]) => Some(only),
            (Some(name), _) => apps
                .iter()
                .find(|app| app.sdk_app_id.0.to_string() == *name),
            (None, _) => None,
        };
        found.ok_or_else(|| {
            let ids: Vec<_> = apps
                .iter()
                .map(|app| app.sdk_app_id.0.to_string())
                .collect();
            Problem::bad_input(
                "--against-app",
                format!("the profile has the apps {}", ids.join(", ")),
                "name one of them",
            )
        })
    }

    /// Lays `log`, whose days are Beijing's, beside the answers. `as_of` is the last day that the month's count rests on.
    ///
    /// # Errors
    /// Nobody can tell which app is meant, or no day is known to both.
    pub(super) fn lay(
        &self,
        log: &Log,
        as_of: Option<Date>,
        asked: Asked,
        now: Timestamp,
    ) -> Result<Against, Problem> {
        let span_of = |as_of| {
            log.span(as_of).map_err(|kind| {
                let place = "--as-of".to_owned();
                Problem::from(&Fault { place, kind })
            })
        };
        let (span, month_span) = (span_of(None)?, span_of(as_of)?);
        let place = self.app_in(log, &asked)?;
        let days = log.days(&span, place);
        let here = now.to_zoned(beijing());
        let clock = Now {
            today: here.date(),
            hour: here.hour(),
        };
        let is_unzoned = log.rows.unzoned > 0;
        let zoned = if is_unzoned {
            Zoned::NotAll
        } else {
            Zoned::All
        };
        let tolerance = self.tolerance.map(|percent| percent / 100.0);
        let judged_by = (tolerance.unwrap_or(0.0), zoned);
        let compared = compare((&days, &span), &asked.days, clock, judged_by);
        is_common(&compared, &span, &asked)?;
        let month = counted(log, &month_span, place);
        Ok(Against {
            month: month.and_then(|month| check_month(&month, &compared, tolerance)),
            app: place.map(|place| log.apps()[place].clone()),
            source: asked.source,
            tolerance,
            compared,
        })
    }

    /// The place of the app among the log's; none: all rows.
    fn app_in(&self, log: &Log, asked: &Asked) -> Result<Option<usize>, Problem> {
        let apps = log.apps();
        if let (Some(wanted), Some(told)) = (&self.against_app, &asked.app)
            && wanted != told
            && wanted.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(Problem::bad_input(
                "--against-app",
                format!("the answer is of app {told}, and {wanted} is asked for"),
                format!("give the answer of {wanted}, or ask for {told}"),
            ));
        }
        // A log of one app that is called by its SDKAppID is not another's.
        if let (None, [only], Some(told)) = (&self.against_app, apps, &asked.app)
            && only != told
            && only.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(Problem::bad_input(
                asked.source.clone(),
                format!("the answer is of app {told}, and the log of app {only}"),
                format!(
                    "give the answer of {only}, or take all rows of the log for one app: `--app -`"
                ),
            ));
        }
        let named = self.against_app.as_ref().or(asked.app.as_ref());
        let found = named.and_then(|name| log.app_place(name));
        let is_named = self.against_app.is_some();
        match (found, apps.len()) {
            (Some(place), _) => Ok(Some(place)),
            (None, 0) => Ok(None),
            (None, 1) if !is_named => Ok(Some(0)),
            (None, _) => Err(Problem::bad_input(
                "--against-app",
                format!(
                    "the log has the apps {}, and {} is none of them",
                    listed(apps),
                    named.map_or("what was not named", String::as_str)
                ),
                "name the one that the answer is of, as the log writes it; `--app -` takes all rows for one app",
            )),
        }
    }
}

/// The exit code that the comparison leads to. Without a tolerance nothing is judged.
pub(super) fn exit(against: &Against) -> Exit {
    let compared = &against.compared;
    let lacks = |day: &trtc_forecast::against::DayRow| {
        let holes = [Reason::NotInAnswer, Reason::NoNumber];
        day.reasons.iter().any(|reason| holes.contains(reason))
    };
    if against.tolerance.is_none() {
        Exit::Kept
    } else if compared.count(Standing::Differs) > 0 {
        Exit::Broken
    } else if compared.count(Standing::Agrees) == 0 || compared.days.iter().any(lacks) {
        // What is missing is no pass.
        Exit::Invalid
    } else {
        Exit::Kept
    }
}

/// The most apps that a message lists.
const LISTED: usize = 8;

fn listed(apps: &[String]) -> String {
    let mut words: Vec<String> = apps
        .iter()
        .take(LISTED)
        .map(|app| format!("`{app}`"))
        .collect();
    if let more @ 1.. = apps.len().saturating_sub(LISTED) {
        words.push(format!("{more} more"));
    }
    words.join(", ")
}

/// What the log says of its last month, in Beijing's days.
fn counted(log: &Log, span: &Span, place: Option<usize>) -> Option<MonthCounted> {
    let apps = log.months(span);
    let app = place
        .and_then(|place| apps.get(place + 1))
        .or(apps.first())?;
    let day = span.as_of.day().unsigned_abs();
    // A month that the log does not cover from its first day has no end to project, and no count of its own.
    if span.covered_from.day() != 1 {
        return None;
    }
    let projection = project(&app.months, day)?;
    Some(MonthCounted {
        first: span.as_of.first_of_month(),
        as_of: span.as_of,
        to_date: projection.seen,
        highest_end: projection.wide.map(|bounds| bounds.high),
    })
}

/// Refuses an answer that has no day of the log.
fn is_common(compared: &Comparison, span: &Span, asked: &Asked) -> Result<(), Problem> {
    let is_both = compared.days.iter().any(|day| {
        day.logins.log.is_some() && (day.logins.service.is_some() || day.accounts.service.is_some())
    });
    if is_both {
        return Ok(());
    }
    let [first, last] = [asked.days.first(), asked.days.last()]
        .map(|day| day.map(|day| day.date.to_string()).unwrap_or_default());
    Err(Problem::bad_input(
        asked.source.clone(),
        format!(
            "it has {first} to {last}, and the log {} to {} in Beijing's days: no day is in both",
            span.first, span.last
        ),
        "give the answer of the log's days; Tencent gives the last 30, so answers are to be kept",
    ))
}

/// One list of days, a later answer's in place of an earlier one's.
fn merge(answers: Vec<(Answer, String)>) -> Result<Asked, Problem> {
    let mut days = std::collections::BTreeMap::new();
    let mut app: Option<String> = None;
    let mut sources = Vec::new();
    for (answer, place) in answers {
        if let (Some(one), Some(other)) = (&app, &answer.app)
            && one != other
        {
            return Err(Problem::bad_input(
                place,
                format!("it is of app {other}, and the one before of app {one}"),
                "give answers of one app",
            ));
        }
        app = app.or(answer.app);
        days.extend(answer.days.into_iter().map(|day| (day.date, day)));
        sources.push(place);
    }
    Ok(Asked {
        app,
        days: days.into_values().collect(),
        source: sources.join(", "),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let name = path.display().to_string();
    let unreadable = |what: String| {
        Problem::bad_input(
            name.clone(),
            what,
            "name the file with Tencent's answer to getappinfo, as it came",
        )
    };
    if path.is_dir() {
        return Err(unreadable("it is a folder".to_owned()));
    }
    let file = File::open(path).map_err(|fault| unreadable(fault.to_string()))?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|fault| unreadable(fault.to_string()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(unreadable(
            "it is longer than 1 MiB, and 30 days are some kB".to_owned(),
        ));
    }
    Ok(bytes)
}

/// The instant at `now`.
pub(super) fn instant(now: UnixSeconds) -> Timestamp {
    let seconds = i64::try_from(now.0).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
