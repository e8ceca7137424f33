//! Sends one callback after the other: when each is due, or as soon as the one before it is over.

use super::event::{client_ip, in_url};
use super::script::{Line, Telling, Whose};
use crate::engine::account_pool::VirtualUser;
use crate::engine::http_client::{ClientSettings, HttpClient, Sent};
use crate::engine::iteration::{Asked, Iteration, When};
use crate::engine::judgement::Expect;
use crate::engine::reply::Reply;
use crate::engine::stop::StopStep;
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
    /// How the service is set that they come from.
    pub telling: Telling,
}

/// The accounts of an arrival: its own, and the one that a switch goes to.
pub(super) struct Accounts<'p> {
    pub(super) own: &'p VirtualUser,
    pub(super) other: Option<&'p VirtualUser>,
}

/// Tells what happens in one arrival. One account's callbacks go out in order: the next is ready when the one before it
/// is over, and is due when its event happens, so a slow receiver shows in what is felt.
pub(super) struct CallbackSender<'a> {
    pub(super) iteration: Iteration<'a>,
    pub(super) sender: &'a Sender,
    pub(super) accounts: Accounts<'a>,
    pub(super) http: &'a mut HttpClient,
    /// When the next callback can go out at the earliest.
    pub(super) ready: Micros,
    /// The Unix time, in milliseconds, at which the run's clock read zero: looked at once, so that events of one
    /// arrival keep their order to the millisecond.
    pub(super) zero: u64,
}

/// A script that ends before its end: the run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CutShort;

impl CallbackSender<'_> {
    /// Tells all of `lines`, one after the other, and keeps count of who is online. A script that the run's end cuts short
    /// ends without its last callbacks, and nobody is online after it.
    pub(super) async fn play(&mut self, lines: &[Line]) {
        let mut online = 0_usize;
        for line in lines {
            let told = self.tell(line).await;
            let ends = line.ends.min(online);
            online -= ends;
            (0..ends).for_each(|_| self.iteration.recorder.record(Event::Offline));
            if told == Err(CutShort) {
                break;
            }
            if line.brings_online() {
                self.iteration.recorder.record(Event::Online);
                online += 1;
            }
        }
        (0..online).for_each(|_| self.iteration.recorder.record(Event::Offline));
    }

    /// Waits until it happens, then tells it.
    async fn tell(&mut self, line: &Line) -> Result<(), CutShort> {
        self.wait(line.at).await?;
        let happened_at = self.zero + line.at.0 / 1000;
        let mut when = When {
            due: line.at,
            ready: self.ready.max(line.at),
        };
        for attempt in 0..=self.sender.retries {
            if self.iteration.stop.has_reached(StopStep::Halt) {
                // Nothing leaves any more.
                return Err(CutShort);
            }
            let sent = self.send(line, happened_at).await;
            let dialect = &self.sender.settings.dialect;
            match attempt {
                0 => self.iteration.book_sent(dialect, asked(when), &sent),
                _ => self.iteration.book_again(dialect, asked(when), &sent),
            };
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

    async fn send(&mut self, line: &Line, happened_at: u64) -> Sent {
        let sender = self.sender;
        let virtual_user = match line.device.whose {
            Whose::Own => self.accounts.own,
            Whose::Other => self.accounts.other.unwrap_or(self.accounts.own),
        };
        let event_time = happened_at.to_string();
        let signature = signature(sender.token.as_ref());
        let client_ip = client_ip(virtual_user.account, line.device.number);
        let (kicked_devices, custom_status) =
            (line.what.kicked_devices(), line.what.custom_status());
        let values = Values {
            sdk_app_id: virtual_user.app.0,
            user_id: virtual_user.user_id.as_str(),
            callback: CallbackValues {
                path: &sender.path,
                client_ip: &client_ip,
                opt_platform: in_url(line.device.platform),
                event_time: &event_time,
                action: line.what.action(),
                reason: line.what.reason(),
                kicked_devices: &kicked_devices,
                custom_status: &custom_status,
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
