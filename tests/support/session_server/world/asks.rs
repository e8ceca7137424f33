//! What a session asks with its token, and the channel over which it is told.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use trtc_load::units::Micros;

use super::super::fault::{ChannelEnd, Fault, Over, Route};
use super::super::http::Answer;
use super::kicks::At;
use super::{A_WHILE, Push, SOMEBODY_ELSE, World};

/// A channel that a session has opened.
pub(in crate::session_server) struct Opened {
    pub(in crate::session_server) session: usize,
    pub(in crate::session_server) pushes: UnboundedReceiver<Push>,
    pub(in crate::session_server) ends: Option<(ChannelEnd, Duration)>,
}

impl World {
    pub(in crate::session_server) fn who_is_it(&mut self, token: &str, now: Micros) -> Answer {
        let named = if token.is_empty() {
            self.refused_is_in.take()
        } else {
            self.accepted(token, now)
                .map(|nth| self.sessions[nth].user.clone())
        };
        let Some(mut user) = named else {
            return Answer::dead();
        };
        if self.faults.is(Fault::NamesAnother(Route::SelfInfo)) {
            SOMEBODY_ELSE.clone_into(&mut user);
        }
        Answer::ok(&format!(r#""user_id":"{user}""#))
    }

    /// Who is online on a device, whoever asks.
    pub(in crate::session_server) fn who_is_on(&mut self, device: &str, now: Micros) -> Answer {
        let last = self.devices.get(device).copied();
        match last.filter(|&nth| self.is_alive(nth, now)) {
            Some(nth) => Answer::ok(&format!(r#""user_id":"{}""#, self.sessions[nth].user)),
            None => Answer::dead(),
        }
    }

    pub(in crate::session_server) fn reconnect(&mut self, token: &str, now: Micros) -> Answer {
        if let Some(nth) = self.accepted(token, now) {
            if self.faults.is(Fault::LossEndsSession) {
                self.end(nth, Over::Wronged);
                return Answer::dead();
            }
            if self.faults.is(Fault::NamesAnother(Route::Reconnect)) {
                SOMEBODY_ELSE.clone_into(&mut self.sessions[nth].user);
            }
            return Answer::ok("");
        }
        let Some(&nth) = self.tokens.get(token) else {
            return Answer::dead();
        };
        let session = &self.sessions[nth];
        if session.over != Some(Over::Kicked) {
            return Answer::dead();
        }
        if self.faults.is(Fault::KickedComesBack) {
            return Answer::ok("");
        }
        let (user, device) = (session.user.clone(), session.device.clone());
        if self.tells_of_the_kick(&user, &device, At::Reconnect) {
            return Answer::no(401, 6208);
        }
        Answer::dead()
    }

    /// Which of the accounts that an administrator asks about have ever logged in, as the documents have the answer.
    pub(in crate::session_server) fn look_up(&self, body: &[u8]) -> Answer {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let items = asked["CheckItem"].as_array().cloned().unwrap_or_default();
        let items = items.iter().map(|item| {
            let user = item["UserID"].as_str().unwrap_or_default();
            let is_there =
                self.accounts.contains_key(user) && !self.faults.is(Fault::SignsNobodyUp);
            let status = if is_there { "Imported" } else { "NotImported" };
            json!({"UserID": user, "ResultCode": 0, "ResultInfo": "", "AccountStatus": status})
        });
        let items: Vec<Value> = items.collect();
        let body =
            json!({"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "ResultItem": items});
        Answer {
            status: 200,
            body: body.to_string(),
        }
    }

    pub(in crate::session_server) fn logout(&mut self, token: &str, now: Micros) -> Answer {
        let Some(nth) = self.accepted(token, now) else {
            return Answer::dead();
        };
        self.end(nth, Over::LoggedOut);
        let user = self.sessions[nth].user.clone();
        let mut others = self.accounts.get(&user).cloned().unwrap_or_default();
        others.retain(|&other| self.is_alive(other, now));
        if !others.is_empty() && self.faults.is(Fault::LogoutEndsAll) {
            for other in others {
                self.end(other, Over::Wronged);
            }
        }
        Answer::ok("")
    }

    /// What happened to a session that asks: told once, also where it has ended by that.
    pub(in crate::session_server) fn news(
        &mut self,
        token: &str,
        now: Micros,
    ) -> Result<Option<&'static str>, Answer> {
        let Some(&nth) = self.tokens.get(token) else {
            return Err(Answer::dead());
        };
        let alive = self.accepted(token, now).is_some();
        let waiting = &mut self.sessions[nth].waiting;
        if waiting.is_some_and(|(_, from)| from <= now) {
            return Ok(waiting.take().map(|(event, _)| event));
        }
        // What is told late is told though the session is over.
        if alive || waiting.is_some() {
            Ok(None)
        } else {
            Err(Answer::dead())
        }
    }

    /// Opens a push channel.
    pub(in crate::session_server) fn open(
        &mut self,
        token: &str,
        now: Micros,
    ) -> Result<Opened, Answer> {
        let known = self.tokens.get(token).copied();
        // What only lives on for requests is another fault.
        let alive = known.filter(|&nth| self.is_alive(nth, now));
        let dead = || known.filter(|_| self.faults.is(Fault::DeadTokenOpens));
        let nth = alive.or_else(dead).ok_or_else(Answer::dead)?;
        let (sender, pushes) = unbounded_channel();
        let session = &mut self.sessions[nth];
        session.channel = Some(sender);
        session.heard = now;
        self.books.channels += 1;
        if let Some((event, _)) = self.sessions[nth].waiting.take() {
            self.tell(nth, event, Duration::ZERO);
        }
        let told = self.faults.strike(|fault| {
            if let Fault::ToldWithoutCause(event) = fault {
                Some(event)
            } else {
                None
            }
        });
        if let Some(event) = told {
            self.tell(nth, event, A_WHILE);
        }
        let ends = self.faults.strike(|fault| {
            if let Fault::Channel(end) = fault {
                Some((end, A_WHILE))
            } else {
                None
            }
        });
        Ok(Opened {
            session: nth,
            pushes,
            ends,
        })
    }

    pub(in crate::session_server) fn sign_of_life(&mut self, nth: usize, now: Micros) {
        if self.is_alive(nth, now) {
            self.sessions[nth].heard = now;
        }
    }

    /// A channel has ended. Another one may have been opened in its place.
    pub(in crate::session_server) fn channel_ended(&mut self, nth: usize) {
        let channel = &mut self.sessions[nth].channel;
        if channel.as_ref().is_some_and(UnboundedSender::is_closed) {
            *channel = None;
        }
    }
}
