//! The accounts and sessions of the server, by the documented rules, and where its faults break them.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::mpsc::unbounded_channel;
use trtc_load::clock;
use trtc_load::identity::Key;
use trtc_load::identity::Platform;
use trtc_load::identity::decode;
use trtc_load::identity::verify;
use trtc_load::units::Micros;
use trtc_load::units::UnixSeconds;

use super::Books;
use super::Setup;
use super::Tells;
use super::fault::ChannelEnd;
use super::fault::Check;
use super::fault::Fault;
use super::fault::Faults;
use super::fault::KickFault;
use super::fault::Over;
use super::fault::Route;
use super::fault::ToldFault;
use super::http::Answer;

/// How long after its begin something ends that ends by itself, against the rules.
const A_WHILE: Duration = Duration::from_millis(150);

/// The name of an account that nobody here has.
const SOMEBODY_ELSE: &str = "somebody_else";

/// What a session is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Push(pub(super) &'static str);

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

/// Where a device that was kicked while it was away is still to be told.
#[derive(Clone, Copy)]
struct Owed {
    at_reconnect: bool,
    at_login: bool,
    /// Once more after that.
    again: bool,
}

/// What a login says.
struct Login {
    app: u64,
    user: String,
    sig: String,
    platform: Platform,
    device: String,
}

