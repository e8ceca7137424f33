//! A device's push channel: opened, lost, let go.

use super::channel::{Channel, Pending};
use super::device::Device;
use super::device_session::KickTold;
use super::iteration::{Asked, When};
use super::judgement::{Expect, ends_the_session};
use super::leftovers::Leftover;
use crate::profile::ConnectionUse;
use crate::recorder::{Event, Standing, Tally};
use crate::session::Operation;
use trtc_base::units::Micros;

/// What tells a device something.
#[derive(Debug, Default)]
pub(super) struct Listening {
    pub(super) channel: Channel,
    /// When it was opened.
    pub(super) since: Micros,
    /// When the target last heard of the device before it lost its network, at the latest.
    pub(super) lost_at: Micros,
    /// How often the device tried to come back since its last quiet time.
    pub(super) reconnects: usize,
}

impl Device<'_> {
    /// Opens the push channel. Gives the time at which it was open, or known not to be.
    pub(super) async fn open_channel(&mut self, when: When) -> Micros {
        let values = self.virtual_user.values(&self.session.token);
        // Beside a kept or closing connection the channel gets one of its own.
        let mut own = self.http.beside();
        let http = match self.settings.connection {
            ConnectionUse::Upgrade => &mut self.http,
            ConnectionUse::Keep | ConnectionUse::Close => &mut own,
        };
        let lost = std::mem::take(&mut self.listening.channel);
        let (channel, sent) =
            Channel::open(lost, self.settings, http, &values, self.iteration.bounds()).await;
        self.listening.channel = channel;
        self.listening.since = self.iteration.clock.now();
        let Some(sent) = sent else {
            return when.due;
        };
        let asked = Asked {
            operation: Operation::Push,
            when,
            expect: Expect::Success,
        };
        self.iteration
            .book_sent(&self.settings.dialect, asked, &sent);
        self.heed(&sent, &self.settings.dialect);
        if ends_the_session(&sent.reply, &self.settings.dialect) {
            // A plain no will not become a yes by asking again.
            self.listening.channel = Channel::None;
        }
        sent.done
    }

    /// Books how its channel ended, where the target ended it: a failed step of `push` where the session lives on, unless the
    /// dialect names such an end.
    pub(super) fn book_channel_end(&mut self, otherwise: Standing) {
        let Some(end) = self.listening.channel.take_end() else {
            return;
        };
        let push = self.settings.dialect.push();
        let standing = match push.and_then(|push| push.ended(end)) {
            Some(_) => Standing::Named,
            None => otherwise,
        };
        self.iteration
            .recorder
            .record(Event::ChannelEnded(end, standing));
        match standing {
            Standing::InSession => {
                let now = self.iteration.clock.now();
                self.iteration.book_channel_end(end, now);
            }
            // Such a service ends channels by the clock: nobody gives up for that.
            Standing::Named => self.listening.reconnects = 0,
            Standing::Afterwards => {}
        }
    }

    /// Closes the channel. A poll under way is read to its end beside what follows; where the device still waits to be told
    /// of its kick, that end is the last chance.
    pub(super) fn let_go(&mut self, expect: Expect, told: KickTold) {
        self.book_channel_end(Standing::Afterwards);
        match self.listening.channel.let_go() {
            Some(pending) => self.leave_behind(pending, expect, told),
            None if told == KickTold::NotYet => {
                self.iteration
                    .recorder
                    .record(Event::Tally(Tally::NoticeLost));
            }
            None => {}
        }
    }

    /// Leaves a poll to whoever reads it to its end.
    pub(super) fn leave_behind(&self, pending: Pending, expect: Expect, told: KickTold) {
        self.iteration.leftovers.add(Leftover {
            pending,
            settings: self.settings.clone(),
            account: self.virtual_user.account,
            expect,
            told,
        });
    }
}
