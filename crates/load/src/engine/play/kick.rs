//! A kick: a rival acts, the victim hears of it within the limit, and its token is worth nothing.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::account_pool::{Freshness, Which};
use crate::engine::channel::Received;
use crate::engine::device::{Device, LoginEnd};
use crate::engine::device_session::KickTold;
use crate::engine::http_client::HttpClient;
use crate::engine::iteration::{Asked, End, Iteration, When};
use crate::engine::judgement::{Expect, is_unresolved};
use crate::engine::pacer::Alarm;
use crate::engine::reply::Reply;
use crate::engine::stop::StopStep;
use crate::recorder::{Answered, Event, Invariant, Standing, Tally, Unsent};
use crate::scenario::{SelfInfoCheck, Victim};
use crate::session::{Cause, Class, Departed, Input, Operation};
use trtc_base::units::Micros;

/// The account's other device, offline, with a ticket of its own.
pub(super) fn rival_of<'a>(own: &Device<'a>) -> Option<Device<'a>> {
    let iteration = own.iteration;
    let (app, account) = (iteration.arrival.app, iteration.arrival.accounts[0]);
    let mut virtual_user = own
        .pool
        .virtual_user(iteration.plan, app, account, Which::Rival)?;
    own.pool.prepare_ticket(&mut virtual_user, Freshness::Fresh);
    let http = HttpClient::new(own.http.slot());
    Some(Device::new(
        iteration,
        own.settings,
        own.pool,
        virtual_user,
        http,
    ))
}

/// Does `what` while the kicked device goes on listening.
pub(super) async fn beside<T>(what: impl Future<Output = T>, kicked: &mut Device<'_>) -> T {
    tokio::select! {
        done = what => done,
        never = kicked.overhear() => match never {},
    }
}

/// What a victim hears of its kick, and what is tried with its token then.
const OF_A_VICTIM: [Operation; 3] = [Operation::KickNotice, Operation::SelfInfo, Operation::Push];

/// The most requests that a victim sends one after the other to have one in flight.
const MOST_IN_FLIGHT: u32 = 100;

/// One kick: the rival acts, the victim hears of it.
pub(super) struct Kick<'r, 'a> {
    pub(super) victim: &'r mut Device<'a>,
    pub(super) rival: &'r mut Device<'a>,
    /// `provoke` for the first one, `relogin` where the kicked one comes back.
    pub(super) act: Operation,
    pub(super) at: When,
    pub(super) in_flight: Victim,
}

/// What came of the rival's act.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acted {
    pub(super) end: LoginEnd,
    /// When the act that ends the victim's session was sent.
    pub(super) sent: Micros,
}

impl Kick<'_, '_> {
    /// Plays it. Gives the time of the notice; none where there was none.
    pub(super) async fn play(self) -> Option<Micros> {
        let Self {
            victim,
            rival,
            act,
            at,
            in_flight,
        } = self;
        // A return kicks only where a login by itself ends the other session.
        let kicks = act == Operation::Provoke || victim.settings.dialect.is_provoked_by_login();
        if !victim.is_online() || !kicks {
            // Nobody to be kicked: the login stands for itself.
            if kicks {
                victim.iteration.skip(&OF_A_VICTIM, Unsent::NoVictim);
            }
            settle_after(rival, act, at).await;
            return None;
        }
        let struck = AtomicBool::new(false);
        if in_flight == Victim::Idle {
            return kick(victim, rival, (act, at), &struck).await;
        }
        let busy = keep_busy(victim, &struck);
        let (notice, ()) = tokio::join!(kick(victim, rival, (act, at), &struck), busy);
        notice
    }
}

