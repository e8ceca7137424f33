//! A target of every dialect that repeats whatever secret it gets: in error codes, named accounts, headers, the status
//! line, events and bodies that are no answer. It keeps the secrets that it heard and issued, so that they can be looked
//! for.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose as sixty_four;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, WebSocket};
use trtc_load::clock;
use trtc_load::usersig::{Key, SdkAppId, UserId, sign};

use super::marks::{Marks, invented};

/// Words that fill an error code, so that it is cut inside the secret behind them.
const FILL: &str = "the session of this device was refused here ";

/// How the paths of a homeserver begin.
const MATRIX: &str = "/_matrix";

/// Where it listens, until the test's process ends.
pub(super) struct Echo {
    pub(super) url: String,
}

struct Desk {
    marks: Marks,
    key: Key,
    served: AtomicU64,
    /// Whose session a token is.
    sessions: Mutex<HashMap<String, String>>,
}

struct Heard {
    path: String,
    headers: HashMap<String, String>,
    body: Value,
}

impl Echo {
    /// Starts it on a free port. UserSigs that it issues are signed with `key`.
    pub(super) fn start(marks: &Marks, key: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let desk = Arc::new(Desk {
            marks: marks.clone(),
            key: Key::new(key),
            served: AtomicU64::new(0),
            sessions: Mutex::default(),
        });
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let desk = desk.clone();
                thread::spawn(move || desk.serve(&stream));
            }
        });
        Self {
            url: format!("http://{address}"),
        }
    }
}

impl Desk {
    /// Answers requests until the other side closes, or the answer is the last one.
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        loop {
            let heard = read(&mut reader)?;
            let secrets = self.secrets_of(&heard);
            let nth = self.served.fetch_add(1, Ordering::Relaxed);
            let said = secrets.join(" ");
            if heard.path.starts_with("/v1/events") && !nth.is_multiple_of(3) {
                return push(stream, &heard, &said);
            }
            let (status, body) = self.answer(&heard, &said, nth);
            let mut writer = stream;
            writer
                .write_all(
                    format!(
                        "HTTP/1.1 {status} {said}\r\nX-Echo: {said}\r\nRetry-After: {said}\r\n\
                         Set-Cookie: sid={said}\r\nContent-Type: text/{said}\r\n\
                         Content-Length: {}\r\n\r\n{body}",
                        body.len()
                    )
                    .as_bytes(),
                )
                .ok()?;
        }
    }

    /// What a request holds that nobody else may read, the longest first.
    fn secrets_of(&self, heard: &Heard) -> Vec<String> {
        let (_, query) = heard.path.split_once('?').unwrap_or_default();
        let in_query = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(known, _)| *known == name);
            found.map(|(_, value)| value.replace("%2A", "*"))
        };
        let in_body = |name: &str| heard.body[name].as_str().map(str::to_owned);
        let bearer = heard.headers.get("authorization");
        let token = bearer.and_then(|bearer| bearer.strip_prefix("Bearer "));
        let found = [
            ("a UserSig", in_body("user_sig")),
            ("an administrator's UserSig", in_query("usersig")),
            ("a password", in_body("password")),
            ("a session token", token.map(str::to_owned)),
            ("a Sign digest", in_query("Sign")),
        ];
        let mut secrets = Vec::new();
        for (what, secret) in found {
            if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
                self.marks.add(what, &secret);
                secrets.push(secret);
            }
        }
        secrets
    }

    fn answer(&self, heard: &Heard, said: &str, nth: u64) -> (u16, String) {
        let code = match &heard.path {
            path if path.starts_with(MATRIX) => "errcode",
            path if path.starts_with("/v4") || path.starts_with("/hook") => "ErrorCode",
            _ => "code",
        };
        let middle: String = said.chars().skip(5).take(25).collect();
        let said = &self.disguised(said, nth / 8);
        // Session servers answer well more often, so that there are sessions to ask about.
        match nth % 8 {
            1 => (
                401,
                json!({ code: format!("no: {said}"), "message": said }).to_string(),
            ),
            2 => (403, json!({ code: format!("{FILL}{said}") }).to_string()),
            3 => (
                429,
                json!({ code: format!("slow down: ..{middle}..") }).to_string(),
            ),
            4 => (200, format!("{said} is no JSON")),
            5 => (200, self.good(heard, Some(said), nth).to_string()),
            _ => (200, self.good(heard, None, nth).to_string()),
        }
    }

    /// What it repeats, as it is or in one of the common encodings. All of them are secrets as well.
    fn disguised(&self, said: &str, nth: u64) -> String {
        let each = said.split(' ').filter(|secret| !secret.is_empty());
        let hidden: Vec<String> = each.map(|secret| disguise(secret, nth)).collect();
        for secret in hidden.iter().filter(|secret| secret.len() >= 12) {
            self.marks.add("a disguised secret", secret);
        }
        hidden.join(" ")
    }

    /// A success. Where `instead` is given, the account is named by that, or by the token that the answer gives.
    fn good(&self, heard: &Heard, instead: Option<&str>, nth: u64) -> Value {
        let new = invented(nth);
        let mut sessions = self.sessions.lock().expect("no thread panicked");
        let bearer = heard
            .headers
            .get("authorization")
            .cloned()
            .unwrap_or_default();
        let user = heard.body["user_id"].as_str();
        let user = user
            .or(heard.body["identifier"]["user"].as_str())
            .map(str::to_owned);
        let user = user
            .or_else(|| sessions.get(&bearer).cloned())
            .unwrap_or_default();
        let is_login = heard.path.ends_with("/login");
        if is_login {
            self.marks.add("a session token", &new);
            sessions.insert(format!("Bearer {new}"), user.clone());
        }
        let named = match instead {
            None => user,
            Some(_) if is_login && nth % 16 == 5 => new.clone(),
            Some(said) => said.to_owned(),
        };
        if heard.path == "/usersig" {
            return json!({ "code": 0, "data": { "userSig": self.issue(heard, nth) } });
        }
        if heard.path.starts_with(MATRIX) {
            let user_id = format!("@{named}:example.org");
            let next = format!("s{nth}_{bearer}");
            return json!({ "user_id": user_id, "access_token": new, "next_batch": next });
        }
        json!({
            "code": 0, "ErrorCode": 0, "token": new, "user_id": named, "event": named, "next": bearer,
        })
    }

    /// A UserSig: a right one, or a text that is none.
    fn issue(&self, heard: &Heard, nth: u64) -> String {
        let user = heard.body["userId"]
            .as_str()
            .and_then(|id| UserId::new(id).ok());
        let issued = match user {
            Some(user) if !nth.is_multiple_of(3) => sign(
                SdkAppId(1_400_000_001),
                &user,
                &self.key,
                clock::unix_now(),
                86_400,
            ),
            Some(_) | None => invented(nth),
        };
        self.marks.add("an issued UserSig", &issued);
        issued
    }
}

