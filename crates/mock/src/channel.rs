//! A push channel: tells its device of a kick or an expired UserSig, and notices when the device has gone.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use trtc_base::clock::unix_millis;
use trtc_base::units::Micros;
use trtc_wire::dialect::wire::{BROADCAST, KICKED_OFFLINE, PushEvent, USER_SIG_EXPIRED};

use super::faults::NoticeFate;
use super::notice::NoticeBy;
use super::pipe::{Came, Gone, Life, Pipe};
use super::service::Service;
use super::session::{End, Session, State, Told};
use trtc_base::chance::mix;

/// How long a closed channel may take to say goodbye. Closing at once could reset the connection under the notice.
const GOODBYE: Duration = Duration::from_secs(1);

/// Over how long a broadcast is sent. Each channel has its own moment in it, so that thousands do not wake at once.
const BROADCAST_OVER: Micros = Micros::from_secs(1);

/// The close code that tells of a kick. 4000 to 4999 are an application's own: RFC 6455, section 7.4.2.
const KICKED: u16 = 4001;

/// What woke a channel.
enum Woken {
    /// The session changed, or a time came.
    Look,
    /// Something came from the device.
    Came(Came),
}

/// What a channel does next.
enum Next {
    /// It waits, at most so long.
    Wait(Duration),
    /// It looks again.
    Again,
    /// It asks for a sign of life.
    Ping,
    /// It passes the broadcast on.
    Broadcast,
    /// Its session is over, or another channel took its place.
    Over,
    /// It is cut by order.
    Cut,
}

/// What a channel has yet to do by itself.
struct Agenda {
    /// When it pings.
    ping: Micros,
    /// When the oldest ping was sent that had no pong.
    unanswered: Option<Micros>,
    /// When it passes the broadcast on; none: it did, or was opened too late.
    broadcast: Option<Micros>,
}

/// Serves one push channel until it ends.
pub(super) struct Channel {
    pub(super) service: Arc<Service>,
    pub(super) session: Arc<Session>,
    /// Its number; None where it opened only to tell.
    pub(super) number: Option<u32>,
    /// When it was opened.
    pub(super) opened: Micros,
}

impl Channel {
    /// Serves the channel over `pipe`.
    pub(super) async fn serve(self, mut pipe: Pipe) {
        let clock = self.service.clock;
        let mut agenda = self.agenda();
        loop {
            let mut rung = pin!(self.session.bell.notified());
            rung.as_mut().enable();
            let wait = match self.next(&agenda) {
                Next::Wait(wait) => wait,
                Next::Again => continue,
                Next::Over => break,
                Next::Cut => {
                    self.service.counts.channels.cut.up();
                    return self.left();
                }
                Next::Ping => match self.ping(&mut pipe, &mut agenda).await {
                    Ok(()) => continue,
                    Err(Gone) => return self.left(),
                },
                Next::Broadcast => match self.broadcast(&mut pipe, &mut agenda).await {
                    Ok(()) => continue,
                    Err(Gone) => return self.left(),
                },
            };
            let woken = tokio::select! {
                () = rung => Woken::Look,
                came = pipe.recv() => Woken::Came(came),
                () = tokio::time::sleep(wait) => Woken::Look,
            };
            match woken {
                Woken::Look => {}
                Woken::Came(Came::Heard) => self.session.hear(clock.now()),
                Woken::Came(Came::Pong) => {
                    self.service.counts.channels.pongs.up();
                    agenda.unanswered = None;
                    self.session.hear(clock.now());
                }
                Woken::Came(Came::Left) => return self.left(),
            }
        }
        self.tell_and_close(pipe).await;
    }

    /// Notes that the channel ended from the other side, or never began.
    pub(super) fn left(&self) {
        if let Some(number) = self.number {
            self.service.table.channel_ended(&self.session, number);
        }
    }

    fn agenda(&self) -> Agenda {
        let own = Micros(mix(self.session.token) % BROADCAST_OVER.0);
        let broadcast = self.service.faults.broadcast_at();
        Agenda {
            ping: self.service.clock.now().plus(self.ping_every()),
            unanswered: None,
            broadcast: broadcast
                .filter(|at| self.opened < *at)
                .map(|at| at.plus(own)),
        }
    }

    /// By itself three pings fit into what a device may be silent.
    fn ping_every(&self) -> Micros {
        let third = Micros(self.service.table.patience.0 / 3);
        let set = self.service.pushes.ping_every;
        set.map_or(third, Micros::from)
    }

    async fn ping(&self, pipe: &mut Pipe, agenda: &mut Agenda) -> Result<(), Gone> {
        let clock = self.service.clock;
        agenda.ping = clock.now().plus(self.ping_every());
        match self.patiently(pipe.ping()).await? {
            Life::Shown => self.session.hear(clock.now()),
            Life::Asked => {
                self.service.counts.channels.pings.up();
                agenda.unanswered.get_or_insert(clock.now());
            }
        }
        Ok(())
    }

    async fn broadcast(&self, pipe: &mut Pipe, agenda: &mut Agenda) -> Result<(), Gone> {
        agenda.broadcast = None;
        self.send(pipe, BROADCAST, "").await?;
        self.service.counts.channels.broadcasts.up();
        Ok(())
    }

