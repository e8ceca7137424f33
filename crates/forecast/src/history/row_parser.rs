//! Takes rows apart: who, when, in which app, with success or not.
//!
//! In: rows. Out: notes for the table of accounts, and counts of everything that was left out.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hasher, RandomState};

use super::calendar::Calendar;
use super::columns::Columns;
use super::days::Days;
use super::fault::LogFault;
use super::read::{Failures, Settings};
use super::rejected::{Reason, Rejects};
use super::rows::Row;
use super::stamp::Stamp;
use super::success::{Results, Verdict};
use super::table::Note;

/// The most apps. An owner has a few; a column with more is another column.
const MOST_APPS: usize = 256;

/// Where rows are taken apart, and what that counted.
#[derive(Debug)]
pub(super) struct RowParser {
    calendar: Calendar,
    /// The time of the last login, as it stands, and what it means.
    last_cell: Vec<u8>,
    last: Moment,
    pub(super) days: Days,
    pub(super) rejects: Rejects,
    pub(super) apps: Apps,
    /// A key of this process: nobody can choose accounts whose hashes meet.
    key: RandomState,
    /// Rows without the headers.
    pub(super) rows: u64,
    /// Rows of logins that failed.
    pub(super) failures: u64,
    looking: Failures,
    /// The same by app and day, where that is asked for.
    pub(super) failed: BTreeMap<(u8, i32), u64>,
    /// Rows of logins whose time has no offset.
    pub(super) unzoned: u64,
    /// Line breaks inside quotes.
    pub(super) breaks: u64,
    /// Times with an offset that is not the zone's, and the first such offset in seconds.
    pub(super) elsewhere: Option<(u64, i32)>,
}

/// What a time's cell means.
#[derive(Clone, Copy, Debug, Default)]
struct Moment {
    place: (u16, u8),
    is_unzoned: bool,
    /// None of a date alone.
    second: Option<u32>,
    elsewhere: Option<i32>,
}

/// The file under way.
#[derive(Debug)]
pub(super) struct FileContext<'a> {
    pub(super) name: &'a str,
    pub(super) columns: &'a Columns,
    pub(super) results: Results,
}

