//! What a device may do next: every state, every input, no gap.
//!
//! The rules are the documented ones: only an expired UserSig leads to a login by itself, and only once; a network
//! loss leads to a reconnect and never to a login; a switch is a login with another account, without a logout before
//! it; a login while one runs is suppressed; a kicked person comes back when the person wants to.

use std::fmt;

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum State {
    /// No account. `self_info` is empty.
    #[default]
    Offline,
    /// A login is under way.
    LoggingIn,
    /// The one login that follows a new UserSig is under way.
    LoggingInAgain,
    /// An account is online.
    Online,
    /// A login with another account is under way on a device that is online.
    Switching,
    /// Online by token, without a network: the SDK reconnects by itself.
    Reconnecting,
    /// A rival ended the session.
    Kicked,
}

/// What can happen to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// The person wants to log in.
    LogIn,
    /// The person wants to go on as another account.
    SwitchAccount,
    /// The person logs out.
    LogOut,
    /// The app goes away without a logout.
    Leave,
    /// The login's answer is yes.
    Accepted,
    /// The login is refused because the UserSig expired: 6206 or 70001.
    RefusedExpired,
    /// The login is refused with a code that asks to wait.
    RefusedWait,
    /// The login is refused with any other code.
    RefusedOther,
    /// The login got no answer.
    NoAnswer,
    /// The push channel says that a rival took over.
    KickNotice,
    /// The push channel says that the UserSig expired.
    ExpiredNotice,
    /// The network is gone.
    NetworkLost,
    /// The network is back and the session still valid.
    NetworkBack,
}

/// What the device does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send the login.
    SendLogin,
    /// Fetch a new UserSig, then send one more login.
    RenewAndLogin,
    /// Do nothing: a login is already under way.
    SuppressLogin,
    /// Send the logout.
    SendLogout,
    /// Close the connections without a logout.
    CloseConnections,
    /// Reopen the push channel with the token that is there, without a login.
    Reconnect,
    /// Report the code with its remedy; do not log in again.
    Report,
    /// Delay the account's next planned arrival.
    DelayAccount,
    /// Tell the person.
    TellPerson,
}

/// The answer of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// To this state, with these effects in this order.
    Go(State, &'static [Effect]),
    /// Nothing changes: late or repeated news.
    Stay,
    /// The rules know no such input here: the device's own fault.
    Illegal,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Offline,
        Self::LoggingIn,
        Self::LoggingInAgain,
        Self::Online,
        Self::Switching,
        Self::Reconnecting,
        Self::Kicked,
    ];

    /// The rules, whole: one answer for each pair of state and input.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a table is read whole")]
    pub const fn on(self, input: Input) -> Next {
        use Effect as E;
        use Input as I;
        use State as S;
        match (self, input) {
            (S::Offline | S::Kicked, I::LogIn) => Next::Go(S::LoggingIn, &[E::SendLogin]),
            (S::LoggingIn | S::LoggingInAgain | S::Switching, I::LogIn | I::SwitchAccount) => {
                Next::Go(self, &[E::SuppressLogin])
            }
            // A login with the account that is online already changes nothing.
            (S::Online | S::Reconnecting, I::LogIn) => Next::Stay,
            (S::Online | S::Reconnecting, I::SwitchAccount) => {
                Next::Go(S::Switching, &[E::SendLogin])
            }
            // Nobody is online: switching is logging in.
            (S::Offline | S::Kicked, I::SwitchAccount) => {
                Next::Go(S::LoggingIn, &[E::SendLogin])
            }

            (S::LoggingIn | S::LoggingInAgain | S::Switching, I::Accepted) => {
                Next::Go(S::Online, &[])
            }
            (S::LoggingIn | S::Switching, I::RefusedExpired) => {
                Next::Go(S::LoggingInAgain, &[E::RenewAndLogin])
            }
            // A second refusal must not become a loop of logins.
            (S::LoggingInAgain, I::RefusedExpired)
            | (S::LoggingIn | S::LoggingInAgain | S::Switching, I::RefusedOther | I::NoAnswer) => {
                Next::Go(S::Offline, &[E::Report])
            }
            (S::LoggingIn | S::LoggingInAgain | S::Switching, I::RefusedWait) => {
                Next::Go(S::Offline, &[E::Report, E::DelayAccount])
            }

            (S::Online | S::Reconnecting | S::Switching, I::KickNotice) => {
                Next::Go(S::Kicked, &[E::TellPerson])
            }
            // The rival won the race while our login was under way.
            (S::LoggingIn | S::LoggingInAgain, I::KickNotice) => {
                Next::Go(S::Kicked, &[E::TellPerson])
            }
            // The server may say it twice, or after the person has gone.
            (S::Offline | S::Kicked, I::KickNotice | I::ExpiredNotice) => Next::Stay,
            (S::Online | S::Reconnecting, I::ExpiredNotice) => {
                Next::Go(S::LoggingInAgain, &[E::RenewAndLogin])
            }
            // The login under way carries a UserSig of its own.
            (S::LoggingIn | S::LoggingInAgain | S::Switching, I::ExpiredNotice) => Next::Stay,

            (S::Online, I::NetworkLost) => Next::Go(S::Reconnecting, &[E::Reconnect]),
            (S::Reconnecting, I::NetworkBack) => Next::Go(S::Online, &[]),
            // A login under way hears of it as `NoAnswer`.
            (
                S::Offline
                | S::Kicked
                | S::LoggingIn
                | S::LoggingInAgain
                | S::Switching
                | S::Reconnecting,
                I::NetworkLost,
            )
            | (
                S::Offline
                | S::Kicked
                | S::LoggingIn
                | S::LoggingInAgain
                | S::Switching
                | S::Online,
                I::NetworkBack,
            ) => Next::Stay,

            (S::Online | S::Reconnecting, I::LogOut) => Next::Go(S::Offline, &[E::SendLogout]),
            (S::Offline | S::Kicked, I::LogOut) => Next::Stay,
            (
                S::Offline
                | S::LoggingIn
                | S::LoggingInAgain
                | S::Online
                | S::Switching
                | S::Reconnecting
                | S::Kicked,
                I::Leave,
            ) => Next::Go(S::Offline, &[E::CloseConnections]),

            // The SDK calls one at a time: a logout waits for the login's answer.
            (S::LoggingIn | S::LoggingInAgain | S::Switching, I::LogOut)
            // An answer to a login that nobody sent.
            | (
                S::Offline | S::Online | S::Reconnecting | S::Kicked,
                I::Accepted | I::RefusedExpired | I::RefusedWait | I::RefusedOther | I::NoAnswer,
            ) => Next::Illegal,
        }
    }

    /// Whether an account is online.
    #[must_use]
    pub const fn is_online(self) -> bool {
        match self {
            Self::Online | Self::Reconnecting | Self::Switching => true,
            Self::Offline | Self::LoggingIn | Self::LoggingInAgain | Self::Kicked => false,
        }
    }
}

