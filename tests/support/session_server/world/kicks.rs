//! Which sessions a login ends, and who is told of it.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use trtc_load::units::Micros;
use trtc_load::usersig::Platform;

use super::super::Tells;
use super::super::fault::{Fault, KickFault, Over, ToldFault};
use super::{A_WHILE, Push, World};

/// Where a device that was kicked while it was away is still to be told.
#[derive(Clone, Copy)]
pub(super) struct Owed {
    at_reconnect: bool,
    at_login: bool,
    /// Once more after that.
    again: bool,
}

/// Where a device meets 6208.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Login,
    Reconnect,
}

impl World {
    /// Ends what the device policy does not allow beside the newcomer.
    pub(super) fn make_room(&mut self, newcomer: usize, now: Micros) {
        let user = self.sessions[newcomer].user.clone();
        let mut online = self.accounts.remove(&user).unwrap_or_default();
        online.retain(|&nth| nth != newcomer && self.is_alive(nth, now));
        let platforms: Vec<_> = online
            .iter()
            .map(|&nth| self.sessions[nth].platform)
            .collect();
        let platform = self.sessions[newcomer].platform;
        let mut gone = self.setup.seats.give_way(platform, &platforms);
        let otherwise = self.faults.strike(|fault| {
            if let Fault::Policy(seats) = fault {
                Some(seats.give_way(platform, &platforms)).filter(|other| *other != gone)
            } else {
                None
            }
        });
        if let Some(otherwise) = otherwise {
            gone = otherwise;
        }
        for place in gone {
            self.kick(online[place], newcomer, now);
        }
        online.push(newcomer);
        self.accounts.insert(user, online);
    }

    /// The newcomer ends an older session of its account.
    pub(super) fn kick(&mut self, victim: usize, newcomer: usize, now: Micros) {
        let fault = self.faults.strike(|fault| {
            if let Fault::Kick(fault) = fault {
                Some(fault)
            } else {
                None
            }
        });
        match fault {
            Some(KickFault::NotCarriedOut) => return,
            Some(KickFault::OnlyTold) => {
                return self.tell(victim, "kicked_offline", Duration::ZERO);
            }
            Some(KickFault::NewcomerEnds) => return self.end(newcomer, Over::Wronged),
            None
            | Some(
                KickFault::NotTold
                | KickFault::NewcomerTold
                | KickFault::Twice
                | KickFault::Late(_),
            ) => {}
        }
        self.end(victim, Over::Kicked);
        self.books.kicks += 1;
        self.owe(victim);
        let delay = self.faults.strike(|fault| {
            if let Fault::NoticesDelayed(most) = fault {
                Some(most.mul_f64(self.faults.share()))
            } else {
                None
            }
        });
        match fault {
            Some(KickFault::NotTold) => {}
            Some(KickFault::NewcomerTold) => {
                self.sessions[newcomer].waiting = Some(("kicked_offline", now));
            }
            Some(KickFault::Late(by)) => self.tell(victim, "kicked_offline", by),
            Some(KickFault::Twice) => {
                self.tell(victim, "kicked_offline", Duration::ZERO);
                self.tell(victim, "kicked_offline", A_WHILE);
            }
            Some(KickFault::NotCarriedOut | KickFault::OnlyTold | KickFault::NewcomerEnds)
            | None => self.tell(victim, "kicked_offline", delay.unwrap_or_default()),
        }
    }

    /// Tells a session over its channel, or keeps it for when it asks.
    pub(super) fn tell(&mut self, nth: usize, event: &'static str, after: Duration) {
        self.books.notices += 1;
        let session = &mut self.sessions[nth];
        match session.channel.clone() {
            // A channel that has just ended hears nothing.
            Some(channel) if after.is_zero() => drop(channel.send(Push(event))),
            Some(channel) => {
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    let _ = channel.send(Push(event));
                });
            }
            None => session.waiting = Some((event, self.books.now.plus(after.into()))),
        }
    }

    /// A device that was kicked without a channel is told later, where the app has that switched on.
    pub(super) fn owe(&mut self, victim: usize) {
        let session = &self.sessions[victim];
        let hears = |channel: &UnboundedSender<Push>| !channel.is_closed();
        if session.channel.as_ref().is_some_and(hears) || session.platform == Platform::Web {
            return;
        }
        let owed = match self.setup.tells {
            Tells::Silent => {
                if !self.faults.is(Fault::Told(ToldFault::WhereOff)) {
                    return;
                }
                Owed {
                    at_reconnect: false,
                    at_login: true,
                    again: false,
                }
            }
            told => {
                if self.faults.is(Fault::Told(ToldFault::Never)) {
                    return;
                }
                Owed {
                    at_reconnect: matches!(told, Tells::OnReconnect | Tells::Both),
                    at_login: matches!(told, Tells::OnLogin | Tells::Both),
                    again: self.faults.is(Fault::Told(ToldFault::Twice)),
                }
            }
        };
        let device = (session.user.clone(), session.device.clone());
        self.owed.insert(device, owed);
    }

    /// A notice could not be delivered: the device was away already.
    pub(in crate::session_server) fn not_told(&mut self, nth: usize) {
        if self.sessions[nth].over == Some(Over::Kicked) {
            self.sessions[nth].channel = None;
            self.owe(nth);
        }
    }

    /// Whether the device meets 6208 here.
    pub(super) fn tells_of_the_kick(&mut self, user: &str, device: &str, at: At) -> bool {
        let device = (user.to_owned(), device.to_owned());
        let Some(owed) = self.owed.get_mut(&device) else {
            return false;
        };
        let here = match at {
            At::Login => owed.at_login,
            At::Reconnect => owed.at_reconnect,
        };
        if here && owed.again {
            *owed = Owed {
                at_reconnect: false,
                at_login: true,
                again: false,
            };
        } else if here || at == At::Login {
            self.owed.remove(&device);
        }
        here
    }
}
