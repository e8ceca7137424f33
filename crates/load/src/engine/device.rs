//! One simulated device: the session rules, driven by what the target answers and pushes.

use std::sync::Arc;

use futures_util::future::OptionFuture;

use super::accounts::Kind;
use super::channel::Channel;
use super::channel::Pending;
use super::judgement::Expect;
use super::judgement::cost_of;
use super::judgement::documented_wait;
use super::judgement::ends_the_session;
use super::judgement::is_unresolved;
use super::judgement::login_input;
use super::judgement::wait_after;
use super::leftovers::Leftover;
use super::line::Line;
use super::line::Sent;
use super::line::Wire;
use super::persona::Cast;
use super::persona::Persona;
use super::reply::Reply;
use super::stop::StopStep;
use super::ticket::Unchecked;
use super::turn::Asked;
use super::turn::End;
use super::turn::Turn;
use super::turn::When;
use crate::profile::ConnectionUse;
use crate::recorder::Event;
use crate::recorder::Standing;
use crate::recorder::Tally;
use crate::scenario::PushUse;
use crate::scenario::SelfInfoCheck;
use crate::scenario::Watch;
use crate::session::Effect;
use crate::session::Input;
use crate::session::Next;
use crate::session::Operation;
use crate::session::State;
use trtc_base::units::Micros;
use trtc_wire::dialect::Dialect;
use trtc_wire::dialect::Taken;

/// How a login ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoginEnd {
    /// The account is online since then.
    Online(Micros),
    /// The target refused, for good.
    Refused,
    /// No answer that says so: the target may have carried it out.
    Unknown,
}

/// One simulated device.
pub(super) struct Device<'a> {
    pub(super) turn: Turn<'a>,
    pub(super) wire: &'a Arc<Wire>,
    pub(super) cast: &'a Cast,
    pub(super) persona: Persona,
    pub(super) line: Line,
    pub(super) channel: Channel,
    pub(super) token: Box<str>,
    state: State,
    shown_online: bool,
    /// The way to the team's UserSig server.
    pub(super) desk: Line,
    /// The answer of that server whose UserSig was not looked at yet.
    pub(super) unchecked: Option<Unchecked>,
    /// How the last request ended.
    pub(super) last: Option<End>,
    /// How often it tried to come back since its last quiet time.
    pub(super) reconnects: usize,
    /// How often its UserSig expired while it was online.
    pub(super) renewals: u32,
    /// When its push channel was opened.
    pub(super) channel_since: Micros,
    /// Until when the target told it to wait.
    pub(super) told_to_wait: Micros,
    /// Whether it was told of its last kick.
    pub(super) told: Told,
}

/// Whether a device was told of its kick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Told {
    /// There was none.
    #[default]
    Nothing,
    /// Not within the limit. It may still be.
    NotYet,
    /// It was.
    Yes,
}

impl<'a> Device<'a> {
    pub(super) fn new(
        turn: Turn<'a>,
        wire: &'a Arc<Wire>,
        cast: &'a Cast,
        persona: Persona,
        line: Line,
    ) -> Self {
        let slot = line.slot();
        Self {
            turn,
            wire,
            cast,
            persona,
            line,
            channel: Channel::None,
            token: Box::default(),
            state: State::Offline,
            shown_online: false,
            desk: Line::new(slot),
            unchecked: None,
            last: None,
            reconnects: 0,
            renewals: 0,
            channel_since: Micros::ZERO,
            told_to_wait: Micros::ZERO,
            told: Told::Nothing,
        }
    }

    /// Whether its account is online, as far as the device knows.
    pub(super) const fn is_online(&self) -> bool {
        self.state.is_online()
    }

