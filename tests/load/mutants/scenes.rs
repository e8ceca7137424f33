//! What is played against the server: for each kind of scenario a profile and what the server's app is set to.

use std::fmt::Write as _;
use std::time::Duration;

use trtc_load::dialect::Dialect;

use crate::program::KEY;
use crate::session_server::{APP, Seats, Setup, Tells};

/// A scenario, and the app that it is played with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    dialect: &'static str,
    /// Lines of `[[scenarios]]`.
    scenario: &'static str,
    platforms: &'static str,
    seats: Seats,
    tells: Tells,
    heartbeat: Duration,
    /// How many logins an arrival has, about.
    logins: u32,
}

/// How much of a scene is played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    /// About so many sessions, those of all its devices together.
    pub(crate) sessions: u32,
    /// How many logins a second the machine is to bear.
    pub(crate) logins_per_second: u32,
}

/// How long a step may take, and after it a server that is too slow for it.
const TIMEOUT: &str = "3s";
pub(crate) const TOO_SLOW: Duration = Duration::from_millis(3_500);

/// How long a notice may take, and after it one that is too late.
const NOTICE_LIMIT: &str = "1s";
pub(crate) const TOO_LATE: Duration = Duration::from_millis(1_300);

/// The dialect `session`, but for who is logged in: that is asked by the device's name.
pub(crate) const BY_NAME: &str = "by-name.toml";

/// It, in full.
pub(crate) fn dialect_by_name() -> String {
    let session = Dialect::shipped("session").expect("it is shipped");
    // The first request with a token is the one after the login.
    let by_token = "headers = { Authorization = \"Bearer {token}\" }";
    session.replacen(by_token, "headers = { X-Device = \"{device_id}\" }", 1)
}

/// The dialect `session`, with the administrator's look at accounts.
pub(crate) const LOOKS_UP: &str = "looks-up.toml";

/// It, in full.
pub(crate) fn dialect_that_looks_up() -> String {
    let rest = Dialect::shipped("tencent-rest").expect("it is shipped");
    let begin = rest
        .find("[operations.account_check]")
        .expect("it looks accounts up");
    let length = rest[begin..].find("\n\n").expect("it has more");
    let account_check = &rest[begin..begin + length];
    format!("version = 1\nname = \"looks-up\"\nlike = \"session\"\n{account_check}\n")
}

/// The dialect `session` of a service whose sessions end with their channels.
pub(crate) const BY_CHANNEL: &str = "by-channel.toml";

/// It, in full.
pub(crate) const DIALECT_BY_CHANNEL: &str =
    "version = 1\nname = \"by-channel\"\nlike = \"session\"\nsession_bound_to = \"channel\"\n";

const PLAIN: Scene = Scene {
    name: "login",
    dialect: "session",
    scenario: "",
    platforms: "{ android = 1, web = 1 }",
    seats: Seats::DUAL,
    tells: Tells::Silent,
    heartbeat: Duration::from_secs(400),
    logins: 1,
};

pub(crate) const LOGIN: Scene = Scene {
    scenario: "name = \"login\"\ndwell = \"500ms\"\nlogout = \"50%\"",
    ..PLAIN
};

pub(crate) const SWITCH: Scene = Scene {
    name: "switch",
    scenario: "name = \"switch\"\ndwell = \"300ms\"",
    logins: 2,
    ..PLAIN
};

/// Each stay is asked about in its middle.
pub(crate) const WATCHED: Scene = Scene {
    name: "login, watched",
    scenario: "name = \"login\"\ndwell = \"800ms\"\nlogout = \"50%\"\nwatch = \"100%\"",
    ..PLAIN
};

/// Whose account is there is looked up after each login.
pub(crate) const LOOKED_UP: Scene = Scene {
    name: "login, and the account is looked up",
    dialect: LOOKS_UP,
    scenario: "name = \"login\"\ndwell = \"300ms\"\nsigned_up = \"100%\"",
    ..PLAIN
};

/// Everybody presses login twice.
pub(crate) const IMPATIENT: Scene = Scene {
    name: "login, pressed twice",
    scenario: "name = \"login\"\ndwell = \"300ms\"\nimpatient = \"100%\"",
    ..PLAIN
};

const KICK: &str =
    "name = \"kicked\"\ndwell = \"300ms\"\nreaction = \"200ms\"\nin_flight = \"30%\"";

pub(crate) const KICKED: Scene = Scene {
    name: "kicked",
    scenario: KICK,
    logins: 3,
    ..PLAIN
};

/// The kicked one stays away and listens.
pub(crate) const KICKED_FOR_GOOD: Scene = Scene {
    name: "kicked, and stays away",
    scenario: "name = \"kicked\"\ndwell = \"1500ms\"\nrelogin = 0",
    logins: 2,
    ..PLAIN
};