impl RowParser {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            calendar: Calendar::of(settings.zone.clone()).written_in(settings.written_in.clone()),
            days: Days::until(settings.latest),
            rejects: Rejects::default(),
            apps: Apps::default(),
            key: RandomState::new(),
            rows: 0,
            failures: 0,
            looking: settings.failures,
            failed: BTreeMap::new(),
            unzoned: 0,
            breaks: 0,
            elsewhere: None,
            last_cell: Vec::new(),
            last: Moment::default(),
        }
    }

    /// Takes a row apart. None where it is no login that counts, which is counted here.
    ///
    /// # Errors
    /// The app column has too many values.
    pub(super) fn take(
        &mut self,
        row: Row<'_>,
        file_context: &mut FileContext<'_>,
    ) -> Result<Option<Note>, LogFault> {
        self.rows += 1;
        self.breaks += row.breaks;
        let columns = file_context.columns;
        let reject = |rejects: &mut Rejects, reason, cell| {
            rejects.add(reason, (file_context.name, row.line), cell);
            Ok(None)
        };
        let (Some(account), Some(time)) = (row.cell(columns.account), row.cell(columns.time))
        else {
            return reject(&mut self.rejects, Reason::TooShort, &[]);
        };
        if row.breaks > 0 && [account, time].iter().any(|cell| cell.contains(&b'\n')) {
            return reject(&mut self.rejects, Reason::LineBreak, &[]);
        }
        if let Some(result) = columns.result {
            let Some(cell) = row.cell(result) else {
                return reject(&mut self.rejects, Reason::TooShort, &[]);
            };
            if file_context.results.judge(cell) == Verdict::Failure {
                self.failures += 1;
                if self.looking == Failures::ByDay {
                    let app = columns.app.map(|column| row.cell(column));
                    self.note_failure(app, time);
                }
                return Ok(None);
            }
        }
        let account = account.trim_ascii();
        if account.is_empty() {
            return reject(&mut self.rejects, Reason::NoAccount, &[]);
        }
        let app = match columns.app.map(|column| row.cell(column)) {
            None => 0,
            Some(None) => return reject(&mut self.rejects, Reason::TooShort, &[]),
            Some(Some(cell)) => self.apps.place(cell.trim_ascii())?,
        };
        let (month, day) = match self.when(time, app) {
            Ok(place) => place,
            Err(reason) => return reject(&mut self.rejects, reason, time),
        };
        Ok(Some(Note {
            hash: self.hash(app, account),
            month,
            app,
            day,
        }))
    }

    /// Counts a failure on its day. One whose time or app cannot be read is on none.
    fn note_failure(&mut self, app: Option<Option<&[u8]>>, time: &[u8]) {
        let app = match app {
            None => Some(0),
            Some(cell) => cell.and_then(|cell| self.apps.place(cell.trim_ascii()).ok()),
        };
        let Some(app) = app else {
            return;
        };
        let shown = Stamp::read(time).and_then(|stamp| self.calendar.show(stamp));
        if let Some(shown) = shown {
            *self.failed.entry((app, shown.wall.day)).or_default() += 1;
        }
    }

    /// When a row was, and counts it there. A busy log has many rows with one time.
    fn when(&mut self, cell: &[u8], app: u8) -> Result<(u16, u8), Reason> {
        if cell.is_empty() || self.last_cell != cell {
            self.last = self.moment(cell)?;
            self.last_cell.clear();
            self.last_cell.extend_from_slice(cell);
        }
        let Moment {
            place,
            second,
            elsewhere,
            is_unzoned,
        } = self.last;
        self.days.count(place, app, second);
        self.unzoned += u64::from(is_unzoned);
        if let Some(offset) = elsewhere {
            self.elsewhere.get_or_insert((0, offset)).0 += 1;
        }
        Ok(place)
    }

    fn moment(&mut self, cell: &[u8]) -> Result<Moment, Reason> {
        let stamp = Stamp::read(cell).ok_or_else(|| match cell.trim_ascii() {
            b"" => Reason::NoTime,
            _ => Reason::UnknownTime,
        })?;
        let shown = self.calendar.show(stamp).ok_or(Reason::UnknownTime)?;
        Ok(Moment {
            place: self.days.place(shown.wall.day)?,
            is_unzoned: !matches!(stamp, Stamp::Instant { .. }),
            second: (!matches!(stamp, Stamp::Date(_))).then_some(shown.wall.second),
            elsewhere: shown.elsewhere,
        })
    }

    /// An account of two apps is two accounts.
    fn hash(&self, app: u8, account: &[u8]) -> u64 {
        let mut hasher = self.key.build_hasher();
        hasher.write_u8(app);
        hasher.write(account);
        hasher.finish()
    }
}

/// The apps in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Apps {
    places: HashMap<Vec<u8>, u8>,
    pub(super) names: Vec<String>,
    last: Option<(Vec<u8>, u8)>,
}

impl Apps {
    /// The place of an app.
    fn place(&mut self, app: &[u8]) -> Result<u8, LogFault> {
        if let Some((_, place)) = self.last.as_ref().filter(|(last, _)| last == app) {
            return Ok(*place);
        }
        let place = match self.places.get(app) {
            Some(place) => *place,
            None => {
                let place =
                    u8::try_from(self.names.len()).map_err(|_| LogFault::TooManyApps(MOST_APPS))?;
                self.names.push(String::from_utf8_lossy(app).into_owned());
                self.places.insert(app.to_vec(), place);
                place
            }
        };
        self.last = Some((app.to_vec(), place));
        Ok(place)
    }
}