    /// Tells the session rules what happened. The rules' answer is what the device does next.
    pub(super) fn hears(&mut self, input: Input) -> &'static [Effect] {
        let effects = match self.state.on(input) {
            Next::Go(state, effects) => {
                self.state = state;
                effects
            }
            Next::Stay => &[],
            Next::Illegal => {
                debug_assert!(false, "{:?} cannot hear {input:?}", self.state);
                &[]
            }
        };
        self.show();
        effects
    }

    /// Books the change between online and not.
    fn show(&mut self) {
        if self.state.is_online() != self.shown_online {
            self.shown_online = !self.shown_online;
            let event = if self.shown_online {
                Event::Online
            } else {
                Event::Offline
            };
            self.turn.recorder.record(event);
        }
    }

    /// Registers the account where the target wants that and this run has not done it yet. The next step is due when
    /// it is done.
    pub(super) async fn register(&mut self, when: When) -> When {
        let (app, account) = (self.turn.arrival.app, self.persona.account);
        let accounts = self.turn.accounts;
        if !self.wire.dialect.can(Operation::Register) || accounts.is_registered(app, account) {
            return when;
        }
        let asked = Asked {
            operation: Operation::Register,
            when,
            expect: Expect::Success,
        };
        accounts.sends(Kind::Registration, app, &[account]);
        let Some(sent) = self.ask(asked).await else {
            return when;
        };
        let came = cost_of(&sent.reply, &self.wire.dialect);
        accounts.came(Kind::Registration, app, &[account], came);
        // One that failed is tried again when the account comes next.
        if matches!(sent.reply, Reply::Success(_)) {
            accounts.registered(app, account);
        }
        When::at(sent.done)
    }

    /// Sends the request of a step and books its reply. None where the dialect has no such request, and once the run is
    /// halted.
    pub(super) async fn ask(&mut self, asked: Asked) -> Option<Sent> {
        let request = self.wire.dialect.request(asked.operation)?;
        if self.turn.stop.has_reached(StopStep::Halt) {
            // Nothing leaves any more, so nothing was tried.
            return None;
        }
        let values = self.persona.values(&self.token);
        let sent = self
            .line
            .ask(
                self.wire,
                (asked.operation, request),
                &values,
                self.turn.bounds(),
            )
            .await;
        self.last = Some(self.turn.book_sent(&self.wire.dialect, asked, &sent));
        self.heed(&sent, &self.wire.dialect);
        Some(sent)
    }

    /// Notes what a target that asks to slow down says: the device's next way back waits for it too.
    pub(super) fn heed(&mut self, sent: &Sent, dialect: &Dialect) {
        if let Some(until) = self.turn.heed(dialect, self.persona.account, sent) {
            self.told_to_wait = self.told_to_wait.max(until);
        }
    }

    /// Logs in, and once more with a new UserSig where the rules say so. `operation` is `login`, `switch`, `relogin`
    /// or `provoke`.
    pub(super) async fn log_in(&mut self, operation: Operation, when: When) -> LoginEnd {
        let Some(when) = self.get_ticket(when).await else {
            return LoginEnd::Refused;
        };
        let wish = if operation == Operation::Switch {
            Input::SwitchAccount
        } else {
            Input::LogIn
        };
        if !self.hears(wish).contains(&Effect::SendLogin) {
            return LoginEnd::Refused;
        }
        let (end, effects) = self.send_login(operation, when, Expect::Success).await;
        match end {
            Ok(end) => end,
            Err(refused_at) if effects.contains(&Effect::RenewAndLogin) => {
                self.log_in_again(When::at(refused_at)).await
            }
            Err(_) => LoginEnd::Refused,
        }
    }

    /// The one login that follows a new UserSig.
    pub(super) async fn log_in_again(&mut self, when: When) -> LoginEnd {
        self.cast.drop_ticket(&mut self.persona);
        let Some(when) = self.get_ticket(when).await else {
            self.hears(Input::NoAnswer);
            return LoginEnd::Refused;
        };
        let (end, _) = self
            .send_login(Operation::Relogin, when, Expect::Success)
            .await;
        end.unwrap_or(LoginEnd::Refused)
    }

    /// Sends one login and tells the rules its answer. An error is a refusal, with the time it was judged.
    pub(super) async fn send_login(
        &mut self,
        operation: Operation,
        when: When,
        expect: Expect,
    ) -> (Result<LoginEnd, Micros>, &'static [Effect]) {
        let asked = Asked {
            operation,
            when,
            expect,
        };
        let (accounts, app) = (self.turn.accounts, self.turn.arrival.app);
        accounts.sends(Kind::Login, app, &[self.persona.account]);
        let Some(sent) = self.ask(asked).await else {
            return (Ok(LoginEnd::Refused), &[]);
        };
        let came = cost_of(&sent.reply, &self.wire.dialect);
        accounts.came(Kind::Login, app, &[self.persona.account], came);
        let effects = self.hears(login_input(&sent.reply, &self.wire.dialect));
        if effects.contains(&Effect::DelayAccount) {
            self.heed_the_code(&sent);
        }
        // A target that fails or answers nonsense may have carried it out all the same.
        let unknown = is_unresolved(&sent.reply, &self.wire.dialect)
            && !effects.contains(&Effect::RenewAndLogin);
        let end = match sent.reply {
            Reply::Success(taken) => {
                self.logged_in(taken, expect, sent.done);
                Ok(LoginEnd::Online(sent.done))
            }
            Reply::Refused { .. } if !unknown => {
                self.check_refusal(expect);
                Err(sent.done)
            }
            Reply::Refused { .. }
            | Reply::Malformed(_)
            | Reply::Transport(_)
            | Reply::NoAnswer
            | Reply::Halted
            | Reply::CutOff
            | Reply::Left => {
                if unknown {
                    Ok(LoginEnd::Unknown)
                } else {
                    Err(sent.done)
                }
            }
        };
        (end, effects)
    }

    /// A refusal that asks to slow down was heeded already; other codes ask to wait too.
    fn heed_the_code(&self, sent: &Sent) {
        let dialect = &self.wire.dialect;
        if let Reply::Refused {
            code: Some(code), ..
        } = &sent.reply
            && wait_after(&sent.reply, dialect).is_none()
            && let Some(wait) = documented_wait(code, dialect)
        {
            let (app, until) = (self.turn.arrival.app, sent.done.plus(wait));
            self.turn
                .accounts
                .wait_until(app, self.persona.account, until);
        }
    }

    /// The target acknowledged the login.
    fn logged_in(&mut self, taken: Taken, expect: Expect, at: Micros) {
        self.check_self_info(taken.user_id.as_deref(), Expect::Success, at);
        self.token = taken.token.unwrap_or_default();
        self.check_acceptance(expect, at);
        // A channel of the session before, and what it was told, mean nothing to this one.
        self.let_go(Expect::Either, Told::Nothing);
        self.told = Told::Nothing;
        let (app, account) = (self.turn.arrival.app, self.persona.account);
        self.turn.recorder.record(Event::LoggedIn { app, account });
    }

    /// After a login: asks who is logged in, where the scenario does, and opens the push channel. Gives the time at
    /// which the last of it was answered.
    pub(super) async fn settle(&mut self, online: Micros) -> Micros {
        let mut settled = online;
        if self.turn.scenario().self_info == SelfInfoCheck::Ask {
            settled = self.ask_right_after(online).await;
        }
        if self.turn.scenario().push == PushUse::Open && !self.channel.is_open() {
            settled = self.open_channel(When::at(settled)).await;
        }
        match self.wire.connection {
            ConnectionUse::Keep => {}
            ConnectionUse::Upgrade | ConnectionUse::Close => self.line.close(),
        }
        self.desk.close();
        self.check_ticket();
        settled
    }

    /// Opens the push channel. Gives the time at which it was open, or known not to be.
    pub(super) async fn open_channel(&mut self, when: When) -> Micros {
        let values = self.persona.values(&self.token);
        // Beside a kept or closing connection the channel gets one of its own.
        let mut own = self.line.beside();
        let line = match self.wire.connection {
            ConnectionUse::Upgrade => &mut self.line,
            ConnectionUse::Keep | ConnectionUse::Close => &mut own,
        };
        let lost = std::mem::take(&mut self.channel);
        let (channel, sent) =
            Channel::open(lost, self.wire, line, &values, self.turn.bounds()).await;
        self.channel = channel;
        self.channel_since = self.turn.clock.now();
        let Some(sent) = sent else {
            return when.due;
        };
        let asked = Asked {
            operation: Operation::Push,
            when,
            expect: Expect::Success,
        };
        self.turn.book_sent(&self.wire.dialect, asked, &sent);
        self.heed(&sent, &self.wire.dialect);
        if ends_the_session(&sent.reply, &self.wire.dialect) {
            // A plain no will not become a yes by asking again.
            self.channel = Channel::None;
        }
        sent.done
    }

    /// Logs out, and checks that the token is worth nothing afterwards.
    /// Gives the time at which the target acknowledged it; none where it did not.
    pub(super) async fn log_out(&mut self, when: When) -> Option<Micros> {
        if !self.wire.dialect.can(Operation::Logout) {
            self.leave();
            return None;
        }
        if !self.hears(Input::LogOut).contains(&Effect::SendLogout) {
            return None;
        }
        let asked = Asked {
            operation: Operation::Logout,
            when,
            expect: Expect::Success,
        };
        let sent = self.ask(asked).await;
        let sent = sent.filter(|sent| matches!(sent.reply, Reply::Success(_)));
        let acknowledged = sent.map(|sent| sent.done);
        if let Some(at) = acknowledged
            && self.turn.scenario().self_info == SelfInfoCheck::Ask
        {
            // Its channel is asked for with few tokens: a logout is an ordinary end, and a channel costs a connection.
            let dead = match self.turn.arrival.itinerary.watch {
                Watch::Asked => Some(self.try_the_dead_channel()),
                Watch::Not => None,
            };
            let asking = self.self_info(When::at(at), Expect::Refusal);
            tokio::join!(asking, OptionFuture::from(dead));
        }
        self.let_go(Expect::Either, Told::Nothing);
        acknowledged
    }

    /// Goes away without a logout.
    pub(super) fn leave(&mut self) {
        // A session that is left alone goes on at the target, which answers what it was asked.
        let expect = if self.is_online() {
            Expect::Success
        } else {
            Expect::Either
        };
        let told = std::mem::take(&mut self.told);
        self.let_go(expect, told);
        self.check_ticket();
        self.hears(Input::Leave);
        self.token = Box::default();
        if self.wire.connection != ConnectionUse::Keep {
            self.line.close();
        }
    }

    /// Books how its channel ended, where the target ended it: a failed step of `push` where the session lives on, unless the
    /// dialect names such an end.
    pub(super) fn book_channel_end(&mut self, otherwise: Standing) {
        let Some(end) = self.channel.take_end() else {
            return;
        };
        let push = self.wire.dialect.push();
        let standing = match push.and_then(|push| push.ended(end)) {
            Some(_) => Standing::Named,
            None => otherwise,
        };
        self.turn
            .recorder
            .record(Event::ChannelEnded(end, standing));
        match standing {
            Standing::InSession => {
                let now = self.turn.clock.now();
                self.turn.book_channel_end(end, now);
            }
            // Such a service ends channels by the clock: nobody gives up for that.
            Standing::Named => self.reconnects = 0,
            Standing::Afterwards => {}
        }
    }

    /// Closes the channel. A poll under way is read to its end beside what follows; where the device still waits to be told
    /// of its kick, that end is the last chance.
    fn let_go(&mut self, expect: Expect, told: Told) {
        self.book_channel_end(Standing::Afterwards);
        match self.channel.let_go() {
            Some(pending) => self.leave_behind(pending, expect, told),
            None if told == Told::NotYet => {
                self.turn.recorder.record(Event::Tally(Tally::NoticeLost));
            }
            None => {}
        }
    }

    /// Leaves a poll to whoever reads it to its end.
    pub(super) fn leave_behind(&self, pending: Pending, expect: Expect, told: Told) {
        self.turn.leftovers.add(Leftover {
            pending,
            wire: self.wire.clone(),
            account: self.persona.account,
            expect,
            told,
        });
    }
}

impl Drop for Device<'_> {
    /// A device that panics is not online any more, and its poll is read to its end all the same.
    fn drop(&mut self) {
        self.let_go(Expect::Either, Told::Nothing);
        self.state = State::Offline;
        self.show();
    }
}