    fn next(&self, agenda: &Agenda) -> Next {
        let now = self.service.clock.now();
        let silent = self.session.silent_for(now);
        let patience = self.service.table.patience;
        if self.is_over() {
            return Next::Over;
        }
        if unix_millis() >= expiry_millis(&self.session) {
            self.service.table.end(&self.session, End::Expired);
            return Next::Again;
        }
        let pong = self.pong_by(agenda);
        if silent >= patience || pong.is_some_and(|pong| now >= pong) {
            self.service.counts.channels.vanished.up();
            self.service.table.end(&self.session, End::Vanished);
            return Next::Again;
        }
        let cut = self
            .service
            .faults
            .cut_at()
            .filter(|cut| self.opened < *cut);
        let due = |at: Option<Micros>| at.is_some_and(|at| now >= at);
        if due(cut) {
            return Next::Cut;
        }
        if due(agenda.broadcast) {
            return Next::Broadcast;
        }
        if now >= agenda.ping {
            return Next::Ping;
        }
        let soonest = [Some(agenda.ping), pong, cut, agenda.broadcast];
        let soonest = soonest.into_iter().flatten().min();
        let soonest = soonest.unwrap_or(agenda.ping).since(now);
        let silence = Micros(patience.0.saturating_sub(silent.0));
        let expiry =
            Duration::from_millis(expiry_millis(&self.session).saturating_sub(unix_millis()));
        // One more, because the timer may fire up to a millisecond short of a boundary in whole milliseconds.
        Next::Wait(soonest.min(silence).as_duration().min(expiry) + Duration::from_millis(1))
    }

    /// Until when the pong to the oldest open ping may come.
    fn pong_by(&self, agenda: &Agenda) -> Option<Micros> {
        let limit = self.service.pushes.pong_limit?;
        Some(agenda.unanswered?.plus(limit.into()))
    }

    fn is_over(&self) -> bool {
        match self.session.state() {
            State::Live(newest) => self.number.is_none() || newest != self.number,
            State::Away | State::Ended(..) => true,
        }
    }

    async fn tell_and_close(&self, mut pipe: Pipe) {
        let told = match self.session.state() {
            State::Ended(End::Kicked, Told::No) => self.tell_of_the_kick(&mut pipe).await,
            State::Ended(End::Expired, Told::No) => {
                let told = self.tell(&mut pipe, USER_SIG_EXPIRED, "").await;
                told.map(|()| None)
            }
            State::Live(_) | State::Away | State::Ended(..) => Ok(None),
        };
        if let Ok(code) = told {
            // A device that does not answer the close is cut off.
            let _ = tokio::time::timeout(GOODBYE, self.part(pipe, code)).await;
        }
    }

    async fn part(&self, mut pipe: Pipe, code: Option<u16>) {
        if pipe.part(code).await.is_ok() {
            if code.is_some() {
                self.service.table.told(&self.session);
            }
            pipe.gone().await;
        }
    }

    /// Gives the code that the close frame is to have.
    async fn tell_of_the_kick(&self, pipe: &mut Pipe) -> Result<Option<u16>, Gone> {
        let by = match pipe {
            Pipe::WebSocket(_) => self.service.faults.notice_by(),
            Pipe::Events(..) => NoticeBy::Message,
        };
        let counters = &self.service.counts.channels;
        match self.service.faults.next_notice() {
            NoticeFate::Told => {}
            NoticeFate::Lost => {
                counters.lost.up();
                while let Came::Heard | Came::Pong = pipe.recv().await {}
                return Err(Gone);
            }
            NoticeFate::Late(by) => {
                counters.late.up();
                tokio::time::sleep(by.as_duration()).await;
            }
            NoticeFate::Twice => {
                counters.twice.up();
                self.tell(pipe, KICKED_OFFLINE, RIVAL).await?;
            }
        }
        if by != NoticeBy::Close {
            self.tell(pipe, KICKED_OFFLINE, RIVAL).await?;
        }
        Ok((by != NoticeBy::Message).then_some(KICKED))
    }

    /// Tells the device why its session is over.
    async fn tell(&self, pipe: &mut Pipe, event: &str, reason: &str) -> Result<(), Gone> {
        self.send(pipe, event, reason).await?;
        self.service.table.told(&self.session);
        Ok(())
    }

    async fn send(&self, pipe: &mut Pipe, event: &str, reason: &str) -> Result<(), Gone> {
        let event = PushEvent {
            event: event.into(),
            reason: reason.into(),
        };
        self.patiently(pipe.tell(&event)).await
    }

    /// Waits for a write, unless the device stops reading for as long as it may be silent.
    async fn patiently<T>(&self, write: impl Future<Output = Result<T, Gone>>) -> Result<T, Gone> {
        let patience = self.service.table.patience.as_duration();
        tokio::time::timeout(patience, write)
            .await
            .unwrap_or(Err(Gone))
    }
}

/// Why a rival's login ends a session.
pub(super) const RIVAL: &str = "multiple_device";

/// The first millisecond of Unix time in which the session's UserSig is no longer valid.
fn expiry_millis(session: &Session) -> u64 {
    session.expires.0.saturating_add(1).saturating_mul(1_000)
}
