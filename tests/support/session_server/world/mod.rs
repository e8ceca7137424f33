//! The accounts and sessions of the server, by the documented rules, and where its faults break them.

mod asks;
mod kicks;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use trtc_load::clock;
use trtc_load::units::{Micros, UnixSeconds};
use trtc_load::usersig::{Key, Platform, decode, verify};

use super::fault::{Check, Fault, Faults, Over, Route};
use super::http::Answer;
use super::{Books, Setup};
pub(in crate::session_server) use asks::Opened;
use kicks::{At, Owed};

/// How long after its begin something ends that ends by itself, against the rules.
const A_WHILE: Duration = Duration::from_millis(150);

/// The name of an account that nobody here has.
const SOMEBODY_ELSE: &str = "somebody_else";

/// What a session is told.
#[derive(Clone, Copy, Debug)]
pub(in crate::session_server) struct Push(pub(in crate::session_server) &'static str);

/// One account online on one device.
struct Session {
    user: String,
    platform: Platform,
    device: String,
    token: String,
    over: Option<Over>,
    /// Its token is accepted though it is over.
    lives: bool,
    /// It ends by itself then.
    ends_at: Option<Micros>,
    /// When anything was last heard of it.
    heard: Micros,
    channel: Option<UnboundedSender<Push>>,
    /// What it could not be told yet, and from when it may be.
    waiting: Option<(&'static str, Micros)>,
}

/// What a login says.
struct Login {
    app: u64,
    user: String,
    sig: String,
    platform: Platform,
    device: String,
}

pub(in crate::session_server) struct World {
    setup: Setup,
    key: Key,
    faults: Arc<Faults>,
    sessions: Vec<Session>,
    tokens: HashMap<String, usize>,
    /// Each account's sessions that may be alive, in the order of their logins.
    accounts: HashMap<String, Vec<usize>>,
    /// The last session of each device.
    devices: HashMap<String, usize>,
    owed: HashMap<(String, String), Owed>,
    refused_is_in: Option<String>,
    last_login: Option<usize>,
    books: Books,
}

impl World {
    pub(in crate::session_server) fn new(setup: Setup, faults: Arc<Faults>) -> Self {
        Self {
            key: Key::new(setup.key),
            setup,
            faults,
            sessions: Vec::new(),
            tokens: HashMap::new(),
            accounts: HashMap::new(),
            devices: HashMap::new(),
            owed: HashMap::new(),
            refused_is_in: None,
            last_login: None,
            books: Books::default(),
        }
    }

    pub(in crate::session_server) fn books(&self) -> Books {
        Books {
            accounts: self.accounts.len() as u64,
            strikes: self.faults.strikes(),
            ..self.books.clone()
        }
    }

    pub(in crate::session_server) fn requested(&mut self, route: Route) {
        *self.books.requests.entry(route).or_default() += 1;
    }

    pub(in crate::session_server) fn login(&mut self, body: &[u8], now: Micros) -> Answer {
        let Some(login) = Login::read(body) else {
            return Answer::no(400, 6017);
        };
        if let Err(code) = self.check_ticket(&login) {
            self.books.refused += 1;
            if self.faults.is(Fault::RefusedIsIn) {
                self.refused_is_in = Some(login.user);
            } else if self.faults.is(Fault::RefusedMakesSession) {
                self.begin(&login, now);
            }
            return Answer::no(401, code);
        }
        if self.tells_of_the_kick(&login.user, &login.device, At::Login) {
            return Answer::no(401, 6208);
        }
        self.end_what_the_device_had(&login);
        let before = self.last_login;
        let newcomer = self.begin(&login, now);
        self.make_room(newcomer, now);
        self.books.logins += 1;
        self.acknowledge(newcomer, before, now)
    }

    /// The answer to a login that was carried out.
    fn acknowledge(&mut self, newcomer: usize, before: Option<usize>, now: Micros) -> Answer {
        let session = &mut self.sessions[newcomer];
        if self.faults.is(Fault::Forgotten) {
            session.over = Some(Over::Wronged);
        }
        if self.faults.is(Fault::EndsSilently) {
            session.ends_at = Some(now.plus(A_WHILE.into()));
        }
        let (mut token, mut user) = (session.token.clone(), session.user.clone());
        if self.faults.is(Fault::EmptyToken) {
            token.clear();
        }
        if let Some(before) = before
            && self.sessions[before].user != user
            && self.faults.is(Fault::TokenOfAnother)
        {
            token.clone_from(&self.sessions[before].token);
        }
        if self.faults.is(Fault::NamesAnother(Route::Login)) {
            SOMEBODY_ELSE.clone_into(&mut user);
        }
        Answer::ok(&format!(r#""token":"{token}","user_id":"{user}""#))
    }

    /// Whether the UserSig lets the account in; the documented code where it does not.
    fn check_ticket(&self, login: &Login) -> Result<(), i64> {
        let unchecked = |check| self.faults.is(Fault::Unchecked(check));
        if login.app != u64::from(self.setup.app) {
            return if unchecked(Check::KnownApp) {
                Ok(())
            } else {
                Err(70020)
            };
        }
        let decoded = decode(&login.sig).map_err(|_| 70003)?;
        let ticket = decoded.ticket;
        if u64::from(ticket.app.0) != login.app {
            // Such a server does not know the other app's key either.
            return if unchecked(Check::App) {
                Ok(())
            } else {
                Err(70014)
            };
        }
        if ticket.identifier != login.user && !unchecked(Check::User) {
            return Err(70013);
        }
        let UnixSeconds(late) = UnixSeconds(clock::unix_now().0.saturating_sub(ticket.expires().0));
        let forgiven = |fault| matches!(fault, Fault::Grace(grace) if late <= grace.as_secs());
        if late > 0
            && self
                .faults
                .strike(|fault| forgiven(fault).then_some(()))
                .is_none()
        {
            return Err(70001);
        }
        let claims = (ticket.app, ticket.identifier.as_str(), ticket.issued);
        let proven = verify(&login.sig, claims.0, claims.1, &self.key, claims.2);
        if proven.is_err() && !unchecked(Check::Signature) {
            return Err(70009);
        }
        Ok(())
    }

    /// A device has one account online. A login on it ends what it had, without a kick.
    fn end_what_the_device_had(&mut self, login: &Login) {
        let Some(&had) = self.devices.get(&login.device) else {
            return;
        };
        if self.sessions[had].over.is_some() {
            return;
        }
        if self.sessions[had].user == login.user {
            self.end(had, Over::Replaced);
        } else if !self.faults.is(Fault::SwitchLeavesOld) {
            self.end(had, Over::Switched);
        }
    }

    fn begin(&mut self, login: &Login, now: Micros) -> usize {
        let nth = self.sessions.len();
        let token = format!("{:x}-of-{nth}", nth.wrapping_mul(0x9e37_79b9));
        self.tokens.insert(token.clone(), nth);
        let of_account = self.accounts.entry(login.user.clone()).or_default();
        of_account.push(nth);
        self.devices.insert(login.device.clone(), nth);
        self.last_login = Some(nth);
        self.sessions.push(Session {
            user: login.user.clone(),
            platform: login.platform,
            device: login.device.clone(),
            token,
            over: None,
            lives: false,
            ends_at: None,
            heard: now,
            channel: None,
            waiting: None,
        });
        nth
    }

    fn end(&mut self, nth: usize, over: Over) {
        let lives = self.faults.is(Fault::Lives(over));
        let session = &mut self.sessions[nth];
        session.over = Some(over);
        session.lives = lives;
        // Who is kicked may still be told, and who is wronged is left with a channel that says nothing.
        if !matches!(over, Over::Kicked | Over::Wronged) {
            session.channel = None;
        }
    }

    /// The session whose token is accepted: a sign of life.
    fn accepted(&mut self, token: &str, now: Micros) -> Option<usize> {
        let nth = *self.tokens.get(token)?;
        let alive = self.is_alive(nth, now);
        let session = &mut self.sessions[nth];
        if alive {
            session.heard = now;
        }
        (alive || session.lives).then_some(nth)
    }

    fn is_alive(&mut self, nth: usize, now: Micros) -> bool {
        let session = &self.sessions[nth];
        if session.over.is_some() {
            return false;
        }
        if session.ends_at.is_some_and(|at| at <= now) {
            self.end(nth, Over::Wronged);
            return false;
        }
        if now.since(session.heard) >= self.setup.heartbeat.into() {
            self.end(nth, Over::Absent);
            return false;
        }
        true
    }

    pub(in crate::session_server) fn clock_reads(&mut self, now: Micros) {
        self.books.now = now;
    }
}

impl Login {
    fn read(body: &[u8]) -> Option<Self> {
        let body: BTreeMap<String, Value> = serde_json::from_slice(body).ok()?;
        let text = |key: &str| body.get(key)?.as_str().map(str::to_owned);
        Some(Self {
            app: body.get("sdk_app_id")?.as_u64()?,
            user: text("user_id")?,
            sig: text("user_sig")?,
            platform: Platform::named(&text("platform")?)?,
            device: text("device_id")?,
        })
    }
}