/// `secret` in another form, by turns.
fn disguise(secret: &str, nth: u64) -> String {
    let bytes = |show: fn(u8) -> String| secret.bytes().map(show).collect::<String>();
    let (first, second) = secret.split_at(secret.len() / 2);
    match nth % 14 {
        0 => secret.to_owned(),
        1 => sixty_four::STANDARD.encode(secret),
        2 => sixty_four::URL_SAFE_NO_PAD.encode(secret),
        3 => sixty_four::STANDARD.encode(format!("sid:{secret}")),
        4 => base32(secret.as_bytes()),
        5 => base32(secret.as_bytes()).to_lowercase(),
        6 => bytes(|byte| format!("{byte:02x}")),
        7 => bytes(|byte| format!("{byte:02X}")),
        8 => bytes(|byte| format!("%{byte:02x}")),
        9 => bytes(|byte| format!("\\u00{byte:02x}")),
        10 => secret.chars().rev().collect(),
        11 => first.to_owned(),
        12 => second.to_owned(),
        _ => secret.to_uppercase(),
    }
}

/// As RFC 4648 has it, by its bits.
fn base32(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let digit = |five: &[u8]| {
        let value = usize::from_str_radix(&String::from_utf8_lossy(five), 2).unwrap_or(0);
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[value << (5 - five.len())])
    };
    bits.as_bytes().chunks(5).map(digit).collect()
}

/// Opens the push channel, says everything that it can say in it, and closes it.
fn push(stream: &TcpStream, heard: &Heard, said: &str) -> Option<()> {
    let mut writer = stream;
    let Some(key) = heard.headers.get("sec-websocket-key") else {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        let events = format!(
            ": {said}\n\nid: {said}\nevent: {said}\nretry: {said}\ndata: {said}\n\n\
             event: kicked_offline\ndata: {{\"by\":\"{said}\"}}\n\n"
        );
        writer.write_all(head.as_bytes()).ok()?;
        thread::sleep(Duration::from_millis(50));
        return writer.write_all(events.as_bytes()).ok();
    };
    let accept = derive_accept_key(key.as_bytes());
    let head = format!(
        "HTTP/1.1 101 {said}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Echo: {said}\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    writer.write_all(head.as_bytes()).ok()?;
    let mut channel = WebSocket::from_raw_socket(stream, Role::Server, None);
    channel.send(Message::text(said)).ok()?;
    channel
        .send(Message::text(json!({ "event": said }).to_string()))
        .ok()?;
    thread::sleep(Duration::from_millis(50));
    let reason: String = said.chars().take(100).collect();
    let frame = CloseFrame {
        code: 4001.into(),
        reason: reason.into(),
    };
    channel.close(Some(frame)).ok()
}

/// A whole request; none where there is no other.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<Heard> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length");
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Heard {
        path,
        headers,
        body,
    })
}
