//! Sends one callback after the other: when each is due, or as soon as the one before it is over.

use std::sync::Arc;

use super::again::{Again, Rhythm};
use super::callback::{Callback, Sending};
use super::script::Telling;
use crate::engine::http_client::{Bounds, ClientSettings, HttpClient, Sent};
use crate::engine::iteration::{Asked, Iteration, When};
use crate::engine::judgement::Expect;
use crate::engine::reply::Reply;
use crate::engine::stop::StopStep;
use crate::plan::Plan;
use crate::profile::Retries;
use crate::recorder::{Event, Tally};
use crate::session::{Class, Operation};
use trtc_base::clock;
use trtc_base::units::Micros;
use trtc_usersig::{Key, body_sign, callback_sign};
use trtc_wire::dialect::{CallbackValues, Values};

/// How callbacks are sent to the receiver.
#[derive(Debug)]
pub struct Sender {
    /// The way there.
    pub settings: ClientSettings,
    /// The receiver's path.
    pub path: String,
    /// The token that signs them; none: they are not signed.
    pub token: Option<Key>,
    /// What becomes of one without an acknowledgement.
    pub retries: Retries,
    /// How the service is set that they come from.
    pub telling: Telling,
}

/// Tells what happens in one arrival. Its callbacks go out in order: the next is ready when the one before it is over, and is
/// due when its event happens, so a slow receiver shows in what is felt.
pub(super) struct CallbackSender<'a> {
    pub(super) iteration: Iteration<'a>,
    pub(super) sender: &'a Arc<Sender>,
    pub(super) plan: &'a Arc<Plan>,
    /// Sends again what nothing else waits for.
    pub(super) again: &'a Again,
    pub(super) http: &'a mut HttpClient,
    /// When the next callback can go out at the earliest.
    pub(super) ready: Micros,
}

/// A script that ends before its end: the run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CutShort;

impl CallbackSender<'_> {
    /// Tells all of `callbacks`, one after the other, and keeps count of who is there. A script that the run's end cuts short
    /// ends without its last callbacks, and nobody is there after it.
    pub(super) async fn play(&mut self, callbacks: Vec<Callback>) {
        let mut there = 0_usize;
        for callback in callbacks {
            let (comes, goes) = (callback.comes, callback.goes.min(there));
            let told = self.tell(callback).await;
            there -= goes;
            self.count(Event::Offline, goes);
            if told == Err(CutShort) {
                break;
            }
            there += comes;
            self.count(Event::Online, comes);
        }
        self.count(Event::Offline, there);
    }

    fn count(&self, event: Event, times: usize) {
        (0..times).for_each(|_| self.iteration.recorder.record(event.clone()));
    }

    /// Waits until it happens, then tells it.
    async fn tell(&mut self, callback: Callback) -> Result<(), CutShort> {
        self.wait(callback.at).await?;
        let when = When {
            due: callback.at,
            ready: self.ready.max(callback.at),
        };
        if self.iteration.stop.has_reached(StopStep::Halt) {
            // Nothing leaves any more.
            return Err(CutShort);
        }
        let sent = self.send(&callback).await;
        let dialect = &self.sender.settings.dialect;
        let end = self.iteration.book_sent(dialect, asked(when), &sent);
        match self.sender.retries {
            Retries::AtOnce(times) => self.repeat(&callback, sent, times).await,
            Retries::Every { gap, within } => {
                if !matches!(end.class, Class::Success | Class::Cut) {
                    let until = sent.sent.plus(within);
                    let retried = (callback, self.http.slot());
                    self.again.add(
                        &self.iteration,
                        (self.sender, self.plan),
                        retried,
                        (sent.done, Rhythm { gap, until }),
                    );
                }
                Ok(())
            }
        }
    }

    /// Sends one again so often that got no answer in time, while what follows waits.
    async fn repeat(
        &mut self,
        callback: &Callback,
        mut last: Sent,
        times: u32,
    ) -> Result<(), CutShort> {
        for _ in 0..times {
            if last.reply != Reply::NoAnswer {
                break;
            }
            if self.iteration.stop.has_reached(StopStep::Halt) {
                return Err(CutShort);
            }
            self.iteration
                .recorder
                .record(Event::Tally(Tally::CallbackAgain));
            let when = When::at(last.done);
            last = self.send(callback).await;
            let dialect = &self.sender.settings.dialect;
            self.iteration.book_again(dialect, asked(when), &last);
        }
        Ok(())
    }

    async fn send(&mut self, callback: &Callback) -> Sent {
        let bounds = self.iteration.bounds();
        let sent = self.sender.send(callback, self.http, bounds).await;
        self.ready = sent.done;
        sent
    }

    async fn wait(&self, at: Micros) -> Result<(), CutShort> {
        // What is overdue is told also where the run winds down.
        if at <= self.iteration.clock.now() {
            return Ok(());
        }
        self.iteration.until(at).await.ok_or(CutShort)
    }
}

impl Sender {
    /// Sends `callback` once, signed as it is now.
    pub(super) async fn send(
        &self,
        callback: &Callback,
        http: &mut HttpClient,
        run: Bounds<'_>,
    ) -> Sent {
        let Some(request) = self.settings.dialect.request(Operation::Callback) else {
            // The profile was checked: a webhook's dialect has it.
            return Sent::nothing(run.clock.now());
        };
        let signature = signature(self.token.as_ref());
        let callback_ts = clock::unix_millis().to_string();
        let values = callback.values(Sending {
            path: &self.path,
            signature: &signature,
            callback_ts: &callback_ts,
        });
        let mut sign = String::new();
        if let (true, Some(key)) = (request.signs_its_body(), &self.token) {
            let mut body = Vec::new();
            request.render_body(&values, &mut body);
            sign = body_sign(key, &body);
        }
        let values = Values {
            callback: CallbackValues {
                body_sign: &sign,
                ..values.callback
            },
            ..values
        };
        let request = (Operation::Callback, request);
        http.ask(&self.settings, request, &values, run).await
    }
}

pub(super) const fn asked(when: When) -> Asked {
    Asked {
        operation: Operation::Callback,
        when,
        expect: Expect::Success,
    }
}

/// The query's signed end: the request's own time, not the event's.
fn signature(token: Option<&Key>) -> String {
    let Some(token) = token else {
        return String::new();
    };
    let now = clock::unix_now();
    format!("&Sign={}&RequestTime={}", callback_sign(token, now), now.0)
}
