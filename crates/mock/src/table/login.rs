//! How a proven claim logs in: orders, limits, and who has to go for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::authenticator::Claim;
use crate::books::{BeijingDay, LoginNote, Newcomer};
use crate::codes;
use crate::codes::Refusal;
use crate::limit::Room;
use crate::policy::Presence;
use crate::session::{End, Name, Session};
use trtc_base::chance::mix;
use trtc_usersig::Platform;

use super::{Account, Standing, Table};

impl Table {
    /// Logs a proven claim in, if order and limits let it.
    pub(crate) fn login(&self, claim: Claim) -> Result<Arc<Session>, Refusal> {
        self.admit(&claim.account)?;
        self.accept(&claim)?;
        self.tell_at_login(&claim)?;
        if let Some(earlier) = self.on_device(&claim.device)
            && earlier.account != claim.account
        {
            self.end(&earlier, End::Replaced);
        }
        let token = mix(self.next_token.fetch_add(1, Ordering::Relaxed));
        let session = Arc::new(Session::new(token, claim, self.clock.now()));
        let mut piece = self.accounts.lock(&session.account);
        let account = piece.entry(session.account.clone()).or_default();
        let app = session.account.app();
        let newcomer = match account.standing {
            Standing::New | Standing::TurnedAway => Newcomer::Yes,
            Standing::Imported | Standing::Registered => Newcomer::No,
        };
        if account.standing != Standing::Registered {
            account.standing = Standing::Registered;
            self.counts.registered(app);
        }
        let day = BeijingDay::today();
        let note = LoginNote {
            day,
            before: account.last_login.replace(day),
            newcomer,
        };
        self.counts.books.logged_in(app, note);
        self.make_room(account, &session);
        if !account.is_online() {
            self.counts.books.came(app, day);
        }
        account.sessions.push(Arc::clone(&session));
        self.tokens.lock(&token).insert(token, Arc::clone(&session));
        let raced = self
            .devices
            .lock(&session.device)
            .insert(session.device.clone(), Arc::clone(&session));
        self.counts.sessions.came();
        drop(piece);
        // Another account came in on this device since we looked: it is the one that was switched away from.
        if let Some(earlier) = raced {
            self.end(&earlier, End::Replaced);
        }
        Ok(session)
    }

    fn admit(&self, name: &Name) -> Result<(), Refusal> {
        let now = self.clock.now();
        if self.first.is_some() || self.account_limit.is_some() {
            let mut piece = self.accounts.lock(name);
            let account = piece.entry(name.clone()).or_default();
            if let (Some(code), Standing::New) = (self.first, account.standing) {
                account.standing = Standing::TurnedAway;
                return Err(Refusal::ordered(code));
            }
            if let Some(limit) = self.account_limit
                && limit.take(&mut account.window, now) == Room::Full
            {
                return Err(codes::TOO_FREQUENT);
            }
        }
        match self.limit {
            Some(limit) if limit.take(&mut self.window.lock(), now) == Room::Full => {
                Err(codes::TOO_FREQUENT)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Ends the sessions of `account` that cannot stay beside `newcomer`.
    fn make_room(&self, account: &mut Account, newcomer: &Session) {
        while let Some(own) = account
            .sessions
            .iter()
            .find(|held| held.device == newcomer.device)
            .cloned()
        {
            self.end_in(account, &own, End::Replaced);
        }
        let held: Vec<_> = account
            .sessions
            .iter()
            .map(|session| {
                (
                    session.platform,
                    session.presence().unwrap_or(Presence::Away),
                )
            })
            .collect();
        let losers: Vec<_> = self
            .rules
            .losers(newcomer.platform, &held)
            .into_iter()
            .filter_map(|position| account.sessions.get(position).cloned())
            .collect();
        for loser in losers {
            let end = if loser.presence() == Some(Presence::Live) {
                End::Kicked
            } else {
                End::Superseded
            };
            if end == End::Superseded && loser.platform != Platform::Web {
                account.owed.push(loser.device.clone());
            }
            self.end_in(account, &loser, end);
        }
    }

    /// Refuses the login of a device that was kicked while it was away, once, if that is the rule.
    fn tell_at_login(&self, claim: &Claim) -> Result<(), Refusal> {
        let mut piece = self.accounts.lock(&claim.account);
        let Some(account) = piece.get_mut(&claim.account) else {
            return Ok(());
        };
        let owed = account.owed.len();
        account.owed.retain(|device| *device != claim.device);
        if account.owed.len() < owed && self.offline_kick.at_login() {
            return Err(codes::KICKED_WHILE_AWAY);
        }
        Ok(())
    }
}
