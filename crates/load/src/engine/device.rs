//! One simulated device: the session rules, driven by what the target answers and pushes.

use std::sync::Arc;

use futures_util::future::OptionFuture;

use super::account_pool::{AccountPool, VirtualUser};
use super::accounts::Kind;
use super::device_session::{DeviceSession, KickTold};
use super::http_client::{ClientSettings, HttpClient, Sent};
use super::iteration::{Asked, End, Iteration, When};
use super::judgement::{Expect, cost_of, documented_wait, is_unresolved, login_input, wait_after};
use super::listening::Listening;
use super::reply::Reply;
use super::stop::StopStep;
use super::ticket::{Lot, Tickets};
use crate::profile::ConnectionUse;
use crate::recorder::{Event, LoginResult, Tally};
use crate::scenario::{Patience, PushUse, SelfInfoCheck, Watch};
use crate::session::{Departed, Effect, Input, Operation};
use trtc_base::units::Micros;
use trtc_wire::dialect::{Dialect, Taken};

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
    pub(super) iteration: Iteration<'a>,
    pub(super) settings: &'a Arc<ClientSettings>,
    pub(super) pool: &'a AccountPool,
    pub(super) virtual_user: VirtualUser,
    pub(super) http: HttpClient,
    /// What tells it something.
    pub(super) listening: Listening,
    /// What it logs in with.
    pub(super) tickets: Tickets,
    /// Its session, as the SDK has it.
    pub(super) session: DeviceSession,
    /// How the last request ended.
    pub(super) last: Option<End>,
    /// Until when the target told it to wait.
    pub(super) told_to_wait: Micros,
}

impl<'a> Device<'a> {
    pub(super) fn new(
        iteration: Iteration<'a>,
        settings: &'a Arc<ClientSettings>,
        pool: &'a AccountPool,
        virtual_user: VirtualUser,
        http: HttpClient,
    ) -> Self {
        let slot = http.slot();
        Self {
            iteration,
            settings,
            pool,
            virtual_user,
            http,
            listening: Listening::default(),
            tickets: Tickets::new(slot),
            session: DeviceSession::default(),
            last: None,
            told_to_wait: Micros::ZERO,
        }
    }

    /// Whether its account is online, as far as the device knows.
    pub(super) const fn is_online(&self) -> bool {
        self.session.is_online()
    }

