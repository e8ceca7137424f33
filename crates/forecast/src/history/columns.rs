//! Which column is which: by name, by number, or guessed from the header, and said aloud.
//!
//! In: what a person asked for, and the first row. Out: [`Columns`].

use super::fault::LogFault;
use super::stamp::is_likely;
use super::success::Meaning;

/// What a person writes for a column that is not to be used.
const NOT_USED: &str = "-";

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who logged in.
    Account,
    /// When.
    Time,
    /// In which app.
    App,
    /// Whether it worked.
    Result,
}

impl Role {
    /// As it is called in messages; its option is the same after `--`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Time => "time",
            Self::App => "app",
            Self::Result => "result",
        }
    }

    /// Names by which a column is known, the surest first, in lower case without anything but letters and digits.
    const fn known(self) -> &'static [&'static str] {
        match self {
            Self::Account => &[
                "account",
                "accountid",
                "userid",
                "user",
                "uid",
                "useraccount",
                "identifier",
                "fromaccount",
                "openid",
                "memberid",
                "customerid",
                "username",
                "login",
                "id",
            ],
            Self::Time => &[
                "time",
                "timestamp",
                "logintime",
                "eventtime",
                "datetime",
                "loggedinat",
                "createdat",
                "createtime",
                "ts",
                "date",
                "day",
                "at",
                "unixtime",
            ],
            Self::App => &[
                "sdkappid",
                "app",
                "appid",
                "application",
                "applicationid",
                "appname",
            ],
            Self::Result => &[
                "result",
                "resultcode",
                "errorcode",
                "errcode",
                "errno",
                "outcome",
                "success",
                "succeeded",
                "issuccess",
                "statuscode",
                "status",
                "code",
                "error",
            ],
        }
    }
}

/// What a person asks for: a name or a number from 1 for each role, in the order of [`Role`]; nothing is a guess.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The account's column.
    pub account: Option<String>,
    /// The time's column.
    pub time: Option<String>,
    /// The app's column; `-` for none.
    pub app: Option<String>,
    /// The result's column; `-` for none.
    pub result: Option<String>,
}

/// Where to look in a row. Columns count from 0 here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) account: usize,
    pub(super) time: usize,
    pub(super) app: Option<usize>,
    pub(super) result: Option<usize>,
    /// The header; none where the first row is a login.
    pub(super) header: Option<Vec<String>>,
}

impl Columns {
    /// Finds the columns of a text whose first row is `first`, or says why it cannot.
    pub(super) fn find(wishes: &Wishes, first: Vec<String>) -> Result<Self, LogFault> {
        let asked = [&wishes.account, &wishes.time, &wishes.app, &wishes.result];
        let is_named = asked
            .into_iter()
            .flatten()
            .any(|wish| wish != NOT_USED && number(wish).is_none());
        let is_time = |cell: &String| is_likely(cell);
        let has_time = match wishes.time.as_deref().and_then(number) {
            Some(column) => first.get(column).is_some_and(is_time),
            None => first.iter().any(is_time),
        };
        let header = (is_named || !has_time).then_some(first.as_slice());
        let bare = if header.is_none() {
            guess_bare(&first)
        } else {
            [None; 2]
        };
        let need = |role, wish: &Option<String>, bare: Option<usize>| {
            let found = match wish {
                None if header.is_none() => bare,
                wish => pick(role, wish.as_deref(), header)?,
            };
            found.ok_or_else(|| LogFault::NoColumn {
                role,
                header: header.map(<[String]>::to_vec),
            })
        };
        let found = Self {
            account: need(Role::Account, &wishes.account, bare[0])?,
            time: need(Role::Time, &wishes.time, bare[1])?,
            app: pick(Role::App, wishes.app.as_deref(), header)?,
            result: pick(Role::Result, wishes.result.as_deref(), header)?,
            header: header.map(<[String]>::to_vec),
        };
        found.apart()
    }

    /// The same, if no column is to be two things.
    fn apart(self) -> Result<Self, LogFault> {
        let all = self.shown();
        for (place, (role, column, _)) in all.iter().enumerate() {
            if let Some((other, ..)) = all[..place].iter().find(|(_, taken, _)| taken == column) {
                return Err(LogFault::OneColumn {
                    column: *column,
                    roles: [*other, *role],
                });
            }
        }
        Ok(self)
    }

    /// As people read it: the role, its number from 1, and its name where there is a header.
    pub(super) fn shown(&self) -> Vec<(Role, usize, Option<String>)> {
        let all = [
            (Role::Account, Some(self.account)),
            (Role::Time, Some(self.time)),
            (Role::App, self.app),
            (Role::Result, self.result),
        ];
        let name = |column: usize| {
            self.header
                .as_ref()
                .and_then(|names| names.get(column).cloned())
        };
        all.into_iter()
            .filter_map(|(role, column)| column.map(|column| (role, column + 1, name(column))))
            .collect()
    }

    /// What the words of the result column mean, by the column's name.
    pub(super) fn meaning(&self) -> Meaning {
        let name = self
            .result
            .and_then(|column| self.header.as_ref()?.get(column));
        match name.map(|name| plain(name)).as_deref() {
            Some("success" | "succeeded" | "issuccess" | "ok") => Meaning::Truth,
            _ => Meaning::Code,
        }
    }
}

/// The column that a person's number means, counted from 0.
fn number(wish: &str) -> Option<usize> {
    wish.parse::<usize>().ok()?.checked_sub(1)
}

