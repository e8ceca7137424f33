//! The logins of a run as a log of their own, in the form in which `trtc-load mau` reads any log: CSV, a row for each answer.
//!
//! In: what threads noted in a second. Out: a file that grows. Rows of one second are in no order. Never here: which login counts.

use std::fmt;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::profile::AppIx;
use trtc_base::error::Problem;

/// What a login came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginResult {
    /// The target let it in.
    Ok,
    /// The target said no.
    Refused,
    /// No answer came, or none that can be read: the target may have let it in.
    Unknown,
}

impl LoginResult {
    /// Its word in the column `result`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// A login that left, with what came of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoginRow {
    /// When its answer was judged, in milliseconds of Unix time.
    pub(super) at: u64,
    pub(super) app: AppIx,
    pub(super) account: u64,
    pub(super) result: LoginResult,
}

/// How accounts are called.
type Name = Box<dyn Fn(u64) -> String + Send>;

/// The file.
pub struct LoginLog {
    path: PathBuf,
    file: File,
    /// Each app's SDKAppID, in the profile's order.
    apps: Vec<u32>,
    name: Name,
    /// Emptied each second; it keeps its memory.
    buffer: Vec<u8>,
}

impl fmt::Debug for LoginLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginLog")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl LoginLog {
    /// Begins the log of `apps`, whose accounts are called by `name`. A file that exists is not written over.
    ///
    /// # Errors
    /// Where the file is there already, or cannot be made.
    pub fn begin(path: &Path, apps: Vec<u32>, name: Name) -> Result<Self, Problem> {
        let begin = || {
            let mut file = File::create_new(path)?;
            file.write_all(b"time,user_id,sdkappid,result\n")?;
            Ok(file)
        };
        let file = begin().map_err(|fault: io::Error| {
            Problem::bad_input(
                format!("--logins {}", path.display()),
                fault.to_string(),
                "name a file that does not exist yet, in a folder that this user may write to",
            )
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            apps,
            name,
            buffer: Vec::new(),
        })
    }

    /// Writes a second's rows.
    pub(super) fn write(&mut self, rows: &[LoginRow]) -> Result<(), Problem> {
        self.buffer.clear();
        let written = self.spell(rows);
        written
            .and_then(|()| self.file.write_all(&self.buffer))
            .map_err(|fault| {
                Problem::could_not_run(
                    self.path.display().to_string(),
                    format!("the logins cannot be written: {fault}"),
                    "make room there; what stands in the file is whole up to its last complete row",
                )
            })
    }

    fn spell(&mut self, rows: &[LoginRow]) -> io::Result<()> {
        for row in rows {
            let at = i64::try_from(row.at)
                .ok()
                .and_then(|at| Timestamp::from_millisecond(at).ok())
                .unwrap_or(Timestamp::MAX);
            let app = self.apps.get(usize::from(row.app.0)).copied();
            // A UserID has no character that CSV would have to quote.
            writeln!(
                self.buffer,
                "{at:.3},{},{},{}",
                (self.name)(row.account),
                app.unwrap_or_default(),
                row.result.word()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_instant_in_utc_the_name_the_app_and_the_result() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("logins.csv");
        let name = |number| format!("load_{number:03}");
        let mut log = LoginLog::begin(&path, vec![7, 9], Box::new(name)).unwrap();
        let row = |at, app, account, result| LoginRow {
            at,
            app: AppIx(app),
            account,
            result,
        };
        // 1796054400 is 2026-11-30T16:00:00Z.
        log.write(&[row(1_796_054_400_000, 0, 5, LoginResult::Ok)])
            .unwrap();
        log.write(&[
            row(1_796_054_399_999, 1, 12, LoginResult::Refused),
            row(1_796_054_400_250, 1, 999, LoginResult::Unknown),
        ])
        .unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "time,user_id,sdkappid,result\n\
             2026-11-30T16:00:00.000Z,load_005,7,ok\n\
             2026-11-30T15:59:59.999Z,load_012,9,refused\n\
             2026-11-30T16:00:00.250Z,load_999,9,unknown\n"
        );
        assert!(LoginLog::begin(&path, vec![7], Box::new(name)).is_err());
    }
}
