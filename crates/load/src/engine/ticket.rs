//! How a device comes by its UserSig: made here beforehand, or asked for at the team's own server.

use std::sync::Arc;

use super::account_pool::Freshness;
use super::device::{Device, LoginEnd};
use super::http_client::{HttpClient, Sent};
use super::issuer::Issuer;
use super::iteration::{Asked, End, When};
use super::judgement::Expect;
use super::reply::Reply;
use crate::profile::Verify;
use crate::recorder::{Answered, Event, Tally};
use crate::session::{Cause, Class, Departed, Operation, Phases, TicketFault};
use trtc_base::clock;
use trtc_base::units::{Micros, UnixSeconds};
use trtc_usersig::{Malformed, SigFault, verify};

/// An answer of the server that is booked once its UserSig was looked at.
#[derive(Debug)]
pub(super) struct Unchecked {
    asked: Asked,
    sent: Sent,
    user_sig: Arc<str>,
    /// When it came: the second in which it has to be valid.
    came: UnixSeconds,
}

/// What a device logs in with, and who issues it.
#[derive(Debug)]
pub(super) struct Tickets {
    /// Asks the team's UserSig server.
    pub(super) client: HttpClient,
    /// The answer of that server whose UserSig was not looked at yet.
    pub(super) unchecked: Option<Unchecked>,
    /// How often its UserSig expired while it was online.
    pub(super) renewals: u32,
    /// Which UserSig it is to have next.
    pub(super) lot: Lot,
}

/// Which of a device's UserSigs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lot {
    /// The first, which may end with everybody else's.
    First,
    /// One that takes the place of another, by whatever clock that had ended.
    Renewed,
}

impl Tickets {
    pub(super) fn new(slot: usize) -> Self {
        Self {
            client: HttpClient::new(slot),
            unchecked: None,
            renewals: 0,
            lot: Lot::First,
        }
    }
}

