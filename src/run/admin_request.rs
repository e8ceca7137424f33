//! One request of an administrator to the service of a profile, outside of any run: nothing is measured, nobody logs in.
//!
//! In: a profile, a command. Out: the answer's body. Where it may go is the run's own rule: this machine, or what
//! `target.allow_hosts` lists.

use std::time::Duration;

use super::keys::Keys;
use super::threads::no_threads;
use super::{keys, preflight};
use trtc_base::clock;
use trtc_base::clock::Clock;
use trtc_base::error::Problem;
use trtc_load_core::client::{Answer, Dial, TlsSessions};
use trtc_load_core::profile::{HttpUrl, Place, Profile};
use trtc_load_core::session::Phases;
use trtc_usersig::{SdkAppId, sign};

/// How long the service may take. The documents give their own back end 3 s.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long the UserSig of the one request is valid, in seconds.
const VALID_FOR: u64 = 300;

/// The status of every answer that comes from the service itself.
const OK: u16 = 200;

/// What an administrator asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdminRequest<'a> {
    /// The app, which is one of the profile's.
    pub(crate) app: SdkAppId,
    /// The service and the command, such as `openconfigsvr/getappinfo`.
    pub(crate) command: &'a str,
    /// JSON.
    pub(crate) body: &'a str,
}

/// Sends the request to the profile's target. Gives the answer's body, at most 1 MiB, and the address for messages.
///
/// # Errors
/// Where the target may not be asked, does not answer, or the app has no key.
pub(crate) fn ask_as_admin(
    profile: &Profile,
    request: &AdminRequest<'_>,
) -> Result<(Vec<u8>, String), Vec<Problem>> {
    let one = |problem| vec![problem];
    let Place::Url(url) = &profile.target().place else {
        return Err(vec![Problem::bad_input(
            "target.url",
            "it is the built-in mock, which is there during a run only",
            "name a profile of a service that is up",
        )]);
    };
    let is_keyless =
        |app: &trtc_load_core::profile::App| app.sdk_app_id == request.app && app.key.is_none();
    if profile.apps().iter().any(is_keyless) {
        return Err(vec![Problem::bad_input(
            format!("apps: the key of {}", request.app),
            "there is none, and the administrator's UserSig is signed with it",
            "add `key = { env = \"TRTC_LOAD_KEY\" }`",
        )]);
    }
    let keys = keys::load(profile)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| vec![no_threads(&fault)])?;
    let body = runtime.block_on(exchange(url, profile, &keys, request));
    Ok((body.map_err(one)?, url.to_string()))
}

async fn exchange(
    url: &HttpUrl,
    profile: &Profile,
    keys: &Keys,
    request: &AdminRequest<'_>,
) -> Result<Vec<u8>, Problem> {
    let endpoint = preflight::resolved(url, profile).await?;
    let endpoint = preflight::answering(endpoint).await?;
    preflight::sources(&endpoint, profile)?;
    let clock = Clock::start();
    let tls_sessions = TlsSessions::default();
    let dial = Dial {
        endpoint: &endpoint,
        slot: 0,
        tls_sessions: &tls_sessions,
        clock: &clock,
    };
    let text = rendered(endpoint.host_header(), profile, keys, request);
    let mut scratch = Answer::new();
    let asking = async {
        let mut connection = dial.open(&mut Phases::default()).await?;
        connection.exchange(text, &mut scratch).await
    };
    let failed = |what: String| {
        Problem::could_not_run(
            url.to_string(),
            format!("{} did not answer: {what}", request.command),
            "check that the service is up and that the address is the one of your app's region",
        )
    };
    let head = match tokio::time::timeout(PATIENCE, asking).await {
        Ok(answered) => answered.map_err(|fault| failed(fault.name().to_owned()))?,
        Err(_) => return Err(failed(format!("no answer within {PATIENCE:?}"))),
    };
    if head.status != OK {
        return Err(failed(format!(
            "HTTP status {}, and the service's own answers have {OK}",
            head.status
        )));
    }
    Ok(scratch.body().to_vec())
}

/// The request's bytes. They hold the administrator's UserSig: they appear nowhere else.
fn rendered(host: &str, profile: &Profile, keys: &Keys, request: &AdminRequest<'_>) -> String {
    let AdminRequest { app, command, body } = request;
    let identifier = &profile.admin().identifier;
    let key = keys.apps.iter().find(|(one, _)| one == app);
    let user_sig = key.map_or_else(String::new, |(app, key)| {
        sign(*app, identifier, key, clock::unix_now(), VALID_FOR)
    });
    // Another number in each request, so that no cache on the way answers.
    let random = clock::unix_millis() % u64::from(u32::MAX);
    let (app, identifier, length) = (app.0, identifier.as_str(), body.len());
    format!(
        "POST /v4/{command}?sdkappid={app}&identifier={identifier}&usersig={user_sig}&random={random}&contenttype=json HTTP/1.1\r\n\
         Host: {host}\r\n\
         User-Agent: trtc-load/{}\r\n\
         Content-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}",
        env!("CARGO_PKG_VERSION")
    )
}
