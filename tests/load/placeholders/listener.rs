//! A target that keeps every request as it stood on the wire, and says yes to all of them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use trtc_load::clock;
use trtc_load::usersig::{Key, UserId, sign};

use super::values::APP;
use crate::program::KEY;

/// A request, and what it was answered with.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// The operation that its path names.
    pub(super) name: String,
    /// What each spot says, decoded: the path's and the query's pairs, the headers in lower case, the body's members.
    pub(super) spots: BTreeMap<&'static str, BTreeMap<String, String>>,
    /// The path up to the operation's name.
    pub(super) before: String,
    /// What the answer gave.
    pub(super) given: Value,
}

/// Where it listens, until the test's process ends.
pub(super) struct Listener {
    url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Listener {
    /// Starts it on a free port.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let heard = Arc::<Mutex<Vec<Heard>>>::default();
        let all = heard.clone();
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let all = all.clone();
                thread::spawn(move || serve(&stream, &all));
            }
        });
        let url = format!("http://{address}");
        Self { url, heard }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What it heard so far, in order.
    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("no thread panicked").clone()
    }
}

/// Answers requests until the other side closes.
fn serve(stream: &TcpStream, all: &Mutex<Vec<Heard>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut heard = read(&mut reader)?;
        let key = heard.spots["header"].get("sec-websocket-key").cloned();
        let is_stream = heard.spots["header"].contains_key("accept");
        {
            let mut all = all.lock().expect("no thread panicked");
            heard.given = answer(&heard, all.len());
            all.push(heard.clone());
        }
        let mut writer = stream;
        if let Some(key) = key {
            let accept = derive_accept_key(key.as_bytes());
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            writer.write_all(head.as_bytes()).ok()?;
            return wait(&mut reader);
        }
        if is_stream {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n";
            writer.write_all(head.as_bytes()).ok()?;
            return wait(&mut reader);
        }
        if heard.name == "push" {
            thread::sleep(Duration::from_millis(20));
        }
        let body = heard.given.to_string();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        writer.write_all(answer.as_bytes()).ok()?;
    }
}

/// Until the other side has gone.
fn wait(reader: &mut BufReader<&TcpStream>) -> Option<()> {
    let mut rest = [0; 256];
    while reader.read(&mut rest).ok()? > 0 {}
    None
}

fn answer(heard: &Heard, nth: usize) -> Value {
    let said = |name: &str| {
        heard
            .spots
            .values()
            .find_map(|spot| spot.get(name))
            .cloned()
    };
    let user = said("user_id").unwrap_or_default();
    let user_sig = UserId::new(&user).map_or_else(
        |_| String::new(),
        |id| sign(APP, &id, &Key::new(KEY), clock::unix_now(), 86_400),
    );
    // Characters that each spot must escape in a way of its own.
    json!({
        "token": format!("t&{nth}/\"é %\\"), "user_id": user, "user_sig": user_sig,
        "next": format!("c {nth}+=\"?"),
    })
}

/// A whole request; none where there is no other.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<Heard> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let target = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end_matches(['\r', '\n']).split_once(": ") else {
            break;
        };
        let name = name.to_ascii_lowercase();
        let before = headers.insert(
            name.trim_start_matches("x-").replace('-', "_"),
            value.to_owned(),
        );
        assert_eq!(before, None, "{name} came twice");
    }
    for name in ["sec_websocket_key", "content_length"] {
        if let Some(value) = headers.remove(name) {
            headers.insert(name.replace('_', "-"), value);
        }
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (before, path) = path.split_once("/op/").unwrap_or((path, ""));
    let mut parts = path.split('/');
    let name = parts.next().unwrap_or_default().to_owned();
    let parts: Vec<_> = parts.map(decoded).collect();
    let pairs = parts
        .chunks(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()));
    let in_query = query.split('&').filter_map(|pair| pair.split_once('='));
    let in_query = in_query.map(|(name, value)| (name.to_owned(), decoded(value)));
    let spots = [
        ("path", pairs.collect()),
        ("query", in_query.collect()),
        ("header", headers),
        ("body", members(&body)),
    ];
    Some(Heard {
        name,
        spots: spots.into(),
        before: before.to_owned(),
        given: Value::Null,
    })
}

/// A JSON body's members, what is no text in its JSON form.
fn members(body: &[u8]) -> BTreeMap<String, String> {
    if body.is_empty() {
        return BTreeMap::new();
    }
    let body: BTreeMap<String, Value> = serde_json::from_slice(body).expect("the body is JSON");
    let text = |value: Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    body.into_iter()
        .map(|(name, value)| (name, text(value)))
        .collect()
}

/// Without percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).expect("what was encoded is text")
}