pub(super) struct World {
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

/// A channel that a session has opened.
pub(super) struct Opened {
    pub(super) session: usize,
    pub(super) pushes: UnboundedReceiver<Push>,
    pub(super) ends: Option<(ChannelEnd, Duration)>,
}

impl World {
    pub(super) fn new(setup: Setup, faults: Arc<Faults>) -> Self {
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

    pub(super) fn books(&self) -> Books {
        Books {
            accounts: self.accounts.len() as u64,
            strikes: self.faults.strikes(),
            ..self.books.clone()
        }
    }

    pub(super) fn requested(&mut self, route: Route) {
        *self.books.requests.entry(route).or_default() += 1;
    }

    pub(super) fn login(&mut self, body: &[u8], now: Micros) -> Answer {
        let Some(login) = Login::read(body) else {
            return Answer::no(400, 6017);
        };
        if let Err(code) = self.check_ticket(&login) {
            self.books.refused += 1;
            if self.faults.is(Fault::RefusedIsIn) {
                self.refused_is_in = Some(login.user);
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

    /// Ends what the device policy does not allow beside the newcomer.
    fn make_room(&mut self, newcomer: usize, now: Micros) {
        let user = self.sessions[newcomer].user.clone();
        let mut online = self.accounts.remove(&user).unwrap_or_default();
        online.retain(|&nth| nth != newcomer && self.is_alive(nth, now));
        let platforms: Vec<_> = online
            .iter()
            .map(|&nth| self.sessions[nth].platform)
            .collect();
        let platform = self.sessions[newcomer].platform;
        let mut gone = self.setup.seats.give_way(platform, &platforms);
        let otherwise = self.faults.strike(|fault| match fault {
            Fault::Policy(seats) => {
                Some(seats.give_way(platform, &platforms)).filter(|other| *other != gone)
            }
            _ => None,
        });
        if let Some(otherwise) = otherwise {
            gone = otherwise;
        }
        for place in gone {
            self.kick(online[place], newcomer, now);
        }
        online.push(newcomer);
        self.accounts.insert(user, online);
    }

    /// The newcomer ends an older session of its account.
    fn kick(&mut self, victim: usize, newcomer: usize, now: Micros) {
        let fault = self.faults.strike(|fault| match fault {
            Fault::Kick(fault) => Some(fault),
            _ => None,
        });
        match fault {
            Some(KickFault::NotCarriedOut) => return,
            Some(KickFault::OnlyTold) => {
                return self.tell(victim, "kicked_offline", Duration::ZERO);
            }
            Some(KickFault::NewcomerEnds) => return self.end(newcomer, Over::Wronged),
            None
            | Some(
                KickFault::NotTold
                | KickFault::NewcomerTold
                | KickFault::Twice
                | KickFault::Late(_),
            ) => {}
        }
        self.end(victim, Over::Kicked);
        self.books.kicks += 1;
        self.owe(victim);
        let delay = self.faults.strike(|fault| match fault {
            Fault::NoticesDelayed(most) => Some(most.mul_f64(self.faults.share())),
            _ => None,
        });
        match fault {
            Some(KickFault::NotTold) => {}
            Some(KickFault::NewcomerTold) => {
                self.sessions[newcomer].waiting = Some(("kicked_offline", now));
            }
            Some(KickFault::Late(by)) => self.tell(victim, "kicked_offline", by),
            Some(KickFault::Twice) => {
                self.tell(victim, "kicked_offline", Duration::ZERO);
                self.tell(victim, "kicked_offline", A_WHILE);
            }
            Some(KickFault::NotCarriedOut | KickFault::OnlyTold | KickFault::NewcomerEnds)
            | None => self.tell(victim, "kicked_offline", delay.unwrap_or_default()),
        }
    }

    /// Tells a session over its channel, or keeps it for when it asks.
    fn tell(&mut self, nth: usize, event: &'static str, after: Duration) {
        self.books.notices += 1;
        let session = &mut self.sessions[nth];
        match session.channel.clone() {
            // A channel that has just ended hears nothing.
            Some(channel) if after.is_zero() => drop(channel.send(Push(event))),
            Some(channel) => {
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    let _ = channel.send(Push(event));
                });
            }
            None => session.waiting = Some((event, self.books.now.plus(after.into()))),
        }
    }

    fn end(&mut self, nth: usize, over: Over) {
        let lives = self.faults.is(Fault::Lives(over));
        let session = &mut self.sessions[nth];
        session.over = Some(over);
        session.lives = lives;
        if over != Over::Kicked {
            session.channel = None;
        }
    }

    /// A device that was kicked without a channel is told later, where the app has that switched on.
    fn owe(&mut self, victim: usize) {
        let session = &self.sessions[victim];
        let hears = |channel: &UnboundedSender<Push>| !channel.is_closed();
        if session.channel.as_ref().is_some_and(hears) || session.platform == Platform::Web {
            return;
        }
        let owed = match self.setup.tells {
            Tells::Silent => {
                if !self.faults.is(Fault::Told(ToldFault::WhereOff)) {
                    return;
                }
                Owed {
                    at_reconnect: false,
                    at_login: true,
                    again: false,
                }
            }
            told => {
                if self.faults.is(Fault::Told(ToldFault::Never)) {
                    return;
                }
                Owed {
                    at_reconnect: matches!(told, Tells::OnReconnect | Tells::Both),
                    at_login: matches!(told, Tells::OnLogin | Tells::Both),
                    again: self.faults.is(Fault::Told(ToldFault::Twice)),
                }
            }
        };
        let device = (session.user.clone(), session.device.clone());
        self.owed.insert(device, owed);
    }

    /// A notice could not be delivered: the device was away already.
    pub(super) fn not_told(&mut self, nth: usize) {
        if self.sessions[nth].over == Some(Over::Kicked) {
            self.sessions[nth].channel = None;
            self.owe(nth);
        }
    }

    /// Whether the device meets 6208 here.
    fn tells_of_the_kick(&mut self, user: &str, device: &str, at: At) -> bool {
        let device = (user.to_owned(), device.to_owned());
        let Some(owed) = self.owed.get_mut(&device) else {
            return false;
        };
        let here = match at {
            At::Login => owed.at_login,
            At::Reconnect => owed.at_reconnect,
        };
        if here && owed.again {
            *owed = Owed {
                at_reconnect: false,
                at_login: true,
                again: false,
            };
        } else if here || at == At::Login {
            self.owed.remove(&device);
        }
        here
    }

    pub(super) fn who_is_it(&mut self, token: &str, now: Micros) -> Answer {
        let named = if token.is_empty() {
            self.refused_is_in.take()
        } else {
            self.accepted(token, now)
                .map(|nth| self.sessions[nth].user.clone())
        };
        let Some(mut user) = named else {
            return Answer::dead();
        };
        if self.faults.is(Fault::NamesAnother(Route::SelfInfo)) {
            SOMEBODY_ELSE.clone_into(&mut user);
        }
        Answer::ok(&format!(r#""user_id":"{user}""#))
    }

    pub(super) fn reconnect(&mut self, token: &str, now: Micros) -> Answer {
        if let Some(nth) = self.accepted(token, now) {
            if self.faults.is(Fault::NamesAnother(Route::Reconnect)) {
                SOMEBODY_ELSE.clone_into(&mut self.sessions[nth].user);
            }
            return Answer::ok("");
        }
        let Some(&nth) = self.tokens.get(token) else {
            return Answer::dead();
        };
        let session = &self.sessions[nth];
        if session.over != Some(Over::Kicked) {
            return Answer::dead();
        }
        if self.faults.is(Fault::KickedComesBack) {
            return Answer::ok("");
        }
        let (user, device) = (session.user.clone(), session.device.clone());
        if self.tells_of_the_kick(&user, &device, At::Reconnect) {
            return Answer::no(401, 6208);
        }
        Answer::dead()
    }

    pub(super) fn logout(&mut self, token: &str, now: Micros) -> Answer {
        let Some(nth) = self.accepted(token, now) else {
            return Answer::dead();
        };
        self.end(nth, Over::LoggedOut);
        let user = self.sessions[nth].user.clone();
        let mut others = self.accounts.get(&user).cloned().unwrap_or_default();
        others.retain(|&other| self.is_alive(other, now));
        if !others.is_empty() && self.faults.is(Fault::LogoutEndsAll) {
            for other in others {
                self.end(other, Over::Wronged);
            }
        }
        Answer::ok("")
    }

    /// What happened to a session that asks: told once, also where it has ended by that.
    pub(super) fn news(
        &mut self,
        token: &str,
        now: Micros,
    ) -> Result<Option<&'static str>, Answer> {
        let Some(&nth) = self.tokens.get(token) else {
            return Err(Answer::dead());
        };
        let alive = self.accepted(token, now).is_some();
        let waiting = &mut self.sessions[nth].waiting;
        if waiting.is_some_and(|(_, from)| from <= now) {
            return Ok(waiting.take().map(|(event, _)| event));
        }
        // What is told late is told though the session is over.
        if alive || waiting.is_some() {
            Ok(None)
        } else {
            Err(Answer::dead())
        }
    }

    /// Opens a push channel.
    pub(super) fn open(&mut self, token: &str, now: Micros) -> Result<Opened, Answer> {
        let known = self.tokens.get(token).copied();
        let accepted = self.accepted(token, now);
        let dead = || known.filter(|_| self.faults.is(Fault::DeadTokenOpens));
        let nth = accepted.or_else(dead).ok_or_else(Answer::dead)?;
        let (sender, pushes) = unbounded_channel();
        let session = &mut self.sessions[nth];
        session.channel = Some(sender);
        self.books.channels += 1;
        if let Some((event, _)) = self.sessions[nth].waiting.take() {
            self.tell(nth, event, Duration::ZERO);
        }
        let told = self.faults.strike(|fault| match fault {
            Fault::ToldWithoutCause(event) => Some(event),
            _ => None,
        });
        if let Some(event) = told {
            self.tell(nth, event, A_WHILE);
        }
        let ends = self.faults.strike(|fault| match fault {
            Fault::Channel(end) => Some((end, A_WHILE)),
            _ => None,
        });
        Ok(Opened {
            session: nth,
            pushes,
            ends,
        })
    }

    pub(super) fn sign_of_life(&mut self, nth: usize, now: Micros) {
        if self.is_alive(nth, now) {
            self.sessions[nth].heard = now;
        }
    }

    /// A channel has ended. Another one may have been opened in its place.
    pub(super) fn channel_ended(&mut self, nth: usize) {
        let channel = &mut self.sessions[nth].channel;
        if channel.as_ref().is_some_and(UnboundedSender::is_closed) {
            *channel = None;
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

    pub(super) fn clock_reads(&mut self, now: Micros) {
        self.books.now = now;
    }
}

/// Where a device meets 6208.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Login,
    Reconnect,
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