    /// Tells the session rules what happened. The rules' answer is what the device does next.
    pub(super) fn hears(&mut self, input: Input) -> &'static [Effect] {
        self.session.hears(input, self.iteration.recorder)
    }

    /// Registers the account where the target wants that and this run has not done it yet. The next step is due when
    /// it is done.
    pub(super) async fn register(&mut self, when: When) -> When {
        let (app, account) = (self.iteration.arrival.app, self.virtual_user.account);
        let accounts = self.iteration.accounts;
        if !self.settings.dialect.can(Operation::Register) || accounts.is_registered(app, account) {
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
        let came = cost_of(&sent.reply, &self.settings.dialect);
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
        let request = self.settings.dialect.request(asked.operation)?;
        if self.iteration.stop.has_reached(StopStep::Halt) {
            // Nothing leaves any more, so nothing was tried.
            return None;
        }
        let values = self.virtual_user.values(&self.session.token);
        let sent = self
            .http
            .ask(
                self.settings,
                (asked.operation, request),
                &values,
                self.iteration.bounds(),
            )
            .await;
        self.last = Some(
            self.iteration
                .book_sent(&self.settings.dialect, asked, &sent),
        );
        self.heed(&sent, &self.settings.dialect);
        Some(sent)
    }

    /// Notes what a target that asks to slow down says: the device's next way back waits for it too.
    pub(super) fn heed(&mut self, sent: &Sent, dialect: &Dialect) {
        if let Some(until) = self
            .iteration
            .heed(dialect, self.virtual_user.account, sent)
        {
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
        let patience = self.iteration.arrival.itinerary.patience;
        if operation == Operation::Login && patience == Patience::PressesAgain {
            self.presses_again();
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

    /// A person without patience presses login while one runs. The rules send nothing for it.
    fn presses_again(&mut self) {
        if self.hears(Input::LogIn).contains(&Effect::SuppressLogin) {
            let suppressed = Event::Tally(Tally::LoginSuppressed);
            self.iteration.recorder.record(suppressed);
        }
    }

    /// The one login that follows a new UserSig.
    pub(super) async fn log_in_again(&mut self, when: When) -> LoginEnd {
        self.pool.drop_ticket(&mut self.virtual_user);
        self.tickets.lot = Lot::Renewed;
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
        let (accounts, app) = (self.iteration.accounts, self.iteration.arrival.app);
        accounts.sends(Kind::Login, app, &[self.virtual_user.account]);
        let Some(sent) = self.ask(asked).await else {
            return (Ok(LoginEnd::Refused), &[]);
        };
        let came = cost_of(&sent.reply, &self.settings.dialect);
        accounts.came(Kind::Login, app, &[self.virtual_user.account], came);
        let effects = self.hears(login_input(&sent.reply, &self.settings.dialect));
        if effects.contains(&Effect::DelayAccount) {
            self.heed_the_code(&sent);
        }
        // A target that fails or answers nonsense may have carried it out all the same.
        let unknown = is_unresolved(&sent.reply, &self.settings.dialect)
            && !effects.contains(&Effect::RenewAndLogin);
        if let Some(result) = not_logged_in(&sent, &self.settings.dialect) {
            let account = self.virtual_user.account;
            self.iteration.recorder.record(Event::NotLoggedIn {
                app,
                account,
                result,
            });
        }
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
        let dialect = &self.settings.dialect;
        if let Reply::Refused {
            code: Some(code), ..
        } = &sent.reply
            && wait_after(&sent.reply, dialect).is_none()
            && let Some(wait) = documented_wait(code, dialect)
        {
            let (app, until) = (self.iteration.arrival.app, sent.done.plus(wait));
            self.iteration
                .accounts
                .wait_until(app, self.virtual_user.account, until);
        }
    }

    /// The target acknowledged the login.
    fn logged_in(&mut self, taken: Taken, expect: Expect, at: Micros) {
        self.check_self_info(taken.user_id.as_deref(), Expect::Success, at);
        self.session.token = taken.token.unwrap_or_default();
        self.check_acceptance(expect, at);
        // A channel of the session before, and what it was told, mean nothing to this one.
        self.let_go(Expect::Either, KickTold::Nothing);
        self.session.told = KickTold::Nothing;
        let (app, account) = (self.iteration.arrival.app, self.virtual_user.account);
        self.iteration
            .recorder
            .record(Event::LoggedIn { app, account });
    }

    /// After a login: asks who is logged in, where the scenario does, and opens the push channel. Gives the time at
    /// which the last of it was answered.
    pub(super) async fn settle(&mut self, online: Micros) -> Micros {
        let mut settled = online;
        if self.iteration.scenario().self_info == SelfInfoCheck::Ask {
            settled = self.ask_right_after(online).await;
        }
        if self.iteration.scenario().push == PushUse::Open && !self.listening.channel.is_open() {
            settled = self.open_channel(When::at(settled)).await;
        }
        match self.settings.connection {
            ConnectionUse::Keep => {}
            ConnectionUse::Upgrade | ConnectionUse::Close => self.http.close(),
        }
        self.tickets.client.close();
        self.check_ticket();
        settled
    }

    /// Logs out, and checks that the token is worth nothing afterwards.
    /// Gives the time at which the target acknowledged it; none where it did not.
    pub(super) async fn log_out(&mut self, when: When) -> Option<Micros> {
        if !self.settings.dialect.can(Operation::Logout) {
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
            && self.iteration.scenario().self_info == SelfInfoCheck::Ask
        {
            // Its channel is asked for with few tokens: a logout is an ordinary end, and a channel costs a connection.
            let dead = match self.iteration.arrival.itinerary.watch {
                Watch::Asked => Some(self.try_the_dead_channel()),
                Watch::Not => None,
            };
            let asking = self.self_info(When::at(at), Expect::Refusal);
            tokio::join!(asking, OptionFuture::from(dead));
        }
        self.let_go(Expect::Either, KickTold::Nothing);
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
        let told = std::mem::take(&mut self.session.told);
        self.let_go(expect, told);
        self.check_ticket();
        self.hears(Input::Leave);
        self.session.token = Box::default();
        if self.settings.connection != ConnectionUse::Keep {
            self.http.close();
        }
    }
}

/// What a login that left is in a log of logins where it did not end in success.
fn not_logged_in(sent: &Sent, dialect: &Dialect) -> Option<LoginResult> {
    if matches!(sent.reply, Reply::Success(_)) || sent.departed == Departed::No {
        return None;
    }
    Some(if is_unresolved(&sent.reply, dialect) {
        LoginResult::Unknown
    } else {
        LoginResult::Refused
    })
}

impl Drop for Device<'_> {
    /// A device that panics is not online any more, and its poll is read to its end all the same.
    fn drop(&mut self) {
        self.let_go(Expect::Either, KickTold::Nothing);
        self.session.is_dropped(self.iteration.recorder);
    }
}