/// A name without its case and its punctuation.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The column for `role`: the one that is asked for, else the surest of the header's.
fn pick(
    role: Role,
    wish: Option<&str>,
    header: Option<&[String]>,
) -> Result<Option<usize>, LogFault> {
    let names = header.unwrap_or_default();
    let Some(wish) = wish else {
        for known in role.known() {
            let found = only(role, names, |name| plain(name) == *known)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        return Ok(None);
    };
    if wish == NOT_USED {
        return Ok(None);
    }
    if let Some(column) = number(wish) {
        return Ok(Some(column));
    }
    let found = match only(role, names, |name| name == wish)? {
        None => only(role, names, |name| name.eq_ignore_ascii_case(wish))?,
        exact => exact,
    };
    found.map(Some).ok_or_else(|| LogFault::NoSuchColumn {
        role,
        wish: wish.to_owned(),
        header: names.to_vec(),
    })
}

/// The one column whose name `is_it`; a fault where two are.
fn only(
    role: Role,
    names: &[String],
    is_it: impl Fn(&str) -> bool,
) -> Result<Option<usize>, LogFault> {
    let mut found = (0..).zip(names).filter(|(_, name)| is_it(name));
    match (found.next(), found.next()) {
        (Some((first, name)), Some((second, _))) => Err(LogFault::TwoColumns {
            role,
            name: name.clone(),
            columns: [first + 1, second + 1],
        }),
        (found, _) => Ok(found.map(|(column, _)| column)),
    }
}

/// The account and the time of two columns without a header: the time is the one that reads as a time.
fn guess_bare(first: &[String]) -> [Option<usize>; 2] {
    let [left, right] = first else {
        return [None; 2];
    };
    match [left, right].map(|cell| is_likely(cell)) {
        [true, false] => [Some(1), Some(0)],
        [false, true] => [Some(0), Some(1)],
        [true, true] | [false, false] => [None; 2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(wishes: [Option<&str>; 4], first: &str) -> Result<Columns, LogFault> {
        let [account, time, app, result] = wishes.map(|wish| wish.map(str::to_owned));
        let first = first.split(',').map(str::to_owned).collect();
        Columns::find(
            &Wishes {
                account,
                time,
                app,
                result,
            },
            first,
        )
    }

    #[test]
    fn columns_are_found_by_name_by_number_and_by_guess() {
        let no = [None; 4];
        for (wishes, first, want, has_header) in [
            (no, "Time,User_ID", (1, 0, None, None), true),
            (
                no,
                "id,uid,ts,SDKAppID,Error Code",
                (1, 2, Some(3), Some(4)),
                true,
            ),
            (no, "alice,2026-01-01", (0, 1, None, None), false),
            (no, "1767225600,alice", (1, 0, None, None), false),
            (no, "2026-01-01,10001", (1, 0, None, None), false),
            (
                [Some("who"), Some("When"), Some("-"), Some("-")],
                "when,who,app,result",
                (1, 0, None, None),
                true,
            ),
            (
                [Some("3"), Some("1"), None, None],
                "2026-01-01,x,y",
                (2, 0, None, None),
                false,
            ),
            (
                [Some("3"), Some("1"), Some("2"), None],
                "time,x,y",
                (2, 0, Some(1), None),
                true,
            ),
            // A number of an account that could be a time decides nothing where the time's column is named.
            (
                [Some("1"), Some("2"), None, None],
                "1767225600,when",
                (0, 1, None, None),
                true,
            ),
        ] {
            let found = find(wishes, first).unwrap();
            assert_eq!(
                (found.account, found.time, found.app, found.result),
                want,
                "{first}"
            );
            assert_eq!(found.header.is_some(), has_header, "{first}");
        }
    }

    #[test]
    fn a_column_that_is_not_there_is_a_fault() {
        let no = [None; 4];
        for (wishes, first) in [
            (no, "who,when"),
            (no, "a,b,c"),
            (no, "1767225600,1767225601"),
            (no, "alice,2026-01-01,x"),
            ([Some("who"), None, None, None], "user,time"),
            ([Some("0"), None, None, None], "user,time"),
        ] {
            assert!(find(wishes, first).is_err(), "{first}");
        }
    }

    #[test]
    fn a_column_that_is_to_be_two_things_is_a_fault() {
        for (account, time, result) in [("time", "time", None), ("1", "2", Some("1"))] {
            let fault = find([Some(account), Some(time), None, result], "user,time").unwrap_err();
            assert!(matches!(fault, LogFault::OneColumn { .. }), "{fault}");
        }
    }

    #[test]
    fn two_columns_of_one_name_are_a_fault_where_the_name_decides() {
        let no = [None; 4];
        for (wishes, first, want) in [
            (no, "user,time,User", Some([1, 3])),
            (no, "id,x,x,time", None),
            ([Some("A"), None, None, None], "a,a,time", Some([1, 2])),
            ([Some("a"), None, None, None], "A,a,time", None),
            ([Some("2"), None, None, None], "a,a,time", None),
        ] {
            let twice = match find(wishes, first) {
                Err(LogFault::TwoColumns { columns, .. }) => Some(columns),
                Err(fault) => panic!("{fault}"),
                Ok(_) => None,
            };
            assert_eq!(twice, want, "{first}");
        }
    }

    #[test]
    fn a_zero_in_a_column_called_success_is_a_failure() {
        for (header, want) in [
            ("user,time,success", Meaning::Truth),
            ("user,time,code", Meaning::Code),
            ("user,time", Meaning::Code),
        ] {
            assert_eq!(find([None; 4], header).unwrap().meaning(), want, "{header}");
        }
    }
}
