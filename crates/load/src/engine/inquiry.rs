//! What a device finds out about its session: who is logged in, what it was refused with, what it hears after a kick.

use std::convert::Infallible;
use std::sync::Arc;

use super::channel::{Channel, Received, Word};
use super::device::Device;
use super::device_session::KickTold;
use super::flaw::Flaw;
use super::http_client::{ClientSettings, Sent};
use super::iteration::{Asked, End, Iteration, When};
use super::judgement::{Expect, says_no_session};
use super::redact::shown_account;
use super::reply::Reply;
use super::stop::StopStep;
use crate::recorder::{Answered, Event, Invariant, Standing, Tally};
use crate::session::{Cause, Class, Departed, Operation, Phases};
use trtc_base::units::Micros;

impl Iteration<'_> {
    /// Waits for word over `channel` that concerns the session of `account`. What everybody is told is counted on the way.
    ///
    /// Cancel safe.
    pub(super) async fn hear(
        &self,
        channel: &mut Channel,
        settings: &Arc<ClientSettings>,
        account: u64,
    ) -> Received {
        let booking = self.books_polls(&settings.dialect, account);
        loop {
            match channel.hear(settings, self.bounds(), &booking).await {
                Word::Broadcast => self.recorder.record(Event::Tally(Tally::Broadcast)),
                Word::Session(heard) => return heard,
            }
        }
    }
}

