//! Push channels that the target ends, each in one way: every end has a row, one while its session goes on is a failed step of
//! `push`, and one that the dialect names is none.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use trtc_load::recorder::{Recording, StageSet, Standing};
use trtc_load::session::{Bound, ChannelEnd, Class, Operation, PushFault, Transport};

use crate::mock::APP;
use crate::program::{Ended, Place};
use crate::turn;

/// Arrivals of a run: enough for a budget on a share of 1%.
const ALL: u64 = 300;

/// How a channel ends, a moment after it opened.
#[derive(Clone, Copy)]
enum Way {
    /// By these bytes, and then FIN.
    Says(&'static [u8]),
    /// FIN.
    Closes,
    /// RST.
    Resets,
}

/// The head and the body of a device's next request on a connection.
async fn request_of(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let lower = head.to_ascii_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0);
    let mut rest = vec![0; length.saturating_sub(body.len())];
    stream.read_exact(&mut rest).await.ok()?;
    Some((
        head.to_owned(),
        body.to_owned() + &String::from_utf8_lossy(&rest),
    ))
}

/// Logs everybody in; each first channel of a session ends in `way`, those after it stay open.
async fn serve(mut stream: TcpStream, way: Way, opened: Arc<AtomicU64>) {
    while let Some((head, asked)) = request_of(&mut stream).await {
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        if path != "/v1/events" {
            let asked: Value = serde_json::from_str(&asked).unwrap_or_default();
            let body = json!({"code": 0, "token": "t", "user_id": asked["user_id"]}).to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
            continue;
        }
        let key = head
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
        let answer = match key {
            Some(key) => format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {}\r\n\r\n",
                derive_accept_key(key.trim().as_bytes())
            ),
            None => {
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n".to_owned()
            }
        };
        let _ = stream.write_all(answer.as_bytes()).await;
        // A device comes back once, half a second after its first channel ended.
        if opened.fetch_add(1, Ordering::Relaxed) < ALL {
            tokio::time::sleep(Duration::from_millis(100)).await;
            match way {
                Way::Says(bytes) => {
                    let _ = stream.write_all(bytes).await;
                }
                Way::Closes => {}
                Way::Resets => {
                    let _ = stream.set_zero_linger();
                    return;
                }
            }
            let _ = stream.shutdown().await;
        }
        // Until the device has gone.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        return;
    }
}

fn profile(dialect: &str) -> String {
    format!(
        "version = 1\nseed = 3\nbudgets = [\"push errors < 1%\"]\n\
         [target]\nurl = \"mock\"\ndialect = \"{dialect}\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 5000\n[[scenarios]]\nname = \"login\"\ndwell = \"6s\"\nself_info = false\n\
         [[stages]]\nname = \"peak\"\nfor = \"3s\"\nrate = 100\nspacing = \"even\"\n[limits]\ndrain = \"20s\"\n"
    )
}

const WEB_SOCKET: &str = "version = 1\nname = \"x\"\nlike = \"session\"\n[push]\nkind = \"websocket\"\npath = \"/v1/events\"\n\
    events = [{ pointer = \"/event\", equals = \"kicked_offline\", means = \"kicked\" }]\n";

const EVENTS: &str = "version = 1\nname = \"x\"\nlike = \"session\"\n[push]\nkind = \"sse\"\npath = \"/v1/events\"\n\
    events = [{ event = \"kicked_offline\", means = \"kicked\" }]\n";

/// Plays sessions whose first channel ends in `way`. Gives the recording, the table of the ends, and what was said.
fn played(dialect: &str, way: Way) -> (Recording, String, Ended) {
    let _turn = turn::shared();
    let runtime = Runtime::new().expect("threads can be started");
    let listener = runtime
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let address: SocketAddr = listener.local_addr().expect("it is bound");
    let opened = Arc::new(AtomicU64::new(0));
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, way, opened.clone()));
        }
    });
    let place = Place::new();
    std::fs::write(place.path().join("d.toml"), dialect).expect("the folder is writable");
    let ended = place.run_profile(
        &profile("./d.toml"),
        &["--target", &format!("http://{address}")],
    );
    runtime.shutdown_background();
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    let table = std::fs::read_to_string(place.run_folder().join("channel_ends.csv"));
    (ours, table.expect("the run has its tables"), ended)
}