impl Input {
    /// Every input.
    pub const ALL: [Self; 13] = [
        Self::LogIn,
        Self::SwitchAccount,
        Self::LogOut,
        Self::Leave,
        Self::Accepted,
        Self::RefusedExpired,
        Self::RefusedWait,
        Self::RefusedOther,
        Self::NoAnswer,
        Self::KickNotice,
        Self::ExpiredNotice,
        Self::NetworkLost,
        Self::NetworkBack,
    ];
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Go(state, []) => write!(f, "{state:?}"),
            Self::Go(state, effects) => write!(f, "{state:?} {effects:?}"),
            Self::Stay => f.write_str("stay"),
            Self::Illegal => f.write_str("illegal"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every login that the rules can send without a person's wish, from `state` on, when each is refused as expired.
    fn logins_by_itself(mut state: State) -> u32 {
        let mut logins = 0;
        for _ in 0..10 {
            match state.on(Input::RefusedExpired) {
                Next::Go(next, effects) => {
                    logins += u32::from(effects.contains(&Effect::RenewAndLogin));
                    state = next;
                }
                Next::Stay | Next::Illegal => break,
            }
        }
        logins
    }

    #[test]
    fn an_expired_user_sig_leads_to_one_more_login_and_never_to_two() {
        assert_eq!(logins_by_itself(State::LoggingIn), 1);
        assert_eq!(logins_by_itself(State::Switching), 1);
        assert_eq!(logins_by_itself(State::LoggingInAgain), 0);
    }

    #[test]
    fn no_refusal_but_an_expired_user_sig_sends_a_login() {
        for state in State::ALL {
            for input in [
                Input::RefusedWait,
                Input::RefusedOther,
                Input::NoAnswer,
                Input::KickNotice,
                Input::NetworkLost,
                Input::NetworkBack,
            ] {
                if let Next::Go(_, effects) = state.on(input) {
                    assert!(!effects.contains(&Effect::SendLogin), "{state:?} {input:?}");
                    assert!(
                        !effects.contains(&Effect::RenewAndLogin),
                        "{state:?} {input:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_switch_sends_no_logout() {
        for state in State::ALL {
            if let Next::Go(_, effects) = state.on(Input::SwitchAccount) {
                assert!(!effects.contains(&Effect::SendLogout), "{state:?}");
            }
        }
    }

    #[test]
    fn a_login_while_one_runs_is_suppressed() {
        for state in [State::LoggingIn, State::LoggingInAgain, State::Switching] {
            assert_eq!(
                state.on(Input::LogIn),
                Next::Go(state, &[Effect::SuppressLogin])
            );
        }
    }

    #[test]
    fn nobody_is_online_after_a_failed_login() {
        for state in [State::LoggingIn, State::LoggingInAgain, State::Switching] {
            for input in [Input::RefusedWait, Input::RefusedOther, Input::NoAnswer] {
                let Next::Go(next, _) = state.on(input) else {
                    panic!("{state:?} {input:?} must lead somewhere");
                };
                assert_eq!(next, State::Offline, "{state:?} {input:?}");
            }
        }
    }
}
