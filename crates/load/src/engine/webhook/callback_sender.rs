//! Sends one callback after the other: when each is due, or as soon as the one before it is over.

use super::event::{Happened, client_ip, in_url};
use crate::engine::account_pool::VirtualUser;
use crate::engine::http_client::{ClientSettings, HttpClient, Sent};
use crate::engine::iteration::{Asked, Iteration, When};
use crate::engine::judgement::Expect;
use crate::engine::reply::Reply;
use crate::engine::stop::StopStep;
use crate::profile::Sdk;
use crate::recorder::{Event, Tally};
use crate::session::Operation;
use trtc_base::clock;
use trtc_base::units::Micros;
use trtc_usersig::{Key, callback_sign};
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
    /// How often one without an acknowledgement is sent again.
    pub retries: u32,
    /// Which SDK the devices run.
    pub sdk: Sdk,
}

/// A session's device, as the receiver is told of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who<'p> {
    pub(super) virtual_user: &'p VirtualUser,
    /// Which of the account's devices: 0 or 1.
    pub(super) device: u8,
}

/// Tells what happens in one arrival. One account's callbacks go out in order: the next is ready when the one before it
/// is over, and is due when its event happens, so a slow receiver shows in what is felt.
pub(super) struct CallbackSender<'a> {
    pub(super) iteration: Iteration<'a>,
    pub(super) sender: &'a Sender,
    pub(super) http: &'a mut HttpClient,
    /// When the next callback can go out at the earliest.
    pub(super) ready: Micros,
    /// The Unix time, in milliseconds, at which the run's clock read zero: looked at once, so that events of one
    /// arrival keep their order to the millisecond.
    pub(super) zero: u64,
}

/// A script that ends before its end: the run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CutShort;

impl CallbackSender<'_> {
    /// Waits until `at`, then tells what happened to `who`.
    pub(super) async fn tell(
        &mut self,
        at: Micros,
        who: Who<'_>,
        what: Happened,
    ) -> Result<(), CutShort> {
        self.wait(at).await?;
        let happened_at = self.zero + at.0 / 1000;
        let mut when = When {
            due: at,
            ready: self.ready.max(at),
        };
        for attempt in 0..=self.sender.retries {
            if self.iteration.stop.has_reached(StopStep::Halt) {
                // Nothing leaves any more.
                return Err(CutShort);
            }
            let sent = self.send(who, what, happened_at).await;
            self.iteration
                .book_sent(&self.sender.settings.dialect, asked(when), &sent);
            self.ready = sent.done;
            if sent.reply != Reply::NoAnswer || attempt == self.sender.retries {
                break;
            }
            self.iteration
                .recorder
                .record(Event::Tally(Tally::CallbackAgain));
            when = When::at(sent.done);
        }
        Ok(())
    }

    async fn wait(&self, at: Micros) -> Result<(), CutShort> {
        // What is overdue is told also where the run winds down.
        if at <= self.iteration.clock.now() {
            return Ok(());
        }
        self.iteration.until(at).await.ok_or(CutShort)
    }

    async fn send(&mut self, who: Who<'_>, what: Happened, happened_at: u64) -> Sent {
        let sender = self.sender;
        let event_time = happened_at.to_string();
        let signature = signature(sender.token.as_ref());
        let (client_ip, kicked_devices) = (
            client_ip(who.virtual_user.account, who.device),
            what.kicked_devices(),
        );
        let values = Values {
            sdk_app_id: who.virtual_user.app.0,
            user_id: who.virtual_user.user_id.as_str(),
            callback: CallbackValues {
                path: &sender.path,
                client_ip: &client_ip,
                opt_platform: in_url(who.virtual_user.platform),
                event_time: &event_time,
                action: what.action(),
                reason: what.reason(),
                kicked_devices: &kicked_devices,
                signature: &signature,
            },
            ..Values::default()
        };
        let Some(request) = sender.settings.dialect.request(Operation::Callback) else {
            // The profile was checked: a webhook's dialect has it.
            return Sent::nothing(self.iteration.clock.now());
        };
        let bounds = self.iteration.bounds();
        let request = (Operation::Callback, request);
        self.http
            .ask(&sender.settings, request, &values, bounds)
            .await
    }
}

const fn asked(when: When) -> Asked {
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