impl Device<'_> {
    /// Makes sure that the device can show a UserSig that is valid by our own clock. One that it has is used again.
    /// Gives when the login is due: as `when` says, or when the server's answer was there. None where it issued none:
    /// no login goes out then.
    pub(super) async fn get_ticket(&mut self, when: When) -> Option<When> {
        // What a server issued is shown to its end, as an app would.
        let has_one = match self.pool.issuer() {
            Some(_) => self.pool.has_ticket(&self.virtual_user),
            None => self.pool.has_lasting_ticket(&self.virtual_user),
        };
        if has_one {
            return Some(when);
        }
        self.pool.drop_ticket(&mut self.virtual_user);
        let Some(issuer) = self.pool.issuer() else {
            match self.tickets.lot {
                Lot::First => {
                    let clock = self.iteration.clock;
                    self.pool.give_first_ticket(&mut self.virtual_user, clock);
                }
                Lot::Renewed => {
                    self.pool
                        .give_ticket(&mut self.virtual_user, Freshness::Fresh);
                }
            }
            // Our signing stands for somebody's server. It is in no interval that is measured.
            return Some(When::at(when.due.max(self.iteration.clock.now())));
        };
        self.check_ticket();
        self.ask_for_ticket(issuer, when).await
    }

    async fn ask_for_ticket(&mut self, issuer: &Issuer, when: When) -> Option<When> {
        let asked = Asked {
            operation: Operation::Usersig,
            when,
            expect: Expect::Success,
        };
        let request = issuer.settings.dialect.request(Operation::Usersig)?;
        let values = self.virtual_user.values("");
        let mut sent = self
            .tickets
            .client
            .ask(
                &issuer.settings,
                (Operation::Usersig, request),
                &values,
                self.iteration.bounds(),
            )
            .await;
        let issued = match &mut sent.reply {
            Reply::Success(taken) => taken.user_sig.take(),
            Reply::Refused { .. }
            | Reply::Malformed(_)
            | Reply::Transport(_)
            | Reply::NoAnswer
            | Reply::Halted
            | Reply::CutOff
            | Reply::Left => None,
        };
        let Some(user_sig) = issued else {
            self.last = Some(
                self.iteration
                    .book_sent(&issuer.settings.dialect, asked, &sent),
            );
            self.heed(&sent, &issuer.settings.dialect);
            return None;
        };
        self.virtual_user.user_sig = user_sig.into();
        self.virtual_user.valid_until = UnixSeconds(u64::MAX);
        let due = sent.done;
        match issuer.verify {
            // The login does not wait for our check, and our check is not the server's time: it comes later.
            Verify::Each => {
                let came = clock::unix_now();
                let user_sig = self.virtual_user.user_sig.clone();
                self.tickets.unchecked = Some(Unchecked {
                    asked,
                    sent,
                    user_sig,
                    came,
                });
            }
            Verify::None => {
                self.iteration
                    .book_sent(&issuer.settings.dialect, asked, &sent);
            }
        }
        Some(When::at(due))
    }

    /// Looks at the UserSig that was issued last, while nothing is measured, and books its step.
    pub(super) fn check_ticket(&mut self) {
        let (Some(issued), Some(issuer)) = (self.tickets.unchecked.take(), self.pool.issuer())
        else {
            return;
        };
        let fault = self.ticket_fault(&issued.user_sig, issued.came);
        let Unchecked { asked, sent, .. } = issued;
        let tally = tally(fault);
        self.iteration.recorder.record(Event::Tally(tally));
        let Some(fault) = fault else {
            self.iteration
                .book_sent(&issuer.settings.dialect, asked, &sent);
            return;
        };
        let end = End {
            class: Class::Failed,
            cause: Some(Cause::Ticket(fault)),
            sent: Some(sent.sent),
            departed: sent.departed,
            answered: Answered::Yes,
            done: sent.done,
            phases: sent.phases,
        };
        self.iteration.book(asked.operation, asked.when, end);
    }

    /// What was wrong with `sig` when it came; notes its end where the device still shows it.
    fn ticket_fault(&mut self, sig: &Arc<str>, came: UnixSeconds) -> Option<TicketFault> {
        let virtual_user = &mut self.virtual_user;
        let key = self.pool.key(virtual_user.app)?;
        let user = virtual_user.user_id.as_str();
        match verify(sig, virtual_user.app, user, key, came) {
            Ok(decoded) => {
                if Arc::ptr_eq(sig, &virtual_user.user_sig) {
                    virtual_user.valid_until = decoded.ticket.expires();
                }
                None
            }
            Err(SigFault::Expired { .. }) => Some(TicketFault::Expired),
            Err(SigFault::OtherUser { .. }) => Some(TicketFault::OtherUser),
            Err(SigFault::OtherApp { .. }) => Some(TicketFault::OtherApp),
            Err(SigFault::BadSignature) => Some(TicketFault::BadSignature),
            Err(SigFault::NotAUserSig(Malformed::FirstVersion)) => Some(TicketFault::FirstVersion),
            Err(SigFault::NotAUserSig(_)) => Some(TicketFault::NotOne),
        }
    }

    /// Books what the person felt from the arrival's due time to the login's answer, where a UserSig was asked for on
    /// the way. Without a server it would be the login once more. What only we asked on the way took `ours`.
    pub(super) fn book_sign_in(&self, first: When, login: LoginEnd, ours: Micros) {
        if self.pool.issuer().is_none() {
            return;
        }
        let (class, cause, done) = match (login, &self.last) {
            (LoginEnd::Online(at), _) => (Class::Success, None, at),
            (LoginEnd::Refused | LoginEnd::Unknown, Some(last)) => {
                (last.class, last.cause.clone(), last.done)
            }
            (LoginEnd::Refused | LoginEnd::Unknown, None) => return,
        };
        let end = End {
            class,
            cause,
            sent: None,
            departed: Departed::No,
            answered: Answered::No,
            done: Micros(done.since(ours).0.max(first.due.0)),
            phases: Phases::default(),
        };
        self.iteration.book(Operation::SignIn, first, end);
    }
}

const fn tally(fault: Option<TicketFault>) -> Tally {
    match fault {
        None => Tally::UsersigRight,
        Some(TicketFault::Expired) => Tally::UsersigExpired,
        Some(TicketFault::OtherUser) => Tally::UsersigWrongUser,
        Some(TicketFault::OtherApp) => Tally::UsersigWrongApp,
        Some(TicketFault::BadSignature) => Tally::UsersigBadSignature,
        Some(TicketFault::FirstVersion) => Tally::UsersigFirstVersion,
        Some(TicketFault::NotOne) => Tally::UsersigNotOne,
    }
}
