//! A mock on a free port, and what a device does to it.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::{CancellationToken, DropGuard};
use trtc_load::clock::unix_now;
use trtc_load::dialect::wire::{self, LoginRequest, PushEvent, Stats};
use trtc_load::mock::{AppConfig, Mock, MockConfig};
use trtc_load::units::UnixSeconds;
use trtc_load::usersig::{Key, SdkAppId, UserId, sign};

pub(crate) const APP: u32 = 1_400_000_001;
pub(crate) const OTHER_APP: u32 = 1_400_000_002;
pub(crate) const KEY: &str = "key of the app";
pub(crate) const OTHER_KEY: &str = "key of the other app";

/// Longer than anything here takes, even on a busy machine.
const BOUND: Duration = Duration::from_secs(20);

pub(crate) type Channel = WebSocketStream<TcpStream>;

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    http: reqwest::Client,
    _stop: DropGuard,
}

/// A mock with both apps, changed by `change`.
pub(crate) fn world(change: impl FnOnce(&mut MockConfig)) -> World {
    let app = |sdk_app_id, key: &str| AppConfig {
        sdk_app_id,
        key: key.into(),
    };
    let mut config = MockConfig {
        apps: vec![app(APP, KEY), app(OTHER_APP, OTHER_KEY)],
        ..MockConfig::default()
    };
    change(&mut config);
    let mock = Mock::bind(&config).expect("a free port");
    let (address, stop) = (mock.address(), CancellationToken::new());
    tokio::spawn(mock.serve(stop.clone()));
    // A connection for each request, so that a cut one is never tried again.
    let http = reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    World {
        address,
        http,
        _stop: stop.drop_guard(),
    }
}

pub(crate) fn sig_at(
    app: u32,
    user: &str,
    key: &str,
    issued: UnixSeconds,
    valid_for_secs: u64,
) -> String {
    sign(
        SdkAppId(app),
        &UserId::new(user).unwrap(),
        &Key::new(key),
        issued,
        valid_for_secs,
    )
}

pub(crate) fn sig(app: u32, user: &str, key: &str) -> String {
    sig_at(app, user, key, unix_now(), 3_600)
}

pub(crate) fn request(user: &str, platform: &str, device: &str) -> LoginRequest {
    LoginRequest {
        sdk_app_id: APP,
        user_id: user.into(),
        user_sig: sig(APP, user, KEY),
        platform: platform.into(),
        device_id: device.into(),
    }
}

/// An answer's HTTP status and code.
pub(crate) type Answered = (u16, i64);

impl World {
    /// Sends a request. None where no answer came.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Vec<u8>,
    ) -> Option<(u16, Value)> {
        let url = format!("http://{}{path}", self.address);
        let response = self
            .http
            .request(method, url)
            .bearer_auth(token)
            .body(body)
            .send()
            .await
            .ok()?;
        let status = response.status().as_u16();
        Some((status, response.json().await.unwrap()))
    }

    /// Sends a login.
    pub(crate) async fn try_login(&self, request: &LoginRequest) -> Option<(u16, Value)> {
        self.send(
            Method::POST,
            wire::LOGIN,
            "",
            serde_json::to_vec(request).unwrap(),
        )
        .await
    }

    /// Sends a login, for its status and code.
    pub(crate) async fn login_code(&self, request: &LoginRequest) -> Answered {
        code(self.try_login(request).await)
    }

    /// Logs in, for its token.
    pub(crate) async fn login(&self, user: &str, platform: &str, device: &str) -> String {
        let (status, body) = self
            .try_login(&request(user, platform, device))
            .await
            .unwrap();
        assert_eq!(
            (status, &body["code"], &body["user_id"]),
            (200, &Value::from(0), &Value::from(user))
        );
        body["token"].as_str().unwrap().into()
    }

    pub(crate) async fn self_info(&self, token: &str) -> Answered {
        code(
            self.send(Method::GET, wire::SELF_INFO, token, Vec::new())
                .await,
        )
    }

    pub(crate) async fn logout(&self, token: &str) -> Answered {
        code(
            self.send(Method::POST, wire::LOGOUT, token, Vec::new())
                .await,
        )
    }

    pub(crate) async fn reconnect(&self, token: &str) -> Answered {
        code(
            self.send(Method::POST, wire::RECONNECT, token, Vec::new())
                .await,
        )
    }

    /// Opens a push channel. The error is the status of a refusal.
    pub(crate) async fn events(&self, token: &str) -> Result<Channel, u16> {
        let mut request = format!("ws://{}{}", self.address, wire::EVENTS)
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {token}").parse().unwrap());
        let stream = TcpStream::connect(self.address).await.unwrap();
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((channel, _)) => Ok(channel),
            Err(Error::Http(refusal)) => Err(refusal.status().as_u16()),
            Err(other) => panic!("neither opened nor refused: {other}"),
        }
    }

    pub(crate) async fn stats(&self) -> Stats {
        let url = format!("http://{}{}", self.address, wire::STATS);
        self.http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// Polls the counts until they are as `wanted`.
    pub(crate) async fn until(&self, wanted: impl Fn(&Stats) -> bool) -> Stats {
        let poll = async {
            loop {
                let stats = self.stats().await;
                if wanted(&stats) {
                    return stats;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        match tokio::time::timeout(BOUND, poll).await {
            Ok(stats) => stats,
            Err(_) => panic!("the counts stay at {:?}", self.stats().await),
        }
    }
}

/// The status and code of an answer that came.
pub(crate) fn code(answer: Option<(u16, Value)>) -> Answered {
    let (status, body) = answer.expect("an answer");
    (status, body["code"].as_i64().unwrap())
}

/// The events on `channel` up to its end, as `event/reason`.
pub(crate) async fn events_to_the_end(channel: &mut Channel) -> Vec<String> {
    let read = async {
        let mut events = Vec::new();
        while let Some(Ok(message)) = channel.next().await {
            if let Message::Text(text) = message {
                let PushEvent { event, reason } = serde_json::from_str(&text).unwrap();
                events.push(format!("{event}/{reason}"));
            }
        }
        events
    };
    tokio::time::timeout(BOUND, read)
        .await
        .expect("the channel ends")
}