pub(crate) const FIGHT: Scene = Scene {
    name: "fight",
    scenario: "name = \"fight\"\nkind = \"kicked\"\ndwell = \"300ms\"\nreaction = \"100ms\"\nfights = 2",
    logins: 5,
    ..PLAIN
};

pub(crate) const BY_EVENTS: Scene = Scene {
    name: "kicked, told by an event stream",
    dialect: "session-sse",
    ..KICKED
};

pub(crate) const BY_LONG_POLLS: Scene = Scene {
    name: "kicked, told by long polls",
    dialect: "session-poll",
    ..KICKED
};

pub(crate) const BY_STATUS: Scene = Scene {
    name: "kicked, told by polls",
    dialect: "session-status",
    ..KICKED
};

pub(crate) const EXPIRED: Scene = Scene {
    name: "expired",
    scenario: "name = \"expired\"\ndwell = \"300ms\"",
    logins: 2,
    ..PLAIN
};

/// UserSigs that must be refused, of every kind.
pub(crate) const REFUSED: Scene = Scene {
    name: "refused",
    scenario: "name = \"refused\"",
    ..PLAIN
};

/// The same where the service is asked by a device's name, not by a token, who is logged in on it.
pub(crate) const EXPIRED_BY_NAME: Scene = Scene {
    name: "expired, asked by name",
    dialect: BY_NAME,
    ..EXPIRED
};

pub(crate) const REFUSED_BY_NAME: Scene = Scene {
    name: "refused, asked by name",
    dialect: BY_NAME,
    ..REFUSED
};

pub(crate) const RECONNECT: Scene = Scene {
    name: "reconnect",
    scenario: "name = \"reconnect\"\ndwell = \"300ms\"\ncut = \"rst\"\naway = \"200ms\"",
    ..PLAIN
};

/// The same, of a service whose sessions end with their channels.
pub(crate) const RECONNECT_BY_CHANNEL: Scene = Scene {
    name: "reconnect, where a session ends with its channel",
    dialect: BY_CHANNEL,
    ..RECONNECT
};

const AWAY: &str = "name = \"reconnect\"\ndwell = \"300ms\"\naway = \"400ms\"\nreaction = \"200ms\"\nkicked_meanwhile = \"100%\"";

pub(crate) const AWAY_SILENT: Scene = Scene {
    name: "kicked while away",
    scenario: AWAY,
    platforms: "{ android = 1 }",
    logins: 4,
    ..PLAIN
};

pub(crate) const AWAY_ON_LOGIN: Scene = Scene {
    name: "kicked while away, told at login",
    tells: Tells::OnLogin,
    ..AWAY_SILENT
};

pub(crate) const AWAY_ON_RECONNECT: Scene = Scene {
    name: "kicked while away, told at reconnect",
    tells: Tells::OnReconnect,
    ..AWAY_SILENT
};

pub(crate) const AWAY_BOTH: Scene = Scene {
    name: "kicked while away, told at either",
    tells: Tells::Both,
    ..AWAY_SILENT
};

/// Every pair of families meets: phone and phone, phone and desktop, native and web.
const DEVICES: &str = "name = \"devices\"\ndevices = [\"web\", \"android\", \"ipad\", \"mac\", \"web\"]\npause = \"300ms\"\ndwell = \"300ms\"\nlogout = \"50%\"";

pub(crate) const SINGLE: Scene = Scene {
    name: "devices, single",
    scenario: DEVICES,
    seats: Seats::of("single"),
    logins: 5,
    ..PLAIN
};

pub(crate) const DUAL: Scene = Scene {
    name: "devices, dual",
    seats: Seats::of("dual"),
    ..SINGLE
};

pub(crate) const TRIPLE: Scene = Scene {
    name: "devices, triple",
    seats: Seats::of("triple"),
    ..SINGLE
};

pub(crate) const MULTI: Scene = Scene {
    name: "devices, multi",
    seats: Seats::of("multi"),
    ..SINGLE
};

/// Three browsers and two phones have room, one more of either has not.
pub(crate) const INSTANCES: Scene = Scene {
    name: "devices, several of a platform",
    scenario: "name = \"devices\"\ndevices = [\"web\", \"web\", \"web\", \"web\", \"android\", \"android\", \"android\"]\npause = \"300ms\"\ndwell = \"300ms\"",
    seats: Seats {
        policy: "dual",
        web: 3,
        native: 2,
    },
    logins: 7,
    ..SINGLE
};

pub(crate) const ABSENT: Scene = Scene {
    name: "absent",
    scenario: "name = \"absent\"\ndwell = \"200ms\"",
    heartbeat: Duration::from_secs(1),
    ..PLAIN
};

