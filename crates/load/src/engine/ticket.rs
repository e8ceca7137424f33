//! How a device comes by its UserSig: made here beforehand, or asked for at the team's own server.

use std::sync::Arc;

use super::device::Device;
use super::device::LoginEnd;
use super::issuer::Issuer;
use super::judgement::Expect;
use super::line::Sent;
use super::persona::Freshness;
use super::reply::Reply;
use super::turn::Asked;
use super::turn::End;
use super::turn::When;
use crate::profile::Verify;
use crate::recorder::Answered;
use crate::recorder::Event;
use crate::recorder::Tally;
use crate::session::Cause;
use crate::session::Class;
use crate::session::Departed;
use crate::session::Operation;
use crate::session::Phases;
use crate::session::TicketFault;
use trtc_base::clock;
use trtc_base::units::Micros;
use trtc_base::units::UnixSeconds;
use trtc_usersig::SigFault;
use trtc_usersig::verify;

/// An answer of the server that is booked once its UserSig was looked at.
#[derive(Debug)]
pub(super) struct Unchecked {
    asked: Asked,
    sent: Sent,
    user_sig: Arc<str>,
    /// When it came: the second in which it has to be valid.
    came: UnixSeconds,
}

impl Device<'_> {
    /// Makes sure that the device can show a UserSig that is valid by our own clock. One that it has is used again.
    /// Gives when the login is due: as `when` says, or when the server's answer was there. None where it issued none:
    /// no login goes out then.
    pub(super) async fn get_ticket(&mut self, when: When) -> Option<When> {
        if self.cast.has_ticket(&self.persona) {
            return Some(when);
        }
        self.cast.drop_ticket(&mut self.persona);
        let Some(issuer) = self.cast.issuer() else {
            self.cast.give_ticket(&mut self.persona, Freshness::Fresh);
            // Our signing stands for somebody's server. It is in no interval that is measured.
            return Some(When::at(when.due.max(self.turn.clock.now())));
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
        let request = issuer.wire.dialect.request(Operation::Usersig)?;
        let values = self.persona.values("");
        let mut sent = self
            .desk
            .ask(
                &issuer.wire,
                (Operation::Usersig, request),
                &values,
                self.turn.bounds(),
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
            self.last = Some(self.turn.book_sent(&issuer.wire.dialect, asked, &sent));
            self.heed(&sent, &issuer.wire.dialect);
            return None;
        };
        self.persona.user_sig = user_sig.into();
        self.persona.valid_until = UnixSeconds(u64::MAX);
        let due = sent.done;
        match issuer.verify {
            // The login does not wait for our check, and our check is not the server's time: it comes later.
            Verify::Each => {
                let came = clock::unix_now();
                let user_sig = self.persona.user_sig.clone();
                self.unchecked = Some(Unchecked {
                    asked,
                    sent,
                    user_sig,
                    came,
                });
            }
            Verify::None => {
                self.turn.book_sent(&issuer.wire.dialect, asked, &sent);
            }
        }
        Some(When::at(due))
    }

    /// Looks at the UserSig that was issued last, while nothing is measured, and books its step.
    pub(super) fn check_ticket(&mut self) {
        let (Some(issued), Some(issuer)) = (self.unchecked.take(), self.cast.issuer()) else {
            return;
        };
        let fault = self.ticket_fault(&issued.user_sig, issued.came);
        let Unchecked { asked, sent, .. } = issued;
        let tally = tally(fault);
        self.turn.recorder.record(Event::Tally(tally));
        let Some(fault) = fault else {
            self.turn.book_sent(&issuer.wire.dialect, asked, &sent);
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
        self.turn.book(asked.operation, asked.when, end);
    }

    /// What was wrong with `sig` when it came; notes its end where the device still shows it.
    fn ticket_fault(&mut self, sig: &Arc<str>, came: UnixSeconds) -> Option<TicketFault> {
        let persona = &mut self.persona;
        let key = self.cast.key(persona.app)?;
        let user = persona.user_id.as_str();
        match verify(sig, persona.app, user, key, came) {
            Ok(decoded) => {
                if Arc::ptr_eq(sig, &persona.user_sig) {
                    persona.valid_until = decoded.ticket.expires();
                }
                None
            }
            Err(SigFault::Expired { .. }) => Some(TicketFault::Expired),
            Err(SigFault::OtherUser { .. }) => Some(TicketFault::OtherUser),
            Err(SigFault::OtherApp { .. }) => Some(TicketFault::OtherApp),
            Err(SigFault::BadSignature) => Some(TicketFault::BadSignature),
            Err(SigFault::NotAUserSig(_)) => Some(TicketFault::NotOne),
        }
    }

    /// Books what the person felt from the arrival's due time to the login's answer, where a UserSig was asked for on
    /// the way. Without a server it would be the login once more. What only we asked on the way took `ours`.
    pub(super) fn book_sign_in(&self, first: When, login: LoginEnd, ours: Micros) {
        if self.cast.issuer().is_none() {
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
        self.turn.book(Operation::SignIn, first, end);
    }
}

const fn tally(fault: Option<TicketFault>) -> Tally {
    match fault {
        None => Tally::UsersigRight,
        Some(TicketFault::Expired) => Tally::UsersigExpired,
        Some(TicketFault::OtherUser) => Tally::UsersigWrongUser,
        Some(TicketFault::OtherApp) => Tally::UsersigWrongApp,
        Some(TicketFault::BadSignature) => Tally::UsersigBadSignature,
        Some(TicketFault::NotOne) => Tally::UsersigNotOne,
    }
}