impl Device<'_> {
    /// Asks the target who is logged in, and checks the answer against the session rules. Gives the time of the answer.
    pub(super) async fn self_info(&mut self, when: When, expect: Expect) -> Micros {
        let asked = Asked {
            operation: Operation::SelfInfo,
            when,
            expect,
        };
        let sent = self.who_am_i(asked).await;
        sent.map_or(when.due, |sent| sent.done)
    }

    /// Asks who is logged in, by `self_info` or `watch`, and checks the answer. None where nothing could be asked.
    pub(super) async fn who_am_i(&mut self, asked: Asked) -> Option<Sent> {
        let expect = asked.expect;
        let sent = self.ask(asked).await?;
        if let Reply::Success(taken) = &sent.reply {
            self.check_self_info(taken.user_id.as_deref(), expect, sent.done);
        } else if expect == Expect::Refusal && self.was_refused() {
            self.iteration.checked(self.rule_of_refusal());
        }
        Some(sent)
    }

    /// Asks right after a login was acknowledged: its session must be known. Gives the time of the answer.
    pub(super) async fn ask_right_after(&mut self, online: Micros) -> Micros {
        let asked = Asked {
            operation: Operation::SelfInfo,
            when: When::at(online),
            expect: self.as_far_as_known(),
        };
        let Some(sent) = self.who_am_i(asked).await else {
            return online;
        };
        let rule = Invariant::LoginIsKnownAtOnce;
        if matches!(sent.reply, Reply::Success(_)) {
            self.iteration.checked(rule);
        } else if says_no_session(&sent.reply, &self.settings.dialect) && !self.may_have_expired() {
            // Whoever lost the login's connection may have lost its sessions with it: a restart is no wrong answer.
            if self.http.was_lost_since(online) {
                let tally = Tally::RuleNotJudged;
                self.iteration.recorder.record(Event::Tally(tally));
                return sent.done;
            }
            let account = &self.virtual_user.user_id;
            let story = format!("{account} was logged in, and its session unknown right after");
            self.iteration.violation(rule, sent.done, story);
        }
        sent.done
    }

    /// What is wrong with the UserSig that the arrival shows first, where something is.
    pub(super) fn flaw(&self) -> Option<Flaw> {
        let (iteration, skew) = (self.iteration, self.settings.clock_skew);
        Flaw::of(
            iteration.scenario().shows(),
            iteration.arrival.itinerary.nth,
            skew,
        )
    }

    /// What a login that was acknowledged owes: that its UserSig was a good one, and a token where one is needed.
    pub(super) fn check_acceptance(&self, expect: Expect, at: Micros) {
        let account = &self.virtual_user.user_id;
        if expect.is_of_a_bad_ticket() {
            let words = self.flaw().map_or("is bad", Flaw::words);
            let story = format!("{account} logged in with a UserSig that {words}");
            self.iteration
                .violation(Invariant::BadTicketIsRefused, at, story);
        }
        let rule = Invariant::LoginGivesAToken;
        if !self.session.token.is_empty() {
            self.iteration.checked(rule);
        } else if self.settings.dialect.needs_token() {
            let story = format!("{account} logged in and was given an empty token");
            self.iteration.violation(rule, at, story);
        }
    }

    /// A login was refused, and nothing else came of it: a bad UserSig had to be. Too busy to judge is no refusal.
    pub(super) fn check_refusal(&self, expect: Expect) {
        let last = self.last.as_ref();
        let is_judged = last.is_some_and(|end| end.class == Class::Expected);
        if expect.is_of_a_bad_ticket() && is_judged {
            self.iteration.checked(Invariant::BadTicketIsRefused);
        }
    }

    /// Asks with its token, which must be refused, and says whether the target takes it all the same.
    pub(super) async fn is_accepted(&mut self, when: When) -> bool {
        let asked = Asked {
            operation: Operation::SelfInfo,
            when,
            expect: Expect::Refusal,
        };
        let sent = self.ask(asked).await;
        sent.is_some_and(|sent| matches!(sent.reply, Reply::Success(_)))
    }

    pub(super) fn check_self_info(&self, named: Option<&str>, expect: Expect, at: Micros) {
        let account = self.virtual_user.user_id.as_str();
        if expect == Expect::Refusal {
            let what = if self.session.token.is_empty() {
                "a device whose login failed"
            } else {
                "a session that had ended"
            };
            self.iteration.violation(
                self.rule_of_refusal(),
                at,
                format!(
                    "{what} of {account} was told it is {}",
                    shown_account(named)
                ),
            );
        } else if let Some(named) = named {
            let rule = Invariant::SelfInfoIsTheAccount;
            if self.settings.dialect.is_account(account, named) {
                return self.iteration.checked(rule);
            }
            let shown = shown_account(Some(named));
            let story = format!("{account} logged in and was told it is {shown}");
            self.iteration.violation(rule, at, story);
        }
    }

    /// The rule by which a target refuses to say who is logged in.
    const fn rule_of_refusal(&self) -> Invariant {
        if self.session.token.is_empty() {
            Invariant::NoAccountAfterFailure
        } else {
            Invariant::EndedTokenIsRefused
        }
    }

    /// Whether the last request met the refusal that it was meant to meet. No answer is none, and neither is one of a target
    /// that was too busy to judge.
    pub(super) fn was_refused(&self) -> bool {
        self.last
            .as_ref()
            .is_some_and(|end| end.class == Class::Expected)
    }

    /// Waits for word that concerns the session.
    pub(super) async fn hear(&mut self) -> Received {
        let account = self.virtual_user.account;
        self.iteration
            .hear(&mut self.listening.channel, self.settings, account)
            .await
    }

    /// Waits for the end of the poll under way, or for the sessions' end.
    pub(super) async fn last_poll(&mut self) {
        let iteration = self.iteration;
        let booking = iteration.books_polls(&self.settings.dialect, self.virtual_user.account);
        tokio::select! {
            biased;
            () = self.listening.channel.finish_poll(&booking) => {}
            () = iteration.stop.reached(StopStep::WindDown) => {}
        }
    }

    /// Goes on listening after a kick, for as long as it is polled: a notice that comes late, or twice, is counted.
    pub(super) async fn overhear(&mut self) -> Infallible {
        while self.listening.channel.is_open() && self.session.told != KickTold::Nothing {
            let heard = self.hear().await;
            self.book_channel_end(Standing::Afterwards);
            let tally = match (heard, self.session.told) {
                (Received::Kicked, KickTold::NotYet) => Tally::NoticeLate,
                // The close frame that follows the notice says the same once more.
                (Received::Kicked, _) if !self.listening.channel.is_open() => break,
                (Received::Kicked, KickTold::Nothing | KickTold::Yes) => Tally::NoticeTwice,
                (Received::Expired | Received::Lost, _) => break,
            };
            self.session.told = KickTold::Yes;
            self.iteration.recorder.record(Event::Tally(tally));
            if tally == Tally::NoticeTwice {
                self.book_the_second_notice();
            }
        }
        std::future::pending().await
    }

    /// One failed step beside the notice that came first: budgets on errors see it.
    fn book_the_second_notice(&self) {
        let now = self.iteration.clock.now();
        let end = End {
            class: Class::Failed,
            cause: Some(Cause::ToldTwice),
            sent: None,
            departed: Departed::No,
            answered: Answered::No,
            done: now,
            phases: Phases::default(),
        };
        self.iteration
            .book(Operation::KickNotice, When::at(now), end);
    }

    /// How the last request ended.
    pub(super) const fn last_answer(&self) -> Option<&End> {
        self.last.as_ref()
    }
}