/// Whatever a session rule is about, in one profile.
pub(crate) const EVERYTHING: Scene = Scene {
    name: "everything",
    scenario: "name = \"login\"\nweight = 3\ndwell = \"500ms\"\nlogout = \"50%\"
[[scenarios]]
name = \"switch\"\nweight = 2\ndwell = \"300ms\"\nwatch = \"50%\"
[[scenarios]]
name = \"out-and-in\"\nkind = \"switch\"\nhow = \"logout_then_login\"\ndwell = \"300ms\"
[[scenarios]]
name = \"kicked\"\nweight = 3\ndwell = \"300ms\"\nreaction = \"200ms\"\nin_flight = \"30%\"
[[scenarios]]
name = \"fight\"\nkind = \"kicked\"\nweight = 2\ndwell = \"300ms\"\nreaction = \"100ms\"\nfights = 2
[[scenarios]]
name = \"expired\"\nweight = 2\ndwell = \"300ms\"
[[scenarios]]
name = \"refused\"\nweight = 2
[[scenarios]]
name = \"reconnect\"\nweight = 4\ndwell = \"300ms\"\naway = \"400ms\"\nreaction = \"200ms\"\nkicked_meanwhile = \"50%\"
[[scenarios]]
name = \"devices\"\nweight = 4\ndevices = [\"web\", \"android\", \"ipad\", \"web\"]\npause = \"300ms\"\ndwell = \"300ms\"\nlogout = \"50%\"
[[scenarios]]
name = \"absent\"\nweight = 1\ndwell = \"200ms\"\npush = false",
    tells: Tells::Both,
    // Longer than from one sign of life to the next, with a server between them that stands still.
    heartbeat: Duration::from_secs(8),
    logins: 4,
    ..PLAIN
};

/// The same, told by an event stream, by long polls and by polls.
pub(crate) const EVERYTHING_BY_EVENTS: Scene = Scene {
    name: "everything, told by an event stream",
    dialect: "session-sse",
    ..EVERYTHING
};

pub(crate) const ALL: [Scene; 28] = [
    WATCHED,
    LOOKED_UP,
    IMPATIENT,
    REFUSED,
    EVERYTHING,
    EVERYTHING_BY_EVENTS,
    LOGIN,
    SWITCH,
    KICKED,
    KICKED_FOR_GOOD,
    FIGHT,
    BY_EVENTS,
    BY_LONG_POLLS,
    BY_STATUS,
    EXPIRED,
    EXPIRED_BY_NAME,
    REFUSED_BY_NAME,
    RECONNECT,
    AWAY_SILENT,
    AWAY_ON_LOGIN,
    AWAY_ON_RECONNECT,
    AWAY_BOTH,
    SINGLE,
    DUAL,
    TRIPLE,
    MULTI,
    INSTANCES,
    ABSENT,
];

impl Scene {
    /// What its app is set to.
    pub(crate) const fn setup(&self) -> Setup {
        Setup {
            app: APP,
            key: KEY,
            seats: self.seats,
            tells: self.tells,
            heartbeat: self.heartbeat,
        }
    }

    /// The profile that plays it, with these budgets.
    pub(crate) fn profile(&self, url: &str, budgets: &[String], amount: Amount) -> String {
        let Self {
            dialect,
            scenario,
            platforms,
            seats,
            ..
        } = self;
        let tells = match self.tells {
            Tells::Silent => "silent",
            Tells::OnLogin => "on_login",
            Tells::OnReconnect => "on_reconnect",
            Tells::Both => "both",
        };
        let heartbeat = self.heartbeat.as_secs();
        let per_second = (amount.logins_per_second / self.logins).max(1);
        let arrivals = amount.sessions.div_ceil(self.logins);
        let span = u64::from(arrivals) * 1_000 / u64::from(per_second);
        // No account comes twice.
        let accounts = 4 * arrivals + 1_000;
        let mut profile = format!("version = 1\nseed = 7\nbudgets = {budgets:?}\n");
        let _ = write!(
            profile,
            "[target]\nurl = \"{url}\"\ndialect = \"{dialect}\"\ntimeout = \"{TIMEOUT}\"\n\
             notice_limit = \"{NOTICE_LIMIT}\"\nheartbeat_limit = \"{heartbeat}s\"\n\
             kicked_while_away = \"{tells}\"\npolicy = \"{}\"\nweb_instances = {}\nnative_instances = {}\n",
            seats.policy, seats.web, seats.native
        );
        let _ = write!(
            profile,
            "[[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
             [population]\naccounts = {accounts}\nplatforms = {platforms}\n[[scenarios]]\n{scenario}\n\
             [[stages]]\nname = \"peak\"\nfor = \"{span}ms\"\nrate = {per_second}\nspacing = \"even\"\n\
             [limits]\ndrain = \"20s\"\n"
        );
        profile
    }
}