/// The kick itself, and what each device does once it has struck. Gives the time of the notice.
async fn kick(
    victim: &mut Device<'_>,
    rival: &mut Device<'_>,
    (act, at): (Operation, When),
    struck: &AtomicBool,
) -> Option<Micros> {
    let (iteration, settings) = (victim.iteration, victim.settings);
    let mut channel = std::mem::take(&mut victim.listening.channel);
    let account = victim.virtual_user.account;
    let (notice, end) = {
        let mut hearing = pin!(async {
            let heard = iteration.hear(&mut channel, settings, account).await;
            (iteration.clock.now(), heard)
        });
        // The notice may come before the act's own answer. Where both are there at once it is not late.
        let mut early = None;
        let acted = {
            let mut acting = pin!(carry_out(rival, act, at));
            loop {
                tokio::select! {
                    biased;
                    heard = &mut hearing, if early.is_none() => early = Some(heard),
                    acted = &mut acting => break acted,
                }
            }
        };
        struck.store(true, Ordering::Relaxed);
        // From here on each goes on by itself: a late notice must not delay what the rival has due.
        let victims = async {
            let noticed = match early {
                Some(noticed) => Some(noticed),
                None => late_notice(iteration, settings.notice_limit, acted, hearing).await,
            };
            let notice = hear_of_it(victim, acted, noticed);
            if notice.is_some() {
                check_the_ended_token(victim).await;
            } else {
                let by = if settings.dialect.is_provoked_by_login() {
                    EndedBy::Policy
                } else {
                    EndedBy::Request
                };
                check_that_it_is_over(victim, acted, by).await;
            }
            notice
        };
        let rivals = async {
            if let LoginEnd::Online(online) = acted.end
                && rival.is_online()
            {
                rival.settle(online).await;
            }
        };
        (tokio::join!(victims, rivals).0, acted.end)
    };
    victim.listening.channel = channel;
    victim.book_channel_end(standing_after(end));
    notice
}

/// Keeps a request of the victim in flight until the act is answered: whenever the kick strikes, it strikes one. The
/// round ends with the last of them.
fn keep_busy<'o, 'c: 'o>(
    victim: &Device<'c>,
    struck: &'o AtomicBool,
) -> impl Future<Output = ()> + use<'o, 'c> {
    let (iteration, settings) = (victim.iteration, victim.settings);
    let request = settings.dialect.request(Operation::InFlight);
    let (virtual_user, token) = (victim.virtual_user.clone(), victim.session.token.clone());
    // A connection of its own: the victim's is its channel, or waits for what the victim does next.
    let mut http = victim.http.beside();
    async move {
        let Some(request) = request else {
            return;
        };
        for _ in 0..MOST_IN_FLIGHT {
            let sent = http
                .ask(
                    settings,
                    (Operation::InFlight, request),
                    &virtual_user.values(&token),
                    iteration.bounds(),
                )
                .await;
            let asked = Asked {
                operation: Operation::InFlight,
                when: When::at(sent.sent),
                expect: Expect::Either,
            };
            iteration.book_sent(&settings.dialect, asked, &sent);
            if struck.load(Ordering::Relaxed) || !matches!(sent.reply, Reply::Success(_)) {
                return;
            }
        }
    }
}

/// A login that kicks nobody.
async fn settle_after(rival: &mut Device<'_>, act: Operation, at: When) {
    if let LoginEnd::Online(online) = rival.log_in(act, at).await {
        rival.settle(online).await;
    }
}

/// The rival's act: its login, or its login and then the request that ends the other sessions.
async fn carry_out(rival: &mut Device<'_>, act: Operation, at: When) -> Acted {
    // The rival asks for its UserSig before it acts: a notice counts from the act alone.
    let Some(at) = rival.get_ticket(at).await else {
        let sent = rival.iteration.clock.now();
        let end = LoginEnd::Refused;
        return Acted { end, sent };
    };
    if rival.settings.dialect.is_provoked_by_login() {
        let sent = rival.iteration.clock.now();
        let end = rival.log_in(act, at).await;
        return Acted { end, sent };
    }
    let end = rival.log_in(Operation::Login, at).await;
    let now = rival.iteration.clock.now();
    let LoginEnd::Online(online) = end else {
        return Acted { end, sent: now };
    };
    let asked = Asked {
        operation: Operation::Provoke,
        when: When::at(online),
        expect: Expect::Success,
    };
    let Some(asked) = rival.ask(asked).await else {
        return Acted { end, sent: now };
    };
    // The act ended the rival's own session too.
    rival.leave();
    let end = if matches!(asked.reply, Reply::Success(_)) {
        LoginEnd::Online(asked.done)
    } else if is_unresolved(&asked.reply, &rival.settings.dialect) {
        LoginEnd::Unknown
    } else {
        LoginEnd::Refused
    };
    Acted {
        end,
        sent: asked.sent,
    }
}

/// A notice that comes after the act's answer, at the latest `limit` after the act was sent. After a refusal there is
/// nothing to hear.
async fn late_notice(
    iteration: Iteration<'_>,
    limit: Micros,
    acted: Acted,
    hearing: impl Future<Output = (Micros, Received)>,
) -> Option<(Micros, Received)> {
    if acted.end == LoginEnd::Refused {
        return None;
    }
    let (limit, mut alarm) = (acted.sent.plus(limit), Alarm::default());
    tokio::select! {
        biased;
        heard = hearing => Some(heard),
        _ = iteration.pacer.until(limit, StopStep::Halt, &mut alarm) => None,
    }
}