/// Each channel ends so, its session lives on, and that is what the run says.
fn is_a_failed_step(dialect: &str, way: Way, end: ChannelEnd) {
    let (ours, table, ended) = played(dialect, way);
    let rows: Vec<_> = table.lines().skip(1).collect();
    let has_row = rows.len() == 1 && rows[0].contains(&format!(",in_session,{ALL},"));
    assert!(has_row, "{table}");
    let ends: Vec<_> = ours.counts().channel_ends.iter().collect();
    assert_eq!(
        ends,
        [(&(end, Standing::InSession), &ALL)],
        "{}",
        ended.said()
    );
    let steps = ours.by_class(Operation::Push, StageSet::All);
    assert_eq!(steps[Class::Failed.index()], ALL, "{}", ended.said());
    // Each first opening, and the one after it.
    assert_eq!(steps[Class::Success.index()], 2 * ALL);
    assert_eq!(ours.counts().exchanges[&Operation::Push].attempts, 2 * ALL);
    // A third of the steps is far over the budget; a generator that was too busy proves nothing.
    assert!(matches!(ended.code, Some(1 | 4)), "{}", ended.said());
    assert!(
        ended.stdout.contains("push errors < 1%"),
        "{}",
        ended.said()
    );
    assert!(ended.stdout.contains(&end.to_string()), "{}", ended.said());
}

#[test]
fn a_channel_that_is_closed_with_1011_is_a_failed_step() {
    let way = Way::Says(&[0x88, 2, 0x03, 0xf3]);
    is_a_failed_step(WEB_SOCKET, way, ChannelEnd::Close(Some(1011)));
}

#[test]
fn a_channel_that_is_closed_with_4401_is_a_failed_step() {
    let way = Way::Says(&[0x88, 2, 0x11, 0x31]);
    is_a_failed_step(WEB_SOCKET, way, ChannelEnd::Close(Some(4401)));
}

#[test]
fn a_channel_that_is_closed_without_a_code_is_a_failed_step() {
    is_a_failed_step(WEB_SOCKET, Way::Says(&[0x88, 0]), ChannelEnd::Close(None));
}

#[test]
fn a_channel_whose_connection_is_closed_or_reset_is_a_failed_step() {
    is_a_failed_step(WEB_SOCKET, Way::Closes, ChannelEnd::Fin);
    is_a_failed_step(WEB_SOCKET, Way::Resets, ChannelEnd::Rst);
}

#[test]
fn a_channel_that_says_what_is_no_utf_8_or_of_an_impossible_length_is_a_failed_step() {
    let utf8 = ChannelEnd::Fault(Transport::PushProtocol(PushFault::Utf8));
    is_a_failed_step(WEB_SOCKET, Way::Says(&[0x81, 2, 0xc3, 0x28]), utf8);
    let endless = &[0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255];
    let large = ChannelEnd::Fault(Transport::TooLarge(Bound::Message));
    is_a_failed_step(WEB_SOCKET, Way::Says(endless), large);
}

#[test]
fn an_event_stream_that_is_closed_or_reset_is_a_failed_step() {
    is_a_failed_step(EVENTS, Way::Closes, ChannelEnd::Fin);
    is_a_failed_step(EVENTS, Way::Resets, ChannelEnd::Rst);
}

/// The dialect says that such an end is meant: the device comes back all the same, and nothing went wrong.
#[test]
fn an_end_that_the_dialect_names_has_its_row_and_is_no_failure() {
    let named = |code: &str| format!("closes = [{{ code = {code}, means = \"other\" }}]\n");
    for (dialect, code, way, end) in [
        (
            WEB_SOCKET,
            "1001",
            Way::Says(&[0x88, 2, 0x03, 0xe9]),
            ChannelEnd::Close(Some(1001)),
        ),
        (EVENTS, "\"fin\"", Way::Closes, ChannelEnd::Fin),
        (EVENTS, "\"rst\"", Way::Resets, ChannelEnd::Rst),
    ] {
        let (ours, _, ended) = played(&format!("{dialect}{}", named(code)), way);
        let ends: Vec<_> = ours.counts().channel_ends.iter().collect();
        assert_eq!(ends, [(&(end, Standing::Named), &ALL)], "{}", ended.said());
        let steps = ours.by_class(Operation::Push, StageSet::All);
        assert_eq!(steps[Class::Failed.index()], 0, "{}", ended.said());
        assert_eq!(steps[Class::Success.index()], 2 * ALL);
        assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    }
}