/// What the end of the victim's channel says: an act that was refused has not ended its session.
pub(super) const fn standing_after(end: LoginEnd) -> Standing {
    match end {
        LoginEnd::Refused => Standing::InSession,
        LoginEnd::Online(_) | LoginEnd::Unknown => Standing::Afterwards,
    }
}

/// Books the notice, or its absence, and tells the victim's rules. Gives its time.
pub(super) fn hear_of_it(
    victim: &mut Device<'_>,
    acted: Acted,
    noticed: Option<(Micros, Received)>,
) -> Option<Micros> {
    match noticed {
        // The rival was turned away, so nothing may have ended this session.
        Some((_, Received::Kicked)) if acted.end == LoginEnd::Refused => {
            victim.kicked_without_cause();
            None
        }
        Some((read, Received::Kicked)) => {
            victim.iteration.checked(Invariant::NoNoticeWithoutCause);
            let limit = acted.sent.plus(victim.settings.notice_limit);
            let class = if read <= limit {
                Class::Success
            } else {
                let late = Event::Tally(Tally::NoticeLate);
                victim.iteration.recorder.record(late);
                Class::Timeout
            };
            book_notice(victim, acted.sent, read, class);
            victim.session.told = KickTold::Yes;
            victim.hears(Input::KickNotice);
            Some(read)
        }
        Some((read, Received::Lost | Received::Expired)) => {
            lost(victim, acted, read);
            None
        }
        None => {
            lost(victim, acted, acted.sent.plus(victim.settings.notice_limit));
            None
        }
    }
}

/// No notice. Only an act that the target accepted owes one.
fn lost(victim: &mut Device<'_>, acted: Acted, at: Micros) {
    if matches!(acted.end, LoginEnd::Online(_)) {
        let at = Micros(at.0.max(acted.sent.plus(victim.settings.notice_limit).0));
        book_notice(victim, acted.sent, at, Class::Timeout);
        victim.session.told = KickTold::NotYet;
        victim.hears(Input::Leave);
    }
}

fn book_notice(victim: &Device<'_>, sent: Micros, read: Micros, class: Class) {
    let came = class == Class::Success;
    let end = End {
        class,
        cause: (!came).then_some(Cause::NoNotice),
        sent: Some(sent),
        departed: Departed::No,
        answered: if came { Answered::Yes } else { Answered::No },
        done: read,
        phases: crate::session::Phases::default(),
    };
    victim
        .iteration
        .book(Operation::KickNotice, When::at(sent), end);
}

/// The token of the kicked session is worth nothing.
pub(super) async fn check_the_ended_token(victim: &mut Device<'_>) {
    if victim.iteration.scenario().self_info == SelfInfoCheck::Ask {
        let now = victim.iteration.clock.now();
        let channel = victim.try_the_dead_channel();
        let asking = victim.self_info(When::at(now), Expect::Refusal);
        tokio::join!(asking, channel);
    }
    victim.http.close();
}

/// Who ended the victim's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndedBy {
    /// The policy, for another device's login.
    Policy,
    /// A rival's request.
    Request,
}

/// A session that had to end, and its device was not told within the limit: its token must be worth nothing all the same.
pub(super) async fn check_that_it_is_over(victim: &mut Device<'_>, acted: Acted, by: EndedBy) {
    let iteration = victim.iteration;
    let asks =
        iteration.scenario().self_info == SelfInfoCheck::Ask && !victim.session.token.is_empty();
    let (LoginEnd::Online(at), true) = (acted.end, asks) else {
        return;
    };
    // From the acknowledgement on: only then is the session sure to be over, however long the login took.
    let limit = at.plus(victim.settings.notice_limit);
    if iteration.until(limit).await.is_none() {
        return;
    }
    let (rule, whose) = match by {
        EndedBy::Policy => (
            Invariant::NoMoreSessionsThanThePolicy,
            "the policy gave its place to another device",
        ),
        EndedBy::Request => (
            Invariant::EndedTokenIsRefused,
            "a rival had ended its session",
        ),
    };
    let ready = iteration.clock.now();
    if Box::pin(victim.is_accepted(When::freed(limit, ready))).await {
        let story = format!(
            "{} was still online on {} when {whose}, and was not told",
            victim.virtual_user.user_id, victim.virtual_user.platform
        );
        iteration.violation(rule, iteration.clock.now(), story);
    } else if victim.was_refused() {
        iteration.checked(rule);
    }
    victim.http.close();
}
